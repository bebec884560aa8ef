import { saturate16 } from './synthesis-filter.ts'

/** What tells the two sub-bands of G.722 apart. */
export interface BandTables {
  /** The inverse quantizer that adapts the band, by code, in 1/32768 of the scale factor. */
  readonly inverseQuantizer: Int32Array
  /** What a code adds to the logarithm of the scale factor. */
  readonly logarithmicSteps: Int32Array
  readonly mostLogarithm: number
  /** The scale factor is read from its table and shifted right by this, less the logarithm's whole part. */
  readonly scaleShift: number
  readonly firstScale: number
}

/** 2048 * 2^(n/32): ITU-T G.722 table 15, ILB. */
const FRACTIONS = Int32Array.from({ length: 32 }, (_, n) => Math.round(2048 * 2 ** (n / 32)))

const clipped = (value: number, most: number) => (value > most ? most : value < -most ? -most : value)

/** Scales by a fraction of 2^15, as the blocks of ITU-T G.722 §6 do: rounded down. */
const scaled = (a: number, b: number) => (a * b) >> 15

/** The adaptive predictor and quantizer of one sub-band, as the decoder has it (ITU-T G.722 §6.2.2, names in capitals are its). */
export class G722Band {
  /** DETL, DETH. */
  scale: number
  /** SL, SH: what the predictor expects. */
  predicted = 0

  readonly #tables: BandTables
  /** NBL, NBH: the scale factor's logarithm. */
  #logarithm = 0
  #zeroPredicted = 0
  /** AL1, AL2. */
  #pole1 = 0
  #pole2 = 0
  /** BL1 to BL6, and the six differences that they weigh. */
  readonly #zeros = new Int32Array(6)
  readonly #differences = new Int32Array(6)
  /** RLT1, and what was PLT1 and PLT2. */
  #reconstructed = 0
  #partial1 = 0
  #partial2 = 0

  constructor(tables: BandTables) {
    this.#tables = tables
    this.scale = tables.firstScale
  }

  /** Takes in a code: all that the next prediction depends on. Returns the quantized difference. */
  adapt(code: number): number {
    const { inverseQuantizer, logarithmicSteps } = this.#tables
    const difference = scaled(this.scale, inverseQuantizer[code])
    this.#rescale(logarithmicSteps[code])
    this.#predict(difference)
    return difference
  }

  /** LOGSCL and SCALEL. */
  #rescale(step: number): void {
    const { mostLogarithm, scaleShift } = this.#tables
    this.#logarithm = Math.min(Math.max(((this.#logarithm * 127) >> 7) + step, 0), mostLogarithm)
    const fraction = FRACTIONS[(this.#logarithm >> 6) & 31]
    const shift = scaleShift - (this.#logarithm >> 11)
    this.scale = (shift < 0 ? fraction << -shift : fraction >> shift) << 2
  }

  #predict(difference: number): void {
    const reconstructed = saturate16(this.predicted + difference)
    const partial = saturate16(this.#zeroPredicted + difference)
    this.#adaptPoles(partial)
    const zeroPredicted = this.#adaptZeros(difference)
    // FILTEP: two poles over the last two reconstructed signals.
    const polePredicted = saturate16(
      scaled(this.#pole1, saturate16(2 * reconstructed)) + scaled(this.#pole2, saturate16(2 * this.#reconstructed)),
    )
    this.#reconstructed = reconstructed
    this.#zeroPredicted = zeroPredicted
    this.predicted = saturate16(polePredicted + zeroPredicted)
  }

  /** UPPOL2 and UPPOL1: by the signs of the last three partially reconstructed signals. */
  #adaptPoles(partial: number): void {
    const asBefore = partial < 0 === this.#partial1 < 0
    const asBeforeThat = partial < 0 === this.#partial2 < 0
    const four = saturate16(4 * this.#pole1)
    const leaning = asBefore ? Math.min(-four, 32767) : four
    const pole2 = clipped((asBeforeThat ? 128 : -128) + (leaning >> 7) + scaled(this.#pole2, 32512), 12288)
    const most = saturate16(15360 - pole2)
    this.#pole1 = clipped(saturate16((asBefore ? 192 : -192) + scaled(this.#pole1, 32640)), most)
    this.#pole2 = pole2
    this.#partial2 = this.#partial1
    this.#partial1 = partial
  }

  /** UPZERO, and FILTEZ over the differences moved on by one. */
  #adaptZeros(difference: number): number {
    const zeros = this.#zeros
    const differences = this.#differences
    const step = difference === 0 ? 0 : 128
    for (let i = 0; i < 6; i++) {
      const alike = differences[i] < 0 === difference < 0
      zeros[i] = saturate16((alike ? step : -step) + scaled(zeros[i], 32640))
    }
    differences.copyWithin(1, 0)
    differences[0] = difference
    let sum = 0
    for (let i = 5; i >= 0; i--) sum += scaled(zeros[i], saturate16(2 * differences[i]))
    return saturate16(sum)
  }
}
