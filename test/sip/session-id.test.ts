import { describe, expect, test } from 'vitest'
import { fullerEnds, sessionEnds } from '../../src/sip/session-id.ts'

const A = 'ab30317f1a784dc48ff824d0d3715d86'
const B = '47755a9de7794ba387653f2099600ef2'
const NIL = '0'.repeat(32)

describe('Session-ID: the two ends of a session (RFC 7989 §5)', () => {
  test('both directions give the same text', () => {
    expect(sessionEnds(`${A};remote=${B}`)).toBe(`${B} ${A}`)
    expect(sessionEnds(`${B};remote=${A}`)).toBe(`${B} ${A}`)
    expect(sessionEnds(`${A.toUpperCase()} ; remote=${B}`)).toBe(`${B} ${A}`)
  })

  test('an end that is not known yet is left out, as is the lack of remote (RFC 7329 §4)', () => {
    expect(sessionEnds(`${A};remote=${NIL}`)).toBe(A)
    expect(sessionEnds(`${NIL};remote=${A}`)).toBe(A)
    expect(sessionEnds(A)).toBe(A)
  })

  test.each(['', ';', NIL, `${NIL};remote=${NIL}`, 'ab30', `${A};remote=xyz`, `${A}${A}`])(
    '%j names nobody',
    (value) => {
      expect(sessionEnds(value)).toBeUndefined()
    },
  )

  test('what names both ends replaces what names one, and stays', () => {
    expect(fullerEnds(undefined, A)).toBe(A)
    expect(fullerEnds(A, `${A} ${B}`)).toBe(`${A} ${B}`)
    expect(fullerEnds(`${A} ${B}`, A)).toBe(`${A} ${B}`)
    expect(fullerEnds(A, undefined)).toBe(A)
  })
})
