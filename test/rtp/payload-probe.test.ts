import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { I, PROBE_WORDS, PROBES } from '../../src/rtp/stream-record.ts'
import { flowKey, newTable } from './rtp-packets.ts'

const PAYLOAD = 40

/** What is kept of a stream of these packets: a number and a word of payload each. */
function kept(packets: readonly { readonly sequence: number; readonly word: number; readonly octets?: number }[]) {
  const table = newTable(4)
  const id = table.findOrAdd(flowKey(1))
  for (const [n, { sequence, word, octets = PAYLOAD }] of packets.entries()) {
    const bytes = Buffer.alloc(12 + octets)
    bytes[0] = 0x80
    bytes.writeUInt16BE(sequence & 0xffff, 2)
    if (octets >= 4) bytes.writeUInt32BE(word, 12)
    table.countRtp(id, { position: n, timeUs: n * 20_000, capture: 0, frame: n + 1, identity: n }, bytes)
  }
  const i = table.intsAt(id)
  const { ints } = table
  const probes = Array.from({ length: PROBES }, (_, n) => {
    const [extended, digest, frame] = ints.subarray(
      i + I.Probes + n * PROBE_WORDS,
      i + I.Probes + (n + 1) * PROBE_WORDS,
    )
    return { extended, digest, frame }
  }).filter(({ frame }) => frame > 0)
  const frames = [...ints.subarray(i + I.RewrittenFrames, i + I.RewrittenFrames + 2)]
  return { probes, rewritten: ints[i + I.Rewritten] - 1, frames }
}

const run = (from: number, count: number, word = 7) =>
  Array.from({ length: count }, (_, n) => ({ sequence: from + n, word }))

describe('packets that stand for a stream', () => {
  test('are chosen by their sequence numbers alone, in whatever order and beside whatever else', () => {
    const start = fc.integer({ min: 0, max: 60_000 })
    fc.assert(
      fc.property(start, fc.integer({ min: 1, max: 600 }), fc.boolean(), (from, count, swap) => {
        const sent = run(from, count)
        if (swap && count > 4) [sent[2], sent[3]] = [sent[3], sent[2]]
        const numbers = (packets: typeof sent) => kept(packets).probes.map(({ extended }) => extended)
        expect(numbers(sent)).toEqual(numbers(run(from, count)))
      }),
    )
  })

  test('a stream of 16 packets has one, a longer one has them all', () => {
    expect(kept(run(1001, 16)).probes).toHaveLength(1)
    expect(kept(run(1001, 128)).probes).toHaveLength(PROBES)
    expect(kept(run(1001, 3000)).probes).toHaveLength(PROBES)
  })

  test('other payload is another digest; a payload with no room beside its tag has none', () => {
    const digests = (word: number) => kept(run(0, 200, word)).probes.map(({ digest }) => digest)
    expect(digests(7)).toEqual(digests(7))
    expect(digests(8).every((digest, n) => digest !== digests(7)[n])).toBe(true)
    expect(kept(run(0, 200).map((packet) => ({ ...packet, octets: 20 }))).probes).toEqual([])
  })

  test('a number that comes again with other octets is told by its first two frames', () => {
    const again = kept([...run(0, 200), ...run(0, 200, 8)])
    expect(again.rewritten).toBeGreaterThanOrEqual(0)
    expect(again.frames).toEqual([again.rewritten + 1, again.rewritten + 201])
    expect(kept([...run(0, 200), ...run(0, 200)]).rewritten).toBe(-1)
  })
})
