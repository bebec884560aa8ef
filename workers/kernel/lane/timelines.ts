import {
  CHUNK_BYTES,
  JITTER_SLOTS,
  JITTER_UNIT_US,
  KIND_RTCP,
  KIND_RTP,
  MOST_STEPS,
  Pool,
  STEP_BYTES,
  STEPS_A_CHUNK,
  Step,
  Stream,
  Timeline,
} from '../generated/layout'

/*
 * Keeps the steps of streams (src/rtp/timelines.ts), under the token. A packet enters its step before anything else is
 * counted of it, so that what is found out then is written down there.
 */

/** Address of the pool of chunks; 0 where nobody asks for timelines. */
let pool: usize = 0

/** Where this thread finds the pool. */
export function keepTimelines(address: usize): void {
  pool = address
}

/** Counts a packet in its step. Of a stream's first packet the time must be known already. @inline */
export function enterStep(record: usize, timeUs: f64, isFirst: bool): void {
  if (pool != 0) countInStep(record, timeUs, isFirst)
}

function countInStep(record: usize, timeUs: f64, isFirst: bool): void {
  const head = isFirst ? begin(record) : <usize>load<u32>(record + Stream.Timeline)
  if (head == 0) return
  const elapsed = (timeUs - load<f64>(record + Stream.FirstTimeUs)) / 1e6
  const seconds = <i32>Math.max(0, Math.min(<f64>i32.MAX_VALUE, elapsed))
  if (seconds >> load<i32>(head + Timeline.Doublings) != load<i32>(head + Timeline.Index)) {
    moveTo(record, head, seconds)
  }
  add(<usize>load<u32>(head + Timeline.Current) + Step.Packets, 1)
}

/** Counts one of `field` (Step) in the step of the stream's last packet. */
export function noteInStep(record: usize, field: usize): void {
  if (pool == 0) return
  const head = <usize>load<u32>(record + Stream.Timeline)
  if (head != 0) add(<usize>load<u32>(head + Timeline.Current) + field, 1)
}

/** The stream's jitter by the clock of a slot, after its last packet. @inline */
export function noteJitter(record: usize, slot: i32, jitterUs: f64): void {
  if (pool != 0) keepJitter(record, slot, jitterUs)
}

function keepJitter(record: usize, slot: i32, jitterUs: f64): void {
  const head = <usize>load<u32>(record + Stream.Timeline)
  if (head == 0) return
  const at = <usize>load<u32>(head + Timeline.Current) + Step.Jitter + ((<usize>slot) << 1)
  const units = <u32>(jitterUs / JITTER_UNIT_US + 0.5)
  if (units > <u32>load<u16>(at)) store<u16>(at, <u16>min(units, 0xffff))
}

/**
 * What the stream's last packet, `ahead` of the highest number by then, changes of the numbers that are missing (RFC 3550
 * A.3): one that comes late was missed in the step where a later one came first.
 *
 * @param jumps whether it is a stray, or the one in order behind it
 * @inline
 */
export function noteMissing(record: usize, jumps: bool, ahead: i32, extended: i32): void {
  if (pool != 0) countMissing(record, jumps, ahead, extended)
}

function countMissing(record: usize, jumps: bool, ahead: i32, extended: i32): void {
  const head = <usize>load<u32>(record + Stream.Timeline)
  if (head == 0) return
  let at = <usize>load<u32>(head + Timeline.Current)
  const highest = load<i32>(record + Stream.HighestSequence)
  store<i32>(at + Step.Highest, highest)
  const expected = load<i32>(record + Stream.ExpectedBefore) + highest - load<i32>(record + Stream.BaseSequence) + 1
  const copies = load<i32>(record + Stream.Duplicates) + load<i32>(record + Stream.CaptureDuplicates)
  const missing = expected - (load<i32>(record + Stream.Packets) - copies)
  const change = missing - load<i32>(record + Stream.Missing)
  if (change == 0) return
  store<i32>(record + Stream.Missing, missing)
  const index = load<i32>(head + Timeline.Index)
  if (jumps) {
    if (load<i32>(record + Stream.JumpTo) != 0) store<i32>(head + Timeline.StrayIndex, index)
    else {
      // The stray before it was none: what it took from the numbers missing is given back.
      at = stepAt(head, load<i32>(head + Timeline.StrayIndex))
      store<i32>(head + Timeline.JumpIndex, index)
    }
  } else if (ahead < 0 && change == -1) at = missedIn(head, extended)
  add(at + Step.Missing, change)
}

