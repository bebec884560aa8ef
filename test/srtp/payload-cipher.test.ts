import { describe, expect, test } from 'vitest'
import { PAYLOAD_CIPHERS } from '../../src/srtp/payload-cipher.ts'
import { hexOf, octets } from './octets.ts'

/** The session salt of all three, whose counter begins at SSRC 0 and index 0. */
const SALT = octets('f0f1f2f3f4f5f6f7f8f9fafbfcfd')
const NO_AUTHENTICATION = new Uint8Array(0)
/** Octets that give the keystream away. */
const ZEROS = new Uint8Array(48)

describe('AES in counter mode', () => {
  test.each([
    {
      title: 'RFC 3711 B.2, 128 bits',
      key: '2b7e151628aed2a6abf7158809cf4f3c',
      keystream: 'e03ead0935c95e80e166b16dd92b4eb4d23513162b02d0f72a43a2fe4a5f97ab41e95b3bb0a2e8dd477901e4fca894c0',
    },
    {
      title: 'RFC 6188 §7.1, 256 bits',
      key: '57f82fe3613fd170a85ec93c40b1f0922ec4cb0dc025b58272147cc438944a98',
      keystream: '92bdd28a93c3f52511c677d08b5515a49da71b2378a854f67050756ded165bac63c4868b7096d88421b563b8c94c9a31',
    },
    {
      title: 'RFC 6188 §7.3, 192 bits',
      key: 'eab234764e517b2d3d160d587d8c86219740f65f99b6bcf7',
      keystream: '35096cba4610028dc1b57503804ce37c5de986291dcce161d5165ec4568f5c9a474a40c77894bc17180202272a4c264d',
    },
  ])('$title: SRTP and SRTCP of SSRC 0 and index 0', ({ key, keystream }) => {
    const keys = { encryptionKey: octets(key), authKey: NO_AUTHENTICATION, salt: SALT }
    for (const protocol of ['srtp', 'srtcp'] as const) {
      const decrypt = PAYLOAD_CIPHERS['aes-cm'](keys, protocol)
      expect(hexOf(decrypt({ packet: new Uint8Array(12), counter: 0 }, ZEROS))).toBe(keystream)
    }
  })
})

describe('AES in f8 mode', () => {
  test('RFC 3711 B.1: the packet of the appendix', () => {
    const keys = {
      encryptionKey: octets('234829008467be186c3de14aae72d62c'),
      authKey: NO_AUTHENTICATION,
      salt: octets('32f2870d'),
    }
    const packet = octets('806e5cba50681de55c621599')
    const payload = Buffer.from('pseudorandomness is the next best thing')
    const encrypted = PAYLOAD_CIPHERS['aes-f8'](keys, 'srtp')({ packet, counter: 0xd462564a }, payload)
    expect(hexOf(encrypted)).toBe('019ce7a26e7854014a6366aa95d4eefd1ad4172a14f9faf455b7f1d4b62bd08f562c0eef7c4802')
  })
})
