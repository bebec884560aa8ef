import { type Carried, type MadeFrame, udpFrame } from '../capture/made-frame.ts'
import type { RecordCursor } from '../capture/record.ts'
import type { ObservedStream } from '../media/observed-stream.ts'
import { parseAddress } from '../net/addresses.ts'
import type { Datagram } from '../net/datagram.ts'
import { ReplacedPayloads } from '../net/replaced-payload.ts'

/** A frame for a capture of what is in the clear by now. Its octets are good until the next one. */
export interface ClearFrame {
  readonly linkType: number
  /** Whole seconds since 1970 UTC, and nanoseconds within the second. */
  readonly seconds: number
  readonly nanoseconds: number
  readonly data: Uint8Array
  /** Octets on the wire. */
  readonly originalLength: number
}

/** Makes frames of records whose datagrams are changed, or were put together. */
export class ClearFrames {
  readonly #replaced = new ReplacedPayloads()

  /**
   * A record's frame as it was captured or, with a payload, with that in place of its own. A datagram that came in
   * fragments is one of IP by itself: what stood around the fragments is not in it.
   *
   * @returns undefined where the payload is more than the frame's headers can tell
   */
  of(cursor: RecordCursor, bytes: Uint8Array, datagram: Datagram, payload?: Uint8Array): ClearFrame | undefined {
    const { seconds, nanoseconds, linkType, dataOffset, capturedLength, originalLength } = cursor
    if (datagram.reassembled) {
      const made = udpFrame(carriedBy(datagram, payload ?? payloadOf(datagram)))
      return made && { ...made, seconds, nanoseconds, originalLength: made.data.length }
    }
    const captured = bytes.subarray(dataOffset, dataOffset + capturedLength)
    if (payload === undefined) return { linkType, seconds, nanoseconds, data: captured, originalLength }
    const data = this.#replaced.replace(captured, linkType, payload)
    if (data === undefined) return undefined
    // What the snap length cut off is as long as it was.
    const cut = datagram.announcedLength - datagram.length
    return { linkType, seconds, nanoseconds, data, originalLength: data.length + cut }
  }

  /**
   * What TURN carried, as a datagram of its own between the ends that it was meant for: a reader would take what lies in the
   * messages of TURN for nothing that it knows.
   */
  carried(cursor: RecordCursor, datagram: Datagram, ends: CarriedEnds, payload: Uint8Array): ClearFrame | undefined {
    const { seconds, nanoseconds } = cursor
    const cut = datagram.announcedLength - datagram.length
    const whole = cut === 0 ? payload : Buffer.concat([payload, Buffer.alloc(cut)])
    const made = udpFrame(between(ends, whole) ?? carriedBy(datagram, whole))
    if (made === undefined) return undefined
    const { linkType, data } = made
    return { linkType, seconds, nanoseconds, data: data.subarray(0, data.length - cut), originalLength: data.length }
  }

  /** A frame that was made of a message, at the time when that was heard. */
  made({ linkType, data }: MadeFrame, timeUs: number): ClearFrame {
    const seconds = Math.floor(timeUs / 1e6)
    const nanoseconds = Math.round((timeUs - seconds * 1e6) * 1e3)
    return { linkType, seconds, nanoseconds, data, originalLength: data.length }
  }
}

/** Those that a stream is said to have. */
export type CarriedEnds = Pick<
  ObservedStream,
  'sourceAddress' | 'sourcePort' | 'destinationAddress' | 'destinationPort'
>

/** Undefined where only one of them is known, and the other is of another family. */
function between(ends: CarriedEnds, payload: Uint8Array): Carried | undefined {
  const { sourcePort, destinationPort } = ends
  const [source, destination] = [parseAddress(ends.sourceAddress), parseAddress(ends.destinationAddress)]
  if (source === undefined || source.length !== destination?.length) return undefined
  return { source, destination, sourcePort, destinationPort, payload }
}

export function payloadOf({ bytes, offset, length }: Datagram): Uint8Array {
  return new Uint8Array(bytes.subarray(offset, offset + length))
}

function carriedBy(datagram: Datagram, payload: Uint8Array): Carried {
  const { bytes, addressLength, sourceAddressOffset, destinationAddressOffset, sourcePort, destinationPort } = datagram
  return {
    source: bytes.slice(sourceAddressOffset, sourceAddressOffset + addressLength),
    destination: bytes.slice(destinationAddressOffset, destinationAddressOffset + addressLength),
    sourcePort,
    destinationPort,
    payload,
  }
}
