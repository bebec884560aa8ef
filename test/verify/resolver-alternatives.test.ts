import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { createSrtpSender } from '../../samples/srtp-sender.ts'
import { MediaKind } from '../../src/rtp/media-kind.ts'
import { createAuthenticator } from '../../src/srtp/authenticator.ts'
import type { ScheduledKey } from '../../src/srtp/scheduled-key.ts'
import { deriveSessionKeys, type MasterKey } from '../../src/srtp/session-keys.ts'
import { StreamResolver } from '../../src/verify/second-pass/resolver.ts'
import { protectRtcp, protectRtp } from '../srtp/protect.ts'
import { masterOf, octetsOf, protect, rtcp, rtp, SUITE } from './senders.ts'

const FOREVER = Number.POSITIVE_INFINITY

const scheduled = (key: number, more: Partial<ScheduledKey> = {}): ScheduledKey => {
  return { key, agreement: 0, from: 0, until: FOREVER, replacesUs: FOREVER, roc: 0, ...more }
}

/** Judges packets, one every 20 ms, key n being `masters[n - 1]` or else the octets n. */
function judge(
  keys: readonly ScheduledKey[],
  packets: readonly Uint8Array[],
  kind: MediaKind = MediaKind.Rtp,
  masters: readonly MasterKey[] = [],
) {
  const authenticators = new Map(
    keys.map(({ key }) => [key, createAuthenticator(deriveSessionKeys(masters[key - 1] ?? masterOf(key)))]),
  )
  const resolver = new StreamResolver(
    { stream: 3, kind, from: 0, keys },
    (key) => authenticators.get(key) as NonNullable<ReturnType<typeof authenticators.get>>,
  )
  packets.forEach((packet, n) => {
    resolver.packet(n, n * 20_000, n + 1, packet, 0, packet.length, packet.length)
  })
  return resolver.resolution
}

describe('an offer that was refused after the sender had changed over (RFC 3264 §8)', () => {
  const refused = [scheduled(1), scheduled(2, { agreement: 8, from: 10, until: 30 })]

  it('leaves the sender the key from before', () => {
    const packets = [...protect(1, 0, 15), ...protect(2, 15, 15), ...protect(1, 30, 20)]
    expect(judge(refused, packets)).toMatchObject({ verified: 50, failed: 0 })
  })

  it('withdraws its key for good', () => {
    const packets = [...protect(1, 0, 15), ...protect(2, 15, 20)]
    expect(judge(refused, packets)).toMatchObject({ verified: 30, failed: 5, firstFailedFrame: 31 })
  })

  it('does not bring back a key from before the one before', () => {
    const keys = [scheduled(1), scheduled(2, { agreement: 8, from: 5 }), scheduled(3, { agreement: 16, until: 30 })]
    const packets = [...protect(1, 0, 5), ...protect(2, 5, 5), ...protect(3, 10, 20), ...protect(1, 30, 5)]
    expect(judge(keys, packets)).toMatchObject({ verified: 30, failed: 5 })
    const back = [...packets.slice(0, 30), ...protect(2, 30, 5)]
    expect(judge(keys, back)).toMatchObject({ verified: 35, failed: 0 })
  })
})

describe('three agreements in turn', () => {
  it('fail under a key that the sender has left, whatever was skipped', () => {
    const keys = [scheduled(1), scheduled(2, { agreement: 8, from: 10 }), scheduled(3, { agreement: 16, from: 20 })]
    const packets = [...protect(1, 0, 22), ...protect(3, 22, 10), ...protect(2, 32, 4), ...protect(1, 36, 4)]
    expect(judge(keys, packets)).toMatchObject({ verified: 32, failed: 8, firstFailedFrame: 33 })
  })
})

