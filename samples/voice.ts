import { seededGenerator } from './seeded-random.ts'

/**
 * Endless G.711 µ-law audio with the statistics of speech: voiced syllables of a few harmonics, pauses, a little noise.
 * Integers only, so that every JavaScript engine makes the same octets.
 */
export function createVoice(label: string): (samples: number) => Buffer {
  const random = seededGenerator(label)
  const pitch = 110 + (random() % 90)
  let at = 0
  return (samples) => {
    const octets = Buffer.alloc(samples)
    for (let i = 0; i < samples; i++, at++) octets[i] = encodeMuLaw(speak(at, pitch) + (random() % 81) - 40)
    return octets
  }
}

const samplesPerSecond = 8000
const syllable = 1800
const harmonics = [
  { multiple: 1, amplitude: 3000 },
  { multiple: 3, amplitude: 1600 },
  { multiple: 7, amplitude: 700 },
]

function speak(at: number, pitch: number): number {
  // Every fifth syllable is a pause, the others swell and fade.
  if (Math.floor(at / syllable) % 5 === 4) return 0
  const within = at % syllable
  const loudness = Math.min(within, syllable - within)
  let sum = 0
  for (const { multiple, amplitude } of harmonics) {
    sum += amplitude * wave((at * pitch * multiple) % samplesPerSecond)
  }
  return Math.trunc((sum * loudness) / (1000 * (syllable / 2)))
}

/** Near a sine: two parabolas. `phase` runs from 0 to 7999, the result from -1000 to 1000. */
function wave(phase: number): number {
  const half = samplesPerSecond / 2
  const within = phase % half
  const height = Math.trunc((4000 * within * (half - within)) / (half * half))
  return phase < half ? height : -height
}

/** ITU-T G.711 §3.2 of one 16-bit sample. */
function encodeMuLaw(sample: number): number {
  const magnitude = Math.min(Math.abs(sample), 32635) + 132
  const segment = 24 - Math.clz32(magnitude)
  const step = (magnitude >> (segment + 3)) & 0x0f
  return ~((sample < 0 ? 0x80 : 0) | (segment << 4) | step) & 0xff
}
