import { A_LAW, decodeG711, MU_LAW } from './g711.ts'
import { G722Decoder } from './g722.ts'
import type { FrameCodec } from './rtp-frame.ts'
import { RateDoubler } from './synthesis-filter.ts'

/** Samples a second, of the codecs that are decoded. RTP counts 8000 a second of G.722 too (RFC 3551 §4.5.2). */
const RATES: ReadonlyMap<string, 8000 | 16000> = new Map([
  ['pcmu', 8000],
  ['pcma', 8000],
  ['g722', 16000],
])

/** The rate of a codec's samples, or nothing for one that is not decoded. */
export function sampleRateOf(codec: FrameCodec): 8000 | 16000 | undefined {
  return (codec.channels ?? 1) === 1 ? RATES.get(codec.name.toLowerCase()) : undefined
}

/** Decodes one stream, whose codec may change, to samples of one rate. */
export class SpeechDecoder {
  readonly #rate: 8000 | 16000
  readonly #g722 = new G722Decoder()
  readonly #doubler = new RateDoubler()

  constructor(rate: 8000 | 16000) {
    this.#rate = rate
  }

  /** @returns nothing for a codec that is not decoded, or whose rate is above that of the samples */
  decode(codec: FrameCodec, payload: Uint8Array): Int16Array | undefined {
    const rate = sampleRateOf(codec)
    if (rate === undefined || rate > this.#rate) return undefined
    if (rate === 16000) return this.#g722.decode(payload)
    const samples = decodeG711(codec.name.toLowerCase() === 'pcma' ? A_LAW : MU_LAW, payload)
    return this.#rate === 16000 ? this.#doubler.double(samples) : samples
  }
}
