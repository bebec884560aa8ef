import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { formatRtcp } from '../../samples/rtp-packet.ts'
import { isPlainRtcp, MediaKind, mediaKind } from '../../src/rtp/media-kind.ts'

/** `octets` at the start of a payload of `length`, the rest zeros. */
function payload(octets: readonly number[], length: number): Uint8Array {
  const bytes = new Uint8Array(length)
  bytes.set(octets)
  return bytes
}

const kindOf = (bytes: Uint8Array) => mediaKind(bytes, 0, bytes.length, bytes.length)
const STUN = [0x00, 0x01, 0x00, 0x00, 0x21, 0x12, 0xa4, 0x42]
const ZRTP = [0x10, 0x00, 0x00, 0x01, 0x5a, 0x52, 0x54, 0x50]
const DTLS = [22, 254, 253]

const sender = {
  ssrc: 7,
  cname: 'alice@example.com',
  epochSeconds: 1,
  timeNs: 0,
  timestamp: 0,
  packets: 1,
  octets: 160,
}

describe('RTP and RTCP by the payload type (RFC 5761 §4)', () => {
  it('takes second octets outside 192…223 for RTP', () => {
    for (let second = 0; second < 256; second++) {
      if (second >= 192 && second <= 223) continue
      expect(kindOf(payload([0x80, second, 0, 1], 172)), String(second)).toBe(MediaKind.Rtp)
    }
  })

  it('takes what begins a compound packet for RTCP, and feedback of a known format (RFC 3550 §6.1, RFC 5506)', () => {
    for (let second = 200; second <= 204; second++) {
      expect(kindOf(payload([0x80, second, 0, 1], 172)), String(second)).toBe(MediaKind.Rtcp)
    }
    for (const second of [205, 206]) {
      for (let format = 0; format < 32; format++) {
        const isKnown = (format >= 1 && format <= 15) || format === 31
        const kind = kindOf(payload([0x80 | format, second, 0, 2], 172))
        expect(kind, `${second} ${format}`).toBe(isKnown ? MediaKind.Rtcp : MediaKind.Rtp)
      }
    }
  })

  it('takes other types for RTCP where nothing but the trailer of SRTCP follows, or RTCP in the clear', () => {
    for (let second = 192; second <= 223; second++) {
      if (second >= 200 && second <= 206) continue
      const isAssigned = second <= 195 || (second >= 207 && second <= 213)
      for (const [more, isRtcp] of [
        [0, true],
        [8, true],
        [14, true],
        [20, true],
        [12, true],
        [16, false],
        [148, false],
      ] as const) {
        const kind = kindOf(payload([0x80, second, 0, 5], 24 + more))
        expect(kind, `${second} ${more}`).toBe(isAssigned && isRtcp ? MediaKind.Rtcp : MediaKind.Rtp)
      }
    }
    const [report, description] = [payload([0x80, 207, 0, 4], 20), payload([0x81, 202, 0, 10], 44)]
    expect(kindOf(Buffer.concat([report, description]))).toBe(MediaKind.Rtcp)
  })

  it('takes the first packet of a compound to be no longer than the datagram (RFC 3550 §6.1)', () => {
    expect(kindOf(payload([0x80, 200, 0, 6], 28))).toBe(MediaKind.Rtcp)
    expect(kindOf(payload([0x80, 200, 0, 7], 28))).toBe(MediaKind.Other)
  })

  it('takes payload types 64…95 with the marker for RTP by a sequence number that is no length', () => {
    for (let second = 192; second <= 223; second++) {
      // RFC 3551 §6 reserves 72…76, so that SR, RR, SDES, BYE and APP are never RTP.
      const isReserved = second >= 200 && second <= 204
      const kind = kindOf(payload([0x80, second, 0x12, 0x34], 172))
      expect(kind, String(second)).toBe(isReserved ? MediaKind.Other : MediaKind.Rtp)
    }
  })

  it('judges by the announced length where the snap length cut', () => {
    expect(mediaKind(payload([0x80, 200, 0, 6], 8), 0, 8, 28)).toBe(MediaKind.Rtcp)
    expect(mediaKind(payload([0x80, 200, 0, 6], 8), 0, 8, 24)).toBe(MediaKind.Other)
  })

  it('asks for room for the CSRC list (RFC 3550 §5.1)', () => {
    expect(kindOf(payload([0x8f, 0], 12 + 15 * 4))).toBe(MediaKind.Rtp)
    expect(kindOf(payload([0x8f, 0], 12 + 15 * 4 - 1))).toBe(MediaKind.Other)
    expect(kindOf(payload([0x80, 0], 11))).toBe(MediaKind.Other)
  })
})

