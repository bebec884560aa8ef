import { MAX_CARRY_BYTES } from '../capture/walker.ts'
import { StreamTable } from '../rtp/stream-table.ts'
import { CONTROL_BYTES } from './control.ts'

/**
 * The one shared memory of a scan and where everything lies in it. It is sized once: views on a grown memory keep
 * their old length. Pages that are never touched cost nothing.
 */
export interface Layout {
  /** Slabs that are under way at a time. More than there are threads, so that a slab's tail outlives its slot's reuse. */
  readonly slots: number
  /** Room in front of a slab's octets for the record that its predecessor's end cut. */
  readonly headRoomBytes: number
  readonly slabBytes: number
  readonly streamCapacity: number
  readonly keyCapacity: number
  readonly ringBytes: number
  readonly walkerBytes: number
  readonly fragmentBytes: number
  readonly keyEntryBytes: number
  readonly descriptorsPerSlot: number
  readonly control: number
  readonly walker: number
  readonly fragments: number
  readonly ring: number
  readonly keys: number
  readonly slotMeta: number
  readonly descriptors: number
  readonly slabs: number
  readonly streams: number
  readonly totalBytes: number
}

export interface LayoutSizes {
  readonly threads: number
  readonly slabBytes: number
  readonly maxMemoryBytes: number
  readonly walkerBytes: number
  readonly fragmentBytes: number
  readonly keyEntryBytes: number
}

/** The smallest record that carries media: 12 octets of merged or pcap header are never less than 16; IPv4, UDP, RTCP. */
const MIN_MEDIA_RECORD_BYTES = 16 + 20 + 8 + 8
const KEY_CAPACITY = 1 << 17
const RING_BYTES = 4 << 20
const PAGE = 65_536

/** Int32 words of a descriptor: see slab-thread.ts. */
export const DESCRIPTOR_WORDS = 12
/** Float64 words a slot. */
export const SLOT_META_FLOATS = 8

export function layoutOf(sizes: LayoutSizes): Layout {
  const slots = sizes.threads + 2
  const headRoomBytes = align(MAX_CARRY_BYTES)
  const slabBytes = align(sizes.slabBytes)
  const descriptorsPerSlot = Math.ceil((headRoomBytes + slabBytes) / MIN_MEDIA_RECORD_BYTES) + 1
  // Streams take the larger part of what state may take; the rest is the model's.
  const streamCapacity = Math.max(1024, Math.floor((sizes.maxMemoryBytes * 0.5) / 1024))
  let end = 0
  const take = (bytes: number): number => {
    const at = end
    end = align(end + bytes)
    return at
  }
  const control = take(CONTROL_BYTES)
  const walker = take(sizes.walkerBytes)
  const fragments = take(sizes.fragmentBytes)
  const ring = take(RING_BYTES + 64)
  const keys = take(KEY_CAPACITY * sizes.keyEntryBytes)
  const slotMeta = take(slots * SLOT_META_FLOATS * 8)
  const descriptors = take(slots * descriptorsPerSlot * DESCRIPTOR_WORDS * 4)
  const slabs = take(slots * (headRoomBytes + slabBytes))
  const streams = take(StreamTable.byteLength(streamCapacity))
  return {
    slots,
    headRoomBytes,
    slabBytes,
    streamCapacity,
    keyCapacity: KEY_CAPACITY,
    ringBytes: RING_BYTES,
    walkerBytes: sizes.walkerBytes,
    fragmentBytes: sizes.fragmentBytes,
    keyEntryBytes: sizes.keyEntryBytes,
    descriptorsPerSlot,
    control,
    walker,
    fragments,
    ring,
    keys,
    slotMeta,
    descriptors,
    slabs,
    streams,
    totalBytes: end,
  }
}

/** What is used of a WebAssembly.Memory that is shared; it can be sent to another thread. */
export interface SharedMemory {
  readonly buffer: SharedArrayBuffer
}

declare const WebAssembly: {
  Memory: new (descriptor: { initial: number; maximum: number; shared: true }) => SharedMemory
}

/** Shared memory for the layout. WebAssembly memory, so that a kernel can read the slabs where they lie. */
export function allocate(layout: Layout): SharedMemory {
  const pages = Math.ceil(layout.totalBytes / PAGE)
  return new WebAssembly.Memory({ initial: pages, maximum: pages, shared: true })
}

function align(bytes: number): number {
  // Not by bit operations: these end at 2 GiB.
  return Math.ceil(bytes / 4096) * 4096
}
