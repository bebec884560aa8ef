import { describe, expect, test } from 'vitest'
import { messageInClear } from '../../src/sdp/message-in-clear.ts'

const KEY = 'etc1I3xquSa8aKfpss6mSFO+5GA+jKazJW2pG/Y9'

function clear(text: string): string | undefined {
  const made = messageInClear(Buffer.from(text, 'latin1'))
  return made === undefined ? undefined : Buffer.from(made).toString('latin1')
}

function invite(body: string, length = 'Content-Length'): string {
  return `INVITE sip:a@b SIP/2.0\r\nVia: SIP/2.0/UDP b\r\n${length}: ${body.length}\r\n\r\n${body}`
}

describe('a message that fits media in the clear', () => {
  test('has fingerprints for keys, plain profiles, and a length that is right', () => {
    const body = `v=0\r\nm=audio 4 RTP/SAVP 0\r\na=crypto:1 AES_CM_128_HMAC_SHA1_80 inline:${KEY}|2^31|1:4\r\na=sendrecv\r\n`
    const made = clear(invite(body)) as string
    const expected =
      'v=0\r\nm=audio 4 RTP/AVP 0\r\na=x-crypto:1 AES_CM_128_HMAC_SHA1_80 inline:[key d20fcb10]|2^31|1:4\r\na=sendrecv\r\n'
    expect(made).toBe(invite(expected))
  })

  test.each([
    ['RTP/SAVP', 'RTP/AVP'],
    ['RTP/SAVPF', 'RTP/AVPF'],
    ['UDP/TLS/RTP/SAVP', 'RTP/AVP'],
    ['UDP/TLS/RTP/SAVPF', 'RTP/AVPF'],
    ['TCP/DTLS/RTP/SAVPF', 'RTP/AVPF'],
    ['RTP/AVP', 'RTP/AVP'],
    ['udptl', 'udptl'],
  ])('of profile %s it says %s', (profile, plain) => {
    expect(clear(`m=audio 4 ${profile} 0 101\r\n`)).toBe(`m=audio 4 ${plain} 0 101\r\n`)
  })

  test('RFC 3261 §7.3.3: the short name of Content-Length is one too', () => {
    expect(clear(invite('m=audio 4 RTP/SAVP 0\r\n', 'l'))).toBe(invite('m=audio 4 RTP/AVP 0\r\n', 'l'))
  })

  test('is the same where there is nothing to hide, whatever its octets', () => {
    const text = `${invite('v=0\r\ns=\xe4\xff\r\nm=audio 4 RTP/AVP 0\r\n')}\x00\xff`
    expect(clear(text)).toBe(text)
    expect(clear('')).toBe('')
  })
})

describe('no key stays', () => {
  test.each([
    `a=crypto:1 AES_CM_128_HMAC_SHA1_80 inline:${KEY}`,
    `a=crypto:1 AES_CM_128_HMAC_SHA1_80 INLINE: ${KEY}`,
    `a=crypto:1 ${KEY}`,
    `a=crypto 1 inline:${KEY};inline:${KEY}|1:1`,
    ` a=crypto:1 x inline:${KEY}`,
    `A = CRYPTO:1 x inline:${KEY}`,
    `a=acap:1 crypto:1 AES_CM_128_HMAC_SHA1_80 inline:${KEY}`,
    `k=base64:${KEY}`,
    `K=clear:${KEY}`,
    `a=key-mgmt:mikey ${KEY}`,
    `a=ice-pwd:${KEY}`,
    `x inline:${KEY}`,
    `Contact: <sip:a@b?body=a%3Dcrypto%3A1%20x%20inline%3A${KEY}>`,
  ])('%s', (line) => {
    for (const text of [`${line}\r\n`, invite(`v=0\r\n${line}\r\n`), `v=0\n${line}`, `v=0\r${line}\ra=x`]) {
      expect(clear(text)).not.toContain(KEY.slice(0, 20))
    }
  })

  test.each([' ', '\t', ''])('nor of one that was broken in two, with %j in front of the rest', (front) => {
    const broken = `a=crypto:1 AES_CM_128_HMAC_SHA1_80 inline:${KEY.slice(0, 12)}\r\n${front}${KEY.slice(12)}\r\n`
    const made = clear(invite(`v=0\r\n${broken}a=sendrecv\r\n`)) as string
    expect(made).not.toContain(KEY.slice(12, 24))
    expect(made).toMatch(/\r\n\[\d+ characters\]\r\na=sendrecv\r\n$/)
  })

  test('nor of a header that is folded', () => {
    const made = clear(`INVITE sip:a@b SIP/2.0\r\nX: inline:\r\n ${KEY}\r\nVia: x\r\n\r\n`) as string
    expect(made).toBe('INVITE sip:a@b SIP/2.0\r\nX: [7 characters]\r\n[41 characters]\r\nVia: x\r\n\r\n')
  })

  test.each(['Content-Encoding: gzip', 'e: deflate', 'Content-Transfer-Encoding: base64'])(
    'of a message with %s nothing is handed on: what it holds cannot be told',
    (header) => expect(clear(`INVITE sip:a@b SIP/2.0\r\n${header}\r\n\r\nx`)).toBeUndefined(),
  )

  test('a body that is not encoded may say so', () => {
    const text = 'INVITE sip:a@b SIP/2.0\r\nContent-Encoding: identity\r\n\r\nx'
    expect(clear(text)).toBe(text)
  })
})
