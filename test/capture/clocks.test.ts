import { describe, expect, test } from 'vitest'
import type { CaptureInput } from '../../src/capture/capture-input.ts'
import { clockDifference, clockDifferences, clocksOf, comparableWith, setRight } from '../../src/capture/clocks.ts'
import type { InputFacts } from '../../src/capture/input-records.ts'
import { heardUntil } from '../../src/capture/rings.ts'

const SECOND = 1e6

/** From one second to another. */
const span = (from: number, until: number) =>
  ({ earliest: { seconds: from, nanoseconds: 0 }, latest: { seconds: until, nanoseconds: 0 } }) as InputFacts

const file = (path: string) => ({ path, reopenable: true }) as CaptureInput

describe('how far apart two clocks are', () => {
  const around = (us: number, count = 8) => Array.from({ length: count }, (_, n) => us + (n % 2 === 0 ? 900 : -900))
  const ofCopies = (copies: readonly number[], overlap = true) =>
    clockDifference({ copies, requests: [], responses: [] }, overlap)

  test('is what most copies say', () => {
    expect(ofCopies([...around(3 * SECOND), 500_000])).toBeCloseTo(3 * SECOND, -4)
    expect(ofCopies(around(-3600 * SECOND, 20), false)).toBeCloseTo(-3600 * SECOND, -4)
  })

  test('is nothing where it may be the way between two points', () => {
    expect(ofCopies(around(60_000))).toBe(0)
  })

  test('is not known of few copies, or of such as do not agree', () => {
    expect(ofCopies(around(3 * SECOND, 2))).toBeUndefined()
    expect(ofCopies([0.5, 1.5, 3.5, 7.5].map((s) => s * SECOND))).toBeUndefined()
  })

  test('between files that follow one another, what was sent again is no copy (RFC 3261 §17.1.1.2)', () => {
    expect(ofCopies(around(0.5 * SECOND, 40), false)).toBeUndefined()
  })

  test('on two hops is what requests and responses say', () => {
    const requests = around(5 * SECOND)
    expect(clockDifference({ copies: [], requests, responses: around(5 * SECOND) }, true)).toBeCloseTo(5 * SECOND, -4)
  })

  test('of two runs with the same Call-IDs and tags, one after the other, is not known', () => {
    const [requests, responses] = [around(60 * SECOND), around(60 * SECOND)]
    expect(clockDifference({ copies: [], requests, responses }, false)).toBeUndefined()
  })

  test('is not known where requests alone are late: a proxy tried another way first (RFC 3261 §16.7)', () => {
    const requests = around(5 * SECOND)
    expect(clockDifference({ copies: [], requests, responses: [] }, true)).toBeUndefined()
    expect(clockDifference({ copies: [], requests, responses: around(0, 2) }, true)).toBeUndefined()
  })
})

