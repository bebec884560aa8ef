import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { lostOf } from '../../src/model/timeline.ts'
import { jitterSlot } from '../../src/rtp/clock-rates.ts'
import { F, I, JITTER_STRIDE } from '../../src/rtp/stream-record.ts'
import { lostPackets } from '../../src/rtp/stream-statistics.ts'
import { MOST_STEPS, STEPS_A_CHUNK, stepOf } from '../../src/rtp/timelines.ts'
import { type CountingTable, flowKey, newTable } from './rtp-packets.ts'

interface Packet {
  readonly sequence: number
  readonly seconds: number
  readonly cut?: boolean
}

let packetsSoFar = 0

function take(table: CountingTable, id: number, packets: readonly Packet[], type = 0): void {
  const bytes = Buffer.alloc(32)
  for (const { sequence, seconds, cut = false } of packets) {
    bytes[0] = 0x80
    bytes[1] = type
    bytes.writeUInt16BE(sequence & 0xffff, 2)
    bytes.writeUInt32BE((sequence * 800) >>> 0, 4)
    const position = packetsSoFar++
    // Another identity each time: copies are the sender's.
    const arrival = { position, timeUs: 1e15 + seconds * 1e6, capture: 0, frame: 1, identity: position & 0xffff }
    table.countRtp(id, arrival, bytes)
    if (cut) table.noteCut(id)
  }
}

function stepsOf(packets: readonly Packet[], chunks = 64) {
  const table = newTable(4, 0, chunks)
  const id = table.findOrAdd(flowKey(1))
  take(table, id, packets)
  const span = table.timelines.spanOf(id)
  const { packets: counts, missing, cut, jitterUs } = table.timelines.stepsOf(id)
  return {
    stepSeconds: (span?.stepUs ?? 0) / 1e6,
    packets: [...counts],
    missing: [...missing],
    lost: lostOf(missing),
    cut: [...cut],
    jitterUs: jitterUs[jitterSlot(8000)],
    maxJitterUs: table.floats[table.floatsAt(id) + F.Jitter + jitterSlot(8000) * JITTER_STRIDE + 1],
    lostInAll: lostPackets(table, id),
    inAll: table.ints[table.intsAt(id) + I.Packets],
  }
}

/** So many packets a second from `from` on, their numbers one after the other. */
function run(from: number, seconds: number, firstSequence = 0, perSecond = 10): Packet[] {
  return Array.from({ length: seconds * perSecond }, (_, n) => ({
    sequence: firstSequence + n,
    seconds: from + n / perSecond,
  }))
}

const sum = (counts: readonly number[]) => counts.reduce((all, count) => all + count, 0)

describe('the steps of a stream', () => {
  test('are of a second from its first packet on', () => {
    const packets = [...run(0.5, 2), ...run(5.5, 1, 20)]
    expect(stepsOf(packets)).toMatchObject({ stepSeconds: 1, packets: [10, 10, 0, 0, 0, 10], lost: [0, 0, 0, 0, 0, 0] })
  })

  test('are put together in pairs where they become more than 600', () => {
    expect(stepsOf(run(0, MOST_STEPS, 0, 1))).toMatchObject({ stepSeconds: 1, packets: Array(MOST_STEPS).fill(1) })
    const twice = stepsOf(run(0, MOST_STEPS + 1, 0, 1))
    expect(twice.stepSeconds).toBe(2)
    expect(twice.packets).toEqual([...Array(MOST_STEPS / 2).fill(2), 1])
    const day = stepsOf([...run(0, 3), { sequence: 30, seconds: 86_400 }])
    expect(day.stepSeconds).toBe(256)
    expect(day.packets).toEqual([30, ...Array(336).fill(0), 1])
  })

  test('a packet of an earlier time belongs to its own step, one before the first to the first', () => {
    const packets = [...run(10, 3), { sequence: 30, seconds: 10.4 }, { sequence: 31, seconds: 2 }, ...run(13, 1, 32)]
    expect(stepsOf(packets)).toMatchObject({ packets: [12, 10, 10, 10], lost: [0, 0, 0, 0] })
  })

  test('a packet that was cut is counted where it came', () => {
    const packets = run(0, 3).map((packet, n) => ({ ...packet, cut: n >= 12 && n < 15 }))
    expect(stepsOf(packets).cut).toEqual([0, 3, 0])
  })

  test('have the greatest jitter of their time (RFC 3550 §6.4.1)', () => {
    const packets = run(0, 8).map((packet, n) => ({ ...packet, seconds: packet.seconds + (n === 35 ? 0.09 : 0) }))
    const { jitterUs, maxJitterUs } = stepsOf(packets)
    const greatest = Math.max(...jitterUs)
    expect(jitterUs.indexOf(greatest)).toBe(3)
    expect(Math.abs(greatest - maxJitterUs)).toBeLessThanOrEqual(10)
    expect(jitterUs[6]).toBeLessThan(greatest)
  })
})

