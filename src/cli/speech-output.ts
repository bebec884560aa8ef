import type { ClearSink } from '../scan/clear-trace.ts'

/** Where what is in the clear is written. Nothing has its name before `finish`. */
export interface SpeechOutput extends ClearSink {
  finish(): Promise<void>
  /** What is to be said of it when it is finished, a line each. */
  summary?(): string[]
  /** What was begun is of no use: it is removed. */
  abandon(): Promise<void>
}
