import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, expect, test } from 'vitest'
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

async function found(...said: (readonly [fromClient: boolean, octets: Uint8Array])[]): Promise<(string | undefined)[]> {
  const path = join(FOLDER, 'one.pcap')
  const written = said.map(([fromClient, octets], n) => ({ timeNs: 1e9 + n * 1e7, fromClient, octets }))
  const frames = frameDatagrams(composeTcpConnection(CLIENT, SERVER, written))
  writeFileSync(path, formatPcap(frames, 1_700_000_000, 'micro'))
  const { findings } = await scan({ captures: [path], findings: { only: ['tls-handshake-failed'] } })
  return findings.map(({ kind }) => kind)
}

async function clientHello(): Promise<Uint8Array> {
  const server = new RecordingServer()
  await server.open()
  const { crossings } = await server.record()
  server.close()
  return crossings[0].bytes
}

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
