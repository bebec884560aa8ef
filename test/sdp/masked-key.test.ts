import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { parseCryptoLine } from '../../src/sdp/crypto-line.ts'
import { isMaskedKey } from '../../src/sdp/masked-key.ts'
import { shownLine } from '../../src/sdp/shown-lines.ts'

const KEY = 'WVNfX19zZW1jdGwgKCkgewkyMjA7fQp9CnVubGVz'

describe('a mask in the place of a key', () => {
  test.each([
    '',
    '*',
    '********',
    'xxxxxxxxxx',
    'X'.repeat(40),
    'A'.repeat(40),
    '0'.repeat(62),
    `${'A'.repeat(62)}==`,
    Buffer.alloc(30, '*').toString('base64'),
    '....',
    '…',
    '<hidden>',
    '[key',
    '(removed)',
    'REDACTED',
    'key_removed',
    'not_shown',
    'WVNf****************************bGVz',
    `WVNf${'X'.repeat(32)}bGVz`,
  ])('%s', (text) => expect(isMaskedKey(text)).toBe(true))

  test.each([
    ['a key', KEY],
    ['a key that is too short', KEY.slice(0, 20)],
    ['a key that is too long', KEY + KEY],
    ['a key without its last digit', KEY.slice(0, -1)],
    ['base64url', `-_${KEY.slice(2)}`],
    ['base64url of a run of bits', `___${KEY.slice(3)}`],
    ['a percent-encoded key', KEY.replace('X', '%2B')],
    ['a passphrase', 'secret'],
    ['a passphrase that holds a word of the list', 'hiddenValley'],
  ])('%s is none', (_, text) => expect(isMaskedKey(text)).toBe(false))

  test('no key that is drawn at random', () => {
    const octets = fc.constantFrom(28, 30, 38, 44, 46).chain((length) => {
      return fc.uint8Array({ minLength: length, maxLength: length, size: 'max' })
    })
    const isVaried = (key: Uint8Array) => new Set(key).size > 8
    fc.assert(
      fc.property(octets.filter(isVaried), (key) => !isMaskedKey(Buffer.from(key).toString('base64').slice(0, 38))),
    )
  })
})

describe('an a=crypto line with a mask', () => {
  const lineOf = (keys: string) => parseCryptoLine(`1 AES_CM_128_HMAC_SHA1_80 ${keys}`)

  test('keeps what is said beside the key (RFC 4568 §9.2)', () => {
    expect(lineOf('inline:xxxxxxxxxx|2^31|1:4')).toMatchObject({
      problem: 'key-masked',
      keys: [{ problem: 'key-masked', lifetime: 2 ** 31, mki: { length: 4 } }],
    })
  })

  test('is told without inline: too', () => expect(lineOf('****').problem).toBe('key-masked'))

  test('is another than one whose method is not known, or whose key cannot be decoded', () => {
    expect(lineOf(KEY).problem).toBe('key-method-unknown')
    expect(lineOf('inline:!!key!!').problem).toBe('key-undecodable')
  })

  test('is shown as what it is, by its length alone', () => {
    expect(shownLine(`a=crypto:1 AES_CM_128_HMAC_SHA1_80 inline:${'X'.repeat(40)}|2^31`)).toBe(
      'a=crypto:1 AES_CM_128_HMAC_SHA1_80 inline:[masked, 40 characters]|2^31',
    )
  })
})

test('what a mask decodes to is given as often as it is asked for, though whoever asks may overwrite it', () => {
  const [key] = parseCryptoLine(`1 AES_CM_128_HMAC_SHA1_80 inline:${'X'.repeat(40)}`).keys
  const first = Buffer.from(key.keyBytes ?? []).toString('hex')
  key.keyBytes?.fill(0)
  expect(Buffer.from(key.keyBytes ?? []).toString('hex')).toBe(first)
  expect(first).toMatch(/^5d75d7/)
})
