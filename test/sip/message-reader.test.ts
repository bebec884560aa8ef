import { readdirSync, readFileSync } from 'node:fs'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { MessageReader } from '../../src/sip/message-reader.ts'
import type { ParseOptions } from '../../src/sip/parse.ts'
import { listed, readBothWays } from './both-readings.ts'
import { octets } from './sip-text.ts'

/** Reads octets both ways; true where the index alone was enough. */
function compare(bytes: Uint8Array, options: ParseOptions = {}): boolean {
  const { read, parsed, indexed } = readBothWays(bytes, options)
  expect(read).toEqual(parsed)
  return indexed
}

const torture = readdirSync(new URL('./rfc4475/', import.meta.url))
  .filter((name) => name.endsWith('.dat'))
  .map((name) => [name, readFileSync(new URL(`./rfc4475/${name}`, import.meta.url))] as const)

const SOUND: readonly Buffer[] = [
  octets(
    'INVITE sip:+15550100@example.com:5080;transport=udp;user=phone SIP/2.0',
    'Via: SIP/2.0/UDP 192.0.2.1:5060;rport;branch=z9hG4bKa1',
    'Via: SIP/2.0/TCP [2001:db8::9]:5070;received=192.0.2.9;branch=Z9HG4BKb2;x="a;b,c"',
    'Max-Forwards: 70',
    'From: "Alice, A." <sip:alice@example.com>;tag=a-1',
    'To: Bob B. <sips:bob@example.com>',
    'i: 1@192.0.2.1',
    'CSeq: 4711 INVITE',
    'm: <sip:alice@192.0.2.1;ob>;expires=3600;+sip.instance="<urn:uuid:0>"',
    'Record-Route: <sip:p1.example.com;lr>, <sip:p2.example.com;lr>',
    'Date: Sat, 13 Nov 2010 23:29:00 GMT',
    'User-Agent: Phone/1.0 (x; y)',
    'Proxy-Authorization: Digest username="alice", realm="example.com", nonce="n", uri="sip:example.com", response="r"',
    'Authorization: Digest username="bob"',
    'Subject:',
    'X-Vendor: "<>;,é'.replace('é', '%'),
    'Content-Type: application/sdp',
    'Content-Length: 5',
    '',
    'v=0\r\n',
  ),
  octets(
    'SIP/2.0 183 Session Progress, slowly',
    'Via: SIP/2.0/UDP host.example.com;branch=z9hG4bKa1',
    'From: sip:alice@example.com;tag=a-1',
    'To: <tel:+15550100;phone-context=example.com>;tag=b;x',
    'Call-ID: 1@192.0.2.1',
    'CSeq: 1 INVITE',
    'RSeq: 17',
    'Server: Gateway',
    'Contact: sip:bob@192.0.2.2',
    'Content-Length: 0',
    '',
    '',
  ),
  octets(
    'PRACK sip:bob@192.0.2.2 SIP/2.0',
    'Via: SIP/2.0/UDP host.example.com;branch=z9hG4bKa1',
    'From: <sip:alice@example.com>;tag=a-1',
    'To: <sip:bob@example.com>;tag=b',
    'Call-ID: 1@192.0.2.1',
    'CSeq: 2 PRACK',
    'RAck: 17 1 INVITE',
    'Reason: Q.850;cause=16;text="Normal call clearing"',
    'Max-Forwards: 255',
    'Expires: 60',
    '',
    '',
  ),
].map((bytes) => Buffer.from(bytes))

/** Octets that matter to the grammar, and whole pieces of it. */
const piece = fc.oneof(
  fc.constantFrom(...[...'\r\n \t:;,="<>\\/%@?*[]aZ09\u0000'].map((c) => Buffer.from(c))),
  fc.nat(255).map((octet) => Buffer.of(octet)),
  fc
    .constantFrom('\r\n', '\r\n ', ', ', ';tag=x', ';branch=z9hG4bK', 'z9hG4bK', 'expires=', 'SIP/2.0', '255')
    .map((text) => Buffer.from(text)),
  fc
    .constantFrom(
      'Via',
      'From',
      'To',
      'CSeq',
      'Call-ID',
      'Contact',
      'Content-Type',
      'Content-Length',
      'Route',
      'RSeq',
      'c',
      'v',
    )
    .map((name) => Buffer.from(`\r\n${name}: `)),
)
const anySound = fc.constantFrom(...SOUND)
const message = fc.oneof({ weight: 3, arbitrary: anySound }, fc.constantFrom(...torture.map(([, bytes]) => bytes)))
const mutated = fc
  .tuple(
    message,
    fc.array(fc.tuple(fc.nat(), fc.option(fc.nat(4), { freq: 1 }), piece), { minLength: 1, maxLength: 3 }),
    fc.nat(400),
  )
  .map(([bytes, edits, cut]) => {
    let octets = Buffer.from(bytes)
    for (const [at, drop, insert] of edits) {
      const place = at % octets.length
      octets = Buffer.concat([octets.subarray(0, place), insert, octets.subarray(place + (drop ?? insert.length))])
    }
    return cut < 40 ? octets.subarray(0, octets.length - cut) : octets
  })
const options = fc.constantFrom<ParseOptions>({}, {}, { stream: true }, { truncated: true })

describe('MessageReader', () => {
  it.each(SOUND.map((bytes) => [bytes.toString().split('\r\n')[0], bytes] as const))(
    'indexes what is sound: %s',
    (_, bytes) => {
      expect(compare(bytes)).toBe(true)
      expect(compare(new Uint8Array(bytes))).toBe(true)
    },
  )

  it.each(torture)('RFC 4475: the facts of %s are those of the full parser', (_, bytes) => {
    compare(bytes)
    compare(bytes, { stream: true })
  })

  it('finds the same as the full parser, whatever was changed in a message', () => {
    let indexed = 0
    fc.assert(
      fc.property(mutated, options, (bytes, how) => {
        if (compare(bytes, how)) indexed++
      }),
      { numRuns: 5000 },
    )
    // Else nothing was compared.
    expect(indexed).toBeGreaterThan(100)
  })

  it('is refilled: the message before leaves nothing behind', () => {
    fc.assert(
      fc.property(message, message, (before, bytes) => {
        const reader = new MessageReader()
        reader.read(before)
        const [again, fresh] = [reader.read(bytes), new MessageReader().read(bytes)]
        if (again.kind === 'malformed' || fresh.kind === 'malformed') expect(again).toEqual(fresh)
        else expect(listed(again)).toEqual(listed(fresh))
      }),
    )
  })

  it('gives texts of 1,024 characters at most, as the full parser does', () => {
    for (const length of [1023, 1024, 1025]) {
      const [sound] = SOUND
      compare(Buffer.from(sound.toString().replace('1@192.0.2.1', 'c'.repeat(length))))
      compare(Buffer.from(sound.toString().replace('z9hG4bKa1', `z9hG4bK${'b'.repeat(length - 7)}`)))
      compare(Buffer.from(sound.toString().replace('+15550100', '1'.repeat(length - 39))))
    }
  })
})
