import { A_LAW, MU_LAW } from '../../src/audio/g711.ts'
import { HEARD, LOWER, UPPER } from '../../src/audio/g722.ts'
import { G722Band } from '../../src/audio/g722-band.ts'

/** Encodes samples of its rate; a sender's state, where the codec has one. */
export interface SpeechEncoder {
  readonly rate: 8000 | 16000
  /** One octet for a sample of G.711, or for two of G.722. */
  encode(samples: Int16Array): Uint8Array
}

/** `count` samples of a sine from sample `at` on. */
export function sine(frequency: number, rate: number, at: number, count: number, amplitude = 10_000): Int16Array {
  return Int16Array.from({ length: count }, (_, i) =>
    Math.round(amplitude * Math.sin((2 * Math.PI * frequency * (at + i)) / rate)),
  )
}

/** The code whose meaning is nearest: ITU-T G.711 as its table says it. */
function g711Encoder(table: Int16Array): SpeechEncoder {
  const codes = new Uint8Array(65536)
  const sorted = [...table.keys()].sort((a, b) => table[a] - table[b])
  let next = 0
  for (let sample = -32768; sample <= 32767; sample++) {
    while (next < 255 && Math.abs(table[sorted[next + 1]] - sample) <= Math.abs(table[sorted[next]] - sample)) {
      next++
    }
    codes[sample + 32768] = sorted[next]
  }
  return { rate: 8000, encode: (samples) => Uint8Array.from(samples, (sample) => codes[sample + 32768]) }
}

/** ITU-T G.722 at 64 kbit/s: of all codes the one that the decoder comes nearest with. */
function g722Encoder(): SpeechEncoder {
  const coefficients = [3, -11, 12, 32, -210, 951, 3876, -805, 362, -156, 53, -11]
  const history = new Int32Array(24)
  const lower = new G722Band(LOWER)
  const upper = new G722Band(UPPER)
  const nearest = (wanted: number, scale: number, levels: Int32Array, first: number) => {
    let best = first
    for (let code = first; code < levels.length; code++) {
      const distance = Math.abs(((scale * levels[code]) >> 15) - wanted)
      if (distance < Math.abs(((scale * levels[best]) >> 15) - wanted)) best = code
    }
    return best
  }
  return {
    rate: 16000,
    encode: (samples) => {
      const octets = new Uint8Array(samples.length / 2)
      for (let i = 0; i < octets.length; i++) {
        history.copyWithin(0, 2)
        history[22] = samples[2 * i]
        history[23] = samples[2 * i + 1]
        let odd = 0
        let even = 0
        for (let n = 0; n < 12; n++) {
          odd += history[2 * n] * coefficients[n]
          even += history[2 * n + 1] * coefficients[11 - n]
        }
        const low = nearest(((even + odd) >> 14) - lower.predicted, lower.scale, HEARD, 4)
        const high = nearest(((even - odd) >> 14) - upper.predicted, upper.scale, UPPER.inverseQuantizer, 0)
        lower.adapt(low >> 2)
        upper.adapt(high)
        octets[i] = (high << 6) | low
      }
      return octets
    },
  }
}

export const speechEncoders = {
  PCMU: () => g711Encoder(MU_LAW),
  PCMA: () => g711Encoder(A_LAW),
  G722: g722Encoder,
} as const

/** How much of a signal is a sine of this frequency: its amplitude (Goertzel). */
export function amplitudeAt(frequency: number, samples: Int16Array, rate: number): number {
  const coefficient = 2 * Math.cos((2 * Math.PI * frequency) / rate)
  let before = 0
  let last = 0
  for (const sample of samples) [before, last] = [last, sample + coefficient * last - before]
  const power = last * last + before * before - coefficient * last * before
  return (2 * Math.sqrt(Math.max(0, power))) / samples.length
}

/** Root mean square. */
export function loudness(samples: Int16Array): number {
  let sum = 0
  for (const sample of samples) sum += sample * sample
  return Math.sqrt(sum / Math.max(1, samples.length))
}
