import { createHash } from 'node:crypto'
import { describe, expect, test } from 'vitest'
import { G722Decoder } from '../../src/audio/g722.ts'
import { RateDoubler } from '../../src/audio/synthesis-filter.ts'
import { g722Passages } from './g722-passages.ts'
import { amplitudeAt, sine, speechEncoders } from './tone.ts'

/** SHA-256 of the samples as little-endian octets: what ffmpeg gives as well (test/integration/audio.test.ts). */
const DIGESTS: Readonly<Record<string, string>> = {
  speech: '1779a98fc6d973d198499f507e6275c63faf448bbbda0abf2c3cd48754bcd55b',
  loud: '227d9e5960e81cee8a8b8d2e22ed68dc6358a898af3403f465b7cbb6c150454a',
  any: 'b0c3a75264be8c567bceccde702933b5502a4ead83d3e972bf821fc830af9179',
}

describe('G.722 at 64 kbit/s', () => {
  test.each(g722Passages())('decodes to the bit what an independent decoder does: $name', ({ name, octets }) => {
    const samples = new G722Decoder().decode(octets)
    const littleEndian = Buffer.alloc(2 * samples.length)
    samples.forEach((sample, i) => {
      littleEndian.writeInt16LE(sample, 2 * i)
    })
    expect(createHash('sha256').update(littleEndian).digest('hex')).toBe(DIGESTS[name])
  })

  test.each([300, 1000, 3100, 5000, 6500])('a sine of %i Hz comes out as one, as loud as it went in', (frequency) => {
    const octets = speechEncoders.G722().encode(sine(frequency, 16000, 0, 16000))
    const decoded = new G722Decoder().decode(octets).subarray(1600)
    const amplitude = amplitudeAt(frequency, decoded, 16000)
    expect(amplitude).toBeGreaterThan(9000)
    expect(amplitude).toBeLessThan(11_000)
    expect(amplitudeAt(frequency + 200, decoded, 16000)).toBeLessThan(500)
  })

  test('§1.2: how the octets are cut into packets does not matter', () => {
    const octets = speechEncoders.G722().encode(sine(700, 16000, 0, 3200))
    const decoder = new G722Decoder()
    const inPieces = [0, 1, 161, 700].flatMap((from, i, all) => [...decoder.decode(octets.subarray(from, all[i + 1]))])
    expect(inPieces).toEqual([...new G722Decoder().decode(octets)])
  })
})

test('a sine at 8 kHz is one at 16 kHz, and has no image', () => {
  const doubled = new RateDoubler().double(sine(1000, 8000, 0, 8000)).subarray(100)
  expect(amplitudeAt(1000, doubled, 16000)).toBeCloseTo(10_000, -3)
  expect(amplitudeAt(7000, doubled, 16000)).toBeLessThan(100)
})
