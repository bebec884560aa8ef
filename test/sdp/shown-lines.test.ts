import { createHash } from 'node:crypto'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { shownLines } from '../../src/sdp/shown-lines.ts'

const KEY = Buffer.from('MARKED-KEY-of-thirty-octets-01').toString('base64')
const OTHER = Buffer.from('MARKED-KEY-of-thirty-octets-02').toString('base64')
const FINGERPRINT = fingerprintOf('MARKED-KEY-of-thirty-octets-01')
const OTHER_FINGERPRINT = fingerprintOf('MARKED-KEY-of-thirty-octets-02')

function fingerprintOf(octets: string): string {
  return createHash('sha256').update(octets).digest('hex').slice(0, 8)
}

function shown(text: string, cut = false): string[] {
  return shownLines(Buffer.from(text), cut)
}

describe('what is no secret is shown as sent', () => {
  const plain = [
    'v=0',
    'o=- 3847583945739457 20518 IN IP4 192.0.2.10',
    's=a call',
    'c=IN IP6 2001:db8::1',
    't=0 0',
    'm=audio 49170/2 RTP/SAVP 0 8 101',
    'a=rtpmap:101 telephone-event/8000',
    'a=fmtp:97 profile-level-id=42e01f;sprop-parameter-sets=Z0IACpZTBYmI,aMljiAABBAAAAAAAAAAA',
    'a=fingerprint:sha-256 12:DF:3E:5D:49:6B:19:E5:7C:AB:4A:AD:B9:B1:3F:82:18:3B:54:02:12:DF:3E:5D:49:6B:19:E5:7C:AB:4A:AD',
    'a=setup:actpass',
    'a=ice-ufrag:8hhY',
    'a=candidate:1 1 UDP 2130706431 f81d4fae-7dec-11d0-a765-00a0c91e6bf6.local 8998 typ host',
    'a=sendrecv',
    'a=crypto:1 AES_CM_128_HMAC_SHA1_80',
    'a=crypto:2 AEAD_AES_256_GCM KDR=1 UNENCRYPTED_SRTCP',
  ]
  test.each(plain)('%s', (line) => {
    expect(shown(`${line}\r\n`)).toEqual([line])
  })
})

describe('RFC 4568 §9.2: keys are named by fingerprint, what stands beside them is shown', () => {
  test.each([
    [`a=crypto:1 AES_CM_128_HMAC_SHA1_80 inline:${KEY}`, 'a=crypto:1 AES_CM_128_HMAC_SHA1_80 inline:[key F]'],
    [
      `a=crypto:1 AES_CM_128_HMAC_SHA1_80 inline:${KEY}|2^31|1:4 KDR=1`,
      'a=crypto:1 AES_CM_128_HMAC_SHA1_80 inline:[key F]|2^31|1:4 KDR=1',
    ],
    [
      `a=crypto:2 F8_128_HMAC_SHA1_80 inline:${KEY}|2^20|1:4;inline:${OTHER}|1048576|2:4 FEC_ORDER=FEC_SRTP`,
      'a=crypto:2 F8_128_HMAC_SHA1_80 inline:[key F]|2^20|1:4;inline:[key O]|1048576|2:4 FEC_ORDER=FEC_SRTP',
    ],
    [`a=crypto:1 AES_CM_128_HMAC_SHA1_32 inline:${KEY}2^31`, 'a=crypto:1 AES_CM_128_HMAC_SHA1_32 inline:[key F]2^31'],
    [`a=crypto:1 AES_CM_128_HMAC_SHA1_32 inline: ${KEY}`, 'a=crypto:1 AES_CM_128_HMAC_SHA1_32 inline: [key F]'],
    [`a=crypto:1 F8_128_HMAC_SHA1_80 FEC_KEY=inline:${KEY}`, 'a=crypto:1 F8_128_HMAC_SHA1_80 FEC_KEY=inline:[key F]'],
    [
      `a=acap:1 crypto:1 AES_CM_128_HMAC_SHA1_80 inline:${KEY}`,
      'a=acap:1 crypto:1 AES_CM_128_HMAC_SHA1_80 inline:[key F]',
    ],
    ['a=crypto:1 AES_CM_128_HMAC_SHA1_80 inline:c2hvcnQ=', 'a=crypto:1 AES_CM_128_HMAC_SHA1_80 inline:[5 octets]'],
    [
      'a=crypto:1 AES_CM_128_HMAC_SHA1_80 inline:secret*key',
      'a=crypto:1 AES_CM_128_HMAC_SHA1_80 inline:[undecodable, 10 characters]',
    ],
  ])('%s', (line, expected) => {
    const said = expected.replace('[key F]', `[key ${FINGERPRINT}]`).replace('[key O]', `[key ${OTHER_FINGERPRINT}]`)
    expect(shown(line)).toEqual([said])
  })
})

