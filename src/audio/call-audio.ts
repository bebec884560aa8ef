import type { AudioFolder } from './audio-file.ts'
import type { AudioTally } from './audio-tally.ts'
import { CallClock } from './call-clock.ts'
import { fileStem } from './file-name.ts'
import { FramedFile } from './framed-file.ts'
import { framingOf } from './framing.ts'
import { OggOpusFile } from './ogg-opus-file.ts'
import { oggCrc } from './ogg-page.ts'
import type { OrderedFrame, RtpFrame } from './rtp-frame.ts'
import { SequenceOrder } from './sequence-order.ts'
import { sampleRateOf } from './speech-decoder.ts'
import { StereoTrack } from './stereo-track.ts'
import type { StreamFile } from './stream-file.ts'

/** Payload formats that carry no speech: RFC 3389, RFC 4733 §2 and §4. */
const SILENT = /^(CN|telephone-event|tone)$/i

/** Files of a call that are not stereo WAV, at most: each new SSRC is a stream, and each of its payload types may be a file. */
const MOST_STREAM_FILES = 64

interface OrderedStream {
  readonly order: SequenceOrder
  /** By the codec's name: a stream whose codec changes has several. */
  readonly files: Map<string, StreamFile>
}

/** All that is heard of one call: a stereo track of what is decoded, and a file for each stream of another codec. */
export class CallAudio {
  readonly #name: string
  readonly #rate: 8000 | 16000
  readonly #folder: AudioFolder
  readonly #tally: AudioTally
  readonly #clock: CallClock
  readonly #streams = new Map<string, OrderedStream>()
  #track: StereoTrack | undefined
  #streamFiles = 0

  /**
   * @param name of the call: its Call-ID
   * @param startUs when its first packet was captured
   * @param rate samples a second of the stereo track: the highest of the call's codecs
   */
  constructor(name: string, startUs: number, rate: 8000 | 16000, folder: AudioFolder, tally: AudioTally) {
    this.#name = name
    this.#rate = rate
    this.#folder = folder
    this.#tally = tally
    this.#clock = new CallClock(startUs)
  }

  push(frame: RtpFrame): void {
    const { cuts } = this.#clock
    const elapsedUs = this.#clock.elapsed(frame.timestampUs)
    this.#tally.cuts += this.#clock.cuts - cuts
    // What has waited belongs before what the track has come to.
    for (const { order } of this.#streams.values()) order.release(elapsedUs)
    this.#track?.advance(elapsedUs)
    this.#streamOf(frame.streamId).order.push({ ...frame, elapsedUs })
  }

  /** Nothing came for a while: lets go of memory. */
  rest(): void {
    for (const { order } of this.#streams.values()) order.end()
    this.#track?.rest()
  }

  /** Nothing more comes. */
  end(): void {
    for (const { order, files } of this.#streams.values()) {
      order.end()
      for (const file of files.values()) file.end()
    }
    this.#track?.end()
  }

  #streamOf(streamId: string): OrderedStream {
    let stream = this.#streams.get(streamId)
    if (stream === undefined) {
      const files = new Map<string, StreamFile>()
      stream = { order: new SequenceOrder(this.#tally, (frame) => this.#take(frame, files)), files }
      this.#streams.set(streamId, stream)
    }
    return stream
  }

  #take(frame: OrderedFrame, files: Map<string, StreamFile>): void {
    const { codec } = frame
    const name = codec?.name.toLowerCase() ?? ''
    if (SILENT.test(name)) this.#tally.silent++
    else if (codec !== undefined && sampleRateOf(codec) !== undefined) this.#trackOf().play(frame)
    else {
      const file = files.get(name) ?? this.#createFile(frame, files)
      if (file !== undefined) file.add(frame)
      else this.#leaveOut(codec?.name ?? `payload type ${frame.payloadType}`)
    }
  }

  #trackOf(): StereoTrack {
    this.#track ??= new StereoTrack(this.#rate, this.#folder.create(`${this.#stem()}.wav`), this.#tally)
    return this.#track
  }

  #createFile({ streamId, codec }: OrderedFrame, files: Map<string, StreamFile>): StreamFile | undefined {
    if (codec === undefined) return undefined
    const isOpus = /^opus$/i.test(codec.name)
    const framing = isOpus ? undefined : framingOf(codec)
    if ((!isOpus && framing === undefined) || this.#streamFiles >= MOST_STREAM_FILES) return undefined
    this.#streamFiles++
    const name = `${this.#stem()}_${streamId}.${framing?.ending ?? 'opus'}`
    const target = this.#folder.create(name)
    const file =
      framing === undefined
        ? new OggOpusFile(oggCrc(Buffer.from(name)), target, this.#tally)
        : new FramedFile(framing, target, this.#tally)
    files.set(codec.name.toLowerCase(), file)
    return file
  }

  #stem(): string {
    return fileStem(this.#clock.startUs, this.#name)
  }

  #leaveOut(codec: string): void {
    this.#tally.leftOut.set(codec, (this.#tally.leftOut.get(codec) ?? 0) + 1)
  }
}
