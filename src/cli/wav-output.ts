import { AudioWriter } from '../audio/audio-writer.ts'
import type { RtpFrame } from '../audio/rtp-frame.ts'
import { sampleRateOf } from '../audio/speech-decoder.ts'
import type { ClearStream } from '../scan/clear-trace.ts'
import { audioSummary } from './audio-summary.ts'
import type { SpeechFolder } from './speech-folder.ts'
import type { SpeechOutput } from './speech-output.ts'

/** `--write-wav`: a stereo WAV file for each call, and a file for each stream of a codec that is not decoded. */
export class WavOutput implements SpeechOutput {
  readonly #folder: SpeechFolder
  /** Calls, and streams without one, that speak wide-band at any time. */
  readonly #wide = new Set<string>()
  readonly #writer: AudioWriter

  /** @param folder in which nothing is written before the first frame of a call */
  constructor(folder: SpeechFolder) {
    this.#folder = folder
    this.#writer = new AudioWriter(folder, (first) => (this.#wide.has(nameOf(first)) ? 16000 : 8000))
  }

  onBegin(streams: readonly ClearStream[]): void {
    this.#folder.make()
    for (const stream of streams) {
      if (stream.codecs.some((codec) => sampleRateOf(codec) === 16000)) this.#wide.add(nameOf(stream))
    }
  }

  onRtp(frame: RtpFrame): void {
    this.#writer.push(frame)
  }

  /** What was written, a line each; to be asked for when all is. */
  summary(): string[] {
    return audioSummary(this.#writer.tally, this.#folder.count)
  }

  async finish(): Promise<void> {
    this.#writer.end()
    this.#folder.finish()
  }

  async abandon(): Promise<void> {
    this.#folder.abandon()
  }
}

function nameOf({ callId, streamId }: Pick<RtpFrame, 'callId' | 'streamId'>): string {
  return callId === undefined ? `stream ${streamId}` : `call ${callId}`
}
