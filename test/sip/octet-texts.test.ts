import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { OctetTexts } from '../../src/sip/octet-texts.ts'

describe('OctetTexts', () => {
  it('gives the text of the octets, whatever was read before', () => {
    const texts = new OctetTexts()
    const words = fc.array(fc.string({ unit: fc.constantFrom(...'ab1.'), maxLength: 80, size: 'max' }), {
      minLength: 1,
    })
    fc.assert(
      fc.property(words, (all) => {
        for (const word of [...all, ...all]) {
          const octets = Buffer.from(`<${word}>`)
          expect(texts.get(octets, 1, octets.length - 1)).toBe(word)
        }
      }),
    )
  })
})
