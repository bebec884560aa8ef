import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { packets, slabSizes } from './capture-arbitraries.ts'
import {
  concat,
  type PcapOptions,
  type WrittenPacket,
  writePcap,
  writePcapHeader,
  writePcapRecord,
} from './capture-writer.ts'
import { type Walked, walk, walkSlabs } from './walk.ts'

const options = fc.record({
  littleEndian: fc.boolean(),
  variant: fc.constantFrom('microseconds' as const, 'nanoseconds' as const, 'modified' as const),
  linkType: fc.constantFrom(1, 101, 113, 276),
})

function expected(packet: WrittenPacket, frame: number, { variant, linkType = 1 }: PcapOptions): Walked {
  const { seconds, nanoseconds, data, original = data.length } = packet
  return {
    frame,
    capture: 0,
    seconds,
    nanoseconds: variant === 'nanoseconds' ? nanoseconds : nanoseconds - (nanoseconds % 1000),
    linkType,
    captured: data.length,
    original,
    data: walk('pcap', writePcap([packet])).records[0].data,
  }
}

/** 100 records of unlike lengths, a second apart. */
const HUNDRED: readonly WrittenPacket[] = Array.from({ length: 100 }, (_, i) => ({
  seconds: 1_700_000_000 + i,
  nanoseconds: 1000 * i,
  data: Uint8Array.from({ length: 100 + ((37 * i) % 91) }, (_, k) => (k * 7 + i) & 0xff),
}))

/** Offset of the header of the 1-based `frame` among HUNDRED. */
function offsetOf(frame: number): number {
  return HUNDRED.slice(0, frame - 1).reduce((sum, { data }) => sum + 16 + data.length, 24)
}

describe('classic pcap', () => {
  test('records of both byte orders, micro- and nanoseconds and the modified header come back as written', () => {
    fc.assert(
      fc.property(packets(), options, (list, variant) => {
        const { records, facts } = walk('pcap', writePcap(list, variant))
        expect(records).toEqual(list.map((packet, i) => expected(packet, i + 1, variant)))
        expect(facts.lost).toBeUndefined()
        expect(facts.frames).toBe(list.length)
        expect(facts.linkTypes).toEqual([variant.linkType])
        expect(facts.truncatedFrames).toBe(list.filter((p) => p.data.length < p.original!).length)
      }),
    )
  })

  test('any slabs give the same records and facts', () => {
    fc.assert(
      fc.property(packets(), options, slabSizes, (list, variant, sizes) => {
        const capture = writePcap(list, variant)
        expect(walkSlabs('pcap', capture, sizes)).toEqual(walk('pcap', capture))
      }),
    )
  })

  test('the upper bits of the link type (frame check sequence) are not part of it', () => {
    const { facts } = walk('pcap', writePcapHeader({ linkType: 0x54000071 }))
    expect(facts.linkTypes).toEqual([0x71])
  })

  test('earliest and latest time are those of the records, whatever their order', () => {
    const times = [5, 3, 9, 1, 9]
    const capture = writePcap(times.map((seconds, i) => ({ seconds, nanoseconds: i * 1000, data: Uint8Array.of(1) })))
    const { facts } = walk('pcap', capture)
    expect(facts.earliest).toEqual({ seconds: 1, nanoseconds: 3000 })
    expect(facts.latest).toEqual({ seconds: 9, nanoseconds: 4000 })
  })

  test('a fraction beyond a second (nanoseconds under the microsecond magic) is read on, a pause of a week too', () => {
    const weird = HUNDRED.map((p, i) => ({
      ...p,
      seconds: p.seconds + (i > 50 ? 604_800 : 0),
      nanoseconds: 2_500_000_000,
    }))
    const { records, facts } = walk('pcap', writePcap(weird))
    expect(facts.lost).toBeUndefined()
    expect(records.map((r) => r.seconds)).toEqual(weird.map((p) => p.seconds + 2))
    expect(records[7].nanoseconds).toBe(500_000_000)
  })
})

