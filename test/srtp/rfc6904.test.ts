import { expect, test } from 'vitest'
import { extensionData, HeaderExtensionDecryptor } from '../../src/srtp/header-extension.ts'
import { deriveKeys, Label } from '../../src/srtp/key-derivation.ts'
import { type CryptoSuite, suiteByName } from '../../src/srtp/suites.ts'

const octets = (hex: string) => new Uint8Array(Buffer.from(hex.replaceAll(' ', ''), 'hex'))
const MASTER = {
  suite: suiteByName('AES_CM_128_HMAC_SHA1_80') as CryptoSuite,
  masterKey: octets('E1F97A0D3E018BE0D64FA32C06DE4139'),
  masterSalt: octets('0EC675AD498AFEEBB6960B3AABE6'),
}
const HEADER = '900F1234 DECAFBAD CAFEBABE BEDE0006'
const CLEAR = '17 414273A475262748 22 0000C8 30 8E 46 55996386B395FB 00'
const ENCRYPTED = '17 588A9270F4E15E1C 22 0000C8 30 95 46 A994F0BC547897 00'
const IDS = new Set([1, 3, 4])

test('keys of header extensions (RFC 6904 Appendix A.1)', () => {
  const [key, salt] = deriveKeys(MASTER.masterKey, MASTER.masterSalt, 0, [
    [Label.HeaderEncryption, 16],
    [Label.HeaderSalt, 14],
  ])
  expect([key, salt].map((one) => Buffer.from(one).toString('hex').toUpperCase())).toEqual([
    '549752054D6FB708622C4A2E596A1B93',
    'AB01818174C40D39A3781F7C2D27',
  ])
})

test('elements 1, 3 and 4 of an extension (RFC 6904 Appendix A.2)', () => {
  const packet = octets(HEADER + ENCRYPTED)
  HeaderExtensionDecryptor.of(MASTER)?.decrypt(packet, 0, extensionData(packet, IDS))
  expect(packet).toEqual(octets(HEADER + CLEAR))
})

test('elements of two octets, of no length, and padding between (RFC 8285 §4.3)', () => {
  const packet = octets('900F1234 DECAFBAD CAFEBABE 10000003 01 00 00 02 03 AABBCC 03 01 DD 00')
  expect(extensionData(packet, new Set([1, 2, 3]))).toEqual([
    { start: 21, end: 24 },
    { start: 26, end: 27 },
  ])
})

test.each([
  ['no extension', '800F1234 DECAFBAD CAFEBABE 17 00'],
  ['another profile', '900F1234 DECAFBAD CAFEBABE ABCD0001 17AABBCC'],
  ['an element beyond its end', '900F1234 DECAFBAD CAFEBABE BEDE0001 17AABBCC'],
  ['what follows number 15', '900F1234 DECAFBAD CAFEBABE BEDE0001 F010AA00'],
  ['what follows number 0 with a length (RFC 8285 §4.2)', '900F1234 DECAFBAD CAFEBABE BEDE0001 01 10AA00'],
  ['a header that does not fit', '900F1234 DECAFBAD CAFEBABE BEDE0009 10AA'],
])('nothing is found in %s', (_, hex) => {
  expect(extensionData(octets(hex), IDS)).toEqual([])
})

test('of AEAD suites, and of keys that are derived anew, it is not done', () => {
  const gcm = { ...MASTER, suite: suiteByName('AEAD_AES_128_GCM') as CryptoSuite }
  expect(HeaderExtensionDecryptor.of(gcm)).toBeUndefined()
  expect(HeaderExtensionDecryptor.of({ ...MASTER, parameters: { kdr: 4 } })).toBeUndefined()
})
