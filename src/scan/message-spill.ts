import {
  closeSpillFile,
  emptySpilledPacket,
  openSpillFile,
  type SpilledPacket,
  SpillReader,
  SpillWriter,
} from '../capture/spill-file.ts'
import type { MessageContext } from '../sip/context.ts'

/** Octets of messages that wait on the disk, at most. */
const LIMIT_BYTES = 1024 ** 3
/** No UDP payload is longer, and a frame of a capture hardly is. */
const MOST_OCTETS = 65_535

/** A message: the payload of the datagram at its position, or a frame made of what came out of a connection. */
export const SpilledKind = { Datagram: 0, Frame: 1 } as const

/** SIP messages in the order in which they were heard, on the disk until the trace is met again. */
export class MessageSpill {
  /** Messages that found no room. */
  refused = 0
  readonly #descriptor = openSpillFile()
  readonly #writer = new SpillWriter(this.#descriptor, LIMIT_BYTES)
  readonly #packet: SpilledPacket = emptySpilledPacket()

  constructor() {
    this.#writer.begin(0)
  }

  /** @param call a number by which `read` is asked whether the message is wanted */
  add(kind: number, { at }: MessageContext, call: number, octets: Uint8Array): void {
    const packet = this.#packet
    packet.position = at.position
    packet.timeUs = at.timeUs
    packet.frame = at.frame
    packet.capture = at.capture
    packet.stream = kind
    packet.announcedLength = call
    packet.bytes = octets
    packet.offset = 0
    packet.length = octets.length
    if (octets.length > MOST_OCTETS || !this.#writer.append(packet)) this.refused++
  }

  /** No message comes any more: those that are wanted, from the first on. */
  read(keeps: (call: number) => boolean): MessageSource {
    const end = this.#writer.flush()
    this.refused += this.#writer.lost
    const reader = new SpillReader(this.#descriptor, end)
    return {
      next: () => {
        while (reader.next()) if (keeps(reader.packet.announcedLength)) return reader.packet
        return undefined
      },
    }
  }

  close(): void {
    closeSpillFile(this.#descriptor)
  }
}

/** Gives a message after the other; each is good until the next one is asked for. Its `stream` is a SpilledKind. */
export interface MessageSource {
  next(): SpilledPacket | undefined
}
