import fc from 'fast-check'
import { expect, test } from 'vitest'
import { harmlessJson } from '../../src/report/harmless-json.ts'

test('what is hidden is escaped, and means the same', () => {
  const value = { a: '\u009b1m \u202e \u200b \u{e0041} é 日本', '\u2028': 1 }
  const json = harmlessJson(JSON.stringify(value, null, 2))
  expect(json).toBe('{\n  "a": "\\u009b1m \\u202e \\u200b \\udb40\\udc41 é 日本",\n  "\\u2028": 1\n}')
  expect(JSON.parse(json)).toEqual(value)
})

test('any JSON says the same', () => {
  fc.assert(
    fc.property(fc.json(), (json) => {
      expect(JSON.stringify(JSON.parse(harmlessJson(json)))).toBe(JSON.stringify(JSON.parse(json)))
    }),
  )
})
