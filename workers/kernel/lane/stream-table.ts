import { STREAM_IDENTITY_BYTES, STREAM_RECORD_BYTES, Stream, Table } from '../generated/layout'

/*
 * The streams of the trace: records in the order of first appearance behind an open hash index of their numbers + 1.
 *
 *   | header, 64 octets (Table) | index, 4 octets a slot, a power of two | records |
 *
 * A stream is looked up by its identity, the first 48 octets of its record. Whoever adds holds the token.
 */

/** Address of record `id`. */
export function recordOf(table: usize, id: i32): usize {
  return <usize>load<u32>(table + Table.Records) + <usize>id * STREAM_RECORD_BYTES
}

/** The number of the stream with the identity at `identity`, or -1. */
export function findStream(table: usize, identity: usize): i32 {
  return load<i32>(slotOf(table, identity)) - 1
}

/** The same; a stream not seen before is added, and -1 says that the table is full. */
export function findOrAddStream(table: usize, identity: usize): i32 {
  const slot = slotOf(table, identity)
  const known = load<i32>(slot)
  if (known != 0) return known - 1
  const id = load<i32>(table + Table.Count)
  if (id == load<i32>(table + Table.Capacity)) {
    store<i32>(table + Table.Refused, load<i32>(table + Table.Refused) + 1)
    return -1
  }
  const record = recordOf(table, id)
  const serial = load<i32>(table + Table.Serial)
  memory.copy(record, identity, STREAM_IDENTITY_BYTES)
  store<i32>(record + Stream.Serial, serial)
  store<i32>(table + Table.Serial, serial + 1)
  store<i32>(slot, id + 1)
  atomic.store<i32>(table + Table.Count, id + 1)
  return id
}

/** Address of the index slot that holds the identity, or of the empty one where it belongs. */
function slotOf(table: usize, identity: usize): usize {
  const mask = load<u32>(table + Table.Mask)
  const index = <usize>load<u32>(table + Table.Index)
  const records = <usize>load<u32>(table + Table.Records)
  const a = v128.load(identity)
  const b = v128.load(identity, 16)
  const c = v128.load(identity, 32)
  let n = hashOf(identity, load<u32>(table + Table.Seed)) & mask
  while (true) {
    const slot = index + ((<usize>n) << 2)
    const entry = load<u32>(slot)
    if (entry == 0) return slot
    const record = records + <usize>(entry - 1) * STREAM_RECORD_BYTES
    const difference = v128.or(
      v128.or(v128.xor(a, v128.load(record)), v128.xor(b, v128.load(record, 16))),
      v128.xor(c, v128.load(record, 32)),
    )
    if (!v128.any_true(difference)) return slot
    n = (n + 1) & mask
  }
}

/** Seeded: a capture cannot be written so that all its streams meet in one slot. */
function hashOf(identity: usize, seed: u32): u32 {
  let hash = mix(load<u32>(identity + Stream.Ssrc) ^ seed, load<u32>(identity + Stream.Ports))
  hash = mix(hash, load<u32>(identity + Stream.SourceAddress) ^ (load<u32>(identity + Stream.Kind) << 27))
  hash = mix(hash, load<u32>(identity + Stream.DestinationAddress))
  if (load<u32>(identity + Stream.AddressLength) == 4) return hash
  for (let word: usize = 4; word < 16; word += 4) {
    hash = mix(hash, load<u32>(identity + Stream.SourceAddress + word))
    hash = mix(hash, load<u32>(identity + Stream.DestinationAddress + word))
  }
  return hash
}

/** Murmur3's round and half of its finish: a change of the seed changes which values collide. */
function mix(hash: u32, value: u32): u32 {
  let h = (hash ^ (rotl(value * 0xcc9e2d51, 15) * 0x1b873593)) * 0x85ebca6b
  h ^= h >> 15
  return h
}
