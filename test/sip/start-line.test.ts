import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { looksLikeSip } from '../../src/sip/start-line.ts'

const recognised = (text: string) => {
  const bytes = Buffer.from(text, 'latin1')
  return looksLikeSip(bytes, 0, bytes.length)
}

describe('looksLikeSip', () => {
  it.each([
    'INVITE sip:bob@example.com SIP/2.0\r\n',
    'SIP/2.0 200 OK\r\n',
    'SIP/2.0 100 \r\n',
    'SIP/2.0 4294967301 better not\r\n',
    'sip/2.0 180 Ringing\r\n',
    'options sip:a@b sip/2.0\r\n',
    'OPTIONS sip:a@b SIP/7.0\n',
    'INVITE  sip:a@b;  lr  SIP/2.0  \r\n',
    'NEW-METHOD tel:+123 SIP/2.0\r\n',
    'INVITE SIP/2.0\r\n',
  ])('RFC 3261 §7.1, §7.2: %j is a start line', (text) => expect(recognised(text)).toBe(true))

  it('RFC 3261 §7.5: empty lines before the start line are ignored', () => {
    expect(recognised('\r\n\r\nBYE sip:a@b SIP/2.0\r\n')).toBe(true)
  })

  it.each([
    'SIP/2.0 200',
    'SIP/2.0 200 O',
    'INVITE sip:bob@exam',
    'REGISTER sips:',
    'INVITE tel:+1',
    'OPTIONS sip:bob@example.com SIP/2.0',
    'OPTIONS sip:bob@example.com SIP/2.',
  ])('a first line cut by the snap length is still known: %j', (text) => expect(recognised(text)).toBe(true))

  it.each([
    '',
    '\r\n\r\n',
    'GET / HTTP/1.1\r\n',
    'NOTIFY * HTTP/1.1\r\n',
    'HTTP/1.1 200 OK\r\n',
    'DESCRIBE rtsp://a/b RTSP/1.0\r\n',
    'MSRP d93kswow SEND\r\n',
    'CRCX 1204 aaln/1@rgw.example.net MGCP 1.0\r\n',
    'FOO sip:a@b',
    'INVITE http://a',
    'INVITE',
    'SIP/2.0',
    'SIP/2.0 OK\r\n',
    'SIP/2 200 OK\r\n',
    'xSIP/2.0 200 OK\r\n',
    'Via: SIP/2.0/UDP host\r\n',
    'a b cSIP/2.0\r\n',
    ' INVITE sip:a@b SIP/2.0\r\n',
  ])('%j is none', (text) => expect(recognised(text)).toBe(false))

  it('RFC 8489 §5, RFC 3550 §5.1, RFC 6347 §4.1: STUN, RTP and DTLS are none', () => {
    for (const head of [
      [0, 1, 0, 0, 0x21, 0x12, 0xa4, 0x42],
      [0x80, 0, 0, 1, 0, 0, 0, 160],
      [22, 254, 253, 0, 0, 0, 0, 0],
    ]) {
      expect(looksLikeSip(Uint8Array.from(head), 0, head.length)).toBe(false)
    }
  })

  it('a request line longer than the look-ahead counts as cut', () => {
    expect(recognised(`INVITE sip:${'a'.repeat(20_000)}@b SIP/2.0\r\n`)).toBe(true)
    expect(recognised(`FOO sip:${'a'.repeat(20_000)}@b SIP/2.0\r\n`)).toBe(false)
  })

  it('reads only the octets it is given', () => {
    const bytes = Buffer.from('xxxxINVITE sip:a@b SIP/2.0\r\n')
    expect(looksLikeSip(bytes, 4, bytes.length - 4)).toBe(true)
    expect(looksLikeSip(bytes, 4, 9)).toBe(false)
    expect(looksLikeSip(bytes, bytes.length, 10)).toBe(false)
  })

  it('random media is never taken for SIP', () => {
    fc.assert(
      fc.property(fc.uint8Array({ minLength: 0, maxLength: 300, size: 'max' }), (bytes) => {
        expect(looksLikeSip(bytes, 0, bytes.length)).toBe(false)
      }),
      { numRuns: 2000 },
    )
  })
})
