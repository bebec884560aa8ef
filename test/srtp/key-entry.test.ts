import { createHash } from 'node:crypto'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { KEY_ENTRY_BYTES, readKeyEntry, writeKeyEntry } from '../../src/srtp/key-entry.ts'
import { misreadAes192Keys } from '../../src/srtp/misread-aes-192.ts'
import { deriveSessionKeys, fingerprint, identityOf } from '../../src/srtp/session-keys.ts'
import { anyMasterKey, suite } from './suite-arbitraries.ts'

describe('keys in shared memory', () => {
  test('every key comes back as it was written, between its neighbours', () => {
    const table = new Uint8Array(new SharedArrayBuffer(3 * KEY_ENTRY_BYTES))
    fc.assert(
      fc.property(anyMasterKey, (master) => {
        table.fill(0xa5)
        const keys = deriveSessionKeys(master)
        writeKeyEntry(table, KEY_ENTRY_BYTES, keys)
        expect(readKeyEntry(table, KEY_ENTRY_BYTES)).toEqual(keys)
        const beside = [...table.subarray(0, KEY_ENTRY_BYTES), ...table.subarray(2 * KEY_ENTRY_BYTES)]
        expect(beside.every((octet) => octet === 0xa5)).toBe(true)
      }),
    )
  })

  test('what is read does not change with the table', () => {
    const of = suite('AES_CM_128_HMAC_SHA1_80')
    const keys = deriveSessionKeys({ suite: of, masterKey: new Uint8Array(16), masterSalt: new Uint8Array(14) })
    const table = new Uint8Array(KEY_ENTRY_BYTES)
    writeKeyEntry(table, 0, keys)
    const read = readKeyEntry(table, 0)
    table.fill(0)
    expect(read).toEqual(keys)
  })

  test('an empty entry, or one of no known suite, is a mistake of the program', () => {
    expect(() => readKeyEntry(new Uint8Array(KEY_ENTRY_BYTES), 0)).toThrow(RangeError)
    expect(() => readKeyEntry(new Uint8Array(KEY_ENTRY_BYTES).fill(0xff), 0)).toThrow(RangeError)
  })
})

test('the fingerprint is the first 8 hex digits of SHA-256 over master key and salt', () => {
  const key = new Uint8Array(16).fill(1)
  const salt = new Uint8Array(14).fill(2)
  const digest = createHash('sha256')
    .update(Buffer.concat([key, salt]))
    .digest('hex')
  expect(fingerprint(key, salt)).toBe(digest.slice(0, 8))
})

describe('identity of a master key', () => {
  const of = suite('AES_CM_128_HMAC_SHA1_80')
  const base = { suite: of, masterKey: new Uint8Array(16), masterSalt: new Uint8Array(14) }

  test('the same for what verifies the same packets', () => {
    expect(identityOf({ ...base, parameters: { unencryptedSrtp: true, unencryptedSrtcp: true } })).toBe(
      identityOf(base),
    )
  })

  test.each([
    ['suite', { suite: suite('AES_CM_128_HMAC_SHA1_32') }],
    ['key', { masterKey: new Uint8Array(16).fill(1) }],
    ['salt', { masterSalt: new Uint8Array(14).fill(1) }],
    ['MKI', { mki: Uint8Array.from([0]) }],
    ['length of the MKI', { mkiLength: 1 }],
    ['derivation rate', { parameters: { kdr: 1 } }],
    ['authentication', { parameters: { unauthenticatedSrtp: true } }],
    ['carried rollover counter', { parameters: { rcc: { mode: 1, rate: 1 } } }],
  ] as const)('another with another %s', (_, change) => {
    expect(identityOf({ ...base, ...change })).not.toBe(identityOf(base))
  })

  test('never the key itself', () => {
    const masterKey = Uint8Array.from(Array(16).keys())
    expect(identityOf({ ...base, masterKey })).not.toContain('0001020304')
    expect(identityOf({ ...base, masterKey })).toMatch(/^[0-9a-f]{64}$/)
  })
})

test('an AES-192 key misread as AES-256 gives other keys; other suites have none', () => {
  const of = suite('AES_192_CM_HMAC_SHA1_80')
  const master = { suite: of, masterKey: new Uint8Array(24).fill(3), masterSalt: new Uint8Array(14).fill(4) }
  expect(misreadAes192Keys(master)?.srtp.authKey).not.toEqual(deriveSessionKeys(master).srtp.authKey)
  const other = suite('AES_CM_128_HMAC_SHA1_80')
  expect(misreadAes192Keys({ ...master, suite: other, masterKey: new Uint8Array(16) })).toBeUndefined()
})
