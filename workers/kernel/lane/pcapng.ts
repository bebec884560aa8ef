import {
  ENHANCED_OVERHEAD,
  ENHANCED_PACKET,
  INTERFACE_BYTES,
  Lane,
  MAX_BLOCK_LENGTH,
  MAX_CAPTURED_LENGTH,
  Mode,
  Walker,
} from '../generated/layout'
import { takeFrame } from './frame'
import { noteRecord } from './walker-state'

/** Enhanced Packet Blocks in microseconds or nanoseconds (src/capture/pcapng-walker.ts); any other block is not usual. */
export function walkPcapng(lane: usize): void {
  const walker = load<usize>(lane + Lane.Walker)
  if (load<f64>(walker + Walker.Mode) != Mode.InStep || load<f64>(walker + Walker.LittleEndian) == 0) return
  const interfaces = <u32>load<f64>(walker + Walker.InterfaceCount)
  const capture = <i32>load<f64>(walker + Walker.Capture)
  const end = load<usize>(lane + Lane.End)
  let at = load<usize>(lane + Lane.Position)
  while (end - at >= <usize>ENHANCED_OVERHEAD && load<u32>(at) == ENHANCED_PACKET) {
    const total = load<u32>(at, 4)
    if (total < ENHANCED_OVERHEAD || (total & 3) != 0 || total > MAX_BLOCK_LENGTH || <usize>total > end - at) break
    if (load<u32>(at + total - 4) != total) break
    const number = load<u32>(at, 8)
    const captured = load<u32>(at, 20)
    if (number >= interfaces || captured > total - ENHANCED_OVERHEAD || captured > MAX_CAPTURED_LENGTH) break
    const row = walker + Walker.Interfaces + <usize>number * INTERFACE_BYTES
    const resolution = load<f64>(row, 16)
    if (load<f64>(row, 24) != 0 || (resolution != 6 && resolution != 9)) break
    const perSecond: u64 = resolution == 6 ? 1_000_000 : 1_000_000_000
    const units = ((<u64>load<u32>(at, 12)) << 32) | <u64>load<u32>(at, 16)
    const seconds = units / perSecond
    const nanoseconds = (units - seconds * perSecond) * (1_000_000_000 / perSecond)
    const frame = load<f64>(walker + Walker.Frames) + 1
    const linkType = <u32>load<f64>(row)
    const data = at + 28
    if (!takeFrame(lane, data, captured, linkType, <f64>seconds, <f64>nanoseconds, capture, <u32>frame)) break
    noteRecord(walker, <f64>seconds, <f64>nanoseconds, captured < load<u32>(at, 24))
    at += total
  }
  store<usize>(lane + Lane.Position, at)
}
