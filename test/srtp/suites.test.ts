import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { SUITES, suiteById, suiteByName } from '../../src/srtp/suites.ts'

test('ids are small, never 0, and find their suite again', () => {
  for (const suite of SUITES) expect(suiteById(suite.id)).toBe(suite)
  expect(new Set(SUITES.map((suite) => suite.id)).size).toBe(SUITES.length)
  for (const id of [0, -1, SUITES.length + 1, 255]) expect(suiteById(id)).toBeUndefined()
})

describe('lengths in octets: master key, master salt, SRTP tag, SRTCP tags', () => {
  test.each([
    // RFC 4568 §6.2
    ['AES_CM_128_HMAC_SHA1_80', 16, 14, 10, [10]],
    ['AES_CM_128_HMAC_SHA1_32', 16, 14, 4, [10, 4]],
    ['F8_128_HMAC_SHA1_80', 16, 14, 10, [10]],
    ['F8_128_HMAC_SHA1_32', 16, 14, 4, [10, 4]],
    // RFC 6188 §4
    ['AES_192_CM_HMAC_SHA1_80', 24, 14, 10, [10]],
    ['AES_192_CM_HMAC_SHA1_32', 24, 14, 4, [10, 4]],
    ['AES_256_CM_HMAC_SHA1_80', 32, 14, 10, [10]],
    ['AES_256_CM_HMAC_SHA1_32', 32, 14, 4, [10, 4]],
    ['NULL_HMAC_SHA1_80', 16, 14, 10, [10]],
    ['NULL_HMAC_SHA1_32', 16, 14, 4, [10, 4]],
    ['AES_CM_128_NULL_AUTH', 16, 14, 0, [10, 0]],
    // RFC 7714 §12
    ['AEAD_AES_128_GCM', 16, 12, 16, [16]],
    ['AEAD_AES_256_GCM', 32, 12, 16, [16]],
    ['AEAD_AES_128_GCM_8', 16, 12, 8, [16, 8]],
    ['AEAD_AES_256_GCM_8', 32, 12, 8, [16, 8]],
  ] as const)('%s', (name, key, salt, srtp, srtcp) => {
    const suite = suiteByName(name)
    expect(suite).toMatchObject({ name, masterKeyLength: key, masterSaltLength: salt, srtpTagLength: srtp })
    expect(suite?.srtcpTagLengths).toEqual(srtcp)
  })

  test('there is no other suite', () => expect(SUITES).toHaveLength(15))
})

describe('spellings seen in the wild', () => {
  test.each([
    ['AES_CM_256_HMAC_SHA1_80', 'AES_256_CM_HMAC_SHA1_80'],
    ['AES_CM_192_HMAC_SHA1_32', 'AES_192_CM_HMAC_SHA1_32'],
    ['AES_128_CM_HMAC_SHA1_80', 'AES_CM_128_HMAC_SHA1_80'],
    ['SRTP_AES128_CM_SHA1_80', 'AES_CM_128_HMAC_SHA1_80'],
    ['SRTP_AES128_CM_HMAC_SHA1_80', 'AES_CM_128_HMAC_SHA1_80'],
    ['SRTP_AES128_CM_HMAC_SHA1_32', 'AES_CM_128_HMAC_SHA1_32'],
    ['SRTP_AEAD_AES_256_GCM', 'AEAD_AES_256_GCM'],
    ['AEAD_AES_256_GCM_8', 'AEAD_AES_256_GCM_8'],
    ['AES_256_GCM', 'AEAD_AES_256_GCM'],
    ['SRTP_NULL_SHA1_80', 'NULL_HMAC_SHA1_80'],
    [' aes_cm_128_hmac_sha1_80 ', 'AES_CM_128_HMAC_SHA1_80'],
    ['aes-256-cm-hmac-sha1-32', 'AES_256_CM_HMAC_SHA1_32'],
  ])('%s is %s', (spelling, name) => expect(suiteByName(spelling)?.name).toBe(name))

  test.each(['', 'SRTP_', 'AES_CM_128', 'AES_CM_128_HMAC_SHA1', 'AES_CM_128_HMAC_SHA256_80', 'constructor'])(
    '"%s" is unknown',
    (name) => expect(suiteByName(name)).toBeUndefined(),
  )

  test('any case finds the suite', () => {
    fc.assert(
      fc.property(fc.constantFrom(...SUITES), fc.infiniteStream(fc.boolean()), (suite, upper) => {
        const spelled = [...suite.name].map((c) => (upper.next().value ? c : c.toLowerCase())).join('')
        expect(suiteByName(spelled)).toBe(suite)
      }),
    )
  })
})