describe('numbers that are missing (RFC 3550 A.3)', () => {
  test('are noted where a later packet comes', () => {
    expect(stepsOf([...run(0, 2), ...run(6, 1, 60)]).lost).toEqual([0, 0, 0, 0, 0, 0, 40])
  })

  test('one that comes late is taken off where it was missed', () => {
    const packets = [...run(0, 2), { sequence: 25, seconds: 2.5 }, ...run(3, 3, 26), { sequence: 22, seconds: 5.95 }]
    expect(stepsOf(packets).lost).toEqual([0, 0, 4, 0, 0, 0])
  })

  test('that holds across steps that were put together since', () => {
    const packets = [...run(0, 90, 0, 1), ...run(90, 700, 100, 1), { sequence: 95, seconds: 789.5 }]
    const { lost, stepSeconds } = stepsOf(packets)
    expect(stepSeconds).toBe(2)
    expect(lost.flatMap((count, n) => (count > 0 ? [[n, count]] : []))).toEqual([[45, 9]])
  })

  test('a number beyond a confirmed jump is searched behind it only', () => {
    const jumped = [...run(0, 3, 40_000), ...run(3, 1, 100), { sequence: 112, seconds: 4 }, ...run(5, 2, 113)]
    expect(stepsOf([...jumped, { sequence: 110, seconds: 6.9 }])).toMatchObject({ lost: [0, 0, 0, 0, 1, 0, 0] })
  })

  test('a stray counts where it came, until it turns out to announce a jump', () => {
    const [stray, rest] = [{ sequence: 30_000, seconds: 1.95 }, run(2, 2, 30_001)]
    expect(stepsOf([...run(0, 2), stray, ...rest]).missing).toEqual([0, 0, 0, 0])
    expect(stepsOf([...run(0, 2), stray, ...run(2, 2, 21)]).missing).toEqual([0, -1, 1, 0])
  })
})

test('whatever comes: the steps add up to what was counted of the stream, as a plain count has it', () => {
  const moved = fc.record({
    by: fc.oneof({ weight: 8, arbitrary: fc.constant(1) }, fc.integer({ min: -200, max: 200 }), fc.nat(65_535)),
    after: fc.oneof({ weight: 8, arbitrary: fc.constant(0.05) }, fc.double({ min: -3, max: 90, noNaN: true })),
    cut: fc.boolean(),
  })
  fc.assert(
    fc.property(fc.array(moved, { maxLength: 600, size: 'max' }), fc.integer({ min: 2, max: 64 }), (moves, chunks) => {
      let [sequence, seconds] = [0, 100]
      const packets = moves.map(({ by, after, cut }): Packet => {
        sequence = (sequence + by) & 0xffff
        seconds = Math.max(0, seconds + after)
        return { sequence, seconds, cut }
      })
      if (packets.length === 0) return
      const found = stepsOf(packets, chunks)
      const startUs = 1e15 + packets[0].seconds * 1e6
      const span = { startUs, stepUs: found.stepSeconds * 1e6, count: found.packets.length }
      const [counts, cuts] = [Array(span.count).fill(0), Array(span.count).fill(0)]
      for (const { seconds, cut } of packets) {
        const step = stepOf(span, 1e15 + seconds * 1e6)
        counts[step]++
        if (cut) cuts[step]++
      }
      expect(found.packets).toEqual(counts)
      expect(found.cut).toEqual(cuts)
      expect(sum(found.lost)).toBe(found.lostInAll)
      expect(Math.min(...found.lost)).toBeGreaterThanOrEqual(0)
      expect(Math.abs(Math.max(...found.jitterUs) - found.maxJitterUs)).toBeLessThanOrEqual(10)
    }),
    { numRuns: 300 },
  )
})

describe('where room is short', () => {
  const chunks = 16

  test('long streams take no more than three fourths of it, and go on in longer steps', () => {
    const table = newTable(16, 0, chunks)
    const long = table.findOrAdd(flowKey(1))
    take(table, long, run(0, 500, 0, 1))
    expect(table.timelines.spanOf(long)).toMatchObject({ stepUs: 4e6, count: 125 })
    expect([...table.timelines.stepsOf(long).packets]).toEqual(Array(125).fill(4))
  })

  test('a stream for which nothing is left has no timeline; room that is given back serves the next', () => {
    const table = newTable(32, 0, chunks)
    const ids = Array.from({ length: chunks + 1 }, (_, n) => table.findOrAdd(flowKey(n + 1)))
    for (const id of ids) take(table, id, run(0, 2))
    expect(ids.map((id) => table.timelines.spanOf(id) !== undefined)).toEqual([...Array(chunks).fill(true), false])
    const moved = table.keepOnly((id) => id !== ids[3])
    const next = table.findOrAdd(flowKey(100))
    take(table, next, run(0, STEPS_A_CHUNK + 1))
    expect(table.timelines.spanOf(next)).toMatchObject({ stepUs: 2e6, count: 8 })
    expect([...table.timelines.stepsOf(moved[ids[4]]).packets]).toEqual([10, 10])
    expect(table.timelines.spanOf(moved[ids[chunks]])).toBeUndefined()
  })
})
