import type { Stream, Timeline } from '../../../src/model/report.ts'

export const START = '2026-01-15T09:30:00.000000Z'
export const START_MS = Date.parse(START)

/** A stream from START on, whose timeline has these steps of a second. */
export function streamOf(timeline: Omit<Timeline, 'start' | 'stepSeconds'>, more: Partial<Stream> = {}): Stream {
  const packets = timeline.packets.reduce((sum, count) => sum + count, 0)
  return {
    id: 's1',
    kind: 'rtp',
    protection: 'srtp',
    ssrc: '0x00000001',
    src: '203.0.113.10:16384',
    dst: '198.51.100.20:20000',
    packets,
    bytes: 0,
    firstFrame: 1,
    lastFrame: 1,
    firstTime: START,
    lastTime: new Date(START_MS + timeline.packets.length * 1000 - 20).toISOString(),
    verified: packets,
    failed: 0,
    unverified: 0,
    plain: 0,
    timeline: { start: START, stepSeconds: 1, ...timeline },
    ...more,
  }
}
