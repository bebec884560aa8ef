import { describe, expect, test } from 'vitest'
import { MediaKind } from '../../src/rtp/media-kind.ts'
import { type Authenticator, Verdict } from '../../src/srtp/authenticator.ts'
import type { ScheduledKey } from '../../src/srtp/scheduled-key.ts'
import type { Effort } from '../../src/verify/second-pass/resolution.ts'
import { StreamResolver } from '../../src/verify/second-pass/resolver.ts'

const FOREVER = Number.POSITIVE_INFINITY

/** Judges packets under many keys, of which one verifies from a packet on, and counts what was tried. */
class CountedTrial {
  tries = 0
  searches = 0
  nearSearches = 0
  readonly #nearby: number
  readonly #resolver: StreamResolver
  #packet = 0

  constructor(
    keys: number,
    effort: Partial<Effort>,
    holds: (key: number, packet: number) => boolean,
    agreed: (nth: number) => Partial<ScheduledKey> = () => ({}),
    nearby = Number.POSITIVE_INFINITY,
  ) {
    this.#nearby = nearby
    const schedule = Array.from({ length: keys }, (_, key): ScheduledKey => {
      return { key: key + 1, agreement: 0, from: 0, until: FOREVER, replacesUs: FOREVER, roc: 0, ...agreed(key) }
    })
    const authenticator = (key: number): Authenticator => ({
      verifyRtp: () => {
        this.tries++
        return holds(key, this.#packet) ? Verdict.Verified : Verdict.Failed
      },
      verifyRtcp: () => Verdict.Failed,
      findRolloverCounter: (_bytes, _offset, _length, _from, end) => {
        if (end > 64) this.searches++
        else this.nearSearches++
        return this.#nearby < end ? this.#nearby : -1
      },
    })
    const full = { searches: 0, trials: 0, isSearchedLess: true, isTriedLess: true, ...effort }
    const job = { stream: 0, kind: MediaKind.Rtp, from: 0, keys: schedule, effort: full }
    this.#resolver = new StreamResolver(job, authenticator)
  }

  judge(packets: number): { verified: number; failed: number } {
    for (const end = this.#packet + packets; this.#packet < end; this.#packet++) {
      const packet = Buffer.alloc(40)
      packet[0] = 0x80
      packet.writeUInt16BE(this.#packet & 0xffff, 2)
      this.#resolver.packet(this.#packet, this.#packet * 20_000, this.#packet + 1, packet, 0, 40, 40)
    }
    const { verified, failed } = this.#resolver.resolution
    return { verified, failed }
  }
}

describe('what is spent on a stream that fails', () => {
  test('is bounded by its packets, however many keys may judge it', () => {
    const trial = new CountedTrial(10_000, { trials: 30_000 }, () => false)
    expect(trial.judge(1000)).toEqual({ verified: 0, failed: 1000 })
    // Under the expected counter and the next one, for each key that is tried; and twelve keys a packet beyond them.
    expect(trial.tries).toBeLessThan(3 * (30_000 + 12 * 1000))
  })

  test('finds the key that holds in turn when its trials are used up, and stays with it', () => {
    const trial = new CountedTrial(1000, {}, (key) => key === 777)
    const { verified } = trial.judge(2000)
    expect(verified).toBeGreaterThan(2000 - 1000 / 4 - 1)
  })

  test('tries every key on every packet while there are trials', () => {
    const trial = new CountedTrial(1000, { trials: 3000 }, (key, packet) => key === 1000 && packet >= 2)
    expect(trial.judge(10)).toEqual({ verified: 8, failed: 2 })
  })

  test('counts no key that is not agreed at the time: 400 keys one after another, and damaged packets between them', () => {
    const every = 20
    const isDamaged = (packet: number) => packet % 7 === 3
    const holds = (key: number, packet: number) => key === Math.floor(packet / every) + 1 && !isDamaged(packet)
    const trial = new CountedTrial(400, {}, holds, (key) => {
      // Answered soon after it is offered: 0.2 s later the one before it is over.
      return { agreement: key * 8, from: key * every, replacesUs: key * every * 20_000 + 200_000 }
    })
    const packets = 400 * every
    const damaged = Array.from({ length: packets }, (_, packet) => packet).filter(isDamaged).length
    expect(trial.judge(packets)).toEqual({ verified: packets - damaged, failed: damaged })
  })

  test('is no search for a rollover counter where none was dealt to it', () => {
    const none = new CountedTrial(1, {}, () => false)
    none.judge(500)
    expect(none.searches).toBe(0)
    // Of the counters of a day it may have some tried: the first packets, then one of 64 that fail.
    expect(none.nearSearches).toBe(4 + 7)
    const some = new CountedTrial(1, { searches: 3 }, () => false)
    some.judge(500)
    expect(some.searches).toBe(3)
  })

  test('finds the counter of a day for every stream, though no search was dealt to it', () => {
    const trial = new CountedTrial(1, {}, () => false, undefined, 3)
    trial.judge(1)
    expect(trial.judge(0)).toEqual({ verified: 1, failed: 0 })
    expect(trial.searches).toBe(0)
  })
})
