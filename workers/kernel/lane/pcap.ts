import { Lane, MAX_CAPTURED_LENGTH, Mode, Walker } from '../generated/layout'
import { takeFrame } from './frame'
import { noteRecord } from './walker-state'

const DAY: f64 = 86_400

/** Records of classic pcap (src/capture/pcap-walker.ts), while they are whole or cut at the snap length and near in time. */
export function walkPcap(lane: usize): void {
  const walker = load<usize>(lane + Lane.Walker)
  if (load<f64>(walker + Walker.Mode) != Mode.InStep) return
  const swapped = load<f64>(walker + Walker.LittleEndian) == 0
  const isNanosecond = load<f64>(walker + Walker.NanosecondFile) == 1
  const perSecond: u32 = isNanosecond ? 1_000_000_000 : 1_000_000
  const nanosecondsEach: u32 = isNanosecond ? 1 : 1000
  const header = <usize>load<f64>(walker + Walker.RecordHeaderLength)
  const snapLength = <u32>load<f64>(walker + Walker.SnapLength)
  const linkType = <u32>load<f64>(walker + Walker.LinkType)
  const capture = <i32>load<f64>(walker + Walker.Capture)
  const end = load<usize>(lane + Lane.End)
  let at = load<usize>(lane + Lane.Position)
  while (end - at >= header) {
    let seconds = load<u32>(at)
    let fraction = load<u32>(at, 4)
    let captured = load<u32>(at, 8)
    let original = load<u32>(at, 12)
    if (swapped) {
      seconds = bswap<u32>(seconds)
      fraction = bswap<u32>(fraction)
      captured = bswap<u32>(captured)
      original = bswap<u32>(original)
    }
    if (captured > MAX_CAPTURED_LENGTH || fraction >= perSecond) break
    if (captured != original && (captured > original || captured != snapLength)) break
    const data = at + header
    if (<usize>captured > end - data) break
    const isNear = Math.abs(<f64>seconds - load<f64>(walker + Walker.Seconds)) <= DAY
    if (!isNear && load<f64>(walker + Walker.Timed) != 0) break
    const nanoseconds = fraction * nanosecondsEach
    const frame = load<f64>(walker + Walker.Frames) + 1
    if (!takeFrame(lane, data, captured, linkType, seconds, nanoseconds, capture, <u32>frame)) break
    noteRecord(walker, seconds, nanoseconds, captured < original)
    at = data + captured
  }
  store<usize>(lane + Lane.Position, at)
}
