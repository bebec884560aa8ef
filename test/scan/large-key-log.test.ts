import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Readable } from 'node:stream'
import { afterAll, expect, test } from 'vitest'
import { formatPcap } from '../../samples/capture-writer.ts'
import { frameDatagrams } from '../../samples/frames.ts'
import { composeTcpConnection } from '../../samples/tcp-connection.ts'
import { type ScanOptions, scan } from '../../src/scan/scan.ts'
import { writePcapng } from '../capture/capture-writer.ts'
import { record } from '../tls/recorded-connection.ts'

const FOLDER = mkdtempSync(join(tmpdir(), 'large-key-log-'))
afterAll(() => rmSync(FOLDER, { recursive: true }))

const CLIENT = { address: '203.0.113.10', port: 40000 }
const SERVER = { address: '198.51.100.20', port: 5061 }

/** Secrets of other connections, as a server that has run for days has them. */
function othersSecrets(bytes: number): string {
  const line = (n: number) => `CLIENT_RANDOM ${n.toString(16).padStart(64, '0')} ${'0'.repeat(96)}\n`
  return Array.from({ length: Math.ceil(bytes / line(0).length) }, (_, n) => line(n)).join('')
}

function keyLogBlock(text: string): Uint8Array {
  const body = Buffer.alloc(8 + text.length)
  body.writeUInt32LE(0x544c534b, 0)
  body.writeUInt32LE(text.length, 4)
  body.write(text, 8, 'latin1')
  return body
}

/** A pcapng whose key log is 1 MB in front of the secrets of its only connection. */
async function capture(): Promise<Uint8Array> {
  const { crossings, keyLog } = await record()
  const written = crossings.map(({ sender, bytes }, n) => ({
    timeNs: 1e9 + n * 1e7,
    fromClient: sender === 'client',
    octets: bytes,
  }))
  const frames = frameDatagrams(composeTcpConnection(CLIENT, SERVER, written))
  return writePcapng([
    {
      blocks: [
        { kind: 'interface', description: { linkType: 1 } },
        { kind: 'other', type: 10, body: keyLogBlock(othersSecrets(1_000_000) + keyLog) },
        ...frames.map(({ timeNs, bytes }) => ({
          kind: 'enhanced' as const,
          interface: 0,
          ticks: BigInt(1_790_000_000_000_000) + BigInt(Math.floor(timeNs / 1000)),
          data: bytes,
        })),
      ],
    },
  ])
}

test('a key log that is larger than any record opens TLS: from a file, by threads, from a pipe, among merged inputs', async () => {
  const bytes = await capture()
  const file = join(FOLDER, 'trunk.pcapng')
  writeFileSync(file, bytes)
  const other = join(FOLDER, 'other.pcap')
  writeFileSync(other, formatPcap([], 1_790_000_000, 'micro'))
  const chunks = Array.from({ length: Math.ceil(bytes.length / 10_000) }, (_, n) =>
    bytes.subarray(n * 10_000, (n + 1) * 10_000),
  )
  const ways: Record<string, ScanOptions> = {
    file: { captures: [file], workers: 1 },
    'small slabs': { captures: [file], workers: 1, slabBytes: 65_536 },
    threads: { captures: [file], workers: 2, slabBytes: 65_536 },
    pipe: { captures: ['-'], stdin: Readable.from(chunks), workers: 1 },
    merged: { captures: [file, other], workers: 1 },
  }
  for (const [way, options] of Object.entries(ways)) {
    const { totals, captures, tls } = await scan(options)
    expect([way, totals.sipMessages]).toEqual([way, 2])
    expect(captures[0].lost).toBeUndefined()
    expect(tls?.[0].certificates).toBe('visible')
  }
})