describe('every other place where a secret may stand', () => {
  test.each([
    ['a=ice-pwd:asd88fgpdd777uzjYhagZg', 'a=ice-pwd:[22 characters]'],
    ['a=key-mgmt:mikey AtAFgXQAAAAAAA', 'a=key-mgmt:mikey [14 characters]'],
    ['k=clear:hunter2', 'k=clear:[7 characters]'],
    ['k=prompt', 'k=prompt'],
    ['k=hunter2', 'k=[7 characters]'],
    [' hunter2', '[8 characters, not <type>=<value>]'],
  ])('%s', (line, expected) => {
    expect(shown(line)).toEqual([expected])
  })

  /** A secret, wherever senders, proxies and their bugs may put it. */
  const places: readonly ((secret: string) => string)[] = [
    (s) => `a=crypto:1 AES_CM_128_HMAC_SHA1_80 inline:${s}|2^31`,
    (s) => `a=crypto:1 AES_CM_128_HMAC_SHA1_80 inline:${s};inline:${s}|2^20|7:4`,
    (s) => `a=crypto:1 AES_CM_128_HMAC_SHA1_80 INLINE:${s}`,
    (s) => `a=crypto:1 AES_CM_128_HMAC_SHA1_80 inline ${s}`,
    (s) => `a=crypto:1 AES_CM_128_HMAC_SHA1_80 ${s}`,
    (s) => `a=crypto:1 AES_CM_128_HMAC_SHA1_80 inline:2^31|${s}|1:4`,
    (s) => `a=crypto:1 AES_CM_128_HMAC_SHA1_80 inline:${s.slice(0, 20)} ${s.slice(20)}`,
    (s) => `a=crypto:1 AES_CM_128_HMAC_SHA1_80 inline:${s.slice(0, 20)}\r\n ${s.slice(20)}`,
    (s) => `a=crypto:1 AES_CM_128_HMAC_SHA1_80\r\n inline:${s}`,
    (s) => `a=crypto:1 AES_CM_128_HMAC_SHA1_80 inline:%${s}`,
    (s) => `a=crypto:1 AES_CM_128_HMAC_SHA1_80 other:${s}`,
    (s) => `a=crypto:1 ${s}`,
    (s) => `a=crypto:${s}`,
    (s) => `a=crypto: 1 AES_CM_128_HMAC_SHA1_80 inline:${s}`,
    (s) => `a=crypto 1 AES_CM_128_HMAC_SHA1_80 inline:${s}`,
    (s) => `a= crypto:1 AES_CM_128_HMAC_SHA1_80 inline:${s}`,
    (s) => `A=crypto:1 AES_CM_128_HMAC_SHA1_80 inline:${s}`,
    (s) => ` a=crypto:1 AES_CM_128_HMAC_SHA1_80 inline:${s}`,
    (s) => `a =crypto:1 AES_CM_128_HMAC_SHA1_80 inline:${s}`,
    (s) => `a=CRYPTO:1\tAES_CM_128_HMAC_SHA1_80\tinline:${s}`,
    (s) => `a=x-crypto:1 AES_CM_128_HMAC_SHA1_80 inline:${s}`,
    (s) => `a=crypto:1 AES_CM_128_HMAC_SHA1_80 inline:x KDR=${s} WSH=${s} -X-KEY=${s} FEC_KEY=${s}`,
    (s) => `a=fmtp:96 key=inline:${s}`,
    (s) => `a=ice-pwd:${s}`,
    (s) => `a=ICE-PWD: ${s}`,
    (s) => `a=ice-pwd=${s}`,
    (s) => `a=key-mgmt:mikey ${s}`,
    (s) => `a=key-mgmt:${s}`,
    (s) => `a=acap:1 key-mgmt:mikey ${s}`,
    (s) => `a=acap:1 crypto:1 AES_CM_128_HMAC_SHA1_80 inline:${s}`,
    (s) => `a=x-key:${s}`,
    (s) => `a=${s}`,
    (s) => `k=base64:${s}`,
    (s) => `k=uri:https://keys.example.com/${s}`,
    (s) => `k=${s}`,
    (s) => `K=clear:${s}`,
    (s) => `s=inline:${s}`,
    (s) => `i=${s}`,
    (s) => s,
  ]
  const secret = fc
    .tuple(fc.uint8Array({ minLength: 30, maxLength: 64 }), fc.constantFrom('base64', 'base64url', 'hex'))
    .map(([octets, encoding]) => Buffer.from(octets).toString(encoding as BufferEncoding))
    .filter((text) => new Set(text).size > 8 && /\d/.test(text) && /[a-zA-Z]/.test(text))

  test('no part of it is shown', () => {
    fc.assert(
      fc.property(secret, fc.constantFrom(...places), (text, place) => {
        const said = shown(`v=0\r\n${place(text)}\r\nt=0 0\r\n`).join('\n')
        for (let at = 0; at + 10 <= text.length; at++) {
          const part = text.slice(at, at + 10)
          // A part that holds the split of a folded line never stands together.
          expect(said, place(text)).not.toContain(part)
        }
      }),
      { numRuns: 2000 },
    )
  })
})

describe('bounds', () => {
  test('many lines: the last says how many are left out', () => {
    const lines = shown(Array.from({ length: 300 }, (_, n) => `a=rtpmap:${n} X/8000`).join('\r\n'))
    expect(lines).toHaveLength(257)
    expect(lines.at(-1)).toBe('[44 more lines]')
  })

  test('a long line is shortened', () => {
    const [line] = shown(`s=${'long word '.repeat(200)}`)
    expect(line).toHaveLength(1024 + '[978 characters more]'.length)
    expect(line).toMatch(/\[978 characters more\]$/)
  })

  test('whatever the octets, no more than the ceilings allow', () => {
    fc.assert(
      fc.property(fc.uint8Array({ size: 'max', maxLength: 70_000 }), fc.boolean(), (octets, cut) => {
        const lines = shownLines(octets, cut)
        expect(lines.length).toBeLessThanOrEqual(258)
        expect(lines.join('').length).toBeLessThan(17_500)
      }),
      { numRuns: 50 },
    )
  })

  test('cut by the snap length: the line without its end is not shown', () => {
    expect(shown(`v=0\r\na=crypto:1 AES_CM_128_HMAC_SHA1_80 inline:${KEY.slice(0, 30)}`, true)).toEqual([
      'v=0',
      '[the capture does not hold the rest]',
    ])
  })
})
