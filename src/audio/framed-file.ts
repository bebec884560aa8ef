import type { AudioFile } from './audio-file.ts'
import type { AudioTally } from './audio-tally.ts'
import type { Framing } from './framing.ts'
import { Placement } from './placement.ts'
import type { OrderedFrame } from './rtp-frame.ts'
import type { StreamFile } from './stream-file.ts'

/** What is written at a time, about. */
const WORTH_WRITING = 4096

/** A stream's frames, one after the other, with erased ones in the place of what did not come. */
export class FramedFile implements StreamFile {
  readonly #framing: Framing
  readonly #file: AudioFile
  readonly #tally: AudioTally
  readonly #placement: Placement
  /** The place of the first packet. */
  #origin: number | undefined
  /** Frames so far. */
  #count = 0
  #pieces: Uint8Array[]
  #pieceOctets: number
  #written = 0

  constructor(framing: Framing, file: AudioFile, tally: AudioTally) {
    this.#framing = framing
    this.#file = file
    this.#tally = tally
    this.#placement = new Placement(framing.clockRate, framing.clockRate)
    this.#pieces = [framing.magic]
    this.#pieceOctets = framing.magic.length
  }

  add({ payload, rtpTimestamp, elapsedUs }: OrderedFrame): void {
    const { clockRate, duration, erased } = this.#framing
    const frames = this.#framing.frames(payload)
    if (frames === undefined) {
      this.#tally.unreadable++
      return
    }
    const { jumps } = this.#placement
    const now = Math.round((elapsedUs * clockRate) / 1e6)
    const position = this.#placement.place(rtpTimestamp, now, frames.length * duration)
    this.#tally.jumps += this.#placement.jumps - jumps
    this.#origin ??= position
    const first = Math.round((position - this.#origin) / duration)
    while (this.#count < first) this.#put(erased)
    // Where the stream was moved back in time, what is there already stays.
    for (const frame of frames.slice(Math.max(0, this.#count - first))) this.#put(frame)
    this.#tally.kept++
  }

  end(): void {
    this.#write()
  }

  #put(frame: Uint8Array): void {
    this.#count++
    this.#pieces.push(frame.slice())
    this.#pieceOctets += frame.length
    if (this.#pieceOctets >= WORTH_WRITING) this.#write()
  }

  #write(): void {
    this.#file.write(Buffer.concat(this.#pieces), this.#written)
    this.#written += this.#pieceOctets
    this.#pieces = []
    this.#pieceOctets = 0
  }
}
