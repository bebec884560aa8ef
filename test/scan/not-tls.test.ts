import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, describe, expect, test } from 'vitest'
import { formatPcap } from '../../samples/capture-writer.ts'
import { frameDatagrams } from '../../samples/frames.ts'
import { composeTcpConnection } from '../../samples/tcp-connection.ts'
import { scan } from '../../src/scan/scan.ts'
import { RecordingServer } from '../tls/recorded-connection.ts'

const FOLDER = mkdtempSync(join(tmpdir(), 'not-tls-'))
afterAll(() => rmSync(FOLDER, { recursive: true }))

const CLIENT = { address: '203.0.113.10', port: 40000 }
const SERVER = { address: '198.51.100.20', port: 5061 }
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
const REFUSAL = Buffer.from('SIP/2.0 400 Bad Request\r\nCall-ID: one\r\nCSeq: 1 OPTIONS\r\nContent-Length: 0\r\n\r\n')
const UNEXPECTED_MESSAGE = Buffer.from([21, 3, 3, 0, 2, 2, 10])

type Said = readonly [fromClient: boolean, octets: Uint8Array]

async function found(...said: Said[]): Promise<(string | undefined)[]> {
  const { findings } = await reportOn(said)
  return findings.map(({ kind }) => kind)
}

/** @param isLost which of the written pieces the capture does not hold */
async function reportOn(said: readonly Said[], isLost: (n: number) => boolean = () => false, server = SERVER) {
  const path = join(FOLDER, 'one.pcap')
  const lost = said.flatMap(([, octets], n) => (isLost(n) ? [Buffer.from(octets)] : []))
  const segments = composeTcpConnection(CLIENT, server, written(said))
  const frames = frameDatagrams(segments.filter(({ payload }) => !lost.some((one) => one.equals(payload))))
  writeFileSync(path, formatPcap(frames, 1_700_000_000, 'micro'))
  return await scan({ captures: [path], findings: { only: ['tls-handshake-failed', 'keying-not-visible'] } })
}

function written(said: readonly Said[], atSeconds = 1) {
  return said.map(([fromClient, octets], n) => ({ timeNs: atSeconds * 1e9 + n * 1e7, fromClient, octets }))
}

async function handshake(): Promise<Said[]> {
  const server = new RecordingServer()
  await server.open()
  const { crossings } = await server.record()
  server.close()
  return crossings.map(({ sender, bytes }): Said => [sender === 'client', bytes])
}

async function clientHello(): Promise<Uint8Array> {
  const [[, hello]] = await handshake()
  return hello
}

/** Headers of the PROXY protocol, version 1 and 2. */
const PROXY = [
  Buffer.from('PROXY TCP4 203.0.113.10 198.51.100.20 40000 5061\r\n'),
  Buffer.from('0d0a0d0a000d0a515549540a2111000ccb00710ac63364149c4013c5', 'hex'),
]

test('clear SIP to a TLS port: an alert, or nothing', async () => {
  expect(await found([true, OPTIONS], [false, UNEXPECTED_MESSAGE])).toEqual(['not-tls'])
  expect(await found([true, OPTIONS])).toEqual(['not-tls'])
})

test('where clear SIP is answered, the port is none of TLS', async () => {
  expect(await found([true, OPTIONS], [false, REFUSAL])).toEqual([])
})

test('TLS to a port for clear SIP', async () => {
  expect(await found([true, await clientHello()], [false, REFUSAL])).toEqual(['not-tls'])
})

test('a ClientHello that the server leaves unanswered', async () => {
  expect(await found([true, await clientHello()])).toEqual(['other'])
})

