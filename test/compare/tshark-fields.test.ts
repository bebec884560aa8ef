import { describe, expect, test } from 'vitest'
import { FIELDS, parseFrameLine } from '../../compare/tshark-fields.ts'

/** A line as tshark prints it. */
function line(values: Partial<Record<(typeof FIELDS)[number], string>>) {
  const whole = { 'frame.number': '7', 'frame.len': '200', 'frame.cap_len': '200', ...values }
  return parseFrameLine(FIELDS.map((field) => (whole as Record<string, string>)[field] ?? '').join('\t'))
}

const hex = (text: string) => Buffer.from(text).toString('hex')

describe('a line of tshark', () => {
  test('names both ends, IPv6 in brackets', () => {
    const { source, destination } = line({
      'ipv6.src': '2001:db8::1',
      'ipv6.dst': '2001:db8::2',
      'udp.srcport': '4000',
      'udp.dstport': '5000',
    }).seen
    expect([source, destination]).toEqual(['[2001:db8::1]:4000', '[2001:db8::2]:5000'])
    expect(line({ 'ip.src': '192.0.2.1' }).seen.source).toBe('')
  })

  test('has every message of a frame', () => {
    expect(line({ 'sip.Method': 'ACK,INVITE', 'sip.Status-Code': '200' }).sip).toEqual(['ACK', 'INVITE', '200'])
  })

  test.each([
    ['0x0303', '', 'TLS 1.2'],
    ['0x0303', '0x0304', 'TLS 1.3'],
    ['0x0301', '', 'TLS 1.0'],
  ])('a ServerHello of %s with supported_versions "%s" chose %s (RFC 8446 §4.2.1)', (version, supported, said) => {
    const hello = {
      'ip.src': '198.51.100.20',
      'tcp.srcport': '5061',
      'tls.handshake.version': version,
      'tls.handshake.extensions.supported_version': supported,
      'tls.handshake.random': 'aa'.repeat(32),
    }
    expect(line({ ...hello, 'tls.handshake.type': '2,11,14' }).tls).toEqual([`198.51.100.20:5061 ${said}`])
    expect(line({ ...hello, 'tls.handshake.type': '1' }).tls).toEqual([])
    const retry = 'CF21AD74E59A6111BE1D8C021E65B891C2A211167ABB8C5E079E09E2C8A8339C'
    expect(line({ ...hello, 'tls.handshake.type': '2', 'tls.handshake.random': retry }).tls).toEqual([])
  })

  test.each([
    ['80 00 00 07 00000000 1234abcd', { ssrc: '0x1234abcd', sequenceNumber: 7 }],
    ['80 c8 00 07 00000000 1234abcd', undefined],
    ['40 00 00 07 00000000 1234abcd', undefined],
    ['80 00 00 07 00000000', undefined],
  ])('octets %s are those of RTP: %o', (octets, rtp) => {
    expect(line({ 'udp.payload': octets.replaceAll(' ', '') }).seen.rtpOctets).toEqual(rtp)
  })

  test.each([
    ['INVITE sip:a@b SIP/2.0\r\n', true],
    ['SIP/2.0 200 OK\r\n', true],
    ['GET / HTTP/1.1\r\n', false],
  ])('octets %j begin a SIP message: %s', (text, is) => {
    expect(line({ 'udp.payload': hex(text) }).seen.hasSipOctets).toBe(is)
    expect(line({ 'udp.payload': hex(text), 'frame.protocols': 'ip:udp:sip' }).seen.hasSipOctets).toBe(false)
  })

  test('says that it is cut, or quoted in an ICMP error', () => {
    expect(line({}).seen).toMatchObject({ isCut: false, isQuoted: false })
    expect(line({ 'frame.cap_len': '128' }).seen.isCut).toBe(true)
    expect(line({ 'frame.protocols': 'eth:ethertype:ip:icmp:ip:udp:sip' }).seen.isQuoted).toBe(true)
  })
})