describe('what shares the port, by the first octet (RFC 7983 §7)', () => {
  const examples: Readonly<Record<number, readonly number[]>> = {
    [MediaKind.Stun]: STUN,
    [MediaKind.Zrtp]: ZRTP,
    [MediaKind.Dtls]: DTLS,
    [MediaKind.Rtp]: [0x80],
  }
  /** First octets of each kind: of ZRTP and DTLS, those that the protocols use of their range. */
  const ranges: readonly (readonly [MediaKind, number, number])[] = [
    [MediaKind.Stun, 0, 3],
    [MediaKind.Zrtp, 16, 19],
    [MediaKind.Dtls, 20, 25],
    [MediaKind.Rtp, 128, 191],
  ]

  it.each(ranges)('kind %i: %i…%i and no other', (kind, from, to) => {
    for (let first = 0; first < 256; first++) {
      const bytes = payload(examples[kind], 80)
      bytes[0] = first
      expect(kindOf(bytes) === kind, String(first)).toBe(first >= from && first <= to)
    }
  })

  it('knows STUN of RFC 3489, which has no cookie, by a length that fits', () => {
    expect(kindOf(payload([0, 1, 0, 8], 28))).toBe(MediaKind.Stun)
    expect(kindOf(payload([0, 1, 0, 8], 32))).toBe(MediaKind.Other)
    expect(kindOf(payload(STUN, 19))).toBe(MediaKind.Other)
  })

  it('leaves TURN channel data, 64…79, alone (RFC 5766 §11)', () => {
    for (let first = 64; first < 80; first++) expect(kindOf(payload([first, 0, 0, 4], 40))).toBe(MediaKind.Other)
  })
})

describe('any octets', () => {
  it('never throw, and are read within their bounds only', () => {
    fc.assert(
      fc.property(
        fc.uint8Array({ maxLength: 80 }),
        fc.uint8Array({ maxLength: 8 }),
        fc.nat(40),
        (bytes, around, more) => {
          const inside = Buffer.concat([around, bytes, around])
          const alone = mediaKind(bytes, 0, bytes.length, bytes.length + more)
          expect(mediaKind(inside, around.length, bytes.length, bytes.length + more)).toBe(alone)
          expect(isPlainRtcp(inside, around.length, bytes.length)).toBe(isPlainRtcp(bytes, 0, bytes.length))
          if (bytes.length < 8) expect(alone).toBe(MediaKind.Other)
        },
      ),
      { seed: 5761, numRuns: 500 },
    )
  })
})

describe('compound RTCP in the clear (RFC 3550 §6.1, A.2)', () => {
  const compound = formatRtcp(sender, true)

  it('is one whose lengths add up', () => {
    expect(isPlainRtcp(compound, 0, compound.length)).toBe(true)
  })

  it('is not one with anything behind it, as SRTCP has, or with its end cut', () => {
    for (let more = 1; more <= 18; more++) {
      const longer = Buffer.concat([compound, Buffer.alloc(more)])
      expect(isPlainRtcp(longer, 0, longer.length), String(more)).toBe(false)
    }
    for (let length = 1; length < compound.length; length++) {
      const boundary = length === 28 || length === compound.length - 8
      expect(isPlainRtcp(compound, 0, length), String(length)).toBe(boundary)
    }
  })

  it('is not one with a header of another version or type', () => {
    for (const at of [0, 28, compound.length - 8]) {
      const version = Buffer.from(compound)
      version[at] = 0x40
      expect(isPlainRtcp(version, 0, version.length)).toBe(false)
      const type = Buffer.from(compound)
      type[at + 1] = 100
      expect(isPlainRtcp(type, 0, type.length)).toBe(false)
    }
  })
})
