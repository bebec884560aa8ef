import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, expect, test } from 'vitest'
import { formatPcap } from '../../samples/capture-writer.ts'
import { frameDatagrams, type TimedDatagram } from '../../samples/frames.ts'
import { composeTcpConnection } from '../../samples/tcp-connection.ts'
import type { Endpoint } from '../../src/bytes/endpoint.ts'
import { scan } from '../../src/scan/scan.ts'

const FOLDER = mkdtempSync(join(tmpdir(), 'sip-servers-'))
afterAll(() => rmSync(FOLDER, { recursive: true }))

const SERVER = { address: '198.51.100.20', port: 5091 }
const [CLIENT, AGAIN] = [40_000, 40_001].map((port): Endpoint => ({ address: '203.0.113.10', port }))
const OPTIONS = Buffer.from(
  [
    'OPTIONS sip:trunk.example.com SIP/2.0',
    'Via: SIP/2.0/TCP 203.0.113.10:40000;branch=z9hG4bK1',
    'From: <sip:a@203.0.113.10>;tag=1',
    'To: <sip:trunk.example.com>',
    'Call-ID: one',
    'CSeq: 1 OPTIONS',
    'Max-Forwards: 70',
    'Content-Length: 0',
    '',
    '',
  ].join('\r\n'),
)

async function found(only: string, datagrams: readonly TimedDatagram[]) {
  const path = join(FOLDER, 'one.pcap')
  writeFileSync(path, formatPcap(frameDatagrams(datagrams), 1_700_000_000, 'micro'))
  return (await scan({ captures: [path], findings: { only: [only] } })).findings
}

const OK = Buffer.from('SIP/2.0 200 OK\r\nCall-ID: one\r\nCSeq: 1 OPTIONS\r\nContent-Length: 0\r\n\r\n')

test('a port that answers SIP over TCP is one of SIP, and none that is only asked: who looks for SIP asks web servers too', async () => {
  const [syn] = composeTcpConnection(AGAIN, SERVER, [{ timeNs: 20e9, fromClient: true, octets: OPTIONS }])
  const asked = [0, 1, 3, 7].map((seconds) => ({ ...syn, timeNs: syn.timeNs + seconds * 1e9 }))
  const spoken = (answer: Buffer) =>
    composeTcpConnection(CLIENT, SERVER, [
      { timeNs: 1e9, fromClient: true, octets: OPTIONS },
      { timeNs: 2e9, fromClient: false, octets: answer },
    ])
  expect(await found('sip-connection-failed', asked)).toEqual([])
  expect(await found('sip-connection-failed', [...spoken(OK), ...asked])).toMatchObject([
    { kind: 'unanswered', evidence: { port: 5091, made: 1 } },
  ])
  const web = Buffer.from('HTTP/1.1 400 Bad Request\r\nContent-Length: 0\r\n\r\n')
  expect(await found('sip-connection-failed', [...spoken(web), ...asked])).toEqual([])
})

test('a port of WebSockets is none: HTTP is spoken there too', async () => {
  const frame = Buffer.concat([
    Buffer.from([0x81, 0x80 | 126, OPTIONS.length >> 8, OPTIONS.length & 255, 0, 0, 0, 0]),
    OPTIONS,
  ])
  const upgrade = Buffer.from(
    [
      'GET / HTTP/1.1',
      'Host: a',
      'Upgrade: websocket',
      'Connection: Upgrade',
      'Sec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==',
    ]
      .concat('Sec-WebSocket-Protocol: sip', 'Sec-WebSocket-Version: 13', '', '')
      .join('\r\n'),
  )
  const written = [upgrade, frame].map((octets, n) => ({ timeNs: (n + 1) * 1e9, fromClient: true, octets }))
  const spoken = composeTcpConnection(CLIENT, SERVER, written)
  expect(await found('sip-cleartext', spoken)).toMatchObject([{ evidence: { transport: 'ws' } }])
  const [syn] = composeTcpConnection(AGAIN, SERVER, [{ timeNs: 20e9, fromClient: true, octets: OPTIONS }])
  const asked = [0, 1, 3, 7].map((seconds) => ({ ...syn, timeNs: syn.timeNs + seconds * 1e9 }))
  expect(await found('sip-connection-failed', [...spoken, ...asked])).toEqual([])
})
