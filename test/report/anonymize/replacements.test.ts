import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { classifyAddress, formatAddress, parseAddress } from '../../../src/net/addresses.ts'
import { Addresses } from '../../../src/report/anonymize/addresses.ts'
import { Hosts } from '../../../src/report/anonymize/hosts.ts'
import { Keyed } from '../../../src/report/anonymize/keyed.ts'
import { Names } from '../../../src/report/anonymize/names.ts'
import { isNumber, Numbers } from '../../../src/report/anonymize/numbers.ts'
import { Parties } from '../../../src/report/anonymize/parties.ts'

const keyed = new Keyed(Buffer.from('a key of tests'))
const addresses = new Addresses(keyed)
const hosts = new Hosts(keyed, addresses)
const numbers = new Numbers(keyed)
const parties = new Parties(keyed, addresses, hosts, numbers)
const names = new Names(keyed, hosts, parties)

const ipv4 = fc.uint8Array({ minLength: 4, maxLength: 4 }).map((octets) => formatAddress(octets, 0, 4))
const ipv6 = fc.uint8Array({ minLength: 16, maxLength: 16 }).map((octets) => formatAddress(octets, 0, 16))
const ofBlocks = fc.tuple(fc.constantFrom('10.', '172.16.', '172.31.', '192.168.', '100.64.', '169.254.'), ipv4).map(
  ([prefix, address]) =>
    prefix +
    address
      .split('.')
      .slice(prefix.split('.').length - 1)
      .join('.'),
)
const ipv6OfBlocks = fc
  .tuple(fc.constantFrom('2001:db8', 'fd00:1', 'fe80:0', '64:ff9b'), ipv6)
  .map(([prefix, address]) => {
    const octets = parseAddress(address) as Uint8Array
    octets.set((parseAddress(`${prefix}::`) as Uint8Array).subarray(0, 4))
    return formatAddress(octets, 0, 16)
  })
const anyAddress = fc.oneof(ipv4, ofBlocks, ipv6, ipv6OfBlocks)
const phone = fc
  .tuple(fc.constantFrom('', '+', '00', '0'), fc.stringMatching(/^[1-9][0-9]{1,14}$/))
  .map(([before, digits]) => before + digits)

/** Bits that two addresses begin with in common. */
function commonBits(a: string, b: string): number {
  const [first, second] = [a, b].map((text) => parseAddress(text) as Uint8Array)
  let bits = 0
  while (bits < 8 * first.length && ((first[bits >> 3] ^ second[bits >> 3]) & (0x80 >> (bits & 7))) === 0) bits++
  return bits
}

function sharing(address: string, bits: number, other: Uint8Array): string {
  const octets = parseAddress(address) as Uint8Array
  const mixed = octets.map((octet, n) => {
    const mask = bits >= 8 * n + 8 ? 0xff : bits <= 8 * n ? 0 : (0xff00 >> (bits - 8 * n)) & 0xff
    return (octet & mask) | (other[n] & ~mask)
  })
  return formatAddress(mixed, 0, mixed.length)
}

