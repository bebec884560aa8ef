import { expect, test } from 'vitest'
import { partialHello } from '../../src/tls/partial-hello.ts'

const octets = (...values: number[]) => Uint8Array.from(values)
const NONE = octets()

test('a ClientHello in one record, of which a part came', () => {
  expect(partialHello(octets(22, 3, 1, 7, 44, 1, 0, 7, 40, 3, 3), NONE)).toEqual({ octets: 6, announced: 1836 })
})

test('a ClientHello in several records (RFC 8446 §5.1)', () => {
  expect(partialHello(NONE, octets(1, 0, 7, 40, 3, 3))).toEqual({ octets: 6, announced: 1836 })
  expect(partialHello(octets(22, 3, 1, 7, 44, 9, 9), octets(1, 0, 7, 40, 3, 3))).toEqual({ octets: 8, announced: 1836 })
})

test('nothing, too little to tell, another message or another record is none', () => {
  expect(partialHello(NONE, NONE)).toBeUndefined()
  expect(partialHello(octets(22, 3, 1, 7, 44, 1, 0), NONE)).toBeUndefined()
  expect(partialHello(octets(22, 3, 1, 7, 44, 2, 0, 7, 40), NONE)).toBeUndefined()
  expect(partialHello(octets(23, 3, 3, 7, 44, 1, 0, 7, 40), NONE)).toBeUndefined()
})
