import { describe, expect, test } from 'vitest'
import { CallClock } from '../../src/audio/call-clock.ts'
import { Placement } from '../../src/audio/placement.ts'

const PACKET = 160

describe('where a packet belongs', () => {
  test('its timestamp says, whatever its way took', () => {
    const placement = new Placement(8000, 8000)
    const jitter = [0, 90, 20, 250, 3]
    expect(jitter.map((late, i) => placement.place(7000 + i * PACKET, i * PACKET + late, PACKET))).toEqual([
      0, 160, 320, 480, 640,
    ])
  })

  test('over the end of 32 bits, and back for one that was sent again', () => {
    const placement = new Placement(16000, 8000)
    const timestamps = [0xffffffff - 159, 0, 160, 0]
    expect(timestamps.map((timestamp, i) => placement.place(timestamp, i * 320, 320))).toEqual([0, 320, 640, 320])
  })

  test('after silence where no packets were sent, the gap is as long as it was', () => {
    const placement = new Placement(8000, 8000)
    placement.place(0, 0, PACKET)
    expect(placement.place(80_000, 80_011, PACKET)).toBe(80_000)
  })

  test.each([
    ['forward', 0x40000000],
    ['back', 0xc0000000],
    ['by half of all', 0x80000000],
  ])('a timestamp that jumps %s does not move it further than the capture says', (_, jump) => {
    const placement = new Placement(8000, 8000)
    placement.place(0, 0, PACKET)
    // What follows at once is joined without a click.
    expect(placement.place(jump, 171, PACKET)).toBe(160)
    expect(placement.place(jump + PACKET, 322, PACKET)).toBe(320)
    expect(placement.jumps).toBe(1)
  })

  test('where timestamps stood still while nothing was sent, the capture says how long', () => {
    const placement = new Placement(8000, 8000)
    placement.place(0, 0, PACKET)
    expect(placement.place(160, 40_000, PACKET)).toBe(40_000)
  })

  test.each([-400, 400])('a clock that is off by %i ppm stays within 60 ms of the capture for an hour', (ppm) => {
    const placement = new Placement(8000, 8000)
    let furthest = 0
    for (let i = 0; i < 180_000; i++) {
      const now = Math.round(i * PACKET * (1 + ppm / 1e6))
      furthest = Math.max(furthest, Math.abs(placement.place(i * PACKET, now, PACKET) - now))
    }
    expect(furthest).toBeLessThan(0.06 * 8000)
    expect(placement.jumps).toBe(0)
  })
})

describe("the call's clock", () => {
  const hour = 3600e6

  test('keeps a gap of up to an hour', () => {
    const clock = new CallClock(1000)
    expect([1000, 21_000, 1000 + hour].map((us) => clock.elapsed(us))).toEqual([0, 20_000, hour])
    expect(clock.cuts).toBe(0)
  })

  test('makes a second of what is longer, and of steps back none', () => {
    const clock = new CallClock(0)
    expect([0, 30 * 365 * 24 * hour, 30 * 365 * 24 * hour + 20_000].map((us) => clock.elapsed(us))).toEqual([
      0, 1e6, 1_020_000,
    ])
    expect(clock.elapsed(5000)).toBe(1_020_000)
    expect(clock.elapsed(25_000)).toBe(1_040_000)
    expect(clock.cuts).toBe(2)
  })

  test('knows an end of gaps: a call is no longer than half a day and its packets', () => {
    const clock = new CallClock(0)
    let elapsed = 0
    for (let i = 0; i < 100; i++) elapsed = clock.elapsed(i * hour)
    expect(elapsed).toBeLessThanOrEqual(12 * hour + 100e6)
    expect(clock.cuts).toBe(87)
  })
})
