import type { AudioFile } from './audio-file.ts'
import { saturate16 } from './synthesis-filter.ts'
import { formatWavHeader, WAV_HEADER_LENGTH } from './wav-header.ts'

/** How far behind the call's time samples may still come: a packet's wait for others, and a place that lags. */
const BEHIND_MS = 600
/** How far before it: a place that leads, and what one packet holds. */
const AHEAD_MS = 750
/** What is written at a time, about. */
const WRITE_MS = 250

const CHANNELS = 2
const FRAME = CHANNELS * Int16Array.BYTES_PER_ELEMENT

/** The stretch of a stereo WAV file that is being filled: two directions come side by side, and the file is written once. */
export class StereoWindow {
  readonly rate: number
  readonly #file: AudioFile
  readonly #behind: number
  readonly #capacity: number
  readonly #worthWriting: number
  /** Interleaved; nothing while nobody speaks. */
  #samples: Int16Array | undefined
  /** Position of the first sample in the window; what is before it is written. */
  #base = 0
  /** One after the last sample that somebody added. */
  #end = 0

  constructor(rate: number, file: AudioFile) {
    this.rate = rate
    this.#file = file
    this.#behind = (rate * BEHIND_MS) / 1000
    this.#worthWriting = (rate * WRITE_MS) / 1000
    this.#capacity = (rate * (BEHIND_MS + AHEAD_MS + WRITE_MS)) / 1000
  }

  /** Samples of each channel, up to the last that was added. */
  get length(): number {
    return this.#end
  }

  /** Adds samples to one channel at their position. What has no room is left out. */
  add(channel: 0 | 1, position: number, samples: Int16Array): void {
    this.#samples ??= new Int16Array(CHANNELS * this.#capacity)
    const first = Math.max(0, this.#base - position)
    const end = Math.min(samples.length, this.#base + this.#capacity - position)
    for (let i = first, at = CHANNELS * (position + first - this.#base) + channel; i < end; i++, at += CHANNELS) {
      this.#samples[at] = saturate16(this.#samples[at] + samples[i])
    }
    if (end > first) this.#end = Math.max(this.#end, position + end)
  }

  /** The call has come to this position: what lies far enough behind it is written. */
  advance(now: number): void {
    const until = now - this.#behind
    if (until - this.#base < this.#worthWriting) return
    this.#writeUntil(until)
  }

  /** Writes all there is, and lets go of the memory until somebody speaks again. */
  rest(): void {
    this.#writeUntil(Math.max(this.#base, this.#end))
    this.#samples = undefined
  }

  /** Writes the rest, and the header. */
  end(): void {
    this.rest()
    this.#file.write(formatWavHeader(this.rate, this.#end), 0)
  }

  #writeUntil(position: number): void {
    const samples = this.#samples
    const count = Math.min(position, this.#end) - this.#base
    if (samples !== undefined && count > 0) {
      this.#file.write(littleEndian(samples.subarray(0, CHANNELS * count)), WAV_HEADER_LENGTH + this.#base * FRAME)
      samples.copyWithin(0, CHANNELS * count)
      samples.fill(0, samples.length - CHANNELS * count)
    }
    this.#base = position
  }
}

function littleEndian(samples: Int16Array): Uint8Array {
  const octets = Buffer.from(samples.buffer, samples.byteOffset, samples.byteLength)
  return NATIVE_IS_LITTLE ? octets : Buffer.from(octets).swap16()
}

const NATIVE_IS_LITTLE = new Uint8Array(Uint16Array.of(1).buffer)[0] === 1
