import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { PassThrough, Readable } from 'node:stream'
import * as zlib from 'node:zlib'
import fc from 'fast-check'
import { afterAll, describe, expect, test } from 'vitest'
import { identifyFile, identifyStream } from '../../src/capture/capture-input.ts'
import { openCaptureStream } from '../../src/capture/capture-stream.ts'
import { packets } from './capture-arbitraries.ts'
import { concat, type WrittenPacket, writePcap, writePcapng } from './capture-writer.ts'
import { readStream } from './stream.ts'
import { walk, walkSlabs } from './walk.ts'

const directory = mkdtempSync(join(tmpdir(), 'capture-stream-'))
afterAll(() => rmSync(directory, { recursive: true }))

let files = 0
function file(octets: Uint8Array): string {
  const path = join(directory, `capture${files++}`)
  writeFileSync(path, octets)
  return path
}

const input = (octets: Uint8Array) => identifyFile(file(octets), octets.length)

function inPieces(octets: Uint8Array, sizes: readonly number[]): Readable {
  const pieces: Uint8Array[] = []
  for (let at = 0, i = 0; at < octets.length; i++) {
    const size = sizes[i % sizes.length]
    pieces.push(octets.subarray(at, at + size))
    at += size
  }
  return Readable.from(pieces, { objectMode: false })
}

/** 3000 records, so that the compressed capture takes several pieces. */
const MANY: readonly WrittenPacket[] = Array.from({ length: 3000 }, (_, i) => ({
  seconds: 1_700_000_000 + Math.floor(i / 50),
  nanoseconds: (i % 50) * 20_000_000,
  data: Uint8Array.from({ length: 214 }, (_, k) => (k < 42 ? k : (i * 2_654_435_761 * (k + 1)) >>> 13)),
}))
const CAPTURE = writePcap(MANY)

describe('one input', () => {
  test('a pipe gives the octets of the file, however they arrive', async () => {
    for (const sizes of [[1, 2, 3, 5000], [65_536], [7]]) {
      const capture = writePcap(MANY.slice(0, 40))
      const named = await identifyStream('-', inPieces(capture, sizes))
      expect(named).toMatchObject({ path: '-', format: 'pcap', compression: 'none', reopenable: false })
      const { octets, inputs } = await readStream([named])
      expect(Buffer.compare(octets, capture)).toBe(0)
      expect(inputs[0].bytes).toBe(capture.length)
    }
  })

  test('a pipe gives what is there before it has ended', async () => {
    const pipe = new PassThrough()
    const capture = writePcap(MANY.slice(0, 10))
    pipe.write(capture.subarray(0, 500))
    const stream = await openCaptureStream([await identifyStream('-', pipe)])
    const target = new Uint8Array(100_000)
    let filled = 0
    while (filled < 500) filled += await stream.fill(target.subarray(filled))
    expect(filled).toBe(500)
    pipe.end(capture.subarray(500))
    for (let count = 1; count > 0; filled += count) count = await stream.fill(target.subarray(filled))
    expect(Buffer.compare(target.subarray(0, filled), capture)).toBe(0)
  })

  test('gzip gives the octets of the capture: one member, several, file and pipe; its size is that of the file', async () => {
    const once = new Uint8Array(zlib.gzipSync(CAPTURE))
    const halves = [CAPTURE.subarray(0, 300_001), CAPTURE.subarray(300_001)]
    const twice = concat(halves.map((half) => new Uint8Array(zlib.gzipSync(half))))
    for (const compressed of [once, twice]) {
      for (const named of [await input(compressed), await identifyStream('-', inPieces(compressed, [999]))]) {
        expect(named).toMatchObject({ format: 'pcap', compression: 'gzip' })
        const { octets, inputs } = await readStream([named])
        expect(Buffer.compare(octets, CAPTURE)).toBe(0)
        expect(inputs[0]).toMatchObject({ frames: 3000, bytes: compressed.length })
        expect(inputs[0].lost).toBeUndefined()
      }
    }
  })

  test('a gzip that ends early: what it held is used, the loss says so, pieces do not matter', async () => {
    const compressed = new Uint8Array(zlib.gzipSync(CAPTURE))
    for (const length of [compressed.length - 1, compressed.length - 9, compressed.length >> 1, 40_000]) {
      const cut = compressed.subarray(0, length)
      const whole = await readStream([await input(cut)])
      expect(whole.inputs[0].lost?.reason).toBe('the gzip data ends early')
      expect(whole.inputs[0].frames).toBeGreaterThan(Math.floor((2900 * length) / compressed.length))
      const { records } = walk('pcap', CAPTURE)
      expect(whole.records).toEqual(records.slice(0, whole.records.length))
      const piped = await readStream([await identifyStream('-', inPieces(cut, [1000, 3]))])
      expect(piped.records).toEqual(whole.records)
      expect(piped.inputs).toEqual(whole.inputs)
    }
  })

  test('a damaged gzip: what precedes the damage is used; a wrong checksum costs no record', async () => {
    const compressed = new Uint8Array(zlib.gzipSync(CAPTURE))
    compressed[compressed.length - 7] ^= 1
    const checksum = await readStream([await input(compressed)])
    expect(checksum.records).toHaveLength(3000)
    expect(checksum.inputs[0].lost).toEqual({ reason: 'damaged gzip data', atByte: CAPTURE.length })
    compressed.fill(0xff, compressed.length >> 1, (compressed.length >> 1) + 400)
    const middle = await readStream([await input(compressed)])
    expect(middle.records.length).toBeGreaterThan(1000)
    // Damaged octets may inflate to a few others before they contradict themselves.
    const sound = middle.records.length - 10
    expect(middle.records.slice(0, sound)).toEqual(checksum.records.slice(0, sound))
    expect(middle.inputs[0].lost?.reason).toBe('damaged gzip data')
    const piped = await readStream([await identifyStream('-', inPieces(compressed, [777]))])
    expect(piped.inputs).toEqual(middle.inputs)
  })

  const { zstdCompressSync } = zlib as { zstdCompressSync?: (octets: Uint8Array) => Uint8Array }
  test(`zstd: ${zstdCompressSync ? 'gives the octets of the capture' : 'this Node has none, and the error says which has'}`, async () => {
    if (zstdCompressSync) {
      const { octets } = await readStream([await input(new Uint8Array(zstdCompressSync(CAPTURE)))])
      expect(Buffer.compare(octets, CAPTURE)).toBe(0)
    } else {
      const refused = input(Uint8Array.of(0x28, 0xb5, 0x2f, 0xfd, 0x04, 0x00, 0x41, 0x00))
      await expect(refused).rejects.toMatchObject({ code: 'SRTP_SCAN_ZSTD_UNAVAILABLE' })
      await expect(refused).rejects.toThrow(/22\.15.*zstd -d/)
    }
  })
})

