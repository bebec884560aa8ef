import { MAX_REPEATS, REPEAT_BYTES, Repeat } from '../generated/layout'

/** Address of the list of repeated packets (src/verify/repeat-list.ts); 0 where nobody keeps one. */
let list: usize = 0

/** Where this thread finds the list. */
export function keepRepeats(address: usize): void {
  list = address
}

/**
 * Adds an RTP packet whose number is `behind` the highest and had come before, or may have; as `payloadType` JUMPED, one from
 * which on a source goes on elsewhere. Under the token only.
 */
export function noteRepeat(
  record: usize,
  position: f64,
  frame: u32,
  capture: i32,
  behind: i32,
  payloadType: i32,
): void {
  if (list == 0) return
  const count = load<u32>(list + Repeat.Count)
  if (count >= <u32>MAX_REPEATS) {
    store<u32>(list + Repeat.Beyond, load<u32>(list + Repeat.Beyond) + 1)
    return
  }
  const entry = list + Repeat.Entries + <usize>count * REPEAT_BYTES
  store<f64>(entry + Repeat.Position, position)
  store<u32>(entry + Repeat.Record, <u32>record)
  store<u32>(entry + Repeat.Frame, frame)
  store<i32>(entry + Repeat.Capture, capture)
  store<u16>(entry + Repeat.Behind, <u16>behind)
  store<u16>(entry + Repeat.PayloadType, <u16>payloadType)
  store<u32>(list + Repeat.Count, count + 1)
}
