import type { AudioFile } from './audio-file.ts'
import type { AudioTally } from './audio-tally.ts'
import { Placement } from './placement.ts'
import type { OrderedFrame } from './rtp-frame.ts'
import { SpeechDecoder, sampleRateOf } from './speech-decoder.ts'
import { StereoWindow } from './stereo-window.ts'

/** Twice what a receiver has to accept in a packet (RFC 3551 §4.2): what holds more is no speech. */
const LONGEST_PACKET_MS = 400

/** A stream that was silent for so long lets an older one be heard. */
const SILENT_US = 200_000

/** One stream, as this track hears it. */
interface Speaker {
  /** By the order of first packets. */
  readonly serial: number
  readonly decoder: SpeechDecoder
  readonly placement: Placement
  lastUs: number
}

/**
 * What a call's two sides say: the caller left, the callee right. Of several streams of one side and m= line the
 * newest is heard as long as it sends: where forks ring, where media moved, or where one stream was captured at two points.
 */
export class StereoTrack {
  readonly #tally: AudioTally
  readonly #window: StereoWindow
  readonly #speakers = new Map<string, Speaker>()
  /** Who is heard of each side and m= line. */
  readonly #heard = new Map<string, Speaker>()

  constructor(rate: 8000 | 16000, file: AudioFile, tally: AudioTally) {
    this.#tally = tally
    this.#window = new StereoWindow(rate, file)
  }

  /** The call has come to this time. */
  advance(elapsedUs: number): void {
    this.#window.advance(this.#positionAt(elapsedUs))
  }

  /** Takes in a frame of a codec with a sample rate. */
  play(frame: OrderedFrame): void {
    const { codec, payload, elapsedUs } = frame
    if (codec === undefined) return
    const rate = this.#window.rate as 8000 | 16000
    if ((payload.length * 1000) / 8000 > LONGEST_PACKET_MS || (sampleRateOf(codec) ?? 0) > rate) {
      this.#tally.unreadable++
      return
    }
    const speaker = this.#speakerOf(frame)
    const channel = frame.sender === 'callee' ? 1 : 0
    const place = `${channel} ${frame.mediaIndex}`
    const heard = this.#heard.get(place)
    if (heard !== undefined && heard.serial > speaker.serial && elapsedUs - heard.lastUs < SILENT_US) {
      this.#tally.beside++
      return
    }
    this.#heard.set(place, speaker)
    speaker.lastUs = elapsedUs
    const samples = speaker.decoder.decode(codec, payload)
    if (samples === undefined) return
    const { jumps } = speaker.placement
    const position = speaker.placement.place(frame.rtpTimestamp, this.#positionAt(elapsedUs), samples.length)
    this.#tally.jumps += speaker.placement.jumps - jumps
    this.#window.add(channel, position, samples)
    this.#tally.heard++
  }

  rest(): void {
    this.#window.rest()
  }

  end(): void {
    this.#window.end()
  }

  #speakerOf({ streamId, codec }: OrderedFrame): Speaker {
    let speaker = this.#speakers.get(streamId)
    if (speaker === undefined) {
      const rate = this.#window.rate as 8000 | 16000
      const clockRate = codec?.clockRate || 8000
      speaker = {
        serial: this.#speakers.size,
        decoder: new SpeechDecoder(rate),
        placement: new Placement(rate, clockRate),
        lastUs: 0,
      }
      this.#speakers.set(streamId, speaker)
    }
    return speaker
  }

  #positionAt(elapsedUs: number): number {
    return Math.round((elapsedUs * this.#window.rate) / 1e6)
  }
}