/** Gives the steps of a stream back, which is let go of. */
export function forgetTimeline(record: usize): void {
  if (pool == 0) return
  const head = <usize>load<u32>(record + Stream.Timeline)
  store<u32>(record + Stream.Timeline, 0)
  if (head != 0) free(head)
}

/** STUN, DTLS and ZRTP have no timeline. */
function begin(record: usize): usize {
  const kind = load<i32>(record + Stream.Kind)
  if (kind != KIND_RTP && kind != KIND_RTCP) return 0
  const head = takeChunk(0)
  store<u32>(record + Stream.Timeline, <u32>head)
  if (head == 0) return 0
  store<u32>(head + Timeline.Current, <u32>(head + STEP_BYTES))
  store<i32>(head + Timeline.Count, 1)
  return head
}

/** Makes the step of the packet the current one. */
function moveTo(record: usize, head: usize, seconds: i32): void {
  while (seconds >> load<i32>(head + Timeline.Doublings) >= MOST_STEPS) putTogether(head)
  if (seconds >> load<i32>(head + Timeline.Doublings) >= load<i32>(head + Timeline.Count)) {
    makeRoom(head, seconds)
    const count = load<i32>(head + Timeline.Count)
    const steps = (seconds >> load<i32>(head + Timeline.Doublings)) + 1
    if (steps > count) {
      store<i32>(head + Timeline.Count, steps)
      store<i32>(head + Timeline.HighestBefore, load<i32>(record + Stream.HighestSequence))
    }
  }
  setCurrent(head, seconds >> load<i32>(head + Timeline.Doublings))
}

function setCurrent(head: usize, index: i32): void {
  store<i32>(head + Timeline.Index, index)
  store<u32>(head + Timeline.Current, <u32>stepAt(head, index))
}

/** Until there is room for the step of that second: chunks are added, or, where none is left, steps put together. */
function makeRoom(head: usize, seconds: i32): void {
  let last = head
  let room = STEPS_A_CHUNK
  while (true) {
    const next = <usize>load<u32>(last + Timeline.Next)
    if (next != 0) last = next
    else if (seconds >> load<i32>(head + Timeline.Doublings) < room) return
    else {
      const chunk = takeChunk(load<u32>(pool + Pool.Reserved))
      if (chunk == 0) {
        putTogether(head)
        last = head
        room = STEPS_A_CHUNK
        continue
      }
      store<u32>(last + Timeline.Next, <u32>chunk)
      last = chunk
    }
    room += STEPS_A_CHUNK
  }
}

/** Two steps each become one of twice the time; chunks that are not needed then are given back. */
function putTogether(head: usize): void {
  const count = load<i32>(head + Timeline.Count)
  const kept = (count + 1) >> 1
  let from = head + STEP_BYTES
  let to = from
  let last = to
  for (let n = 0; n < count; n += 2) {
    const second = nextStep(from)
    mergeSteps(to, from, n + 1 < count ? second : 0)
    last = to
    to = nextStep(to)
    from = second == 0 ? 0 : nextStep(second)
  }
  for (let n = kept; n < count; n++) {
    memory.fill(to, 0, STEP_BYTES)
    to = nextStep(to)
  }
  const tail = last & ~(CHUNK_BYTES - 1)
  const rest = <usize>load<u32>(tail + Timeline.Next)
  store<u32>(tail + Timeline.Next, 0)
  if (rest != 0) free(rest)
  store<i32>(head + Timeline.Count, kept)
  add(head + Timeline.Doublings, 1)
  store<i32>(head + Timeline.JumpIndex, load<i32>(head + Timeline.JumpIndex) >> 1)
  store<i32>(head + Timeline.StrayIndex, load<i32>(head + Timeline.StrayIndex) >> 1)
  setCurrent(head, load<i32>(head + Timeline.Index) >> 1)
}

