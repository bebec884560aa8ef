import { type CaptureInput, openOctets } from './capture-input.ts'
import { factsOf, type InputFacts, type OnKeyLog } from './input-records.ts'
import { MergedStream } from './merged-stream.ts'
import type { OctetSource } from './octet-source.ts'
import { readCaptureFacts, type WalkedFormat } from './walker.ts'

/** The octets of a trace that one filling thread must bring: a pipe, a compressed file, or several inputs merged. */
export interface CaptureStream {
  /** Which walker reads the octets. */
  readonly format: WalkedFormat
  /**
   * Writes the next octets to the beginning of `target`: as many as fit, except from an uncompressed pipe, which gives
   * what is there. Waits for the first octet.
   * @returns octets written; 0 at the end of the trace
   */
  fill(target: Uint8Array): Promise<number>
  /** The facts of each input, in their order, once the end was reached. `state`: of the walker that walked the octets. */
  facts(state: Float64Array): readonly InputFacts[]
  close(): void
}

/**
 * One input's octets as they are (decompressed), or the records of several merged by time (merged-record.ts).
 *
 * @param onKeyLog called with the TLS key logs of merged inputs, of which only records are passed on
 */
export async function openCaptureStream(inputs: readonly CaptureInput[], onKeyLog?: OnKeyLog): Promise<CaptureStream> {
  return inputs.length === 1 ? new SingleStream(inputs[0]) : MergedStream.open(inputs, onKeyLog)
}

class SingleStream implements CaptureStream {
  readonly format: WalkedFormat
  readonly #source: OctetSource

  constructor(input: CaptureInput) {
    this.format = input.format
    this.#source = openOctets(input)
  }

  fill(target: Uint8Array): Promise<number> {
    return this.#source.read(target)
  }

  facts(state: Float64Array): readonly InputFacts[] {
    return [factsOf(readCaptureFacts(state), this.#source)]
  }

  close(): void {
    this.#source.close()
  }
}
