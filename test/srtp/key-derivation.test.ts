import { createCipheriv } from 'node:crypto'
import { describe, expect, test } from 'vitest'
import { deriveKeys, Label } from '../../src/srtp/key-derivation.ts'
import { hexOf, octets } from './octets.ts'

const deriveKey = (masterKey: Uint8Array, masterSalt: Uint8Array, label: Label, r: number, length: number) =>
  deriveKeys(masterKey, masterSalt, r, [[label, length]])[0]
const keystreamOf = (key: Uint8Array, counter: Uint8Array, length: number) =>
  Uint8Array.from(createCipheriv('aes-128-ctr', key, counter).update(new Uint8Array(length)))

/** The first three and the last three of the 65,282 blocks that RFC 3711 B.2 and RFC 6188 §7 print. */
const KEYSTREAMS = [
  {
    title: 'RFC 3711 B.2: AES-CM keystream, 128-bit key',
    key: '2b7e151628aed2a6abf7158809cf4f3c',
    first: 'e03ead0935c95e80e166b16dd92b4eb4d23513162b02d0f72a43a2fe4a5f97ab41e95b3bb0a2e8dd477901e4fca894c0',
    last: 'ec8cdf7398607cb0f2d21675ea9ea1e4362b7c3c6773516318a077d7fc5073ae6a2cc3787889374fbeb4c81b17ba6c44',
  },
  {
    title: 'RFC 6188 §7.1: AES-CM keystream, 256-bit key',
    key: '57f82fe3613fd170a85ec93c40b1f0922ec4cb0dc025b58272147cc438944a98',
    first: '92bdd28a93c3f52511c677d08b5515a49da71b2378a854f67050756ded165bac63c4868b7096d88421b563b8c94c9a31',
    last: 'cea518c90fd91ced9cbb18c078a547113dbc4814f4da5f00a08772b63c6a046d6eb246913062a16891433e97dd01a57f',
  },
  {
    title: 'RFC 6188 §7.3: AES-CM keystream, 192-bit key',
    key: 'eab234764e517b2d3d160d587d8c86219740f65f99b6bcf7',
    first: '35096cba4610028dc1b57503804ce37c5de986291dcce161d5165ec4568f5c9a474a40c77894bc17180202272a4c264d',
    last: 'd108d1a31a00bad6367ec23eb044b415c8f57129fdeb970b59f917b257662d4ca5dab625811034e8cebdfeb6dc158dd3',
  },
] as const

/** The session salt of all three. What is derived for label 0 and r = 0 begins at this counter, and is the keystream. */
const SALT = octets('f0f1f2f3f4f5f6f7f8f9fafbfcfd')
const BLOCKS = 65282

test.each(KEYSTREAMS)('$title', ({ key, first, last }) => {
  const keystream = deriveKey(octets(key), SALT, Label.SrtpEncryption, 0, BLOCKS * 16)
  expect(hexOf(keystream.slice(0, 48))).toBe(first)
  expect(hexOf(keystream.slice(-48))).toBe(last)
})

const DERIVATIONS = [
  {
    title: 'RFC 3711 B.3: AES-CM PRF',
    masterKey: 'e1f97a0d3e018be0d64fa32c06de4139',
    masterSalt: '0ec675ad498afeebb6960b3aabe6',
    encryptionKey: 'c61e7a93744f39ee10734afe3ff7a087',
    salt: '30cbbc08863d8c85d49db34a9ae1',
    authKey: 'cebe321f6ff7716b6fd4ab49af256a156d38baa4',
  },
  {
    title: 'RFC 6188 §7.2: AES_256_CM_PRF',
    masterKey: 'f0f04914b513f2763a1b1fa130f10e2998f6f6e43e4309d1e622a0e332b9f1b6',
    masterSalt: '3b04803de51ee7c96423ab5b78d2',
    encryptionKey: '5ba1064e30ec51613cad926c5a28ef731ec7fb397f70a960653caf06554cd8c4',
    salt: 'fa31791685ca444a9e07c6c64e93',
    authKey: 'fd9c32d39ed5fbb5a9dc96b30818454d1313dc05',
  },
  {
    title: 'RFC 6188 §7.4: AES_192_CM_PRF',
    masterKey: '73edc66c4fa15776fb57f9505c17136550ffda71f3e8e5f1',
    masterSalt: 'c8522f3acd4ce86d5add78edbb11',
    encryptionKey: '31874736a8f1143870c26e4857d8a5b2c4a354407faadabb',
    salt: '2372b82d639b6d8503a47adc0a6c',
    authKey: '355b10973cd95b9eacf4061c7e1a7151e7cfbfcb',
  },
] as const

test.each(DERIVATIONS)('$title', ({ masterKey, masterSalt, encryptionKey, salt, authKey }) => {
  const derive = (label: Label, length: number) =>
    hexOf(deriveKey(octets(masterKey), octets(masterSalt), label, 0, length))
  expect(derive(Label.SrtpEncryption, encryptionKey.length / 2)).toBe(encryptionKey)
  expect(derive(Label.SrtpSalt, 14)).toBe(salt)
  expect(derive(Label.SrtpAuthentication, 20)).toBe(authKey)
})

test('RFC 3711 B.3: the whole 94 octets that the authentication key is the beginning of', () => {
  const [{ masterKey, masterSalt }] = DERIVATIONS
  const derived = deriveKey(octets(masterKey), octets(masterSalt), Label.SrtpAuthentication, 0, 94)
  expect(hexOf(derived)).toBe(
    'cebe321f6ff7716b6fd4ab49af256a156d38baa48f0a0acf3c34e2359e6cdbcee049646c43d9327ad175578ef72270986371c10c9a369ac2' +
      'f94a8c5fbcdddc256d6e919a48b610ef17c2041e474035766b68642c59bbfc2f34db60dbdfb2',
  )
})

describe('RFC 3711 §4.3.1: key_id = label || r, added to the right end of the salt', () => {
  const masterKey = octets('e1f97a0d3e018be0d64fa32c06de4139')
  const zeroSalt = new Uint8Array(14)

  test.each([
    [0, '0000000000000000000000000000 0000'],
    [1, '0000000000000000000000000001 0000'],
    [0x123456789abc, '0000000000000000123456789abc 0000'],
    [2 ** 48 - 1, '0000000000000000ffffffffffff 0000'],
  ])('r = %d fills the 48 bits before the counter', (r, counter) => {
    const expected = keystreamOf(masterKey, octets(counter), 20)
    expect(deriveKey(masterKey, zeroSalt, Label.SrtpEncryption, r, 20)).toEqual(expected)
  })

  test('the label stands before r', () => {
    const expected = keystreamOf(masterKey, octets('00000000000000 05 000000000001 0000'), 20)
    expect(deriveKey(masterKey, zeroSalt, Label.SrtcpSalt, 1, 20)).toEqual(expected)
  })
})

test('RFC 7714 §11: a 96-bit master salt gets 16 zero bits behind it', () => {
  const masterKey = octets('000102030405060708090a0b0c0d0e0f')
  const salt = octets('a0a1a2a3a4a5a6a7a8a9aaab')
  const padded = octets('a0a1a2a3a4a5a6a7a8a9aaab0000')
  const derived = deriveKey(masterKey, salt, Label.SrtpEncryption, 0, 16)
  expect(derived).toEqual(deriveKey(masterKey, padded, Label.SrtpEncryption, 0, 16))
  expect(hexOf(derived)).toBe('077c6143cb221bc355ff23d5f984a16e')
})
