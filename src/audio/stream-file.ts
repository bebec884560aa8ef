import type { OrderedFrame } from './rtp-frame.ts'

/** One stream of a codec that is kept as it is, in a file of its own. */
export interface StreamFile {
  /** Takes in a frame; those of a stream come in order. */
  add(frame: OrderedFrame): void
  /** Nothing more comes: the rest is written. */
  end(): void
}
