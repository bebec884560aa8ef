import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { readJson } from '../../src/bytes/json-text.ts'

describe('a text that is no JSON', () => {
  test.each([
    ['', 'line 1, column 1', 'a value'],
    ['{"keys": [\n  {"suite": AES}\n]}', 'line 2, column 13', 'a value'],
    ['{"keys": [1,]}', 'line 1, column 13', 'a value'],
    ['{"keys": [1 2]}', 'line 1, column 13', '"," or "]"'],
    ['{"a": 1 "b"}', 'line 1, column 9', '"," or "}"'],
    ['{"a" 1}', 'line 1, column 6', '":"'],
    ['{a: 1}', 'line 1, column 2', 'a member name in double quotes'],
    ['{"a": 1,}', 'line 1, column 9', 'a member name in double quotes'],
    ['{"a": "open}', 'line 1, column 7', 'a string that ends, with valid escapes'],
    ['["\\x"]', 'line 1, column 2', 'a string that ends, with valid escapes'],
    ['[] []', 'line 1, column 4', 'the end of the file'],
    ['01', 'line 1, column 2', 'the end of the file'],
    ['[1,\r\n 2', 'line 2, column 3', '"," or "]"'],
  ])('%j: %s, %s', (text, place, expected) => {
    expect(readJson(text)).toEqual({ place, problem: `no JSON; ${expected} should stand here` })
  })

  test('however deep it is', () => {
    const fault = readJson('['.repeat(1_000_000))
    expect(fault).toEqual({ place: 'line 1, column 1000001', problem: 'no JSON; a value should stand here' })
  })

  test('what it is about is never repeated', () => {
    const key = 'WVNfX19zZW1jdGwgKCkgewkyMjA7fQp9CnVubGVz'
    expect(JSON.stringify(readJson(`{"keys": [{"key": ${key}}]}`))).not.toContain(key.slice(0, 6))
  })
})

test('what JSON.parse takes is what it says', () => {
  fc.assert(
    fc.property(fc.json(), (text) => {
      expect(readJson(text)).toEqual({ value: JSON.parse(text) })
    }),
  )
})

/** Whether some JSON text begins so: its open strings, members and brackets can be closed. */
function canGoOn(text: string): boolean {
  const ends = [
    '',
    '"',
    '0',
    '":0',
    ':0',
    '"":0',
    'e0',
    'rue',
    'alse',
    'ull',
    'ue',
    'lse',
    'll',
    'se',
    'l',
    'e',
    '0000"',
    '000"',
    '00"',
    '0"',
    '\\"',
  ]
  const closer = closerOf(text)
  return ends.some((end) => ['', '0', '"":0'].some((last) => isJson(`${text}${end}${last}${closer}`)))
}

/** What closes all that is open at the end of a text, if the quotes in it are taken as strings. */
function closerOf(text: string): string {
  const bare = text.replace(/"(?:[^"\\]|\\.)*"/g, '').replace(/"[\s\S]*$/, '')
  const open: string[] = []
  for (const character of bare) {
    if (character === '{') open.push('}')
    else if (character === '[') open.push(']')
    else if (character === '}' || character === ']') open.pop()
  }
  return open.reverse().join('')
}

function isJson(text: string): boolean {
  try {
    JSON.parse(text)
    return true
  } catch {
    return false
  }
}

test('a fault stands where no JSON text goes on as this one does', () => {
  fc.assert(
    fc.property(fc.json({ maxDepth: 3 }), fc.nat(), fc.constantFrom(...'{}[],:"0x \\'), (json, at, other) => {
      const n = at % (json.length + 1)
      const text = `${json.slice(0, n)}${other}${json.slice(n)}`
      fc.pre(!isJson(text))
      const fault = readJson(text)
      if (!('place' in fault)) throw new Error('taken for JSON')
      const column = Number(/column (\d+)$/.exec(fault.place)?.[1])
      const before = text.slice(0, column - 1)
      expect(canGoOn(before), `what stands before the fault in ${text}`).toBe(true)
    }),
    { numRuns: 500 },
  )
})
