import { type Endpoint, formatEndpoint } from '../bytes/endpoint.ts'
import { formatAddress } from '../net/addresses.ts'
import { NO_RELAY, OF_INDICATION } from '../net/turn.ts'
import type { TurnPath } from '../net/turn-paths.ts'
import { MediaKind } from '../rtp/media-kind.ts'
import { F, I, type StreamTable } from '../rtp/stream-table.ts'
import type { StreamAddresses } from './binding.ts'

/** A stream's identity as text, read out of the shared table. */
export interface ObservedStream extends StreamAddresses {
  readonly id: number
  readonly sourceAddress: string
  readonly sourcePort: number
  readonly destinationAddress: string
  readonly destinationPort: number
  /** Where it is carried for TURN (RFC 8656): the addresses are then those of what it carries, as far as they are known. */
  readonly turn?: CarriedByTurn
}

/** How a stream goes through a TURN server. */
export interface CarriedByTurn {
  /** Number of the channel; indications have none. */
  readonly channel: number | undefined
  /** Its ends on the wire; not where no binding was captured: then they are those of the stream. */
  readonly client: Endpoint | undefined
  readonly server: Endpoint | undefined
}

/** Stream `id` of the table, where it is RTP or RTCP. */
export function observedStream(table: StreamTable, id: number): ObservedStream | undefined {
  const i = table.intsAt(id)
  const kind = table.ints[i + I.Kind]
  if (kind !== MediaKind.Rtp && kind !== MediaKind.Rtcp) return undefined
  return identified(table, id, kind === MediaKind.Rtp ? 'rtp' : 'rtcp')
}

/** The same for a flow of any kind (STUN, DTLS, ZRTP). */
export function flowOf(table: StreamTable, id: number): Omit<ObservedStream, 'kind'> {
  return identified(table, id, undefined)
}

function identified<Kind>(
  table: StreamTable,
  id: number,
  kind: Kind,
): Omit<ObservedStream, 'kind'> & { readonly kind: Kind } {
  const { ints } = table
  const i = table.intsAt(id)
  const f = table.floatsAt(id)
  const length = ints[i + I.AddressLength] & 0xffff
  const relay = ints[i + I.AddressLength] >>> 16
  const firstPosition = table.floats[f + F.FirstPosition]
  const lastPosition = table.floats[f + F.LastPosition]
  const wire = {
    source: { address: addressAt(ints, i + I.SourceAddress, length), port: ints[i + I.Ports] >>> 16 },
    destination: { address: addressAt(ints, i + I.DestinationAddress, length), port: ints[i + I.Ports] & 0xffff },
  }
  const path = relay === NO_RELAY ? undefined : table.turn.pathOf(wire, relay, firstPosition, lastPosition)
  const { source, destination } = path ?? wire
  return {
    kind,
    id,
    ssrc: ints[i + I.Ssrc] >>> 0,
    capture: ints[i + I.FirstCapture],
    firstPosition,
    lastPosition,
    sourceAddress: source.address,
    sourcePort: source.port,
    destinationAddress: destination.address,
    destinationPort: destination.port,
    source: formatEndpoint(source),
    destination: formatEndpoint(destination),
    ...(relay !== NO_RELAY && { turn: carriedBy(relay, path) }),
  }
}

function carriedBy(relay: number, path: TurnPath | undefined): CarriedByTurn {
  return { channel: relay < OF_INDICATION ? relay : undefined, client: path?.client, server: path?.server }
}

function addressAt(ints: Int32Array, at: number, length: number): string {
  if (length === 4) {
    const word = ints[at]
    return `${word >>> 24}.${(word >> 16) & 255}.${(word >> 8) & 255}.${word & 255}`
  }
  const octets = new Uint8Array(16)
  const view = new DataView(octets.buffer)
  for (let word = 0; word < 4; word++) view.setInt32(word * 4, ints[at + word])
  return formatAddress(octets, 0, length)
}
