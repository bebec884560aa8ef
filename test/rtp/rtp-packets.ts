import { expect } from 'vitest'
import { formatRtp } from '../../samples/rtp-packet.ts'
import type { seededGenerator } from '../../samples/seeded-random.ts'
import { emptyDatagram } from '../../src/net/datagram.ts'
import { NO_RELAY } from '../../src/net/turn.ts'
import { MediaKind } from '../../src/rtp/media-kind.ts'
import { cutsByteLength, enterCuts, identityOf } from '../../src/rtp/stream-cuts.ts'
import { StreamTable, TableAt } from '../../src/rtp/stream-table.ts'
import { CHUNK_BYTES, StepAt, Timelines } from '../../src/rtp/timelines.ts'
import {
  allocateSharedMemory,
  compileKernel,
  instantiateKernel,
  KERNEL_STATIC_BYTES,
  type Kernel,
} from '../../src/verify/kernel.ts'
import { StreamIndex } from '../../src/verify/stream-index.ts'

const IDENTITY_AT = KERNEL_STATIC_BYTES
const PACKET_AT = KERNEL_STATIC_BYTES + 128
const TABLE_AT = KERNEL_STATIC_BYTES + 65_536
/** Room for cuts. */
const CUT_BYTES = 2 * 65_536

const module = compileKernel()

/** What the decoder knows of a packet, beside its octets. */
export interface Arrival {
  readonly position: number
  readonly timeUs: number
  readonly capture: number
  readonly frame: number
  /** 16 bits that stay the same for one packet seen at two capture points. */
  readonly identity: number
}

/** What a stream is found by. */
export interface FlowKey {
  readonly kind: MediaKind
  readonly relay: number
  readonly ssrc: number
  readonly source: readonly number[]
  readonly destination: readonly number[]
  readonly ports: readonly [number, number]
}

/** A stream table in a memory of its own, with the kernel that fills it. */
export class CountingTable extends StreamTable {
  readonly buffer: SharedArrayBuffer
  readonly timelines: Timelines
  readonly #kernel: Kernel
  readonly #index: StreamIndex
  readonly #cutsAt: number

  /** @param chunks of steps that there is room for; with none no timelines are kept */
  constructor(capacity: number, seed = 0, chunks = 0) {
    const cutsAt = TABLE_AT + StreamTable.byteLength(capacity)
    const pool = Math.ceil((cutsAt + CUT_BYTES) / CHUNK_BYTES) * CHUNK_BYTES
    const poolBytes = (chunks + 1) * CHUNK_BYTES
    const memory = allocateSharedMemory(pool + poolBytes)
    StreamTable.initialise(memory.buffer, TABLE_AT, capacity, seed)
    super(memory.buffer, TABLE_AT, capacity)
    this.buffer = memory.buffer
    this.#cutsAt = Math.ceil(cutsAt / 64) * 64
    this.#kernel = instantiateKernel(module, memory)
    if (chunks > 0) {
      Timelines.initialise(memory.buffer, pool, poolBytes)
      this.#kernel.keepTimelines(pool)
    }
    this.timelines = new Timelines(memory.buffer, this)
    this.#index = new StreamIndex(this.#kernel, memory.buffer, TABLE_AT, IDENTITY_AT)
  }

  /** Slots of the index in a row that are taken. */
  get longestProbe(): number {
    const header = new Uint32Array(this.buffer, TABLE_AT, 16)
    const slots = new Int32Array(this.buffer, header[TableAt.Index / 4], header[TableAt.Mask / 4] + 1)
    let longest = 0
    let run = 0
    for (const slot of slots) {
      run = slot === 0 ? 0 : run + 1
      longest = Math.max(longest, run)
    }
    return longest
  }

  find(key: FlowKey, position = 0): number {
    return this.#index.find(key.kind, datagramOf(key), position)
  }

  findOrAdd(key: FlowKey, position = 0): number {
    return this.#index.findOrAdd(key.kind, datagramOf(key), position)
  }

