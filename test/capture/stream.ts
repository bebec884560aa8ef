import type { CaptureInput } from '../../src/capture/capture-input.ts'
import { type CaptureStream, openCaptureStream } from '../../src/capture/capture-stream.ts'
import type { InputFacts } from '../../src/capture/input-records.ts'
import { createWalkerState } from '../../src/capture/walker.ts'
import { concat } from './capture-writer.ts'
import { type Walk, walk } from './walk.ts'

export interface Streamed extends Walk {
  readonly stream: CaptureStream
  readonly octets: Uint8Array
  readonly inputs: readonly InputFacts[]
}

/** Reads a trace to its end with targets of `size` octets, then walks it. */
export async function readStream(inputs: readonly CaptureInput[], size = 10_000): Promise<Streamed> {
  const stream = await openCaptureStream(inputs)
  const parts: Uint8Array[] = []
  const target = new Uint8Array(size)
  for (let count = await stream.fill(target); count > 0; count = await stream.fill(target)) {
    parts.push(target.slice(0, count))
  }
  const octets = concat(parts)
  const state = createWalkerState()
  const walked = walk(stream.format, octets, state)
  const streamed = { ...walked, stream, octets, inputs: stream.facts(state) }
  stream.close()
  return streamed
}
