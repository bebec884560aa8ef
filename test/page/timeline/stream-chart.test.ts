import { describe, expect, test } from 'vitest'
import { readoutOf, summaryOf } from '../../../src/page/timeline/chart-text.ts'
import { shareOf, silencesOf, stepAt, stepsOf } from '../../../src/page/timeline/steps.ts'
import { niceMost, streamChart } from '../../../src/page/timeline/stream-chart.ts'
import { timeAxis } from '../../../src/page/timeline/time-axis.ts'
import { START_MS, streamOf } from './a-stream.ts'

const BROKEN = streamOf(
  {
    packets: [50, 50, 0, 0, 50, 20],
    lost: [0, 0, 0, 0, 100, 0],
    failed: [0, 0, 0, 0, 5, 20],
    jitterMs: [1, 2, 0, 0, 4, 0.5],
  },
  { lastTime: new Date(START_MS + 5380).toISOString() },
)
// Ten pixels a second.
const AXIS = timeAxis([START_MS, START_MS + 10_000], 100, 200)

/** The corners of a path's parts, in px. */
function cornersOf(path: string): [number, number][] {
  return [...path.matchAll(/[ML](-?[\d.]+),(-?[\d.]+)/g)].map(([, x, y]) => [Number(x), Number(y)])
}

describe('the steps of a stream', () => {
  test('have their times and rates; the last ends with its last packet', () => {
    const steps = stepsOf(BROKEN)
    expect(steps.map(({ fromMs }) => fromMs - START_MS)).toEqual([0, 1000, 2000, 3000, 4000, 5000])
    expect(steps.slice(0, 5).map(({ rate }) => rate)).toEqual([50, 50, 0, 0, 50])
    expect(steps[5].toMs - START_MS).toBeGreaterThan(5380)
    expect(steps[5].toMs - START_MS).toBeLessThan(5440)
    expect(steps[5].rate).toBeCloseTo(48, -1)
  })

  test('one packet is a step too, and a stream without a timeline has none', () => {
    const [step] = stepsOf(streamOf({ packets: [1] }, { lastTime: streamOf({ packets: [1] }).firstTime }))
    expect(step.toMs).toBe(START_MS + 1000)
    const { timeline: _, ...none } = BROKEN
    expect(stepsOf(none)).toEqual([])
  })

  test('are found by a moment', () => {
    const steps = stepsOf(BROKEN)
    expect(stepAt(steps, START_MS - 1)).toBeUndefined()
    expect(stepAt(steps, START_MS + 4999)).toBe(steps[4])
    expect(stepAt(steps, START_MS + 5390)).toBe(steps[5])
    expect(stepAt(steps, START_MS + 9000)).toBeUndefined()
  })

  test('a kind is a share of what came, and what is lost of what should have come', () => {
    const [, , , , step] = stepsOf(BROKEN)
    expect(shareOf(step, 'failed')).toBe(0.1)
    expect(shareOf(step, 'lost')).toBeCloseTo(2 / 3)
  })

  test('silence is where nothing came between packets; RTCP is rare by itself (RFC 3550 §6.2)', () => {
    expect(silencesOf(stepsOf(BROKEN), 'rtp')).toEqual([{ fromMs: START_MS + 2000, toMs: START_MS + 4000 }])
    const rare = Array.from({ length: 60 }, (_, n) => (n % 5 === 0 ? 1 : 0))
    expect(silencesOf(stepsOf(streamOf({ packets: rare })), 'rtcp')).toEqual([])
    const stopped = [...rare, ...Array(50).fill(0), 1]
    expect(silencesOf(stepsOf(streamOf({ packets: stopped })), 'rtcp')).toHaveLength(1)
  })
})

describe('the chart of a stream', () => {
  const chart = streamChart('rtp', stepsOf(BROKEN), AXIS)

  test('packets a second are a level within each step', () => {
    const { path, ground, top, most } = chart.rate
    expect(most).toBe(50)
    const corners = cornersOf(path)
    expect(corners[0]).toEqual([100, top])
    expect(corners).toContainEqual([120, ground])
    expect(corners).toContainEqual([140, ground])
  })

  test('what failed stands on the ground of it, as high as its rate', () => {
    const [failed] = chart.rate.bad
    expect(failed.name).toBe('failed')
    const heights = cornersOf(failed.path).map(([, y]) => chart.rate.ground - y)
    // 5 of 50 packets a second.
    expect(Math.round((heights.find((height) => height > 0) as number) * 10)).toBe(44)
  })

  test('each kind has a band of its own, one below the other, with a bar where it occurs', () => {
    expect(chart.bands.map(({ name }) => name)).toEqual(['failed', 'lost'])
    const [failed, lost] = chart.bands
    expect(lost.top).toBeGreaterThanOrEqual(failed.top + failed.height)
    expect(cornersOf(failed.path).map(([x]) => x)).toEqual([140, 150])
    expect(cornersOf(lost.path).map(([x]) => x)).toEqual([140])
    expect(failed.most).toBe(1)
  })

  test('jitter is broken where nothing came', () => {
    expect(chart.jitter?.most).toBe(4)
    expect(chart.jitter?.path.match(/M/g)).toHaveLength(2)
  })

  test('where all packets are of one kind their rate shows it, and no band', () => {
    const plain = streamChart('rtp', stepsOf(streamOf({ packets: [50, 50], plain: [50, 50] })), AXIS)
    expect(plain.bands).toEqual([])
    expect(plain.rate.bad.map(({ name }) => name)).toEqual(['plain'])
  })

  test('scales end at round numbers', () => {
    expect([0, 0.2, 7, 49.9, 50.5, 52, 480, 1300].map(niceMost)).toEqual([1, 0.2, 8, 50, 50, 60, 500, 1500])
  })
})

describe('in words', () => {
  test('one sentence says what the chart shows', () => {
    expect(summaryOf(BROKEN, stepsOf(BROKEN))).toMatch(
      /^170 RTP packets from 09:30:00 to 09:30:05, 50 a second at most; 25 failed between 09:30:04 and 09:30:05; 100 lost between 09:30:04 and 09:30:05; jitter 4\.0 ms at most; no packets from 09:30:02 to 09:30:04 \(2 s\)\.$/,
    )
  })

  test('a moment has its values', () => {
    const steps = stepsOf(BROKEN)
    expect(readoutOf(steps[4])).toBe('50 a second, 5 failed, 100 lost, jitter 4.0 ms')
    expect(readoutOf(steps[2])).toBe('no packets')
    expect(readoutOf(undefined)).toBe('not there yet, or over')
  })
})
