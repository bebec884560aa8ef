import { describe, expect, test } from 'vitest'
import { cipherSuite, cipherSuiteName } from '../../src/tls/cipher-suites.ts'

describe('suites by their numbers (IANA, TLS Cipher Suites)', () => {
  test.each([
    [0xcca8, { keyExchange: 'ecdhe', bulk: 'chacha20-poly1305', prf: 'sha256' }],
    [0xccac, { keyExchange: 'ecdhe-psk', bulk: 'chacha20-poly1305', prf: 'sha256' }],
    [0x00ab, { keyExchange: 'dhe-psk', bulk: 'aes-256-gcm', prf: 'sha384' }],
    [0xc0aa, { name: 'TLS_PSK_DHE_WITH_AES_128_CCM_8', keyExchange: 'dhe-psk', bulk: 'aes-128-ccm-8', prf: 'sha256' }],
    [0xd005, { keyExchange: 'ecdhe-psk', bulk: 'aes-128-ccm', prf: 'sha256' }],
    [0xc038, { keyExchange: 'ecdhe-psk', bulk: 'aes-256-cbc', mac: 'sha384', prf: 'sha384' }],
    [0x0094, { keyExchange: 'rsa-psk', bulk: 'aes-128-cbc', mac: 'sha1', prf: 'sha256' }],
    [0xc08a, { keyExchange: 'ecdhe', bulk: 'camellia-128-gcm', prf: 'sha256' }],
    [0xc077, { keyExchange: 'ecdhe', bulk: 'camellia-256-cbc', mac: 'sha384', prf: 'sha384' }],
    [0xc02d, { keyExchange: 'ecdh', bulk: 'aes-128-gcm', prf: 'sha256' }],
    [0xc061, { keyExchange: 'ecdhe', bulk: 'aria-256-gcm', prf: 'sha384' }],
    [0xc03a, { keyExchange: 'ecdhe-psk', bulk: 'null', mac: 'sha256', prf: 'sha256' }],
    [0xc0b5, { keyExchange: 'tls13', bulk: 'null', prf: 'sha384' }],
  ])('%i', (id, suite) => expect(cipherSuite(id)).toMatchObject(suite))

  test('a suite is described once', () => expect(cipherSuite(0x002f)).toBe(cipherSuite(0x002f)))

  test.each([0x00ff, 0x0a0a, 0x10000])('%i is none', (id) => {
    expect(cipherSuite(id)).toBeUndefined()
    expect(cipherSuiteName(id)).toBe(`0x${id.toString(16).padStart(4, '0')}`)
  })

  test('what none of the patterns knows would be taken for NULL', () => {
    const ids = Array.from({ length: 0x10000 }, (_, id) => cipherSuite(id)).filter((suite) => suite !== undefined)
    expect(ids.filter(({ bulk, name }) => bulk === 'null' && !/NULL|^TLS_SHA/.test(name))).toEqual([])
    const tls13 = ids.filter(
      ({ keyExchange, name }) =>
        keyExchange === 'tls13' && name.includes('_WITH_') && name !== 'TLS_NULL_WITH_NULL_NULL',
    )
    expect(tls13.map(({ name }) => name)).toEqual([])
  })
})
