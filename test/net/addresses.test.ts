import fc from 'fast-check'
import ipaddr from 'ipaddr.js'
import { describe, expect, it } from 'vitest'
import { classifyAddress, formatAddress, parseAddress } from '../../src/net/addresses.ts'

describe('addresses', () => {
  it.each([
    ['2001:db8:0:0:1:0:0:1', '2001:db8::1:0:0:1'],
    ['2001:0db8::0001', '2001:db8::1'],
    ['2001:db8:0:1:1:1:1:1', '2001:db8:0:1:1:1:1:1'],
    ['2001:0:0:1:0:0:0:1', '2001:0:0:1::1'],
    ['2001:DB8::A', '2001:db8::a'],
    ['::', '::'],
    ['::1', '::1'],
    ['1::', '1::'],
    ['::ffff:c000:0201', '::ffff:192.0.2.1'],
    ['::FFFF:192.0.2.1', '::ffff:192.0.2.1'],
    ['64:ff9b::192.0.2.33', '64:ff9b::c000:221'],
    ['fe80::1%eth0', 'fe80::1'],
    ['192.0.2.1', '192.0.2.1'],
  ])('RFC 5952 §4, §5: %s is %s', (text, canonical) => {
    const bytes = parseAddress(text)!
    expect(formatAddress(bytes, 0, bytes.length)).toBe(canonical)
  })

  it.each([
    '',
    'a',
    '1.2.3',
    '1.2.3.256',
    '01.2.3.4',
    '1.2.3.4.5',
    ':::',
    '1::2::3',
    '[::1]',
    '1:2:3:4:5:6:7',
    '12345::',
  ])('%j is no address', (text) => {
    expect(parseAddress(text)).toBeUndefined()
    expect(classifyAddress(text)).toBeUndefined()
  })

  it('formatting and parsing are inverse, and agree with ipaddr.js', () => {
    const group = fc.oneof(fc.constant(0), fc.nat(0xffff))
    fc.assert(
      fc.property(fc.array(group, { minLength: 8, maxLength: 8 }), fc.nat(5), (groups, offset) => {
        const bytes = new Uint8Array(offset + 16)
        groups.forEach((value, i) => {
          bytes.set([value >> 8, value & 0xff], offset + 2 * i)
        })
        const text = formatAddress(bytes, offset, 16)
        expect(parseAddress(text)).toEqual(bytes.slice(offset))
        expect(ipaddr.parse(text).toByteArray()).toEqual([...bytes.slice(offset)])
      }),
    )
  })

  it.each([
    ['203.0.113.5', 'public', 'RFC 5737'],
    ['2001:db8::5', 'public', 'RFC 3849'],
    ['8.8.8.8', 'public', ''],
    ['198.18.0.1', 'public', 'RFC 2544'],
    ['10.1.2.3', 'private', 'RFC 1918'],
    ['172.31.255.255', 'private', 'RFC 1918'],
    ['172.32.0.0', 'public', 'RFC 1918'],
    ['192.168.0.1', 'private', 'RFC 1918'],
    ['::ffff:192.168.0.1', 'private', 'RFC 4291 §2.5.5.2'],
    ['100.64.0.1', 'shared', 'RFC 6598'],
    ['100.128.0.1', 'public', 'RFC 6598'],
    ['169.254.1.1', 'link-local', 'RFC 3927'],
    ['fe80::1', 'link-local', 'RFC 4291 §2.5.6'],
    ['fd00::1', 'unique-local', 'RFC 4193'],
    ['127.0.0.1', 'loopback', 'RFC 1122'],
    ['::1', 'loopback', 'RFC 4291 §2.5.3'],
    ['0.0.0.0', 'unspecified', 'RFC 3264 §8.4'],
    ['::', 'unspecified', 'RFC 4291 §2.5.2'],
    ['224.2.1.1', 'multicast', 'RFC 5771'],
    ['ff02::1', 'multicast', 'RFC 4291 §2.7'],
  ])('%s is %s (%s)', (text, found) => {
    expect(classifyAddress(text)).toBe(found)
  })
})
