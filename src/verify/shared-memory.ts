import { randomInt } from 'node:crypto'
import { MAX_CARRY_BYTES, WALKER_STATE_BYTES } from '../capture/walker.ts'
import { ceilingOf, LIMITS } from '../limits/limits.ts'
import { FragmentTable } from '../net/fragments.ts'
import { TurnSegments } from '../net/turn-segments.ts'
import { StreamTable } from '../rtp/stream-table.ts'
import { CHUNK_BYTES, Timelines } from '../rtp/timelines.ts'
import { KEY_ENTRY_BYTES } from '../srtp/key-entry.ts'
import { CONTROL_BYTES } from './control.ts'
import { allocateSharedMemory, KERNEL_STATIC_BYTES, type SharedMemory } from './kernel.ts'
import { initialiseLane, laneBytes } from './lane-layout.ts'
import { REPEAT_LIST_BYTES } from './repeat-list.ts'

/**
 * The one shared memory of a scan and where everything lies in it. It is sized once: views on a grown memory keep
 * their old length. Pages that are never touched cost nothing.
 */
export interface Layout {
  readonly threads: number
  /** Slabs that are under way at a time. More than there are threads, so that a slab's tail outlives its slot's reuse. */
  readonly slots: number
  /** Room in front of a slab's octets for the record that its predecessor's end cut. */
  readonly headRoomBytes: number
  readonly slabBytes: number
  readonly streamCapacity: number
  readonly streamsToOnePort: number
  readonly keyCapacity: number
  readonly ringBytes: number
  readonly descriptorsPerSlot: number
  readonly laneBytes: number
  readonly control: number
  readonly walker: number
  readonly fragments: number
  readonly turn: number
  readonly ring: number
  readonly keys: number
  readonly repeats: number
  /** 0 where none are kept. */
  readonly timelines: number
  readonly timelineBytes: number
  /** 0 where there are none. */
  readonly cuts: number
  readonly slotMeta: number
  readonly lanes: number
  readonly descriptors: number
  readonly slabs: number
  readonly streams: number
  readonly totalBytes: number
}

export interface LayoutSizes {
  readonly threads: number
  readonly slabBytes: number
  readonly maxMemoryBytes: number
  readonly timelines?: boolean
  /** Of what is known of streams that are cut. */
  readonly cutBytes?: number
}

/** The smallest record that carries media: 12 octets of merged or pcap header are never less than 16; IPv4, UDP, RTCP. */
const MIN_MEDIA_RECORD_BYTES = 16 + 20 + 8 + 8
/** Number 0 is none's. */
const KEY_CAPACITY = LIMITS.keys.most + 1
const RING_BYTES = 4 << 20

/** Int32 words of a descriptor: `D` in slab-slots.ts. */
export const DESCRIPTOR_WORDS = 12
/** Float64 words of a slot: `S` in slab-slots.ts. */
export const SLOT_META_FLOATS = 8

export function layoutOf(sizes: LayoutSizes): Layout {
  const slots = sizes.threads + 2
  const headRoomBytes = align(MAX_CARRY_BYTES)
  const slabBytes = align(sizes.slabBytes)
  const descriptorsPerSlot = Math.ceil((headRoomBytes + slabBytes) / MIN_MEDIA_RECORD_BYTES) + 1
  const streamCapacity = ceilingOf('streams', sizes.maxMemoryBytes)
  // What lies at the beginning of its memory is the kernel's.
  let end = KERNEL_STATIC_BYTES
  const take = (bytes: number): number => {
    const at = end
    end = align(end + bytes)
    return at
  }
  const control = take(CONTROL_BYTES)
  const walker = take(WALKER_STATE_BYTES)
  const fragments = take(FragmentTable.byteLength)
  const turn = take(TurnSegments.byteLength)
  const ring = take(RING_BYTES + 64)
  const keys = take(KEY_CAPACITY * KEY_ENTRY_BYTES)
  const repeats = take(REPEAT_LIST_BYTES)
  const slotMeta = take(slots * SLOT_META_FLOATS * 8)
  const lanes = take(sizes.threads * laneBytes())
  const descriptors = take(slots * descriptorsPerSlot * DESCRIPTOR_WORDS * 4)
  const slabs = take(slots * (headRoomBytes + slabBytes))
  const streams = take(StreamTable.byteLength(streamCapacity))
  const timelineBytes = sizes.timelines === true ? timelinePoolBytes(sizes.maxMemoryBytes) : 0
  const timelines = timelineBytes > 0 ? take(timelineBytes) : 0
  const cuts = sizes.cutBytes === undefined ? 0 : take(sizes.cutBytes)
  return {
    threads: sizes.threads,
    slots,
    headRoomBytes,
    slabBytes,
    streamCapacity,
    streamsToOnePort: ceilingOf('streamsToOnePort', sizes.maxMemoryBytes),
    keyCapacity: KEY_CAPACITY,
    ringBytes: RING_BYTES,
    descriptorsPerSlot,
    laneBytes: laneBytes(),
    control,
    walker,
    fragments,
    turn,
    ring,
    keys,
    repeats,
    timelines,
    timelineBytes,
    cuts,
    slotMeta,
    lanes,
    descriptors,
    slabs,
    streams,
    totalBytes: end,
  }
}

/** The header takes as much as a chunk. */
function timelinePoolBytes(maxMemoryBytes: number): number {
  return CHUNK_BYTES * (1 + ceilingOf('timelineChunks', maxMemoryBytes))
}

/** Address of a thread's lane. */
export function laneAddress(layout: Layout, thread: number): number {
  return layout.lanes + thread * layout.laneBytes
}

/** Shared memory for the layout, its tables empty: the kernel's, so that it reads the slabs where they lie. */
export function allocate(layout: Layout): SharedMemory {
  const memory = allocateSharedMemory(layout.totalBytes)
  const { buffer } = memory
  for (let thread = 0; thread < layout.threads; thread++) {
    initialiseLane(buffer, laneAddress(layout, thread))
  }
  StreamTable.initialise(buffer, layout.streams, layout.streamCapacity, randomInt(2 ** 32), layout.streamsToOnePort)
  if (layout.timelines > 0) Timelines.initialise(buffer, layout.timelines, layout.timelineBytes)
  return memory
}

function align(bytes: number): number {
  // Not by bit operations: these end at 2 GiB.
  return Math.ceil(bytes / 4096) * 4096
}
