import { describe, expect, test } from 'vitest'
import { Replays } from '../../src/verify/second-pass/replays.ts'
import { heapInUse } from '../bytes/heap-in-use.ts'

describe('replays (RFC 3711 §3.3.2)', () => {
  const FAR = 20_000
  const EARLIER = { highest: 1e6, keys: [1] }

  test('of a key whose numbers begin again are told near its highest index; what came again further behind is one', () => {
    const replays = new Replays([FAR, FAR + 1, FAR + 2, FAR + 3], EARLIER)
    for (let n = 0; n < FAR; n++) if (n !== FAR - 500) replays.isReplay(n, n, 2)
    expect(replays.isReplay(FAR, FAR - 500, 2)).toBe(false)
    expect(replays.isReplay(FAR + 1, FAR - 500, 2)).toBe(true)
    expect(replays.isReplay(FAR + 2, FAR - 1500, 2)).toBe(true)
    expect(replays.isReplay(FAR + 3, 100, 2)).toBe(true)
    expect(replays.renumbered).toBe(1)
  })

  // A set holds 2^24 values: one that kept every index would throw, and take 400 MB before.
  test('are told without keeping every index of a key', () => {
    const replays = new Replays([3e6], { ...EARLIER, highest: 2 ** 40 })
    const before = heapInUse()
    for (let n = 0; n < 3e6; n++) replays.isReplay(n, n, 2)
    expect(heapInUse() - before).toBeLessThan(4e6)
    expect(replays.isReplay(3e6, 3e6 - 1, 2)).toBe(true)
  })
})
