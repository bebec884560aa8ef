import { describe, expect, test } from 'vitest'
import { createSrtpSender } from '../../samples/srtp-sender.ts'
import { MediaKind } from '../../src/rtp/media-kind.ts'
import { type Authenticator, createAuthenticator } from '../../src/srtp/authenticator.ts'
import type { ScheduledKey } from '../../src/srtp/scheduled-key.ts'
import { deriveSessionKeys } from '../../src/srtp/session-keys.ts'
import { type CryptoSuite, suiteByName } from '../../src/srtp/suites.ts'
import type { ResolveJob } from '../../src/verify/second-pass/resolution.ts'
import { StreamResolver } from '../../src/verify/second-pass/resolver.ts'

const SUITE = 'AES_CM_128_HMAC_SHA1_80'
const FOREVER = Number.POSITIVE_INFINITY
const SECOND = 1_000_000

/** Keys 1, 2, 3, …: their octets are their numbers. */
const octetsOf = (key: number) => new Uint8Array(30).fill(key)

const authenticators = new Map<number, Authenticator>()
function authenticator(key: number): Authenticator {
  const known = authenticators.get(key)
  if (known !== undefined) return known
  const made = createAuthenticator(
    deriveSessionKeys({
      suite: suiteByName(SUITE) as CryptoSuite,
      masterKey: octetsOf(key).subarray(0, 16),
      masterSalt: octetsOf(key).subarray(16),
    }),
  )
  authenticators.set(key, made)
  return made
}

function rtp(sequence: number): Buffer {
  const packet = Buffer.alloc(52)
  packet[0] = 0x80
  packet.writeUInt16BE(sequence & 0xffff, 2)
  packet.writeUInt32BE(sequence * 160, 4)
  packet.writeUInt32BE(0xfeedface, 8)
  return packet
}

const scheduled = (key: number, more: Partial<ScheduledKey> = {}): ScheduledKey => ({
  key,
  agreement: 0,
  from: 0,
  until: FOREVER,
  replacesUs: FOREVER,
  roc: 0,
  ...more,
})

const job = (keys: readonly ScheduledKey[], more: Partial<ResolveJob> = {}): ResolveJob => ({
  stream: 0,
  kind: MediaKind.Rtp,
  from: 0,
  keys,
  ...more,
})

/** Judges packets, one every 20 ms from time 0 on, at positions 0, 1, 2, …; frames begin at 1. */
function judge(keys: readonly ScheduledKey[], packets: readonly Buffer[], more: Partial<ResolveJob> = {}) {
  const resolver = new StreamResolver(job(keys, more), authenticator)
  packets.forEach((packet, n) => {
    resolver.packet(n, n * 20_000, n + 1, packet, 0, packet.length, packet.length)
  })
  return resolver.resolution
}

/** `count` packets protected under a key, sequence numbers from `first` on, the counter beginning at `roc`. */
function protect(key: number, first: number, count: number, roc = 0): Buffer[] {
  const sender = createSrtpSender(SUITE, octetsOf(key), roc)
  return Array.from({ length: count }, (_, n) => sender.protectRtp(rtp(first + n)))
}

describe('packets that came again (RFC 3711 §3.3.2)', () => {
  const keys = [scheduled(1), scheduled(2, { agreement: 1, from: 20 })]
  const [old, anew] = [protect(1, 100, 20), protect(2, 100, 20)]
  const positions = (from: number, count: number) => Array.from({ length: count }, (_, n) => from + n)

  test('are replays', () => {
    const judged = judge([scheduled(1)], [...old, ...old], { repeats: positions(20, 20) })
    expect(judged).toMatchObject({ verified: 40, replays: positions(20, 20), renumbered: 0 })
  })

  test('are none where a sender begins its numbers again under a new key, and then those of that key are', () => {
    const judged = judge(keys, [...old, ...anew, anew[5], anew[19]], { repeats: positions(20, 22) })
    expect(judged).toMatchObject({ verified: 42, replays: [40, 41], renumbered: 20 })
  })

  test('are replays under a key that comes back, where they are those of its first time', () => {
    const back = [...keys, scheduled(1, { agreement: 2, from: 40 })]
    const judged = judge(back, [...old, ...anew, ...old], { repeats: positions(20, 40) })
    expect(judged).toMatchObject({ verified: 60, replays: positions(40, 20), renumbered: 20 })
  })

  test('are none where nothing verified before, however many forgeries came', () => {
    const forged = protect(9, 100, 200)
    const judged = judge([scheduled(1)], [...forged, ...protect(1, 100, 200)], { repeats: positions(200, 200) })
    expect(judged).toMatchObject({ verified: 200, failed: 200, replays: [] })
  })

  test('the same, where the first pass has the packets of the old key', () => {
    const repeats = positions(0, 20)
    const authenticated = { roc: 0, sequence: 119 }
    const now = [scheduled(1), scheduled(2, { agreement: 1 })]
    expect(judge(now, anew, { repeats, authenticated })).toMatchObject({ replays: [], renumbered: 20 })
    expect(judge(now, old, { repeats, authenticated })).toMatchObject({ replays: repeats, renumbered: 0 })
  })
})

