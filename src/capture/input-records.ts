import { type CaptureInput, openOctets } from './capture-input.ts'
import { joinLosses } from './loss.ts'
import type { OctetSource } from './octet-source.ts'
import { createRecordCursor, type RecordCursor, Step, TLS_KEY_LOG } from './record.ts'
import { createWalker, createWalkerState, type RecordWalker, readCaptureFacts, type WalkedFormat } from './walker.ts'
import type { CaptureFacts, CaptureTime } from './walker-state.ts'

/** First buffer of an input at most; it doubles for a record that does not fit. */
const BUFFER = 256 * 1024

/** Hears a TLS key log, of which `left` octets are still to come; the octets are good during the call only. */
export type OnKeyLog = (text: Uint8Array, left: number) => void

/** Where records come from: a capture, or a lean trace of one, which is written as merged records are. */
export interface RecordSource
  extends Pick<CaptureInput, 'path' | 'compression' | 'reopenable' | 'open' | 'sizeBytes' | 'clock'> {
  readonly format: WalkedFormat
  /** Number of the capture, where it is not its place among those that are merged. */
  readonly capture?: number
}

/** Facts of an input that was read to its end. */
export interface InputFacts extends CaptureFacts {
  /** Octets of the input itself: compressed ones, where it is compressed. */
  readonly bytes: number
}

/** What a walker and its source found of an input. */
export function factsOf(walked: CaptureFacts, source: OctetSource): InputFacts {
  const lost = joinLosses(walked.lost, source.lost)
  const dropped = source.dropped === undefined ? walked.dropped : { ...walked.dropped, ...source.dropped }
  return { ...walked, ...(lost && { lost }), ...(dropped && { dropped }), bytes: source.bytesRead }
}

/** Of a small file all of it and one octet more: where that does not come, the file has ended and is closed. */
function bufferOf({ sizeBytes = BUFFER, compression }: RecordSource): number {
  return compression === 'none' ? Math.min(BUFFER, sizeBytes + 1) : BUFFER
}

/** One input among several: its records in its own order, through a buffer of its own. */
export class InputRecords {
  readonly index: number
  /** The record that `advance` or `tryAdvance` stopped at; its data lie in `bytes` until the next call. */
  readonly cursor: RecordCursor = createRecordCursor()
  bytes: Uint8Array
  readonly #source: OctetSource
  readonly #state: Float64Array
  readonly #walker: RecordWalker
  readonly #onKeyLog: OnKeyLog | undefined
  readonly #aheadUs: number
  #filled = 0
  #offset = 0
  #last = false

  /** @param onKeyLog called with the TLS key logs that the input holds, as they are met */
  constructor(input: RecordSource, index: number, onKeyLog?: OnKeyLog) {
    this.#onKeyLog = onKeyLog
    this.index = index
    this.#aheadUs = input.clock?.aheadUs ?? 0
    this.#source = openOctets(input)
    this.bytes = new Uint8Array(bufferOf(input))
    this.#state = createWalkerState(index, input.format === 'pcapng')
    this.#walker = createWalker(input.format, this.#state)
    this.#walker.open(this.bytes, 0, 0, 0, false)
  }

  /** The next record, where it lies in the buffer already. */
  tryAdvance(): boolean {
    let step = this.#walker.next(this.cursor)
    for (; step === Step.Secrets; step = this.#walker.next(this.cursor)) {
      const { linkType, dataOffset, capturedLength, originalLength: left } = this.cursor
      if (linkType === TLS_KEY_LOG) this.#onKeyLog?.(this.bytes.subarray(dataOffset, dataOffset + capturedLength), left)
    }
    if (step !== Step.Record) return false
    if (this.#aheadUs !== 0) setEarlier(this.cursor, this.#aheadUs)
    return true
  }

  /** The next record; false at the end. */
  async advance(): Promise<boolean> {
    while (!this.tryAdvance()) {
      if (this.#last) return false
      await this.#refill()
    }
    return true
  }

  async #refill(): Promise<void> {
    const { position } = this.#walker
    const kept = this.#filled - position
    this.#offset += position
    if (kept === this.bytes.length) {
      const larger = new Uint8Array(2 * this.bytes.length)
      larger.set(this.bytes)
      this.bytes = larger
    } else this.bytes.copyWithin(0, position, this.#filled)
    const count = await this.#source.read(this.bytes.subarray(kept))
    this.#filled = kept + count
    this.#last = count === 0
    this.#walker.open(this.bytes, 0, this.#filled, this.#offset, this.#last)
  }

  facts(): InputFacts {
    const facts = factsOf(readCaptureFacts(this.#state), this.#source)
    if (this.#aheadUs === 0) return facts
    const { earliest, latest } = facts
    return {
      ...facts,
      ...(earliest !== undefined && { earliest: earlier(earliest, this.#aheadUs) }),
      ...(latest !== undefined && { latest: earlier(latest, this.#aheadUs) }),
    }
  }

  close(): void {
    this.#source.close()
  }
}

function earlier({ seconds, nanoseconds }: CaptureTime, us: number): CaptureTime {
  const time = { seconds, nanoseconds }
  setEarlier(time, us)
  return time
}

/** @param us whole microseconds; below 0 the time becomes a later one */
function setEarlier(time: { -readonly [K in keyof CaptureTime]: number }, us: number): void {
  const wholeSeconds = Math.floor(us / 1e6)
  time.seconds -= wholeSeconds
  time.nanoseconds -= (us - wholeSeconds * 1e6) * 1e3
  if (time.nanoseconds >= 0) return
  time.nanoseconds += 1e9
  time.seconds--
}
