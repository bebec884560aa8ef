import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Readable } from 'node:stream'
import { fileURLToPath } from 'node:url'
import { gzipSync } from 'node:zlib'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { reportedStream } from '../../src/model/timeline.ts'
import { type AnalyseOptions, analyseCaptures } from '../../src/scan/analyse-captures.ts'
import { readKeyFiles } from '../../src/scan/key-files.ts'
import { readTlsSecrets } from '../../src/scan/tls-secrets.ts'

const SAMPLES = fileURLToPath(new URL('../../samples/', import.meta.url))
const SHARED = fileURLToPath(new URL('../../../shared/captures/', import.meta.url))

/** Every sample, and of the real captures those that exercise what moves between the passes, where they are given. */
const FROM_SHARED =
  /^(rekey|roc-midcall|seqwrap-tail|frag-invite|truncated-tail|corrupt|media-only|sll-any|two-mlines|pcapng-two|baresip-savp-opus-tcp|merged|cleartext|dtls-srtp)/

function captures(): string[] {
  const samples = readdirSync(SAMPLES)
    .filter((name) => /\.pcap(ng)?$/.test(name))
    .map((name) => `${SAMPLES}${name}`)
  const shared = existsSync(SHARED) ? readdirSync(SHARED) : []
  return [
    ...samples,
    ...shared.filter((name) => FROM_SHARED.test(name) && /\.pcap(ng)?$/.test(name)).map((name) => `${SHARED}${name}`),
  ]
}

/** The analysis as text, timelines and all, without what may differ: path and size of the input. */
async function analysisOf(options: AnalyseOptions): Promise<string> {
  const analysis = await analyseCaptures({ ...options, timelines: true })
  const anonymous = analysis.captures.map((capture) => ({ ...capture, path: '', bytes: 0 }))
  return JSON.stringify({ ...analysis, captures: anonymous, reported: analysis.streams.map(reportedStream) })
}

async function keysOf(path: string) {
  if (/\/dtls-/.test(path)) return []
  const keys = path.startsWith(SAMPLES) ? `${SAMPLES}keys.json` : path.replace(/\.pcap(ng)?$/, '.keys.json')
  return existsSync(keys) ? readKeyFiles([keys]) : []
}

/** With a key log the keys have to come out of the handshakes. */
async function secretsOf(path: string) {
  const keyLog = path.replace(/\.pcap(ng)?$/, '.keylog.txt')
  return existsSync(keyLog) ? readTlsSecrets({ tlsKeyLogs: [keyLog] }) : undefined
}

describe('the same capture gives the same report', () => {
  let folder = ''
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'srtp-scan-test-'))
  })
  afterAll(() => rm(folder, { recursive: true }))

  test.each(captures())('%s', async (path) => {
    const keyEntries = await keysOf(path)
    const tlsSecrets = await secretsOf(path)
    const keys = { keyEntries, ...(tlsSecrets !== undefined && { tlsSecrets }) }
    const reference = await analysisOf({ captures: [path], ...keys, workers: 1 })
    for (const slabBytes of [64 << 10, 256 << 10, 4 << 20]) {
      expect(await analysisOf({ captures: [path], ...keys, workers: 1, slabBytes })).toBe(reference)
    }
    expect(await analysisOf({ captures: [path], ...keys, workers: 2, slabBytes: 64 << 10 })).toBe(reference)
    expect(await analysisOf({ captures: [path], ...keys, workers: 4, slabBytes: 128 << 10 })).toBe(reference)

    const octets = readFileSync(path)
    const stdin = () => Readable.from(pieces(octets, 50_000))
    expect(await analysisOf({ captures: ['-'], stdin: stdin(), ...keys, workers: 1 })).toBe(reference)
    expect(await analysisOf({ captures: ['-'], stdin: stdin(), ...keys, workers: 2 })).toBe(reference)

    const zipped = join(folder, `${path.slice(path.lastIndexOf('/') + 1)}.gz`)
    await writeFile(zipped, gzipSync(octets))
    expect(await analysisOf({ captures: [zipped], ...keys, workers: 2, slabBytes: 64 << 10 })).toBe(reference)
  })
})

function* pieces(octets: Uint8Array, size: number): Generator<Uint8Array> {
  for (let at = 0; at < octets.length; at += size) yield octets.subarray(at, at + size)
}
