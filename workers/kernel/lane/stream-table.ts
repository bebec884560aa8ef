import { SETTLED_PACKETS, STREAM_IDENTITY_BYTES, STREAM_RECORD_BYTES, Stream, Table } from '../generated/layout'
import { cutBehind, isCutBefore, isOver, noteStreamBefore, streamBefore } from './stream-cuts'

/*
 * The streams of the trace: records in the order of first appearance behind an open hash index of their numbers + 1.
 *
 *   | header (Table) | index, 4 octets a slot, a power of two | receivers, 8 octets a slot, as many | records |
 *
 * There is room for twice as many slots as streams; no more of them are in use than twice to four times what came so far.
 *
 * A stream is looked up by its identity, the first 48 octets of its record. Whoever adds holds the token. A receiver is
 * where packets of one kind go to, address and port: the number of one of its streams + 1, and how many of them are young.
 * An address and port that hear ever another SSRC are no sessions of so many: young streams of a receiver have a ceiling.
 * A stream that has come to some packets has paid for itself: load generators send ten thousand calls to one port in turn.
 *
 * Of streams that are cut (stream-cuts.ts) the index has the first, and the list of cuts those that go on behind it.
 */

/** Octets of a cache line. */
const LINE: usize = 64

/** Address of record `id`. */
export function recordOf(table: usize, id: i32): usize {
  return <usize>load<u32>(table + Table.Records) + <usize>id * STREAM_RECORD_BYTES
}

/** The number of the stream with the identity at `identity` that a packet at `position` is of, or -1. */
export function findStream(table: usize, identity: usize, position: f64): i32 {
  const id = load<i32>(slotOf(table, identity)) - 1
  if (id < 0 || !isOver(table, recordOf(table, id), position)) return id
  return streamBefore(table, cutBehind(table, recordOf(table, id), position)) - 1
}

/** The same for a packet that is counted next; a stream not seen before is added, and -1 says that it found no room. @inline */
export function findOrAddStream(table: usize, identity: usize, position: f64): i32 {
  const last = load<i32>(table + Table.Last)
  const next = last == 0 ? 0 : recordOf(table, last - 1) + Stream.Next
  const expected = next == 0 ? 0 : load<i32>(next)
  let id = expected - 1
  if (expected == 0 || !isIdentity(identity, recordOf(table, id)) || isOver(table, recordOf(table, id), position)) {
    id = lookUp(table, identity, position)
    if (id < 0) return id
    if (next != 0) store<i32>(next, id + 1)
  }
  const record = recordOf(table, id)
  if (load<i32>(record + Stream.Packets) == SETTLED_PACKETS - 1) settle(table, identity)
  store<i32>(table + Table.Last, id + 1)
  foresee(table, record)
  return id
}

function lookUp(table: usize, identity: usize, position: f64): i32 {
  const slot = slotOf(table, identity)
  const known = load<i32>(slot)
  const id = known != 0 ? known - 1 : addStream(table, identity, slot)
  if (id < 0 || !isOver(table, recordOf(table, id), position)) return id
  const cut = cutBehind(table, recordOf(table, id), position)
  const later = streamBefore(table, cut)
  return later != 0 ? later - 1 : goOn(table, id, cut)
}

/** The stream is no longer young. */
function settle(table: usize, identity: usize): void {
  const receiver = receiverOf(table, identity)
  store<i32>(receiver, load<i32>(receiver, 4) - 1, 4)
}

/**
 * Streams send at a steady pace, so their packets come in nearly the same order again and again: the record of the one
 * that came behind this stream's last time is fetched while this packet is counted.
 */
function foresee(table: usize, record: usize): void {
  const next = load<i32>(record + Stream.Next)
  const expected = next == 0 ? record : recordOf(table, next - 1)
  const touched =
    load<i32>(expected) + load<i32>(expected + LINE) + load<i32>(expected + 2 * LINE) + load<i32>(expected + 3 * LINE)
  store<i32>(table + Table.Touched, touched)
}

