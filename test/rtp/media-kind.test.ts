import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { isPlainRtcp, MediaKind, mediaKind } from '../../src/rtp/media-kind.ts'

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