describe('the rollover counter (RFC 3711 §3.3.1)', () => {
  test('goes on when the sequence numbers wrap', () => {
    expect(judge([scheduled(1)], protect(1, 65_500, 100))).toMatchObject({
      verified: 100,
      failed: 0,
      firstRoc: 0,
      lastRoc: 1,
    })
  })

  test('is recovered by search where the capture starts mid-call', () => {
    expect(judge([scheduled(1)], protect(1, 65_500, 100, 77))).toMatchObject({
      verified: 100,
      firstRoc: 77,
      lastRoc: 78,
    })
  })

  test('is recovered also where the first packets are forged', () => {
    const packets = [...protect(9, 0, 10), ...protect(1, 10, 200, 77)]
    // Four packets are searched for at once, then one in 64: the fifth search is the 68th packet's.
    expect(judge([scheduled(1)], packets)).toMatchObject({ failed: 67, verified: 143, firstRoc: 77 })
  })

  test('is not derailed by a forged sequence number', () => {
    const packets = protect(1, 100, 50)
    packets[20] = protect(9, 60_000, 1)[0] as Buffer
    expect(judge([scheduled(1)], packets)).toMatchObject({ verified: 49, failed: 1, failedFrames: [21], lastRoc: 0 })
  })

  test('that a sender does not advance at the wrap is found beside the expected one', () => {
    const packets = [...protect(1, 65_530, 6), ...protect(1, 0, 30)]
    expect(judge([scheduled(1)], packets)).toMatchObject({ verified: 36, failed: 0, lastRoc: 0 })
  })

  test('that a sender resets to 0 is found', () => {
    const packets = [...protect(1, 100, 10, 5), ...protect(1, 200, 30, 0)]
    expect(judge([scheduled(1)], packets)).toMatchObject({ verified: 40, firstRoc: 5, lastRoc: 0 })
  })

  test('goes on from what the first pass authenticated', () => {
    const packets = protect(1, 40, 20, 3)
    const more = { authenticated: { roc: 2, sequence: 65_530 } }
    expect(judge([scheduled(1)], packets, more)).toMatchObject({ verified: 20, lastRoc: 3 })
  })

  test('of packets that overtake one another around the wrap', () => {
    const packets = protect(1, 65_530, 12)
    for (let n = 0; n + 1 < packets.length; n += 2) {
      ;[packets[n], packets[n + 1]] = [packets[n + 1] as Buffer, packets[n] as Buffer]
    }
    expect(judge([scheduled(1)], packets)).toMatchObject({ verified: 12, failed: 0 })
  })
})

describe('re-keying', () => {
  // The offer stands at position 10, its answer at 0.3 s (position 15): the old key ends at 2.3 s (position 115).
  const rekeyed = [scheduled(1), scheduled(2, { agreement: 1, from: 10, replacesUs: 2.3 * SECOND })]

  test('the old key holds until the first packet under the new one, and no longer', () => {
    const packets = [...protect(1, 0, 30), ...protect(2, 30, 10), ...protect(1, 40, 5)]
    expect(judge(rekeyed, packets)).toMatchObject({ verified: 40, failed: 5, failedFrames: [41, 42, 43, 44, 45] })
  })

  test('a sender that never changes over fails 2 s after the answer', () => {
    expect(judge(rekeyed, protect(1, 0, 150))).toMatchObject({ verified: 116, failed: 34, firstFailedFrame: 117 })
  })

  test('the new key is not agreed before its offer', () => {
    expect(judge(rekeyed, protect(2, 0, 20))).toMatchObject({ verified: 10, failed: 10, lastFailedFrame: 10 })
  })

  test('a refused offer withdraws its key and leaves the old one', () => {
    const refused = [scheduled(1), scheduled(2, { agreement: 1, from: 10, until: 20 })]
    expect(judge(refused, protect(1, 0, 200))).toMatchObject({ verified: 200 })
    const packets = [...protect(1, 0, 20), ...protect(2, 20, 10)]
    expect(judge(refused, packets)).toMatchObject({ verified: 20, failed: 10 })
  })

  test('the rollover counter goes on under the new key for the same SSRC', () => {
    const packets = [...protect(1, 65_500, 40), ...protect(2, 4, 30, 1)]
    expect(judge(rekeyed, packets)).toMatchObject({ verified: 70, lastRoc: 1 })
  })

  test('keys of one agreement are alternatives at any time', () => {
    const packets = [...protect(1, 0, 10), ...protect(2, 10, 10), ...protect(1, 20, 10)]
    const resolution = judge([scheduled(1), scheduled(2)], packets)
    expect(resolution).toMatchObject({ verified: 30, failed: 0 })
    expect([...resolution.byKey].sort()).toEqual([
      [1, 20],
      [2, 10],
    ])
  })
})