describe('damaged pcap', () => {
  test('a cut tail: what was whole is read, the loss names where the cut record begins', () => {
    const capture = writePcap(HUNDRED)
    fc.assert(
      fc.property(fc.integer({ min: 1, max: capture.length - 1 }), slabSizes, (length, sizes) => {
        const { records, facts } = walkSlabs('pcap', capture.subarray(0, length), sizes)
        const whole = HUNDRED.filter((_, i) => offsetOf(i + 2) <= length).length
        expect(records).toEqual(walk('pcap', capture).records.slice(0, whole))
        const at = length < 24 ? 0 : offsetOf(whole + 1)
        const cut = { reason: 'the capture ends inside a record', atByte: at, bytes: length - at, count: 1 }
        expect(facts.lost).toEqual(length === at ? undefined : cut)
      }),
    )
  })

  test('a record header overwritten: one record lost, the rest found again', () => {
    const clean = walk('pcap', writePcap(HUNDRED)).records
    fc.assert(
      fc.property(fc.integer({ min: 2, max: 98 }), slabSizes, (frame, sizes) => {
        const capture = writePcap(HUNDRED)
        const at = offsetOf(frame)
        capture.fill(0xee, at, at + 16)
        const { records, facts } = walkSlabs('pcap', capture, sizes)
        const bytes = offsetOf(frame + 1) - at
        expect(facts.lost).toEqual({ reason: 'damaged: no record begins here', atByte: at, bytes, count: 1 })
        expect(records.map((r) => r.data)).toEqual(clean.filter((r) => r.frame !== frame).map((r) => r.data))
        expect(records.map((r) => r.frame)).toEqual(records.map((_, i) => i + 1))
      }),
    )
  })

  test('a captured length that swallows records: found out by what follows it, only this record is lost', () => {
    const capture = writePcap(HUNDRED)
    new DataView(capture.buffer).setUint32(offsetOf(10) + 8, 5000, true)
    const { records, facts } = walk('pcap', capture)
    expect(records).toHaveLength(99)
    expect(facts.lost).toMatchObject({ atByte: offsetOf(10), bytes: offsetOf(11) - offsetOf(10), count: 1 })
  })

  test('a captured length that swallows the rest of the file is damage, not a cut', () => {
    const capture = writePcap(HUNDRED)
    new DataView(capture.buffer).setUint32(offsetOf(90) + 8, 200_000, true)
    const { records, facts } = walk('pcap', capture)
    expect(records).toHaveLength(99)
    expect(facts.lost).toMatchObject({ reason: 'damaged: no record begins here', atByte: offsetOf(90), count: 1 })
  })

  test('zeros in the middle or at the end are lost octets, not empty packets', () => {
    const clean = writePcap(HUNDRED)
    const middle = concat([clean.subarray(0, offsetOf(50)), new Uint8Array(5000), clean.subarray(offsetOf(50))])
    const both = concat([middle, new Uint8Array(70_000)])
    const { records, facts } = walk('pcap', both)
    expect(records).toHaveLength(100)
    expect(facts.lost).toMatchObject({ atByte: offsetOf(50), bytes: 75_000, count: 2 })
  })

  test('a capture of a capture: a second file appended is found behind its header', () => {
    const clean = writePcap(HUNDRED)
    const { records, facts } = walk('pcap', concat([clean, clean]))
    expect(records).toHaveLength(200)
    expect(facts.lost).toMatchObject({ atByte: clean.length, bytes: 24, count: 1 })
  })

  test('octets overwritten, taken out or put in anywhere: no throw, no record outside, the same for any slabs', () => {
    const scars = fc.array(
      fc.record({
        at: fc.nat(20_000),
        remove: fc.oneof(fc.constant(0), fc.nat(300)),
        insert: fc.uint8Array({ maxLength: 60, size: 'max' }),
      }),
      { minLength: 1, maxLength: 4 },
    )
    fc.assert(
      fc.property(packets(60), options, scars, slabSizes, (list, variant, wounds, sizes) => {
        let capture = writePcap(list, variant)
        for (const { at, remove, insert } of wounds) {
          // The file's own magic stays: without it nobody would open it.
          const from = 24 + (at % Math.max(capture.length - 24, 1))
          capture = concat([capture.subarray(0, from), insert, capture.subarray(from + remove)])
        }
        const whole = walk('pcap', capture)
        expect(walkSlabs('pcap', capture, sizes)).toEqual(whole)
        const header = variant.variant === 'modified' ? 24 : 16
        const octets = whole.records.reduce((sum, r) => sum + header + r.captured, 24)
        expect(octets + (whole.facts.lost?.bytes ?? 0)).toBe(capture.length)
      }),
      { numRuns: 400 },
    )
  })

  test('after a wound all records are found again but those it touched and one neighbour', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 5, max: 80 }),
        fc.nat(15),
        fc.uint8Array({ minLength: 1, maxLength: 50 }),
        (frame, shift, insert) => {
          const clean = writePcap(HUNDRED)
          const at = offsetOf(frame) + shift
          const wounded = concat([clean.subarray(0, at), insert, clean.subarray(at)])
          fc.pre(!leadsAstray(wounded, offsetOf(frame), offsetOf(frame + 1) + insert.length))
          const { records } = walk('pcap', wounded)
          const found = new Set(records.map((r) => r.data))
          const missing = walk('pcap', clean).records.filter((r) => !found.has(r.data))
          expect(missing.length).toBeLessThanOrEqual(2)
          for (const { frame: lost } of missing) expect(Math.abs(lost - frame)).toBeLessThanOrEqual(1)
        },
      ),
    )
  })

  /** The captured length of the header at `at` leads elsewhere, to what reads like a header or to where none fits. */
  function leadsAstray(octets: Uint8Array, at: number, next: number): boolean {
    const view = new DataView(octets.buffer)
    const following = at + 16 + view.getUint32(at + 8, true)
    if (following === next || following > octets.length) return false
    if (following > octets.length - 16) return true
    const [seconds, fraction, captured, original] = [0, 4, 8, 12].map((word) => view.getUint32(following + word, true))
    const inOrder = captured > 0 && original >= captured && original < 1 << 24 && fraction < 1_000_000
    return captured <= 262_144 && (inOrder || Math.abs(seconds - 1_700_000_000) < 60 * 86_400)
  }

  test.each<[string, (n: number) => Partial<WrittenPacket>]>([
    ['one clock for the second half', (n) => (n < 50 ? { seconds: 86_400 + n } : {})],
    ['nanoseconds under the magic of microseconds', (n) => ({ nanoseconds: 1_000_000_000 * 1000 - 1000 * n - 1000 })],
    ['now and then a packet padded beyond its length', (n) => (n % 10 === 3 ? { original: 20 } : {})],
    ['now and then no original length', (n) => (n % 10 === 3 ? { original: 0 } : {})],
    ['one record without a time', (n) => (n === 50 ? { seconds: 0 } : {})],
    ['a clock that was set for one record', (n) => (n === 50 ? { seconds: 1_800_000_000 } : {})],
    ['three clocks in turn', (n) => ({ seconds: 1_000_000_000 + 300_000_000 * (n % 3) + n })],
    [
      'two clocks, and now and then no original length',
      (n) => ({ seconds: n < 50 ? n + 1 : 1_700_000_000 + n, ...(n % 10 === 3 && { original: 0 }) }),
    ],
  ])('%s: nothing is lost of records that are whole, or sliced shorter than the header says', (_, oddly) => {
    const clean = walk('pcap', writePcap(HUNDRED)).records
    for (const sliced of [false, true]) {
      const list = HUNDRED.map((packet, n) => ({ ...packet, ...(sliced && { original: 1000 }), ...oddly(n) }))
      const { records, facts } = walk('pcap', writePcap(list))
      expect(facts.lost).toBeUndefined()
      expect(records.map(({ data }) => data)).toEqual(clean.map(({ data }) => data))
    }
  })

  test('the largest record is read, a longer one is damage', () => {
    const at = (length: number) => ({ seconds: 1, nanoseconds: 0, data: new Uint8Array(length).fill(0xff) })
    const small = { seconds: 1, nanoseconds: 0, data: Uint8Array.of(1, 2, 3) }
    const largest = writePcap([small, at(262_144), small, small])
    expect(walkSlabs('pcap', largest, [100_000]).records).toHaveLength(4)
    const tooLong = concat([
      writePcapHeader(),
      writePcapRecord(small),
      writePcapRecord(at(262_145)),
      writePcapRecord(small),
      writePcapRecord(small),
    ])
    const { records, facts } = walkSlabs('pcap', tooLong, [100_000])
    expect(records).toHaveLength(3)
    expect(facts.lost).toMatchObject({ atByte: 24 + 19, bytes: 16 + 262_145, count: 1 })
  })
})