/** @param second address of the later one, or 0; `to` may be `first` */
function mergeSteps(to: usize, first: usize, second: usize): void {
  if (to != first) memory.copy(to, first, STEP_BYTES)
  if (second == 0) return
  if (load<u32>(second + Step.Packets) != 0) store<i32>(to + Step.Highest, load<i32>(second + Step.Highest))
  add(to + Step.Packets, load<i32>(second + Step.Packets))
  add(to + Step.Missing, load<i32>(second + Step.Missing))
  add(to + Step.Cut, load<i32>(second + Step.Cut))
  for (let n: usize = 0; n < JITTER_SLOTS; n++) {
    const at = Step.Jitter + (n << 1)
    store<u16>(to + at, max(load<u16>(to + at), load<u16>(second + at)))
  }
}

/** The step where a number was missed: the first since the last jump whose highest is not below it. */
function missedIn(head: usize, extended: i32): usize {
  const current = <usize>load<u32>(head + Timeline.Current)
  const count = load<i32>(head + Timeline.Count)
  const isLast = load<i32>(head + Timeline.Index) == count - 1
  if (isLast && extended > load<i32>(head + Timeline.HighestBefore)) return current
  const jump = load<i32>(head + Timeline.JumpIndex)
  let at = stepAt(head, jump)
  for (let n = jump; n < count; n++) {
    if (load<u32>(at + Step.Packets) != 0 && load<i32>(at + Step.Highest) >= extended) return at
    at = nextStep(at)
  }
  return current
}

function stepAt(head: usize, index: i32): usize {
  let chunk = head
  let n = index
  for (; n >= STEPS_A_CHUNK; n -= STEPS_A_CHUNK) chunk = <usize>load<u32>(chunk + Timeline.Next)
  return chunk + <usize>(n + 1) * STEP_BYTES
}

/** Address of the step behind, or 0 where there is no room for any. */
function nextStep(step: usize): usize {
  const next = step + STEP_BYTES
  if ((next & (CHUNK_BYTES - 1)) != 0) return next
  const chunk = <usize>load<u32>(next - CHUNK_BYTES + Timeline.Next)
  return chunk == 0 ? 0 : chunk + STEP_BYTES
}

/** An empty chunk, or 0 where no more than `reserved` are left. */
function takeChunk(reserved: u32): usize {
  const left = load<u32>(pool + Pool.Left)
  if (left <= reserved) return 0
  store<u32>(pool + Pool.Left, left - 1)
  const freed = <usize>load<u32>(pool + Pool.Free)
  if (freed == 0) {
    const chunk = <usize>load<u32>(pool + Pool.Next)
    store<u32>(pool + Pool.Next, <u32>(chunk + CHUNK_BYTES))
    return chunk
  }
  store<u32>(pool + Pool.Free, load<u32>(freed + Timeline.Next))
  memory.fill(freed, 0, CHUNK_BYTES)
  return freed
}

/** Gives a list of chunks back. */
function free(first: usize): void {
  let last = first
  let count: u32 = 1
  for (let next = <usize>load<u32>(last + Timeline.Next); next != 0; next = <usize>load<u32>(last + Timeline.Next)) {
    last = next
    count++
  }
  store<u32>(last + Timeline.Next, load<u32>(pool + Pool.Free))
  store<u32>(pool + Pool.Free, <u32>first)
  store<u32>(pool + Pool.Left, load<u32>(pool + Pool.Left) + count)
}

function add(address: usize, value: i32): void {
  store<i32>(address, load<i32>(address) + value)
}