  /** Cuts flows at positions, ascending; before anything is found. */
  cutAt(cuts: readonly (readonly [key: FlowKey, positions: readonly number[]])[]): void {
    const other = new CountingTable(cuts.length)
    const streams = cuts.map(([key, positions]) => ({ identity: identityOf(other, other.findOrAdd(key)), positions }))
    expect(cutsByteLength(streams)).toBeLessThan(CUT_BYTES)
    enterCuts(this.buffer, TABLE_AT, this.#cutsAt, streams, 1, (table, identity) => {
      new Int32Array(this.buffer, IDENTITY_AT).set(identity)
      return this.#kernel.findOrAddStream(table, IDENTITY_AT, 0)
    })
  }

  /** Lets go of all streams but those that are kept. */
  keepOnly(keeps: (id: number) => boolean): Int32Array {
    for (let id = 0; id < this.count; id++) if (!keeps(id)) this.#kernel.forgetTimeline(this.addressOf(id))
    return this.compact(keeps, (record) => this.#kernel.addStreamAgain(TABLE_AT, record))
  }

  /** Takes a packet into its stream's statistics; returns the estimate of its rollover counter. */
  countRtp(id: number, { position, timeUs, capture, frame, identity }: Arrival, packet: Uint8Array): number {
    new Uint8Array(this.buffer, PACKET_AT, packet.length).set(packet)
    const record = this.addressOf(id)
    return this.#kernel.countRtp(record, position, timeUs, capture, frame, identity, PACKET_AT, packet.length)
  }

  /** Says of the stream's last packet that it was cut. */
  noteCut(id: number): void {
    this.#kernel.noteInStep(this.addressOf(id), StepAt.Cut)
  }
}

export function newTable(capacity = 8, seed = 0, chunks = 0): CountingTable {
  return new CountingTable(capacity, seed, chunks)
}

/** The key of a flow between two IPv4 (4 octets) or IPv6 (16 octets) addresses. */
export function flowKey(
  ssrc: number,
  source: readonly number[] = [192, 0, 2, 1],
  destination: readonly number[] = [192, 0, 2, 2],
  ports: readonly [number, number] = [4000, 5000],
  kind: MediaKind = MediaKind.Rtp,
  relay = NO_RELAY,
): FlowKey {
  return { kind, ssrc, source, destination, ports, relay }
}

/** A datagram of the flow: RTP has its SSRC at octet 8, RTCP at octet 4. */
function datagramOf({ kind, ssrc, source, destination, ports, relay }: FlowKey) {
  const bytes = Buffer.alloc(12 + 2 * source.length)
  bytes.writeInt32BE(ssrc | 0, kind === MediaKind.Rtcp ? 4 : 8)
  bytes.set([...source, ...destination], 12)
  return {
    ...emptyDatagram(),
    bytes,
    offset: 0,
    length: 12,
    addressLength: source.length,
    relay,
    sourceAddressOffset: 12,
    destinationAddressOffset: 12 + source.length,
    sourcePort: ports[0],
    destinationPort: ports[1],
  }
}

/** A PCMU packet of 160 octets with the given sequence number, at 50 packets a second. */
export function pcmu(
  sequenceNumber: number,
  timestamp = sequenceNumber * 160,
  payload: Uint8Array = new Uint8Array(160),
): Buffer {
  return formatRtp({ marker: false, payloadType: 0, sequenceNumber, timestamp, ssrc: 0x1234abcd }, payload)
}

export function arrivalAt(timeUs: number, identity = 0, position = 0): Arrival {
  return { position, timeUs, capture: 0, frame: position + 1, identity }
}

/** `length` octets that look like ciphertext. */
export function cipherOctets(next: ReturnType<typeof seededGenerator>, length: number): Uint8Array<ArrayBuffer> {
  const bytes = new Uint8Array(length)
  for (let n = 0; n < length; n++) bytes[n] = next() >>> 24
  return bytes
}
