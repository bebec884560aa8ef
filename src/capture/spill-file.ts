import { closeSync, constants, ftruncateSync, mkdtempSync, openSync, readSync, rmSync, writeSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

/** Octets of a record's header; its payload follows. */
const HEADER = 48
const WRITE_BUFFER = 256 * 1024
const READ_BUFFER = 1 << 20
/** No UDP payload is longer. */
const MAX_PAYLOAD = 65_535

/** A packet that waits for its judgement. One instance is refilled per record. */
export interface SpilledPacket {
  position: number
  timeUs: number
  frame: number
  capture: number
  stream: number
  /** Octets that the UDP header announced. */
  announcedLength: number
  bytes: Uint8Array
  offset: number
  length: number
}

/** A packet to be refilled; made once per thread. */
export function emptySpilledPacket(bytes: Uint8Array = new Uint8Array(0)): SpilledPacket {
  return { position: 0, timeUs: 0, frame: 0, capture: 0, stream: 0, announcedLength: 0, bytes, offset: 0, length: 0 }
}

/**
 * Opens an unlinked file of mode 0600 for packets that cannot be read again from their input, and returns its
 * descriptor, which every thread of the process may write to. It is gone with the process.
 */
export function openSpillFile(): number {
  return openUnnamed() ?? openUnlinked()
}

/** Linux's O_TMPFILE, which Node has no name for: a file that never has one, so that nothing is left at whatever moment. */
const UNNAMED = 0o20000000 | constants.O_DIRECTORY | constants.O_RDWR

function openUnnamed(): number | undefined {
  if (process.platform !== 'linux') return undefined
  try {
    return openSync(tmpdir(), UNNAMED, 0o600)
  } catch {
    // Not every file system has them.
    return undefined
  }
}

function openUnlinked(): number {
  const folder = mkdtempSync(join(tmpdir(), 'srtp-scan-'))
  try {
    return openSync(join(folder, 'deferred'), 'wx+', 0o600)
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
}

export function closeSpillFile(descriptor: number): void {
  closeSync(descriptor)
}

/** Appends packets at `position` of the file, buffered; one writer at a time, each flushing before the next begins. */
export class SpillWriter {
  readonly #descriptor: number
  readonly #limit: number
  readonly #buffer = new Uint8Array(WRITE_BUFFER)
  readonly #view = new DataView(this.#buffer.buffer)
  #used = 0
  #end = 0
  /** Packets that are buffered. */
  #held = 0
  /** Packets since `begin` that the limit kept out, and those that the disk had no room for. */
  beyond = 0
  lost = 0

  /** @param limit octets that the file may hold */
  constructor(descriptor: number, limit: number) {
    this.#descriptor = descriptor
    this.#limit = limit
  }

  /** Takes the file over at its present end. */
  begin(end: number): void {
    this.#end = end
    this.#used = 0
    this.#held = 0
    this.beyond = 0
    this.lost = 0
  }

  /** False where the packet would make the file longer than its limit, or the disk is full. */
  append(packet: SpilledPacket): boolean {
    const need = HEADER + packet.length
    if (this.#end + this.#used + need > this.#limit) {
      this.beyond++
      return false
    }
    if (this.#used + need > WRITE_BUFFER && !this.#write()) {
      this.lost++
      return false
    }
    const view = this.#view
    const at = this.#used
    view.setFloat64(at, packet.position, true)
    view.setFloat64(at + 8, packet.timeUs, true)
    view.setFloat64(at + 16, packet.frame, true)
    view.setInt32(at + 24, packet.capture, true)
    view.setInt32(at + 28, packet.stream, true)
    view.setInt32(at + 32, packet.announcedLength, true)
    view.setInt32(at + 36, packet.length, true)
    this.#buffer.set(packet.bytes.subarray(packet.offset, packet.offset + packet.length), at + HEADER)
    this.#used += need
    this.#held++
    return true
  }

  /** Writes what is buffered and returns the file's new end; `lost` says what is not in it. */
  flush(): number {
    this.#write()
    return this.#end
  }

  #write(): boolean {
    try {
      for (let done = 0; done < this.#used; ) {
        done += writeSync(this.#descriptor, this.#buffer, done, this.#used - done, this.#end + done)
      }
      this.#end += this.#used
      return true
    } catch {
      // A full disk: what is buffered is lost, what was written stays whole.
      this.lost += this.#held
      return false
    } finally {
      this.#used = 0
      this.#held = 0
    }
  }
}

/** Reads a spill file of `end` octets from its beginning. */
export class SpillReader {
  readonly packet = emptySpilledPacket(new Uint8Array(READ_BUFFER))
  readonly #descriptor: number
  readonly #end: number
  readonly #view = new DataView(this.packet.bytes.buffer)
  #fileOffset = 0
  #at = 0
  #have = 0

  constructor(descriptor: number, end: number) {
    this.#descriptor = descriptor
    this.#end = end
  }

  /** Fills `packet` with the next one; false at the end. */
  next(): boolean {
    if (!this.#ensure(HEADER)) return false
    const view = this.#view
    const at = this.#at
    const packet = this.packet
    packet.position = view.getFloat64(at, true)
    packet.timeUs = view.getFloat64(at + 8, true)
    packet.frame = view.getFloat64(at + 16, true)
    packet.capture = view.getInt32(at + 24, true)
    packet.stream = view.getInt32(at + 28, true)
    packet.announcedLength = view.getInt32(at + 32, true)
    const length = view.getInt32(at + 36, true)
    if (length < 0 || length > MAX_PAYLOAD || !this.#ensure(HEADER + length)) return false
    packet.length = length
    packet.offset = this.#at + HEADER
    this.#at += HEADER + length
    return true
  }

  #ensure(octets: number): boolean {
    if (this.#have - this.#at >= octets) return true
    const buffer = this.packet.bytes
    buffer.copyWithin(0, this.#at, this.#have)
    this.#have -= this.#at
    this.#at = 0
    while (this.#have < octets) {
      const want = Math.min(buffer.length - this.#have, this.#end - this.#fileOffset)
      const got = want > 0 ? readSync(this.#descriptor, buffer, this.#have, want, this.#fileOffset) : 0
      if (got === 0) return false
      this.#have += got
      this.#fileOffset += got
    }
    return true
  }
}

/**
 * Lets go of packets in a spill file of `end` octets, in its place: those stay whose stream has a new number in `moved`,
 * and get it. Nobody else may be at work on the file. Returns its new end.
 */
export function compactSpill(descriptor: number, end: number, moved: Int32Array): number {
  const reader = new SpillReader(descriptor, end)
  // What is written lies before what is read: a packet only ever moves towards the beginning.
  const writer = new SpillWriter(descriptor, end)
  writer.begin(0)
  while (reader.next()) {
    const { packet } = reader
    packet.stream = moved[packet.stream] ?? -1
    if (packet.stream >= 0) writer.append(packet)
  }
  const kept = writer.flush()
  ftruncateSync(descriptor, kept)
  return kept
}
