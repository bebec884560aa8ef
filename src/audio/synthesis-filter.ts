/** Every other coefficient of the quadrature mirror filter, ITU-T G.722 table 11; the rest are the same backwards. */
const COEFFICIENTS = Int32Array.of(3, -11, 12, 32, -210, 951, 3876, -805, 362, -156, 53, -11)
const TAPS = 24

export function saturate16(value: number): number {
  return value > 32767 ? 32767 : value < -32768 ? -32768 : value
}

/** The receiving half of the filter bank of ITU-T G.722 (§4.4): from two sub-bands of 8 kHz to one signal of 16 kHz. */
export class SynthesisFilter {
  readonly #history = new Int32Array(TAPS)

  /**
   * Two samples of 16 kHz into `target` at `at`.
   *
   * @param sum of the two sub-bands' samples
   * @param difference lower less upper
   * @param shift the coefficients have a gain of 2^12 for what stands in both
   */
  push(sum: number, difference: number, shift: number, target: Int16Array, at: number): void {
    const history = this.#history
    history.copyWithin(0, 2)
    history[TAPS - 2] = sum
    history[TAPS - 1] = difference
    let first = 0
    let second = 0
    for (let i = 0; i < TAPS / 2; i++) {
      first += history[2 * i + 1] * COEFFICIENTS[TAPS / 2 - 1 - i]
      second += history[2 * i] * COEFFICIENTS[i]
    }
    target[at] = saturate16(first >> shift)
    target[at + 1] = saturate16(second >> shift)
  }
}

/**
 * From 8 kHz to 16 kHz: a narrow-band signal is one whose upper sub-band is empty. What a call has of G.711 beside G.722
 * is late by the same few samples then.
 */
export class RateDoubler {
  readonly #filter = new SynthesisFilter()

  double(samples: Int16Array): Int16Array {
    const doubled = new Int16Array(2 * samples.length)
    for (let i = 0; i < samples.length; i++) this.#filter.push(samples[i], samples[i], 12, doubled, 2 * i)
    return doubled
  }
}
