import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { formatPcap } from '../../samples/capture-writer.ts'
import { frameDatagrams, type TimedDatagram } from '../../samples/frames.ts'
import { composeTcpConnection } from '../../samples/tcp-connection.ts'
import { scan } from '../../src/scan/scan.ts'
import { record } from '../tls/recorded-connection.ts'

const FOLDER = mkdtempSync(join(tmpdir(), 'tls-parts-'))
afterAll(() => rmSync(FOLDER, { recursive: true }))

const CLIENT = { address: '203.0.113.10', port: 40000 }
const SERVER = { address: '198.51.100.20', port: 5061 }
/** The trace goes on for a minute behind the connection: silence is silence. */
const LATER: TimedDatagram = {
  timeNs: 60e9,
  source: { address: '192.0.2.1', port: 9 },
  destination: { address: '192.0.2.2', port: 9 },
  payload: new Uint8Array(4),
}

type Part = (all: readonly TimedDatagram[], data: readonly number[]) => readonly TimedDatagram[]
const from =
  (n: number): Part =>
  (all, data) =>
    all.slice(data[n])
const without =
  (n: number): Part =>
  (all, data) =>
    all.filter((_, at) => at !== data[n])
const only =
  (port: number): Part =>
  (all) =>
    all.filter(({ source }) => source.port === port)

/** What the capture has of the connection, SIP messages with secrets, and what is seen of the certificates without. */
const PARTS: readonly (readonly [what: string, part: Part, messages: number, seen12: string, seen13: string])[] = [
  ['all of it', (all) => all, 2, 'visible', 'hidden'],
  ['no SYN', from(0), 2, 'visible', 'hidden'],
  ['the ServerHello and what follows', from(1), 0, 'visible', 'hidden'],
  ['what follows the ServerHello, from within the flight', from(2), 0, 'not-captured', 'not-captured'],
  ['the end of the handshake', from(3), 0, 'not-captured', 'not-captured'],
  ['application data', (all, data) => all.slice(data[data.length - 3]), 0, 'not-captured', 'not-captured'],
  ['the client', only(CLIENT.port), 0, 'not-captured', 'not-captured'],
  ['the client, no SYN', (all, data) => only(CLIENT.port)(all, data).slice(1), 0, 'not-captured', 'not-captured'],
  ['the server', only(SERVER.port), 0, 'visible', 'hidden'],
  ['the server, no SYN', (all, data) => only(SERVER.port)(all, data).slice(1), 0, 'visible', 'hidden'],
  ['all but the ClientHello', without(0), 0, 'visible', 'hidden'],
  ['all but the ServerHello', without(1), 0, 'not-captured', 'not-captured'],
]

describe.each(['TLSv1.2', 'TLSv1.3'] as const)('%s of which the capture has', (version) => {
  let all: readonly TimedDatagram[]
  const secrets = join(FOLDER, `${version}.log`)
  beforeAll(async () => {
    const { crossings, keyLog } = await record({
      // Post-quantum key shares, which later versions of Node offer, do not fit into one segment.
      client: { minVersion: version, maxVersion: version, ecdhCurve: 'X25519' },
    })
    const written = crossings.map(({ sender, bytes }, n) => ({
      timeNs: 1e9 + n * 1e7,
      fromClient: sender === 'client',
      octets: bytes,
    }))
    all = composeTcpConnection(CLIENT, SERVER, written)
    writeFileSync(secrets, keyLog)
  })

  test.each(PARTS)('%s', async (what, part, messages, seen12, seen13) => {
    const data = all.flatMap(({ payload }, n) => (payload.length > 0 ? [n] : []))
    const capture = join(FOLDER, `${version} ${what}.pcap`)
    const datagrams = [...part(all, data), LATER]
    writeFileSync(capture, formatPcap(frameDatagrams(datagrams), 1_795_300_000, 'micro'))
    for (const tlsKeyLogs of [[], [secrets]]) {
      const { tls = [], findings, anomalies, totals } = await scan({ captures: [capture], workers: 1, tlsKeyLogs })
      const isRead = tlsKeyLogs.length > 0 && messages > 0
      expect(totals.sipMessages).toBe(tlsKeyLogs.length > 0 ? messages : 0)
      expect(tls.map(({ server, clients }) => [server, ...clients])).toEqual([['198.51.100.20:5061', CLIENT.address]])
      expect(tls[0].certificates).toBe(isRead ? 'visible' : version === 'TLSv1.2' ? seen12 : seen13)
      const rules = findings.map(({ rule, kind }) => `${rule} ${kind ?? ''}`)
      expect(rules.filter((rule) => rule.startsWith('tls-handshake-failed'))).toEqual([])
      expect(rules.includes('keying-not-visible tls')).toBe(!isRead)
      expect(anomalies.filter(({ reason }) => /malformed|too-long|authentic/.test(reason))).toEqual([])
    }
  })

  test.each<[string, number]>([
    ['the ClientHello, and silence', 1],
    ["a part of the server's flight, and silence", 2],
  ])('%s: that is a failure', async (what, n) => {
    const data = all.flatMap(({ payload }, at) => (payload.length > 0 ? [at] : []))
    const capture = join(FOLDER, `${version} ${what}.pcap`)
    writeFileSync(capture, formatPcap(frameDatagrams([...all.slice(0, data[n]), LATER]), 1_795_300_000, 'micro'))
    const { findings } = await scan({ captures: [capture], findings: { only: ['tls-handshake-failed'] } })
    expect(findings).toMatchObject([{ kind: 'other', evidence: { end: 'silence' } }])
  })
})