describe('an address', () => {
  test('stays of its class, and is another one', () => {
    fc.assert(
      fc.property(anyAddress, (address) => {
        const replaced = addresses.replaced(address) as string
        const kind = classifyAddress(address)
        expect(classifyAddress(replaced)).toBe(kind)
        const stays = kind === 'loopback' || kind === 'unspecified' || kind === 'multicast' || address.startsWith('0.')
        if (address !== '255.255.255.255') expect(replaced === address).toBe(stays)
      }),
      { numRuns: 1000 },
    )
  })

  test.each([
    ['10.1.2.3', /^10\./],
    ['172.20.1.1', /^172\.(1[6-9]|2\d|3[01])\./],
    ['192.168.1.1', /^192\.168\./],
    ['100.100.1.1', /^100\./],
    ['169.254.1.1', /^169\.254\./],
    ['fe80::1', /^fe80::/],
    ['fd12::1', /^fd/],
    ['2001:db8::1', /^2/],
    ['::ffff:10.1.2.3', /^::ffff:10\./],
    ['127.0.0.1', /^127\.0\.0\.1$/],
    ['224.0.1.75', /^224\.0\.1\.75$/],
    ['0.0.0.0', /^0\.0\.0\.0$/],
    ['::1', /^::1$/],
  ])('%s stays within its block', (address, block) => {
    expect(addresses.replaced(address)).toMatch(block)
  })

  test('shares with its neighbours what it shared, and no more', () => {
    const octets = fc.uint8Array({ minLength: 16, maxLength: 16 })
    fc.assert(
      fc.property(
        fc.oneof(ofBlocks, ipv6OfBlocks),
        fc.integer({ min: 0, max: 128 }),
        octets,
        (address, bits, other) => {
          const neighbour = sharing(address, bits, other)
          if (commonBits(address, neighbour) < 32 && !address.startsWith('1')) return
          if (classifyAddress(address) !== classifyAddress(neighbour)) return
          const [a, b] = [address, neighbour].map((one) => addresses.replaced(one) as string)
          expect(commonBits(a, b)).toBe(commonBits(address, neighbour))
        },
      ),
    )
  })

  test('of a public /24 stays in one /24 with the others of it', () => {
    fc.assert(
      fc.property(ipv4, fc.integer({ min: 0, max: 255 }), (address, last) => {
        const neighbour = address.replace(/\d+$/, String(last))
        const [a, b] = [address, neighbour].map((one) => addresses.replaced(one) as string)
        if (address.startsWith('255.255.255.')) return
        expect(commonBits(a, b)).toBe(commonBits(address, neighbour))
      }),
      { numRuns: 1000 },
    )
  })

  test('has one replacement in every spelling', () => {
    expect(addresses.replaced('2001:DB8:0:0::1')).toBe(addresses.replaced('2001:db8::1'))
    expect(addresses.replaced('fe80::1%eth0')).toBe(addresses.replaced('fe80::1'))
    expect(addresses.replaced('192.000.002.001')).toBe(addresses.replaced('192.0.2.1'))
    expect(addresses.replaced('::ffff:c000:201')).toBe(`::ffff:${addresses.replaced('192.0.2.1')}`)
  })

  test('lies in the replacement of its network; networks that everybody has stay', () => {
    expect(addresses.network('10.0.0.0', 8)).toBe('10.0.0.0/8')
    const network = addresses.network('192.168.7.0', 24) as string
    expect((addresses.replaced('192.168.7.200') as string).replace(/\.\d+$/, '.0/24')).toBe(network)
    expect(addresses.network('192.168.7.0', 24)).not.toBe('192.168.7.0/24')
  })
})

describe('a number', () => {
  test('keeps length, shape and country, and is another one', () => {
    fc.assert(
      fc.property(phone, (number) => {
        const replaced = numbers.replaced(number)
        expect(replaced).not.toBe(number)
        expect(replaced.replace(/\d/g, '0')).toBe(number.replace(/\d/g, '0'))
        expect(/^0*/.exec(replaced)?.[0]).toBe(/^0*/.exec(number)?.[0])
      }),
      { numRuns: 1000 },
    )
    expect(numbers.replaced('+49 (30) 1234-5678')).toMatch(/^\+49 \(\d\d\) \d{4}-\d{4}$/)
    expect(numbers.replaced('+1-201-555-0123')).toMatch(/^\+1-\d{3}-\d{3}-\d{4}$/)
    expect(numbers.replaced('+37012345678')).toMatch(/^\+370\d{8}$/)
  })

  test('is the same with +, with 00 and with neither', () => {
    const digits = numbers.replaced('+4930123456789').slice(1)
    expect(numbers.replaced('004930123456789')).toBe(`00${digits}`)
    expect(numbers.replaced('4930123456789')).toBe(digits)
  })

  test('stays in the range of its neighbours', () => {
    const [a, b] = ['+493012340017', '+493012340099'].map(numbers.replaced)
    expect(a.slice(0, -2)).toBe(b.slice(0, -2))
    expect(a).not.toBe(b)
  })
})

