import type { AudioFolder } from './audio-file.ts'
import { type AudioTally, emptyTally } from './audio-tally.ts'
import { CallAudio } from './call-audio.ts'
import type { RtpFrame } from './rtp-frame.ts'

/** A call that brings nothing for so long keeps no samples in memory. */
const REST_AFTER_US = 3e6

/**
 * Samples a second of the stereo file of the call that a frame is the first of: 16000 where any of its streams is G.722 at
 * any time, else 8000.
 */
export type RateOf = (first: RtpFrame) => 8000 | 16000

interface ActiveCall {
  readonly audio: CallAudio
  lastUs: number
}

/** Writes what calls say: frames of all calls in the capture's order in, files out. */
export class AudioWriter {
  readonly tally: AudioTally = emptyTally()
  readonly #folder: AudioFolder
  readonly #rateOf: RateOf
  readonly #calls = new Map<string, ActiveCall>()
  /** Those that may hold samples. */
  readonly #active = new Set<ActiveCall>()
  #lookedUs = 0

  constructor(folder: AudioFolder, rateOf: RateOf) {
    this.#folder = folder
    this.#rateOf = rateOf
  }

  push(frame: RtpFrame): void {
    const call = this.#callOf(frame)
    call.audio.push(frame)
    call.lastUs = frame.timestampUs
    this.#active.add(call)
    this.#letRest(frame.timestampUs)
  }

  /** Nothing more comes: all files are written to their end. */
  end(): void {
    for (const { audio } of this.#calls.values()) audio.end()
    this.#calls.clear()
    this.#active.clear()
  }

  /** Media without signalling is a call for each stream. */
  #callOf(frame: RtpFrame): ActiveCall {
    const { callId, streamId, timestampUs } = frame
    const key = callId === undefined ? `stream ${streamId}` : `call ${callId}`
    let call = this.#calls.get(key)
    if (call === undefined) {
      const rate = this.#rateOf(frame)
      const audio = new CallAudio(callId ?? `no-call_${streamId}`, timestampUs, rate, this.#folder, this.tally)
      call = { audio, lastUs: timestampUs }
      this.#calls.set(key, call)
    }
    return call
  }

  #letRest(nowUs: number): void {
    if (Math.abs(nowUs - this.#lookedUs) < REST_AFTER_US) return
    this.#lookedUs = nowUs
    for (const call of this.#active) {
      if (nowUs - call.lastUs < REST_AFTER_US) continue
      call.audio.rest()
      this.#active.delete(call)
    }
  }
}
