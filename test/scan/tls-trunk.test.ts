import { once } from 'node:events'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { TLSSocket } from 'node:tls'
import { afterAll, describe, expect, test } from 'vitest'
import { formatPcap } from '../../samples/capture-writer.ts'
import { frameDatagrams } from '../../samples/frames.ts'
import { composeTcpConnection } from '../../samples/tcp-connection.ts'
import type { Report } from '../../src/model/report.ts'
import { scan } from '../../src/scan/scan.ts'
import { keyOctets } from '../media/exchanges.ts'
import { record } from '../tls/recorded-connection.ts'

const FOLDER = mkdtempSync(join(tmpdir(), 'tls-trunk-'))
afterAll(() => rmSync(FOLDER, { recursive: true }))

const CLIENT = { address: '203.0.113.10', port: 40000 }
const KEY = keyOctets(7).toString('base64')

const lines = (...of: readonly string[]) => of.map((line) => `${line}\r\n`).join('')

function sdp(address: string): string {
  return lines(
    'v=0',
    `o=- 1 1 IN IP4 ${address}`,
    's=-',
    `c=IN IP4 ${address}`,
    't=0 0',
    'm=audio 30000 RTP/SAVP 0',
    `a=crypto:1 AES_CM_128_HMAC_SHA1_80 inline:${KEY}`,
  )
}

function message(start: string, body: string, to = ''): string {
  return `${lines(
    start,
    'Via: SIP/2.0/TLS 203.0.113.10:40000;branch=z9hG4bK1',
    'From: <sip:+14155550100@trunk.example.com>;tag=a',
    `To: <sip:+442071838750@trunk.example.com>${to}`,
    'Call-ID: one',
    'CSeq: 1 INVITE',
    'Contact: <sip:203.0.113.10:5061;transport=tls>',
    'Max-Forwards: 70',
    'Content-Type: application/sdp',
    `Content-Length: ${body.length}`,
  )}\r\n${body}`
}

/** A call over TLS 1.2 to this Request-URI on this port, as recorded on loopback, read with the key log. */
async function scanned(requestUri: string, port: number, withKeyLog = true): Promise<Report> {
  const talk = async (client: TLSSocket, server: TLSSocket) => {
    const heard = once(server, 'data')
    client.write(message(`INVITE ${requestUri} SIP/2.0`, sdp(CLIENT.address)))
    await heard
    const answered = once(client, 'data')
    server.write(message('SIP/2.0 200 OK', sdp('198.51.100.20'), ';tag=b'))
    await answered
  }
  const { crossings, keyLog } = await record({ client: { minVersion: 'TLSv1.2', maxVersion: 'TLSv1.2' }, talk })
  const written = crossings.map(({ sender, bytes }, n) => ({
    timeNs: 1e9 + n * 1e7,
    fromClient: sender === 'client',
    octets: bytes,
  }))
  const server = { address: '198.51.100.20', port }
  const capture = join(FOLDER, 'trunk.pcap')
  const secrets = join(FOLDER, 'trunk.keys')
  writeFileSync(
    capture,
    formatPcap(frameDatagrams(composeTcpConnection(CLIENT, server, written)), 1_790_000_000, 'micro'),
  )
  writeFileSync(secrets, keyLog)
  return scan({
    captures: [capture],
    ...(withKeyLog && { tlsKeyLogs: [secrets] }),
    policies: ['genesys-byoc-cloud'],
    workers: 1,
  })
}

const ABOUT_SIP = /^(sip-|sdes-|request-uri-)/
const said = ({ findings }: Report) =>
  findings.flatMap(({ rule, kind }) => (ABOUT_SIP.test(rule) ? [kind === undefined ? rule : `${rule}:${kind}`] : []))

describe('a trunk over TLS, read with its key log', () => {
  test('as its carrier wants it: nothing is said of its signalling, and no key is exposed', async () => {
    const report = await scanned(
      'sip:+442071838750;tgrp=blue;trunk-context=trunk.example.com@lb01.voice.use1.pure.cloud;transport=tls',
      5061,
    )
    expect(report.totals.sipMessages).toBe(2)
    expect(report.calls).toMatchObject([{ transport: 'tls', sessions: [{ media: [{ agreed: { keying: 'sdes' } }] }] }])
    expect(said(report)).toEqual([])
  })

  test('an address for a host, no transport, no trunk group, and another port (RFC 5922 §7.1, RFC 4904)', async () => {
    const report = await scanned('sip:+442071838750@198.51.100.20', 5065)
    expect(said(report).sort()).toEqual([
      'sip-port-policy',
      'sip-uri-ip-host',
      'sip-uri-transport:tgrp',
      'sip-uri-transport:transport',
    ])
  })

  test('without secrets it is said that it cannot be read, and what the policy asks of it that nobody can see', async () => {
    const report = await scanned('sip:+442071838750@198.51.100.20', 5061, false)
    expect(report.totals.sipMessages).toBe(0)
    expect(report.findings.map(({ rule, kind }) => `${rule}:${kind}`)).toContain('keying-not-visible:tls')
    expect(report.policyNotShown?.map(({ statement }) => statement)).toContain('sip.hostNames')
  })
})