describe('master key identifiers (RFC 3711 §3.1, RFC 4568 §6.1)', () => {
  const masters = [1, 2].map((octet) => ({ ...masterOf(octet), mki: Uint8Array.of(0, octet) }))

  it('choose between the keys of a line, packet by packet', () => {
    const packets = Array.from({ length: 40 }, (_, n) => {
      return protectRtp(deriveSessionKeys(masters[(n >> 1) & 1]), rtp(n), 0)
    })
    const resolution = judge([scheduled(1), scheduled(2)], packets, MediaKind.Rtp, masters)
    expect(resolution).toMatchObject({ verified: 40, failed: 0 })
    expect(new Map(resolution.byKey)).toEqual(
      new Map([
        [1, 20],
        [2, 20],
      ]),
    )
  })

  it('that belong to no key fail, and so does a known one before another key', () => {
    const stranger = { ...masterOf(1), mki: Uint8Array.of(0, 9) }
    const swapped = { ...masterOf(2), mki: Uint8Array.of(0, 1) }
    const packets = [stranger, swapped].map((master) => protectRtp(deriveSessionKeys(master), rtp(0), 0))
    const found = judge([scheduled(1), scheduled(2)], packets, MediaKind.Rtp, masters)
    expect(found).toMatchObject({ verified: 0, failed: 2 })
  })
})

describe('suites without authentication (RFC 3711 §4.2, RFC 4568 §6.3.4)', () => {
  const none = masterOf(1, 'AES_CM_128_NULL_AUTH')
  const waived = { ...masterOf(1), parameters: { unauthenticatedSrtp: true } }

  it.each([
    ['a suite without', none],
    ['UNAUTHENTICATED_SRTP', waived],
  ])('%s: packets are neither verified nor failed', (_, master) => {
    const packets = [0, 1, 2].map(rtp)
    expect(judge([scheduled(1)], packets, MediaKind.Rtp, [master])).toMatchObject({
      unauthenticated: 3,
      verified: 0,
      failed: 0,
    })
  })

  it('SRTCP is authenticated all the same (RFC 3711 §3.4)', () => {
    const sealed = Buffer.from(protectRtcp(deriveSessionKeys(waived), rtcp(), 0, true))
    const broken = Buffer.from(sealed)
    broken[9] ^= 1
    const found = judge([scheduled(1)], [sealed, broken], MediaKind.Rtcp, [waived])
    expect(found).toMatchObject({ unauthenticated: 0, verified: 1, failed: 1 })
  })
})

describe('SRTCP tags (RFC 4568 §6.2.2)', () => {
  it('of 4 octets under a suite with a short SRTP tag verify, and are counted', () => {
    const master = masterOf(1, 'AES_CM_128_HMAC_SHA1_32')
    const keys = deriveSessionKeys(master)
    const packets = [10, 4, 4].map((tag, n) => protectRtcp(keys, rtcp(), n, true, tag))
    const found = judge([scheduled(1)], packets, MediaKind.Rtcp, [master])
    expect(found).toMatchObject({ verified: 3, shortTags: 2, failed: 0 })
  })
})

describe('the packet index (RFC 3711 §3.3.1)', () => {
  it('is found for losses, overtaking within 64 packets, and any number of forgeries between', () => {
    const gap = fc.oneof(
      { weight: 8, arbitrary: fc.constant(1) },
      { weight: 1, arbitrary: fc.integer({ min: 1, max: 9000 }) },
    )
    fc.assert(
      fc.property(
        fc.integer({ min: 0, max: 65_535 }),
        fc.array(fc.record({ gap, late: fc.nat(64), forged: fc.boolean() }), { minLength: 1, maxLength: 60 }),
        (start, steps) => {
          const sender = createSrtpSender(SUITE, octetsOf(1))
          let index = start
          const sent = steps.map(({ gap: by, late, forged }, n) => {
            const packet = sender.protectRtp(rtp(index))
            index += by
            return { packet, place: n + (late > 60 ? late : 0), forged }
          })
          sent.sort((a, b) => a.place - b.place)
          const packets = sent.flatMap(({ packet, forged }, n) => {
            if (!forged || n === 0) return [packet]
            const forgery = Buffer.from(packet)
            forgery.writeUInt16BE((packet.readUInt16BE(2) + 0x7000) & 0xffff, 2)
            return [forgery, packet]
          })
          const found = judge([scheduled(1)], packets)
          expect(found).toMatchObject({ verified: steps.length, failed: packets.length - steps.length })
        },
      ),
      { seed: 3711, numRuns: 60 },
    )
  })

  it('begins where a keys file says, far beyond what a search would find', () => {
    const packets = protect(1, 100, 10, 1_000_000)
    expect(judge([scheduled(1, { roc: 1_000_000 })], packets)).toMatchObject({ verified: 10, firstRoc: 1_000_000 })
    expect(judge([scheduled(1)], packets)).toMatchObject({ verified: 0, failed: 10 })
  })
})
