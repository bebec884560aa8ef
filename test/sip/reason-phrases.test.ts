import { expect, test } from 'vitest'
import { isUsualPhrase } from '../../src/sip/reason-phrases.ts'

test('a phrase says more than its status, or does not (RFC 3261 §7.2)', () => {
  expect(isUsualPhrase(488, undefined)).toBe(true)
  expect(isUsualPhrase(488, ' ')).toBe(true)
  expect(isUsualPhrase(488, 'Not Acceptable Here')).toBe(true)
  expect(isUsualPhrase(488, 'Not acceptable here')).toBe(true)
  expect(isUsualPhrase(488, 'Not Acceptable')).toBe(true)
  expect(isUsualPhrase(503, 'Service Unavailable')).toBe(true)
  expect(isUsualPhrase(488, 'Media Encryption Required')).toBe(false)
})
