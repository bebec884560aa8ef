import { formatEndpoint } from '../bytes/endpoint.ts'
import { formatAddress } from '../net/addresses.ts'
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
  const length = ints[i + I.AddressLength]
  const sourceAddress = addressAt(ints, i + I.SourceAddress, length)
  const destinationAddress = addressAt(ints, i + I.DestinationAddress, length)
  const sourcePort = ints[i + I.Ports] >>> 16
  const destinationPort = ints[i + I.Ports] & 0xffff
  return {
    kind,
    id,
    ssrc: ints[i + I.Ssrc] >>> 0,
    capture: ints[i + I.FirstCapture],
    firstPosition: table.floats[f + F.FirstPosition],
    lastPosition: table.floats[f + F.LastPosition],
    sourceAddress,
    sourcePort,
    destinationAddress,
    destinationPort,
    source: formatEndpoint({ address: sourceAddress, port: sourcePort }),
    destination: formatEndpoint({ address: destinationAddress, port: destinationPort }),
  }
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
