import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { isPlainRtcp, MediaKind, mediaKind } from '../../src/rtp/media-kind.ts'
import { looksPlain, samplePayload } from '../../src/rtp/payload-randomness.ts'
import { I, STREAM_RECORD_BYTES } from '../../src/rtp/stream-table.ts'

const kindOf = (bytes: Uint8Array) => mediaKind(bytes, 0, bytes.length, bytes.length)
const hex = (text: string) => Buffer.from(text.replaceAll(' ', ''), 'hex')

describe('what shares a media port (RFC 7983 §7, RFC 5761 §4)', () => {
  test.each([
    ['RTP', '80 00 0001 00000000 00000001', MediaKind.Rtp],
    ['RTP with the marker and a dynamic type', '80 e1 0001 00000000 00000001', MediaKind.Rtp],
    ['RTP whose CSRCs are not there', '8f 00 0001 00000000 00000001', MediaKind.Other],
    ['an RTCP receiver report', '80 c9 0001 00000001', MediaKind.Rtcp],
    [
      'SRTCP: a first header, then what nobody can read',
      '80 c8 0001 00000001 deadbeef 80000001 00112233445566778899',
      MediaKind.Rtcp,
    ],
    ['RTCP longer than its packet', '80 c8 0009 00000001', MediaKind.Other],
    ['STUN by its magic cookie', `0001 0000 2112a442 ${'00'.repeat(12)}`, MediaKind.Stun],
    ['classic STUN by its length', `0001 0000 ${'ab'.repeat(16)}`, MediaKind.Stun],
    ['DTLS 1.2', '16 fefd 0000 000000000000 0001 00', MediaKind.Dtls],
    ['ZRTP', '1000 0001 5a525450 00000001', MediaKind.Zrtp],
    ['a version of RTP that does not exist', '40 00 0001 00000000 00000001', MediaKind.Other],
  ])('%s', (_, octets, kind) => {
    expect(kindOf(hex(octets))).toBe(kind)
  })

  test('any octets have a kind, cut or not', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 80, size: 'max' }), fc.nat(2000), (bytes, more) => {
        expect(Object.values(MediaKind)).toContain(mediaKind(bytes, 0, bytes.length, bytes.length + more))
      }),
    )
  })
})

test('RTCP is in the clear when its lengths add up to the packet (RFC 3550 A.2)', () => {
  const compound = hex(
    '80c80006 00000001 0000000000000000 00000000 00000000 00000000 81ca0003 00000001 0104 61626364 0000',
  )
  expect(isPlainRtcp(compound, 0, compound.length)).toBe(true)
  const sealed = Buffer.concat([compound, hex('80000001 00112233445566778899')])
  expect(isPlainRtcp(sealed, 0, sealed.length)).toBe(false)
})

describe('payload that is encrypted, and payload that is not', () => {
  /** A small generator with a seed: the same payloads on every machine. */
  function payloads(
    seed: number,
    count: number,
    octet: (random: () => number, n: number) => number,
  ): boolean | undefined {
    let state = seed
    const random = () => {
      state = (Math.imul(state ^ (state >>> 15), 0x2c1b3c6d) + 0x9e3779b9) | 0
      return ((state ^ (state >>> 13)) >>> 8) & 0xff
    }
    const ints = new Int32Array(STREAM_RECORD_BYTES / 4)
    for (let n = 0; n < count; n++) {
      const payload = Uint8Array.from({ length: 160 }, (_, at) => octet(random, at))
      samplePayload(ints, 0, payload, 0, payload.length)
    }
    expect(ints[I.Sampled]).toBe(Math.min(count, 48))
    return looksPlain(ints, 0)
  }

  test('2,000 encrypted streams: none looks plain', () => {
    const plain = Array.from({ length: 2000 }, (_, n) => payloads(n * 7919 + 1, 48, (random) => random()))
    expect(plain.filter((one) => one === true)).toHaveLength(0)
  })

  test('speech in the clear, silence, and a codec with a constant first octet look plain', () => {
    expect(payloads(1, 20, (random) => 0xd0 + (random() % 32))).toBe(true)
    expect(payloads(1, 20, () => 0xff)).toBe(true)
    expect(payloads(1, 20, (random, at) => (at === 0 ? 0x78 : random()))).toBe(true)
  })

  test('too little is no verdict', () => expect(payloads(1, 2, () => 0xff)).toBeUndefined())
})