describe('the clocks of several captures', () => {
  const inputs = ['edge/ring_00001.pcap', 'edge/ring_00002.pcap', 'core/ring_00001.pcap', 'core/ring_00002.pcap'].map(
    file,
  )
  const facts = [span(100, 160), span(160, 220), span(103, 163), span(163, 223)]

  test('go by the first that most go by about; a file without copies by its ring', () => {
    const clocks = clocksOf(inputs, facts, [{ first: 0, second: 2, aheadUs: 3 * SECOND }])
    expect(clocks).toEqual([
      { of: 0, aheadUs: 0 },
      { of: 0, aheadUs: 0 },
      { of: 0, aheadUs: 3 * SECOND },
      { of: 0, aheadUs: 3 * SECOND },
    ])
    expect(setRight(inputs, clocks)?.map(({ clock }) => clock)).toEqual(clocks)
  })

  test('one of another time zone is the one that is off, wherever it stands', () => {
    const hour = 3600 * SECOND
    const clocks = clocksOf(
      ['a.pcap', 'b.pcap', 'c.pcap'].map(file),
      [span(3700, 3760), span(100, 160), span(98, 158)],
      [
        { first: 1, second: 0, aheadUs: hour },
        { first: 1, second: 2, aheadUs: -2 * SECOND },
      ],
    )
    expect(clocks.map(({ of, aheadUs }) => [of, aheadUs])).toEqual([
      [1, hour],
      [1, 0],
      [1, -2 * SECOND],
    ])
  })

  test('of a ring are one, though its copies say milliseconds more or less, and though some of them say nothing', () => {
    const clocks = clocksOf(inputs, facts, [
      { first: 0, second: 2, aheadUs: 3 * SECOND },
      { first: 1, second: 3, aheadUs: 3_002_000 },
      { first: 1, second: 2, aheadUs: 3 * SECOND },
    ])
    expect(clocks.map(({ aheadUs }) => aheadUs)).toEqual([0, 0, 3_002_000, 3_002_000])
    expect(new Set(clocks.map(({ of }) => of))).toEqual(new Set([0]))
  })

  test('that drift within a ring have each file its own', () => {
    const clocks = clocksOf(inputs, facts, [
      { first: 0, second: 2, aheadUs: 3 * SECOND },
      { first: 1, second: 3, aheadUs: 3.5 * SECOND },
    ])
    expect(clocks.map(({ aheadUs }) => aheadUs / SECOND)).toEqual([0, 0, 3, 3.5])
  })

  test('that share nothing cannot be compared, unless they are of one ring', () => {
    const clocks = clocksOf(inputs, facts, [])
    expect(clocks.map(({ of }) => of)).toEqual([0, 0, 2, 2])
    expect(setRight(inputs, clocks)).toBeUndefined()
  })

  test('files that are named alike and were written at one time are of no ring', () => {
    const clocks = clocksOf(['1.pcap', '2.pcap'].map(file), [span(100, 160), span(110, 170)], [])
    expect(clocks.map(({ of }) => of)).toEqual([0, 1])
  })

  test('of hosts that are numbered, by clocks that are apart, are not of one ring', () => {
    const hosts = ['host_001.pcap', 'host_002.pcap'].map(file)
    const hour = [{ first: 0, second: 1, aheadUs: 3600 * SECOND }]
    const of = (until: number) =>
      clocksOf(hosts, [span(100, until), span(3700, 3760)], hour).map(({ aheadUs }) => aheadUs)
    expect(of(160)).toEqual([0, 3600 * SECOND])
    // The second goes on where the first ends.
    expect(of(3699)).toEqual([0, 0])
  })

  test('of hosts that are numbered, and share nothing, cannot be compared', () => {
    const of = (...paths: string[]) =>
      clocksOf(paths.map(file), [span(100, 160), span(3700, 3760)], []).map((clock) => clock.of)
    expect(of('pbx-1.pcap', 'pbx-2.pcap')).toEqual([0, 1])
    expect(of('10.0.0.101.pcap', '10.0.0.102.pcap')).toEqual([0, 1])
    expect(of('edge.pcap1', 'edge.pcap2')).toEqual([0, 0])
    expect(of('edge-10.0.0.1-2026-01-15_09.pcap', 'edge-10.0.0.1-2026-01-15_10.pcap')).toEqual([0, 0])
    expect(of('edge-10.0.0.1-2026-01-15_09.pcap', 'edge-10.0.0.2-2026-01-15_10.pcap')).toEqual([0, 1])
  })

  test('one that was never set is that of none', () => {
    const set = 1_768_469_400
    const clocks = clocksOf(
      ['phone.pcap', 'other-phone.pcap', 'sbc.pcap'].map(file),
      [span(0, 60), span(2, 62), span(set, set + 60)],
      [
        { first: 0, second: 1, aheadUs: 2 * SECOND },
        { first: 0, second: 2, aheadUs: set * SECOND },
      ],
    )
    expect(clocks.map(({ of, aheadUs }) => [of, aheadUs / SECOND])).toEqual([
      [2, -set],
      [2, 2 - set],
      [2, 0],
    ])
  })

  test('a capture without times has none', () => {
    const untimed = {} as InputFacts
    const samples = [{ first: 0, second: 1, copies: [0, 0, 0], requests: [], responses: [] }]
    for (const facts of [
      [span(100, 160), untimed],
      [untimed, untimed],
    ]) {
      expect(clockDifferences(['a.pcap', 'b.pcap'].map(file), facts, samples)).toEqual([])
    }
  })

  test('a pipe is read once: it stays as it is, and is compared with such as are as far ahead', () => {
    const inputs = [file('a.pcap'), { ...file('-'), reopenable: false }, file('b.pcap'), file('c.pcap')]
    const clocks = [0, SECOND, SECOND, 0].map((aheadUs) => ({ of: 0, aheadUs }))
    expect(setRight(inputs, clocks)).toBeUndefined()
    expect(comparableWith(inputs, clocks)).toEqual([0, 1, 1, 0])
    const files = inputs.map((input) => ({ ...input, reopenable: true }))
    const steady = clocks.map(({ of }) => ({ of, aheadUs: 0 }))
    expect(comparableWith(setRight(files, clocks) ?? [], steady)).toEqual([0, 0, 0, 0])
  })
})

describe('until when an answer would be seen', () => {
  const until = (paths: readonly string[], ...spans: readonly [number, number][]) =>
    heardUntil(
      paths.map(file),
      spans.map(([from, to]) => span(from, to)),
    ).map((us) => us && us / SECOND)
  const ring = ['ring_00001.pcap', 'ring_00002.pcap', 'ring_00003.pcap']

  test('files of a ring go on in the next one', () => {
    expect(until(ring, [100, 160], [160, 220], [221, 280])).toEqual([280, 280, 280])
    expect(until([...ring].reverse(), [221, 280], [160, 220], [100, 160])).toEqual([280, 280, 280])
  })

  test('up to one that is missing', () => {
    expect(until(ring, [100, 160], [160, 220], [300, 360])).toEqual([220, 220, 360])
  })

  test('not in a file of another name, nor in rings of two hosts that are named alike', () => {
    expect(until(['a.pcap', 'b.pcap'], [100, 160], [160, 220])).toEqual([160, 220])
    expect(until(ring, [100, 160], [101, 161], [161, 220])).toEqual([160, 161, 220])
  })
})