describe('several inputs', () => {
  const key = (r: { seconds: number; nanoseconds: number }) => r.seconds * 1e9 + r.nanoseconds

  test('are merged by time, ties in the order of the inputs; sorted captures give what a stable sort gives', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(packets(25), { minLength: 2, maxLength: 6 }),
        fc.integer({ min: 1, max: 3000 }),
        fc.array(fc.constantFrom('file', 'gzip', 'pipe'), { minLength: 6, maxLength: 6 }),
        async (lists, size, kinds) => {
          const captures = lists.map((list, i) => {
            // One base for all, so that they overlap; sorted, so that a stable sort is the truth.
            const base = list[0]?.seconds ?? 0
            const times = list.map((p) => ({
              ...p,
              seconds: 1000 + p.seconds - base,
              nanoseconds: p.nanoseconds % 4_000,
            }))
            times.sort((a, b) => key(a) - key(b))
            return writePcap(times, { linkType: i, variant: 'nanoseconds' })
          })
          const inputs = await Promise.all(
            captures.map((octets, i) => {
              if (kinds[i] === 'pipe') return identifyStream(`pipe ${i}`, inPieces(octets, [100]))
              return input(kinds[i] === 'gzip' ? new Uint8Array(zlib.gzipSync(octets)) : octets)
            }),
          )
          const walked = captures.map((octets, capture) => walk('pcap', octets).records.map((r) => ({ ...r, capture })))
          const truth = walked.flat().sort((a, b) => key(a) - key(b) || a.capture - b.capture || a.frame - b.frame)
          const merged = await readStream(inputs, size)
          expect(merged.stream.format).toBe('merged')
          expect(merged.records).toEqual(truth)
          expect(walkSlabs('merged', merged.octets, [size]).records).toEqual(truth)
          expect(merged.inputs.map((facts) => facts.frames)).toEqual(walked.map((list) => list.length))
          expect(merged.inputs.map((facts) => facts.linkTypes)).toEqual(captures.map((_, i) => [i]))
        },
      ),
      { numRuns: 60 },
    )
  })

  test('the order within a capture stays, even where its times go back', async () => {
    const at = (...times: number[]) =>
      writePcap(times.map((seconds) => ({ seconds, nanoseconds: 0, data: Uint8Array.of(seconds) })))
    const { records } = await readStream([await input(at(5, 1, 9)), await input(at(4, 6, 6)), await input(at(6))])
    expect(records.map((r) => `${r.capture}.${r.frame}`)).toEqual(['1.1', '0.1', '0.2', '1.2', '1.3', '2.1', '0.3'])
  })

  test('pcap and pcapng, damage and emptiness: each keeps its own facts', async () => {
    const ng = writePcapng([
      {
        blocks: [
          { kind: 'interface', description: { linkType: 113 } },
          { kind: 'enhanced', interface: 0, ticks: 5n, data: Uint8Array.of(1) },
        ],
      },
    ])
    const cut = CAPTURE.subarray(0, CAPTURE.length - 3)
    const inputs = [await input(cut), await input(writePcap([])), await input(ng)]
    const { records, inputs: facts } = await readStream(inputs)
    expect(records.map((r) => r.capture).slice(0, 2)).toEqual([2, 0])
    expect(facts.map((f) => [f.frames, f.lost?.count, f.linkTypes, f.bytes])).toEqual([
      [2999, 1, [1], cut.length],
      [0, undefined, [1], 24],
      [1, undefined, [113], ng.length],
    ])
  })

  test('more files than a process may open at once, one after the other in time', async () => {
    const inputs = []
    for (let i = 0; i < 1500; i++) {
      inputs.push(await input(writePcap([{ seconds: 5000 - i, nanoseconds: 0, data: Uint8Array.of(1) }])))
    }
    const { records } = await readStream(inputs)
    expect(records.map((r) => r.capture)).toEqual(inputs.map((_, i) => 1499 - i))
  })

  test('reopenable inputs give the same octets twice', async () => {
    const inputs = [await input(CAPTURE), await input(writePcap(MANY.slice(100, 200)))]
    const first = await readStream(inputs, 1000)
    const second = await readStream(inputs, 77_777)
    expect(Buffer.compare(first.octets, second.octets)).toBe(0)
  })
})
