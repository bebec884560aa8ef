/** Every other coefficient of the quadrature mirror filter, ITU-T G.722 table 11; the rest are the same backwards. */
const COEFFICIENTS = Int32Array.of(3, -11, 12, 32, -210, 951, 3876, -805, 362, -156, 53, -11)
const TAPS = 24

export function saturate16(value: number): number {
  return value > 32767 ? 32767 : value < -32768 ? -32768 : value
}

/** The receiving half of the filter bank of ITU-T G.722 (§4.4): from two sub-bands of 8 kHz to one signal of 16 kHz. */
export class SynthesisFilter {
  /** What went in last, sums and differences in turn, and behind it what goes in. */
  #window = new Int32Array(TAPS - 2)

  /** Makes room for `count` samples of each sub-band; returns where their sums and differences go in turn. */
  open(count: number): Int32Array {
    if (this.#window.length < TAPS - 2 + 2 * count) {
      const window = new Int32Array(TAPS - 2 + 2 * count)
      window.set(this.#window.subarray(0, TAPS - 2))
      this.#window = window
    }
    return this.#window.subarray(TAPS - 2, TAPS - 2 + 2 * count)
  }

  /**
   * The samples of 16 kHz of what was put there.
   *
   * @param shift the filter has a gain of 2^12 for what stands in sums and differences alike
   */
  run(count: number, shift: number): Int16Array {
    const window = this.#window
    const samples = new Int16Array(2 * count)
    for (let n = 0; n < 2 * count; n += 2) {
      let first = 0
      let second = 0
      for (let i = 0; i < TAPS / 2; i++) {
        first += window[n + 2 * i + 1] * COEFFICIENTS[TAPS / 2 - 1 - i]
        second += window[n + 2 * i] * COEFFICIENTS[i]
      }
      samples[n] = saturate16(first >> shift)
      samples[n + 1] = saturate16(second >> shift)
    }
    window.copyWithin(0, 2 * count, 2 * count + TAPS - 2)
    return samples
  }
}

/**
 * From 8 kHz to 16 kHz: a narrow-band signal is one whose upper sub-band is empty. What a call has of G.711 beside G.722
 * is late by the same few samples then.
 */
export class RateDoubler {
  readonly #filter = new SynthesisFilter()

  double(samples: Int16Array): Int16Array {
    const bands = this.#filter.open(samples.length)
    for (let i = 0; i < samples.length; i++) bands[2 * i] = bands[2 * i + 1] = samples[i]
    return this.#filter.run(samples.length, 12)
  }
}
