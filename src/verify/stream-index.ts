import type { Datagram } from '../net/datagram.ts'
import { MediaKind } from '../rtp/media-kind.ts'
import { I, STREAM_IDENTITY_BYTES } from '../rtp/stream-record.ts'
import type { Kernel } from './kernel.ts'

/** Looks streams up for datagrams that did not come through the kernel's lane. One a thread. */
export class StreamIndex {
  readonly #kernel: Kernel
  readonly #table: number
  readonly #identityAt: number
  readonly #identity: Int32Array

  /** @param table, identityAt addresses in the kernel's memory: of the stream table, of room for an identity of the thread's own */
  constructor(kernel: Kernel, buffer: ArrayBufferLike, table: number, identityAt: number) {
    this.#kernel = kernel
    this.#table = table
    this.#identityAt = identityAt
    this.#identity = new Int32Array(buffer, identityAt, STREAM_IDENTITY_BYTES / 4)
  }

  /** The number of the stream that a media datagram at a position of the trace belongs to, or -1 where it is not known. */
  find(kind: MediaKind, datagram: Datagram, position: number): number {
    this.#identify(kind, datagram)
    return this.#kernel.findStream(this.#table, this.#identityAt, position)
  }

  /** The same, made where it is new; -1 where the table is full. Under the token only. */
  findOrAdd(kind: MediaKind, datagram: Datagram, position: number): number {
    this.#identify(kind, datagram)
    return this.#kernel.findOrAddStream(this.#table, this.#identityAt, position)
  }

  #identify(kind: MediaKind, datagram: Datagram): void {
    const { bytes, offset, addressLength } = datagram
    const identity = this.#identity
    identity[I.Ssrc] = ssrcOf(kind, bytes, offset)
    identity[I.Ports] = (datagram.sourcePort << 16) | datagram.destinationPort
    identity[I.Kind] = kind
    identity[I.AddressLength] = addressLength | (datagram.relay << 16)
    for (let w = 0; w < 4; w++) {
      const present = w * 4 < addressLength
      identity[I.SourceAddress + w] = present ? word(bytes, datagram.sourceAddressOffset + w * 4) : 0
      identity[I.DestinationAddress + w] = present ? word(bytes, datagram.destinationAddressOffset + w * 4) : 0
    }
  }
}

/** RFC 3550 §5.1 for RTP, §6.4.1 for RTCP; the other kinds have none. */
function ssrcOf(kind: MediaKind, bytes: Uint8Array, offset: number): number {
  if (kind === MediaKind.Rtp) return word(bytes, offset + 8)
  return kind === MediaKind.Rtcp ? word(bytes, offset + 4) : 0
}

function word(bytes: Uint8Array, offset: number): number {
  return (bytes[offset] << 24) | (bytes[offset + 1] << 16) | (bytes[offset + 2] << 8) | bytes[offset + 3]
}