describe('what cannot be verified', () => {
  test('packets under no agreed key fail, and a sample of 32 at most is kept', () => {
    const resolution = judge([scheduled(1)], protect(7, 0, 60))
    expect(resolution).toMatchObject({ verified: 0, failed: 60, firstFailedFrame: 1, lastFailedFrame: 60 })
    expect(resolution.sample).toHaveLength(32)
    expect(resolution.failedFrames).toHaveLength(20)
  })

  test('packets of a stretch that was agreed to be plain do not fail; SRTP of it verifies all the same', () => {
    const plain = [{ from: 2, untilUs: 50_000 }]
    const packets = [...protect(1, 1, 1), rtp(2), rtp(3), ...protect(1, 4, 1), rtp(5)]
    expect(judge([scheduled(1)], packets, { plain })).toMatchObject({
      verified: 2,
      agreedPlain: 1,
      plain: 0,
      failed: 2,
      failedFrames: [2, 5],
      plainFrames: [],
    })
  })

  test('before an unseen agreement ended packets do not fail, until one verifies: in the first pass too', () => {
    const unseen = [
      { agreement: -1, from: Number.NEGATIVE_INFINITY, untilUs: 10 * SECOND, isFirst: true, isMasked: false },
    ]
    const packets = [...protect(9, 1, 2), ...protect(1, 3, 1), ...protect(9, 4, 1)]
    expect(judge([scheduled(1)], packets, { unseen })).toMatchObject({ verified: 1, failed: 1, failedFrames: [4] })
    const rest = { unseen, authenticated: { roc: 0, sequence: 3 } }
    expect(judge([scheduled(1)], protect(9, 4, 1), rest)).toMatchObject({ verified: 0, failed: 1 })
  })

  test('RTCP in the clear is in the clear before an unseen agreement ended too: the first pass counts it so', () => {
    const unseen = [{ agreement: -1, from: 0, untilUs: 10 * SECOND, isFirst: true, isMasked: false }]
    const resolver = new StreamResolver(job([scheduled(1)], { kind: MediaKind.Rtcp, unseen }), authenticator)
    const report = Buffer.from('80c90001feedface', 'hex')
    resolver.packet(0, 0, 1, report, 0, report.length, report.length)
    const noise = Buffer.concat([report, Buffer.alloc(26, 7)])
    resolver.packet(1, 0, 2, noise, 0, noise.length, noise.length)
    expect(resolver.resolution).toMatchObject({ verified: 0, failed: 0, plain: 1, plainFrames: [1] })
  })

  test('a packet that the snap length cut is neither verified nor failed', () => {
    const resolver = new StreamResolver(job([scheduled(1)]), authenticator)
    const [packet] = protect(1, 0, 1) as [Buffer]
    resolver.packet(0, 0, 1, packet, 0, packet.length - 4, packet.length)
    expect(resolver.resolution).toMatchObject({ verified: 0, failed: 0, cut: 1 })
  })

  test('RTP without room for a tag is in the clear, as telephone events are (RFC 4733 §2.3)', () => {
    const withPayload = (sequence: number, octets: number) =>
      Buffer.concat([rtp(sequence).subarray(0, 12), Buffer.alloc(octets)])
    const packets = [...protect(1, 1, 2), withPayload(3, 4), withPayload(4, 0), withPayload(5, 5), ...protect(1, 6, 1)]
    expect(judge([scheduled(1)], packets)).toMatchObject({
      verified: 3,
      plain: 1,
      plainFrames: [3],
      // A header alone has nothing to protect (RFC 6263 §4.6).
      agreedPlain: 1,
      failed: 1,
      failedFrames: [5],
    })
  })

  test('RTCP in the clear beside SRTCP is told apart from failures', () => {
    const report = Buffer.alloc(28)
    report.writeUInt32BE(0x80c80006, 0)
    report.writeUInt32BE(0xfeedface, 4)
    const sealed = createSrtpSender(SUITE, octetsOf(1)).protectRtcp(report)
    const broken = Buffer.from(sealed)
    broken[10] = (broken[10] as number) ^ 1
    const more = { kind: MediaKind.Rtcp }
    expect(judge([scheduled(1)], [report, sealed, broken], more)).toMatchObject({
      verified: 1,
      plain: 1,
      failed: 1,
      plainFrames: [1],
    })
  })
})
