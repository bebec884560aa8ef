import { closeSync, openSync } from 'node:fs'
import { ScratchError, ScratchWriter } from './scratch-file.ts'
import { emptySpilledPacket, type SpilledPacket, SpillReader, SpillWriter } from './spill-file.ts'

/** The writer does not tell why. */
const FULL = { code: 'ENOSPC' }

/** Packets of one part in a file of their own, in their order. */
export interface PartSpill {
  readonly path: string
  readonly bytes: number
  readonly firstPosition: number
}

/** Writes the packets of one part that are to be met again. */
export class PartSpillWriter {
  readonly #path: string
  readonly #file: ScratchWriter
  readonly #writer: SpillWriter
  #firstPosition = -1

  constructor(path: string) {
    this.#path = path
    this.#file = new ScratchWriter(path)
    this.#writer = new SpillWriter(this.#file.descriptor, Number.POSITIVE_INFINITY)
    this.#writer.begin(0)
  }

  /** @throws ScratchError where the disk is full */
  append(packet: SpilledPacket): void {
    if (this.#firstPosition < 0) this.#firstPosition = packet.position
    if (!this.#writer.append(packet)) throw new ScratchError(this.#path, FULL)
  }

  /** @throws ScratchError where the disk is full */
  finish(): PartSpill {
    const bytes = this.#writer.flush()
    if (this.#writer.lost > 0) throw new ScratchError(this.#path, FULL)
    this.#file.finish()
    return { path: this.#path, bytes, firstPosition: this.#firstPosition }
  }

  abandon(): void {
    this.#file.abandon()
  }
}

/** The packets of several parts in the order of the trace. A part's file is opened when its first packet comes up. */
export class MergedSpills {
  packet: SpilledPacket = emptySpilledPacket()
  /** The part that begins first is the last. */
  readonly #waiting: PartSpill[]
  /** Those that are open, by the positions of their packets. */
  readonly #open: OpenSpill[] = []

  constructor(spills: readonly PartSpill[]) {
    this.#waiting = spills.filter(({ bytes }) => bytes > 0).sort((a, b) => b.firstPosition - a.firstPosition)
  }

  /** Makes `packet` the next one; false at the end. */
  next(): boolean {
    const before = this.#open[0]
    if (before?.reader.packet === this.packet) this.#goOn()
    while (this.#isDue()) this.#openNext()
    const first = this.#open[0]
    if (first === undefined) return false
    this.packet = first.reader.packet
    return true
  }

  #isDue(): boolean {
    const next = this.#waiting.at(-1)
    return next !== undefined && (this.#open.length === 0 || next.firstPosition <= this.#open[0].reader.packet.position)
  }

  #openNext(): void {
    const { path, bytes } = this.#waiting.pop() as PartSpill
    const descriptor = openSync(path, 'r')
    const opened = { descriptor, reader: new SpillReader(descriptor, bytes) }
    if (!opened.reader.next()) {
      closeSync(descriptor)
      return
    }
    this.#open.unshift(opened)
    this.#settle()
  }

  #goOn(): void {
    const [first] = this.#open
    if (first.reader.next()) {
      this.#settle()
      return
    }
    closeSync(first.descriptor)
    this.#open.shift()
  }

  /** Moves the first to its place: parts overlap rarely, and it stays where it is. */
  #settle(): void {
    const open = this.#open
    for (let n = 1; n < open.length; n++) {
      if (open[n - 1].reader.packet.position <= open[n].reader.packet.position) return
      const moved = open[n]
      open[n] = open[n - 1]
      open[n - 1] = moved
    }
  }
}

interface OpenSpill {
  readonly descriptor: number
  readonly reader: SpillReader
}