test("the long segment of the server's answer never comes through, and the client gives up", async () => {
  const [hello, first, last] = [await clientHello(), Buffer.alloc(1400, 22), Buffer.alloc(500, 23)]
  const stuck = [
    [true, hello],
    [false, first],
    [false, last],
  ] as const
  const { findings } = await reportOn(stuck, (n) => n === 1)
  expect(findings).toMatchObject([{ rule: 'tls-handshake-failed', kind: 'other', evidence: { missing: 'server' } }])
  const { findings: ofOneThatGoesOn } = await reportOn([...stuck, [true, Buffer.alloc(60, 22)]], (n) => n === 1)
  expect(ofOneThatGoesOn).toMatchObject([{ rule: 'keying-not-visible', kind: 'tls' }])
})

test('TLS to port 5060, which nobody answers', async () => {
  const report = await reportOn([[true, await clientHello()]], undefined, { ...SERVER, port: 5060 })
  expect(report.findings).toMatchObject([{ kind: 'not-tls', severity: 'error', evidence: { inferred: true } }])
})

test('HTTP, SSL 2.0 or anything else to a TLS port is a warning, and of who begins so', async () => {
  const openings: readonly (readonly [string, Uint8Array])[] = [
    ['http', Buffer.from('GET / HTTP/1.1\r\nHost: a\r\n\r\n')],
    ['ssl2', Buffer.from(`802e0103010015000000100100800200800300800400800500${'80'.repeat(24)}`, 'hex')],
    ['other', Buffer.from('\x03\0\0\x13\x0e\xe0\0\0\0\0\0', 'latin1')],
  ]
  for (const [protocol, octets] of openings) {
    const { findings } = await reportOn([
      [true, octets],
      [false, UNEXPECTED_MESSAGE],
    ])
    expect(findings).toMatchObject([{ kind: 'not-tls', severity: 'warning', evidence: { opening: protocol } }])
  }
})

describe('a header of the PROXY protocol', () => {
  test('before the ClientHello, and a server that expects none', async () => {
    for (const header of PROXY) {
      for (const answer of [[], [[false, UNEXPECTED_MESSAGE] as const]]) {
        const { findings } = await reportOn([[true, header], [true, await clientHello()], ...answer])
        expect(findings).toMatchObject([{ kind: 'not-tls', severity: 'error' }])
        expect(findings[0].detail).toContain('PROXY protocol')
      }
    }
  })

  test('that the server takes from others is not why it refuses', async () => {
    const protocolVersion = Buffer.from([21, 3, 3, 0, 2, 2, 70])
    for (const header of PROXY) {
      const refused: Said[] = [
        [true, header],
        [true, await clientHello()],
        [false, protocolVersion],
      ]
      const taken: Said[] = [[true, header], ...(await handshake())]
      expect(await found(...refused)).toEqual(['not-tls'])
      const path = join(FOLDER, 'two.pcap')
      const segments = [refused, taken].flatMap((said, n) =>
        composeTcpConnection({ ...CLIENT, port: 40_000 + n }, SERVER, written(said, n + 1)),
      )
      writeFileSync(path, formatPcap(frameDatagrams(segments), 1_700_000_000, 'micro'))
      const { findings } = await scan({ captures: [path], findings: { only: ['tls-handshake-failed'] } })
      expect(findings).toMatchObject([{ kind: 'no-common-version' }])
    }
  })

  test('is no part of TLS, nor of SIP: what follows it is read', async () => {
    for (const header of PROXY) {
      const { tls, findings } = await reportOn([[true, header], ...(await handshake())])
      expect(tls).toMatchObject([{ handshakes: 1, name: 'trunk.example.com' }])
      expect(findings.map(({ rule }) => rule)).not.toContain('tls-handshake-failed')
      for (const sip of [
        [Buffer.concat([header, OPTIONS])],
        [header, OPTIONS],
        [header.subarray(0, 20), header.subarray(20), OPTIONS],
      ]) {
        if (sip.length === 3 && header === PROXY[0]) continue
        const { totals } = await reportOn(sip.map((octets): Said => [true, octets]))
        expect(totals.sipMessages).toBe(1)
      }
    }
  })
})
