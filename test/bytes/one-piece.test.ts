import { expect, test } from 'vitest'
import { inOnePiece } from '../../src/bytes/one-piece.ts'
import { heapInUse } from './heap-in-use.ts'

/** So many that V8 optimises what makes them. */
const TEXTS = 100_000

/** Octets of the heap that each of many texts takes which are put together of a dozen pieces. */
function octetsEach(kept: (text: string) => string): number {
  const texts: string[] = new Array(TEXTS).fill('')
  const before = heapInUse()
  for (let n = 0; n < TEXTS; n++) {
    texts[n] = kept(`the key of frame ${n + 1e6} verifies the packets from ${n + 2e6} on up to frame ${n + 3e6} of it`)
  }
  const octets = heapInUse() - before
  expect(texts[TEXTS - 1]).toBe(
    'the key of frame 1099999 verifies the packets from 2099999 on up to frame 3099999 of it',
  )
  return octets / TEXTS
}

test('a text in one piece takes its characters and little more, also once V8 has optimised what makes it', () => {
  const inPieces = octetsEach((text) => text)
  expect(octetsEach(inOnePiece)).toBeLessThan(inPieces * 0.75)
})
