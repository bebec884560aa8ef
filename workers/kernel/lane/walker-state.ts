import { Walker } from '../generated/layout'

/** What a walker keeps of every record: its number, whether it was cut, its time (src/capture/walker-state.ts). @inline */
export function noteRecord(walker: usize, seconds: f64, nanoseconds: f64, isTruncated: bool): void {
  store<f64>(walker + Walker.Frames, load<f64>(walker + Walker.Frames) + 1)
  if (isTruncated) store<f64>(walker + Walker.TruncatedFrames, load<f64>(walker + Walker.TruncatedFrames) + 1)
  store<f64>(walker + Walker.Seconds, seconds)
  store<f64>(walker + Walker.Nanoseconds, nanoseconds)
  const latest = load<f64>(walker + Walker.LatestSeconds)
  const latestNanoseconds = load<f64>(walker + Walker.LatestNanoseconds)
  if (load<f64>(walker + Walker.Timed) == 0) {
    store<f64>(walker + Walker.Timed, 1)
    store<f64>(walker + Walker.EarliestSeconds, seconds)
    store<f64>(walker + Walker.EarliestNanoseconds, nanoseconds)
  } else if (seconds < latest || (seconds == latest && nanoseconds < latestNanoseconds)) {
    const earliest = load<f64>(walker + Walker.EarliestSeconds)
    const earliestNanoseconds = load<f64>(walker + Walker.EarliestNanoseconds)
    if (seconds < earliest || (seconds == earliest && nanoseconds < earliestNanoseconds)) {
      store<f64>(walker + Walker.EarliestSeconds, seconds)
      store<f64>(walker + Walker.EarliestNanoseconds, nanoseconds)
    }
    return
  }
  store<f64>(walker + Walker.LatestSeconds, seconds)
  store<f64>(walker + Walker.LatestNanoseconds, nanoseconds)
}