/** The number of a stream that has none yet, which belongs to an empty slot; -1 says that it found no room. */
function addStream(table: usize, identity: usize, empty: usize): i32 {
  let slot = empty
  let receiver = receiverOf(table, identity)
  const heard = load<i32>(receiver, 4)
  if (heard >= load<i32>(table + Table.MostHeard)) {
    store<i32>(table + Table.Crowded, load<i32>(table + Table.Crowded) + 1)
    return -1
  }
  const id = load<i32>(table + Table.Count)
  if (isFull(table)) return -1
  if (<u32>id * 2 >= load<u32>(table + Table.Mask)) {
    growIndex(table)
    slot = slotOf(table, identity)
    receiver = receiverOf(table, identity)
  }
  store<i32>(slot, id + 1)
  store<i32>(receiver, id + 1)
  store<i32>(receiver, heard + 1, 4)
  append(table, identity)
  const cuts = cutsOf(table, identity)
  if (cuts != 0) copyCuts(recordOf(table, id), cuts)
  return id
}

/** The same for what stream `id` goes on as before a further cut: a young one of its receiver, whatever the ceiling. */
function goOn(table: usize, id: i32, cut: i32): i32 {
  if (isFull(table)) return -1
  const record = recordOf(table, id)
  const next = load<i32>(table + Table.Count)
  const receiver = receiverOf(table, record)
  store<i32>(receiver, load<i32>(receiver, 4) + 1, 4)
  append(table, record)
  copyCuts(recordOf(table, next), record)
  store<i32>(recordOf(table, next) + Stream.NextCut, cut)
  noteStreamBefore(table, cut, next)
  return next
}

/** Counts the packet that finds no room. */
function isFull(table: usize): bool {
  if (load<i32>(table + Table.Count) < load<i32>(table + Table.Capacity)) return false
  store<i32>(table + Table.Refused, load<i32>(table + Table.Refused) + 1)
  return true
}

/** The record that says where a stream that is new to the table is cut; 0 where it is not. */
function cutsOf(table: usize, identity: usize): usize {
  const streams = <usize>load<u32>(table + Table.CutStreams)
  if (streams == 0) return 0
  const id = findStream(streams, identity, 0)
  return id < 0 ? 0 : recordOf(streams, id)
}

function copyCuts(to: usize, from: usize): void {
  store<i32>(to + Stream.NextCut, load<i32>(from + Stream.NextCut))
  store<i32>(to + Stream.EndOfCuts, load<i32>(from + Stream.EndOfCuts))
}

function append(table: usize, identity: usize): void {
  const id = load<i32>(table + Table.Count)
  const serial = load<i32>(table + Table.Serial)
  const record = recordOf(table, id)
  memory.copy(record, identity, STREAM_IDENTITY_BYTES)
  store<i32>(record + Stream.Serial, serial)
  store<i32>(table + Table.Serial, serial + 1)
  atomic.store<i32>(table + Table.Count, id + 1)
}

/** Gives the stream of a record that stays when others are let go its place again, behind those that were given theirs. */
export function addStreamAgain(table: usize, record: usize): void {
  const id = load<i32>(table + Table.Count)
  place(table, record, id)
  memory.copy(recordOf(table, id), record, STREAM_IDENTITY_BYTES)
  atomic.store<i32>(table + Table.Count, id + 1)
}

/**
 * Twice the slots, of the index and of the receivers. Most traces have some hundred streams: slots for as many as there may
 * be would be a page of memory and a miss of the cache for each.
 */
function growIndex(table: usize): void {
  const slots = <usize>load<u32>(table + Table.Mask) + 1
  memory.fill(<usize>load<u32>(table + Table.Index), 0, slots << 2)
  memory.fill(<usize>load<u32>(table + Table.Receivers), 0, slots << 3)
  store<u32>(table + Table.Mask, <u32>(slots << 1) - 1)
  const count = load<i32>(table + Table.Count)
  for (let id = 0; id < count; id++) place(table, recordOf(table, id), id)
}

/** Enters stream `id`, whose identity and count of packets are those of a record, where it and its receiver belong. */
function place(table: usize, record: usize, id: i32): void {
  if (!isCutBefore(table, record)) store<i32>(slotOf(table, record), id + 1)
  const receiver = receiverOf(table, record)
  store<i32>(receiver, id + 1)
  if (load<i32>(record + Stream.Packets) < SETTLED_PACKETS) store<i32>(receiver, load<i32>(receiver, 4) + 1, 4)
}

/** Address of the index slot that holds the identity, or of the empty one where it belongs. */
function slotOf(table: usize, identity: usize): usize {
  const mask = load<u32>(table + Table.Mask)
  const index = <usize>load<u32>(table + Table.Index)
  const records = <usize>load<u32>(table + Table.Records)
  let n = hashOf(table, identity) & mask
  while (true) {
    const slot = index + ((<usize>n) << 2)
    const entry = load<u32>(slot)
    if (entry == 0) return slot
    if (isIdentity(identity, records + <usize>(entry - 1) * STREAM_RECORD_BYTES)) return slot
    n = (n + 1) & mask
  }
}

