import { type BandTables, G722Band } from './g722-band.ts'
import { SynthesisFilter } from './synthesis-filter.ts'

/** What the codes of 6, 4 and 2 bits mean, in 1/4096 of the scale factor, by rising magnitude (ITU-T G.722 tables 7, 9 and 10). */
const LEVELS_6 = [
  17, 54, 91, 130, 170, 211, 254, 300, 347, 396, 447, 501, 558, 618, 682, 750, 822, 899, 982, 1072, 1170, 1279, 1399,
  1535, 1689, 1873, 2088, 2376, 2738, 3101,
]
const LEVELS_4 = [0, 150, 323, 530, 786, 1121, 1612, 2557]
const LEVELS_2 = [202, 926]

/** WL and WH, by the same magnitudes. */
const STEPS_4 = [-60, -30, 58, 172, 334, 538, 1198, 3042]
const STEPS_2 = [-214, 798]

/** Codes count down from the largest magnitude, negative ones first; those that are left mean the smallest. */
export const LOWER: BandTables = {
  inverseQuantizer: Int32Array.from({ length: 16 }, (_, code) => 8 * signedOf(LEVELS_4, 15, code)),
  logarithmicSteps: Int32Array.from({ length: 16 }, (_, code) => STEPS_4[magnitudeOf(15, code)]),
  mostLogarithm: 18432,
  scaleShift: 8,
  firstScale: 32,
}
export const UPPER: BandTables = {
  inverseQuantizer: Int32Array.from({ length: 4 }, (_, code) => 8 * (code < 2 ? -1 : 1) * LEVELS_2[1 - (code & 1)]),
  logarithmicSteps: Int32Array.from({ length: 4 }, (_, code) => STEPS_2[1 - (code & 1)]),
  mostLogarithm: 22528,
  scaleShift: 10,
  firstScale: 8,
}

function magnitudeOf(last: number, code: number): number {
  const half = (last + 1) / 2
  return code === 0 ? 0 : code < half ? half - code : last - code
}

function signedOf(levels: readonly number[], last: number, code: number): number {
  return (code < (last + 1) / 2 ? -1 : 1) * levels[magnitudeOf(last, code)]
}

/** The finer quantizer of what is heard: 61 to 32 are positive, 63, 62 and 31 to 4 negative, 3 to 0 are never sent. */
export const HEARD = Int32Array.from({ length: 64 }, (_, code) => {
  if (code < 4) return 8 * -LEVELS_6[0]
  if (code > 61) return 8 * -LEVELS_6[63 - code]
  return 8 * (code > 31 ? LEVELS_6[61 - code] : -LEVELS_6[33 - code])
})

const within15 = (value: number) => (value > 16383 ? 16383 : value < -16384 ? -16384 : value)

/**
 * A decoder of ITU-T G.722 at 64 kbit/s: an octet is two samples of 16 kHz, the upper sub-band's code in its two upper bits.
 * It adapts to what it hears, so that one is needed for each stream.
 */
export class G722Decoder {
  readonly #lower = new G722Band(LOWER)
  readonly #upper = new G722Band(UPPER)
  readonly #filter = new SynthesisFilter()

  decode(payload: Uint8Array): Int16Array {
    const bands = this.#filter.open(payload.length)
    for (let i = 0; i < payload.length; i++) {
      const code = payload[i] & 63
      const lower = within15(this.#lower.predicted + ((this.#lower.scale * HEARD[code]) >> 15))
      // What adapts the lower sub-band is without the two bits that other rates give to data (§1.3).
      this.#lower.adapt(code >> 2)
      const expected = this.#upper.predicted
      const upper = within15(expected + this.#upper.adapt(payload[i] >> 6))
      bands[2 * i] = lower + upper
      bands[2 * i + 1] = lower - upper
    }
    // Both are 15 bits wide, and the filter's gain is 2^12.
    return this.#filter.run(payload.length, 11)
  }
}
