import type { Endpoint } from '../src/bytes/endpoint.ts'
import type { TimedDatagram } from './frames.ts'
import { seededOctets } from './seeded-random.ts'

/** Octets that one end of a connection writes. */
export interface Written {
  readonly timeNs: number
  readonly fromClient: boolean
  readonly octets: Uint8Array
}

const Flag = { Fin: 0x01, Syn: 0x02, Push: 0x08, Ack: 0x10 } as const
const largestSegment = 1448
const roundTripNs = 400_000

/**
 * The segments of a TCP connection (RFC 9293) that carries these writings: handshake, data cut to segments of at most
 * 1,448 octets with an acknowledgment for each, and the closing by the client.
 */
export function composeTcpConnection(client: Endpoint, server: Endpoint, written: readonly Written[]): TimedDatagram[] {
  const segments: TimedDatagram[] = []
  const isn = seededOctets(`${client.address}:${client.port}/${server.address}:${server.port}`, 8)
  const next = { client: isn.readUInt32BE(0), server: isn.readUInt32BE(4) }

  const send = (timeNs: number, fromClient: boolean, flags: number, payload: Uint8Array = new Uint8Array(0)) => {
    const own = fromClient ? 'client' : 'server'
    const tcp = {
      sequence: next[own],
      acknowledgment: flags & Flag.Ack ? next[fromClient ? 'server' : 'client'] : 0,
      flags,
    }
    const [source, destination] = fromClient ? [client, server] : [server, client]
    segments.push({ timeNs, source, destination, payload, tcp })
    next[own] = (next[own] + payload.length + (flags & (Flag.Syn | Flag.Fin) ? 1 : 0)) >>> 0
  }

  const start = (written[0]?.timeNs ?? 0) - 2 * roundTripNs
  send(start, true, Flag.Syn)
  send(start + roundTripNs / 2, false, Flag.Syn | Flag.Ack)
  send(start + roundTripNs, true, Flag.Ack)
  let end = start
  for (const { timeNs, fromClient, octets } of written) {
    for (let at = 0; at < octets.length; at += largestSegment) {
      end = timeNs + (at / largestSegment) * 20_000
      send(end, fromClient, Flag.Push | Flag.Ack, octets.subarray(at, at + largestSegment))
    }
    end += roundTripNs / 2
    send(end, !fromClient, Flag.Ack)
  }
  end += 5_000_000
  send(end, true, Flag.Fin | Flag.Ack)
  send(end + roundTripNs / 2, false, Flag.Fin | Flag.Ack)
  send(end + roundTripNs, true, Flag.Ack)
  return segments
}