function isIdentity(identity: usize, record: usize): bool {
  const a = v128.xor(v128.load(identity), v128.load(record))
  const b = v128.xor(v128.load(identity, 16), v128.load(record, 16))
  const c = v128.xor(v128.load(identity, 32), v128.load(record, 32))
  return !v128.any_true(v128.or(v128.or(a, b), c))
}

/** Address of the slot of the receiver that an identity names, or of the empty one where it belongs. */
function receiverOf(table: usize, identity: usize): usize {
  const mask = load<u32>(table + Table.Mask)
  const index = <usize>load<u32>(table + Table.Receivers)
  let n = receiverHash(table, identity) & mask
  while (true) {
    const slot = index + ((<usize>n) << 3)
    const first = load<i32>(slot)
    if (first == 0 || isSameReceiver(identity, recordOf(table, first - 1))) return slot
    n = (n + 1) & mask
  }
}

function isSameReceiver(one: usize, other: usize): bool {
  if (((load<u32>(one + Stream.Ports) ^ load<u32>(other + Stream.Ports)) & 0xffff) != 0) return false
  if (load<u32>(one + Stream.Kind) != load<u32>(other + Stream.Kind)) return false
  if (load<u32>(one + Stream.AddressLength) != load<u32>(other + Stream.AddressLength)) return false
  if (isCarriedByTurn(one)) {
    const source = v128.load(one + Stream.SourceAddress)
    if (v128.any_true(v128.xor(source, v128.load(other + Stream.SourceAddress)))) return false
  }
  const a = v128.load(one + Stream.DestinationAddress)
  return !v128.any_true(v128.xor(a, v128.load(other + Stream.DestinationAddress)))
}

/** All clients of a TURN server send to one port of it, so there each client's address is a receiver of its own. */
function isCarriedByTurn(identity: usize): bool {
  return load<u32>(identity + Stream.AddressLength) >> 16 != 0
}

function receiverHash(table: usize, identity: usize): u32 {
  let sum =
    load<u64>(table + Table.HashKeys) + <u64>(load<u32>(identity + Stream.Ports) & 0xffff) * keyOf(table, Stream.Ports)
  sum += weighed(table, identity, Stream.Kind)
  sum += weighed(table, identity, Stream.AddressLength)
  for (let word: usize = 0; word < 16; word += 4) sum += weighed(table, identity, Stream.DestinationAddress + word)
  if (isCarriedByTurn(identity)) {
    for (let word: usize = 0; word < 16; word += 4) sum += weighed(table, identity, Stream.SourceAddress + word)
  }
  return mixed(sum)
}

/**
 * Multilinear hashing (Lemire and Kaser, Strongly universal string hashing is fast, 2014): whoever does not know the keys,
 * which are random for every scan, cannot write a capture whose streams meet in one slot.
 */
function hashOf(table: usize, identity: usize): u32 {
  let sum =
    load<u64>(table + Table.HashKeys) +
    weighed(table, identity, Stream.Ssrc) +
    weighed(table, identity, Stream.Ports) +
    weighed(table, identity, Stream.Kind) +
    weighed(table, identity, Stream.SourceAddress) +
    weighed(table, identity, Stream.DestinationAddress)
  // IPv6, or by a TURN server, of whose ways one pair of ends may have thousands.
  if (load<u32>(identity + Stream.AddressLength) != 4) {
    sum += weighed(table, identity, Stream.AddressLength)
    for (let word: usize = 4; word < 16; word += 4) {
      sum += weighed(table, identity, Stream.SourceAddress + word)
      sum += weighed(table, identity, Stream.DestinationAddress + word)
    }
  }
  return mixed(sum)
}

function weighed(table: usize, identity: usize, word: usize): u64 {
  return <u64>load<u32>(identity + word) * keyOf(table, word)
}

/** The key of the identity's word at `word` octets; the first key of all is added as it is. */
function keyOf(table: usize, word: usize): u64 {
  return load<u64>(table + Table.HashKeys + 8 + (word << 1))
}

/** Upper half, and murmur3's finish: numbers in sequence are not to stand in sequence. */
function mixed(sum: u64): u32 {
  let h = <u32>(sum >> 32)
  h = (h ^ (h >> 16)) * 0x85ebca6b
  h = (h ^ (h >> 13)) * 0xc2b2ae35
  return h ^ (h >> 16)
}