describe('a host', () => {
  test('stays as deep, under .example, beside its siblings', () => {
    const [a, b] = ['sbc1.carrier.com', 'SBC2.carrier.com'].map(hosts.replaced)
    expect(a).toMatch(/^[a-z]{14}\.[a-z]{14}\.example$/)
    expect(a.split('.').slice(1)).toEqual(b.split('.').slice(1))
    expect(a).not.toBe(b)
    expect(hosts.replaced('sbc1.carrier.net').split('.')[1]).not.toBe(a.split('.')[1])
    expect(hosts.replaced('*.carrier.com')).toBe(`*.${a.split('.').slice(1).join('.')}`)
  })

  test('of one label goes under .invalid, and nobody in particular stays', () => {
    expect(hosts.replaced('pbx')).toMatch(/^[a-z]{14}\.invalid$/)
    expect(hosts.replaced('localhost')).toBe('localhost')
    expect(hosts.endpoint('[2001:db8::1]:5060')).toMatch(/^\[2[^\]]+\]:5060$/)
  })
})

describe('a party', () => {
  test('is the same however it is written', () => {
    const user = parties.user('alice')
    const host = hosts.replaced('carrier.com')
    expect(parties.replaced('sip:alice@carrier.com')).toBe(`sip:${user}@${host}`)
    expect(parties.replaced('sip:%61lice@CARRIER.com:5061;transport=tls')).toBe(
      `sip:${user}@${host}:5061;transport=tls`,
    )
    expect(parties.replaced('alice@carrier.com')).toBe(`${user}@${host}`)
    expect(parties.replaced('"Alice \\"B\\"" <sip:alice:secret@carrier.com?Subject=x>;tag=1')).toMatch(
      new RegExp(`^"[A-Z][a-z]{13}" <sip:${user}@${host}>;tag=`),
    )
    expect(parties.replaced('sip:anonymous@anonymous.invalid')).toBe('sip:anonymous@anonymous.invalid')
    expect(parties.replaced('tel:+49-30-123456;phone-context=carrier.com')).toMatch(
      new RegExp(`^tel:\\+49-\\d\\d-\\d{6};phone-context=${host}$`),
    )
  })
})

describe('two originals', () => {
  const pair = <T>(one: fc.Arbitrary<T>): fc.Arbitrary<[T, T]> => fc.tuple(one, one)
  const host = fc.tuple(fc.domain(), fc.constantFrom('', 'a.', 'b.')).map(([name, label]) => label + name)

  test.each<[string, fc.Arbitrary<string>, (text: string) => string | undefined, (text: string) => string]>([
    ['addresses', anyAddress, addresses.replaced, (text) => text],
    ['numbers', phone, numbers.replaced, (text) => text],
    ['short numbers', fc.stringMatching(/^\+?[0-9]{1,5}$/), numbers.replaced, (text) => text],
    ['hosts', host, hosts.replaced, (text) => text.toLowerCase()],
    ['users', fc.stringMatching(/^[a-zA-Z][a-zA-Z0-9._-]{0,8}$/), parties.user, (text) => text],
    ['files', fc.webPath(), names.path, (text) => text],
    ['Call-IDs', fc.emailAddress(), names.callId, (text) => text.replace(/@.*/, (after) => after.toLowerCase())],
  ])('never become one: %s', (_, originals, replaced, canonical) => {
    fc.assert(
      fc.property(pair(originals), ([a, b]) => {
        if (canonical(a) !== canonical(b)) expect(replaced(a)).not.toBe(replaced(b))
      }),
      { numRuns: 2000 },
    )
  })

  test('never become one: all numbers of up to four digits, all addresses of a /22', () => {
    const extensions = Array.from({ length: 10_000 }, (_, n) => String(n))
    expect(new Set(extensions.map(numbers.replaced)).size).toBe(extensions.length)
    const near = Array.from({ length: 1024 }, (_, n) => `192.168.${n >> 8}.${n & 255}`)
    expect(new Set(near.map(addresses.replaced)).size).toBe(near.length)
  })
})

test('another key makes others', () => {
  const other = new Addresses(new Keyed(Buffer.from('another key')))
  expect(other.replaced('203.0.113.7')).not.toBe(addresses.replaced('203.0.113.7'))
  expect(isNumber('100')).toBe(true)
})
