import { MergedWalker } from './merged-walker.ts'
import { PcapWalker } from './pcap-walker.ts'
import { PcapngWalker } from './pcapng-walker.ts'
import type { RecordWalker } from './slab-walker.ts'

/** Octets of head room that a slab needs for what its predecessor's end cut. */
export { MAX_BLOCK_LENGTH as MAX_CARRY_BYTES, type RecordWalker } from './slab-walker.ts'
export {
  type CaptureFacts,
  createWalkerState,
  readCaptureFacts,
  WALKER_STATE_BYTES,
  WALKER_STATE_LENGTH,
} from './walker-state.ts'

/** The octet streams that can be walked: a capture's own, or several captures merged by a CaptureStream. */
export type WalkedFormat = 'pcap' | 'pcapng' | 'merged'

const WALKERS: Readonly<Record<WalkedFormat, new (state: Float64Array) => RecordWalker>> = {
  pcap: PcapWalker,
  pcapng: PcapngWalker,
  merged: MergedWalker,
}

/**
 * A walker for `format` on `state`: WALKER_STATE_LENGTH doubles, zeros before the first octet. Any number of walkers in
 * any threads may share a state, one after the other: each takes the walk up at its `open`.
 */
export function createWalker(format: WalkedFormat, state: Float64Array): RecordWalker {
  return new WALKERS[format](state)
}
