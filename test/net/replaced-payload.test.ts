import { describe, expect, test } from 'vitest'
import { internetChecksum } from '../../src/bytes/internet-checksum.ts'
import { Payload } from '../../src/net/datagram.ts'
import { FrameDecoder } from '../../src/net/decode.ts'
import { FragmentTable } from '../../src/net/fragments.ts'
import { ReplacedPayloads } from '../../src/net/replaced-payload.ts'
import * as build from './frame-builder.ts'
import { FRAMES } from './sample-frames.ts'

const { ethernet, ipv4, ipv6, udp } = build
const replaced = new ReplacedPayloads()
const LONGER = Buffer.from('SIP/2.0 200 OK\r\n\r\nand so on')

function decode(frame: Uint8Array, linkType: number) {
  const table = new FragmentTable(new SharedArrayBuffer(FragmentTable.byteLength), 0)
  const decoder = new FrameDecoder(table)
  decoder.decode(frame, { dataOffset: 0, capturedLength: frame.length, linkType, seconds: 0 })
  const { payload, offset, length, announcedLength } = decoder.datagram
  return {
    isUdp: payload === Payload.Udp,
    text: Buffer.from(frame.subarray(offset, offset + length)).toString(),
    announcedLength,
    end: offset + length,
  }
}

describe('a payload is replaced in every frame that is decoded', () => {
  test.each(FRAMES)('%s', (_, frame, linkType, found) => {
    const longer = replaced.replace(frame, linkType, LONGER) as Uint8Array
    expect(decode(longer, linkType)).toEqual({
      isUdp: true,
      text: LONGER.toString(),
      announcedLength: LONGER.length,
      end: longer.length,
    })
    // Back again it is the frame that it was, but for what stood behind it, and for checksums that were not right.
    const back = replaced.replace(longer, linkType, Buffer.from(found.text)) as Uint8Array
    const own = replaced.replace(frame, linkType, Buffer.from(found.text)) as Uint8Array
    expect(Buffer.from(back).equals(own)).toBe(true)
    expect(Buffer.from(frame).subarray(0, 14).equals(own.subarray(0, 14))).toBe(true)
  })
})

describe('checksums', () => {
  const SHORT = Buffer.from('odd')

  test('RFC 791 §3.1: that of the IPv4 header is right', () => {
    const frame = replaced.replace(ethernet(ipv4(udp('SIP/2.0'))), 1, SHORT) as Uint8Array
    expect(internetChecksum(frame, 14, 34)).toBe(0)
  })

  test.each([
    ['IPv4', ethernet(ipv4(udp('SIP/2.0', { checksum: 1 }))), 34, 26, 34],
    ['IPv6', ethernet(ipv6(udp('SIP/2.0', { checksum: 1 }))), 54, 22, 54],
  ] as const)(
    'RFC 768, RFC 8200 §8.1: that of UDP over %s is right, for even and odd lengths',
    (_, frame, at, from, to) => {
      for (const payload of [SHORT, LONGER]) {
        const made = replaced.replace(frame, 1, payload) as Uint8Array
        const addresses = ~internetChecksum(made, from, to) & 0xffff
        expect(internetChecksum(made, at, made.length, addresses + 17 + made.length - at)).toBe(0)
      }
    },
  )

  test('RFC 768: where there is none, none is put in', () => {
    const made = replaced.replace(ethernet(ipv4(udp('SIP/2.0'))), 1, SHORT) as Uint8Array
    expect([made[40], made[41]]).toEqual([0, 0])
  })

  test('RFC 2784 §2.3: that of GRE is right', () => {
    const frame = ethernet(ipv4(build.gre(ipv4(udp('SIP/2.0')), { checksum: true })))
    const made = replaced.replace(frame, 1, LONGER) as Uint8Array
    expect(internetChecksum(made, 34, made.length)).toBe(0)
  })

  test('of a frame that was cut that of UDP stays as it was: nobody can tell it', () => {
    const whole = ethernet(ipv4(udp('SIP/2.0 and more', { checksum: 0x1234 })))
    const made = replaced.replace(whole.subarray(0, whole.length - 4), 1, SHORT) as Uint8Array
    expect([made[40], made[41]]).toEqual([0x12, 0x34])
    // What was cut off is counted still.
    expect(decode(made, 1).announcedLength).toBe(SHORT.length + 4)
  })
})

test('nothing is made of more than a length field holds, of other protocols, and of fragments', () => {
  const frame = ethernet(ipv4(udp('SIP/2.0')))
  expect(replaced.replace(frame, 1, Buffer.alloc(65_508))).toBeUndefined()
  expect(replaced.replace(frame, 1, Buffer.alloc(65_507))).toHaveLength(14 + 65_535)
  expect(replaced.replace(ethernet(ipv4(build.tcp('SIP/2.0'))), 1, LONGER)).toBeUndefined()
  expect(replaced.replace(ethernet(ipv4(udp('SIP/2.0'), { more: true })), 1, LONGER)).toBeUndefined()
})
