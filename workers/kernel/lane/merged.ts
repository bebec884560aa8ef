import { Lane, MERGED_HEADER, Merged, Walker } from '../generated/layout'
import { takeFrame } from './frame'
import { limitPayload } from './payload-sample'

/** Records of several captures put into one order (src/capture/merged-record.ts): our own, and always sound. */
export function walkMerged(lane: usize): void {
  const walker = load<usize>(lane + Lane.Walker)
  const end = load<usize>(lane + Lane.End)
  let at = load<usize>(lane + Lane.Position)
  while (end - at >= MERGED_HEADER) {
    const captured = load<u32>(at + Merged.Captured)
    const kept = load<u32>(at + Merged.Kept)
    const data = at + MERGED_HEADER
    if (<usize>kept > end - data) break
    const seconds = load<f64>(at + Merged.Seconds)
    const nanoseconds = load<u32>(at + Merged.Nanoseconds)
    const linkType = load<u32>(at + Merged.LinkType)
    const capture = load<i32>(at + Merged.Capture)
    const frame = load<u32>(at + Merged.Frame)
    if (frame == 0) break
    limitPayload(kept < captured ? data + kept : 0)
    if (!takeFrame(lane, data, captured, linkType, seconds, nanoseconds, capture, frame)) break
    store<f64>(walker + Walker.Frames, load<f64>(walker + Walker.Frames) + 1)
    at = data + kept
  }
  limitPayload(0)
  store<usize>(lane + Lane.Position, at)
}
