import { expect, test } from 'vitest'
import { callHash, parseRoute } from '../../src/page/route.ts'
import { durationText, onlyDay, partyText, referenceUrl, sizeText, spanText } from '../../src/page/words.ts'

test('a period says a date once', () => {
  expect(spanText('2026-01-15T09:30:00.1Z', '2026-01-15T09:31:10.2Z')).toBe('2026-01-15 09:30:00 to 09:31:10')
  expect(spanText('2026-01-15T23:59:59.1Z', '2026-01-16T00:00:01.2Z')).toBe(
    '2026-01-15 23:59:59 to 2026-01-16 00:00:01',
  )
  expect(spanText('2026-01-15T09:30:00.1Z', '2026-01-15T09:31:10.2Z', '2026-01-15')).toBe('09:30:00 to 09:31:10')
  expect(spanText(undefined, undefined)).toBe('')
  expect(onlyDay(['2026-01-15T09', '2026-01-15T10'])).toBe('2026-01-15')
  expect(onlyDay(['2026-01-15T09', '2026-01-16T10'])).toBe('')
})

test.each([
  [0, '0.0 s'],
  [59.94, '59.9 s'],
  [125, '2 min 5 s'],
  [3720, '1 h 2 min'],
])('%d s are %s', (seconds, text) => expect(durationText(seconds)).toBe(text))

test('sizes are in units of a thousand', () => {
  expect([999, 1_394_684, 2_500_000_000].map(sizeText)).toEqual(['999 octets', '1.4 MB', '2.5 GB'])
})

test('a party is named without scheme and parameters', () => {
  expect(partyText('sip:alice@example.com;user=phone')).toBe('alice@example.com')
  expect(partyText('tel:+1900')).toBe('tel:+1900')
})

test('sources that are RFCs have an address, with the section', () => {
  expect(referenceUrl('RFC 4568 §5.1.2')).toBe('https://www.rfc-editor.org/rfc/rfc4568#section-5.1.2')
  expect(referenceUrl('RFC 3264')).toBe('https://www.rfc-editor.org/rfc/rfc3264')
  expect(referenceUrl('ETSI TS 102 165')).toBeUndefined()
})

test.each(['a@b', 'with spaces / and % #', '日本\\u{202e}'])('the address of a call leads to it: %s', (callId) => {
  expect(parseRoute(callHash(callId))).toEqual({ view: 'call', callId })
})

test('an address that is not ours leads to the report', () => {
  expect(parseRoute('')).toEqual({ view: 'report' })
  expect(parseRoute('#calls')).toEqual({ view: 'report', section: 'calls' })
  expect(parseRoute('#call/%zz')).toEqual({ view: 'call', callId: '%zz' })
})
