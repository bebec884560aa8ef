import { describe, expect, test } from 'vitest'
import { seededGenerator } from '../../samples/seeded-random.ts'
import { otherClockOf } from '../../src/rtp/other-clock.ts'
import { flowKey, newTable } from './rtp-packets.ts'

interface Packet {
  readonly timeMs: number
  readonly timestamp: number
  readonly type?: number
  readonly marker?: boolean
}

/** What is told of one stream of these packets whose codec has a clock of `rate`. */
function clockOf(packets: readonly Packet[], rate: number): number | undefined {
  const table = newTable(4)
  const bytes = Buffer.alloc(32)
  const id = table.findOrAdd(flowKey(1))
  for (const [n, { timeMs, timestamp, type = 96, marker }] of packets.entries()) {
    bytes[0] = 0x80
    bytes[1] = type | (marker ? 128 : 0)
    bytes.writeUInt16BE(n & 0xffff, 2)
    bytes.writeUInt32BE(timestamp >>> 0, 4)
    const timeUs = timeMs * 1000
    table.countRtp(id, { position: n, timeUs, capture: 0, frame: n + 1, identity: n & 0xffff }, bytes)
  }
  return otherClockOf(table, id, rate)?.sent
}

/** Packets of `ms` whose timestamps go by a clock; the network adds up to `unevenMs`. */
function talk(
  clock: number,
  { ms = 20, count = 300, unevenMs = 2, type = 96, from = 0xffff_ff00, skew = 1 } = {},
): Packet[] {
  const random = seededGenerator(`${clock} ${ms} ${unevenMs}`)
  return Array.from({ length: count }, (_, n) => ({
    timeMs: n * ms * skew + (random() % 1000) * (unevenMs / 1000),
    timestamp: from + (n * ms * clock) / 1000,
    type,
  }))
}

const last = (packets: readonly Packet[]) => packets[packets.length - 1] as Packet
/** What comes behind packets, as many ms after them, with timestamps that go on so many units later. */
const behind = (before: readonly Packet[], after: readonly Packet[], ms: number, units: number): Packet[] => {
  const [first] = after as [Packet]
  return [
    ...before,
    ...after.map(({ timeMs, timestamp, ...rest }, n) => ({
      ...rest,
      timeMs: timeMs - first.timeMs + last(before).timeMs + ms,
      timestamp: timestamp - first.timestamp + last(before).timestamp + units,
      marker: n === 0,
    })),
  ]
}

describe("timestamps that go by another clock than the codec's (RFC 3550 §5.1)", () => {
  test.each([
    ['G.722 by its sampling rate (RFC 3551 §4.5.2)', 16000, 8000, { type: 9 }],
    ['G.722 in packets of 40 ms', 16000, 8000, { type: 9, ms: 40 }],
    ['Opus by 16 kHz (RFC 7587 §4.1)', 16000, 48000, {}],
    ['Opus by 8 kHz', 8000, 48000, {}],
    ['Opus by 8 kHz in packets of 60 ms', 8000, 48000, { ms: 60 }],
    ['a codec of 8 kHz by 48 kHz', 48000, 8000, {}],
    ['a clock that goes 1 % too fast', 16000, 8000, { skew: 0.99 }],
  ])('%s', (_, sent, agreed, how) => expect(clockOf(talk(sent, how), agreed)).toBe(sent))

  test('with silences, whether timestamps go on in them or stand still', () => {
    for (const units of [16_000 * 2, 320]) {
      const packets = behind(talk(16000), talk(16000), 2000, units)
      expect(clockOf(packets, 8000), `${units}`).toBe(16000)
    }
  })
})

describe('nothing is told of', () => {
  test.each([8000, 16000, 48000])('the right clock of %d, even or not, 1 % too fast or too slow', (rate) => {
    for (const unevenMs of [0, 5, 30, 80]) {
      for (const skew of [0.99, 1, 1.01]) expect(clockOf(talk(rate, { unevenMs, skew }), rate)).toBeUndefined()
    }
  })

  test('a talk spurt whose timestamps stood still in a silence as long as itself', () => {
    for (const unevenMs of [0, 10, 20]) {
      const packets = behind(talk(16000, { unevenMs }), talk(16000, { unevenMs }), 6000, 320)
      expect(clockOf(packets, 16000)).toBeUndefined()
    }
  })

  test('timestamps that leap as far as another clock would have gone', () => {
    const packets = behind(talk(8000), talk(8000), 20, 8000 * 12)
    expect(clockOf(packets, 8000)).toBeUndefined()
  })

  test('an event, whose timestamp stands still (RFC 4733 §2.5.1.2)', () => {
    const before = talk(8000, { type: 0 })
    const event = Array.from({ length: 40 }, (_, n) => ({
      timeMs: last(before).timeMs + 20 + n * 20,
      timestamp: last(before).timestamp + 160,
      type: 101,
      marker: n === 0,
    }))
    const packets = behind([...before, ...event], talk(8000, { type: 0 }), 20, 160 * 40)
    expect(clockOf(packets, 8000)).toBeUndefined()
  })

  test('video, a stream too short to speak of, and a clock that is none of audio', () => {
    expect(clockOf(talk(16000), 90_000)).toBeUndefined()
    expect(clockOf(talk(16000, { count: 49 }), 8000)).toBeUndefined()
    expect(clockOf(talk(90_000), 8000)).toBeUndefined()
    expect(clockOf(talk(16000), 0)).toBeUndefined()
  })
})
