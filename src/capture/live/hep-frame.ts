import { exportedSip, type MadeFrame, udpFrame } from '../made-frame.ts'
import type { HepPacket } from './hep-packet.ts'

export type FrameFault = 'a protocol that is not read' | 'more than a UDP datagram can hold'

const ProtocolType = { Sip: 1, Rtp: 4, Rtcp: 5 } as const
const UDP = 17

/** Transports of Via that are connections. */
const CONNECTIONS: ReadonlySet<string> = new Set(['TCP', 'TLS', 'WS', 'WSS', 'SCTP', 'TLS-SCTP'])
/** Octets of a message in which the first Via is looked for. */
const LOOK_AHEAD = 4096

/**
 * A captured packet as a frame. What travels in datagrams becomes a UDP datagram again. A SIP message that a server
 * took out of TCP, TLS or a WebSocket is no part of a connection that could be put together again: it becomes an
 * exported PDU, which holds the message and its addresses. Some servers call everything UDP (docs/decisions/hep.md),
 * so the message's own Via is asked as well.
 */
export function hepFrame(packet: HepPacket): MadeFrame | FrameFault {
  const { protocolType, payload, ipProtocol } = packet
  // RTCP is sent as it was, or retold as JSON.
  const isBinary = payload[0] >> 6 === 2
  const isMedia = (protocolType === ProtocolType.Rtp || protocolType === ProtocolType.Rtcp) && isBinary
  if (protocolType !== ProtocolType.Sip && !isMedia) return 'a protocol that is not read'
  const isOfConnection = ipProtocol !== UDP || CONNECTIONS.has(viaTransport(payload))
  if (!isMedia && isOfConnection) return exportedSip(packet)
  return udpFrame(packet) ?? 'more than a UDP datagram can hold'
}

/** The transport of a SIP message's first Via in capitals (RFC 3261 §25.1); '' where none is found. */
function viaTransport(message: Uint8Array): string {
  const head = Buffer.from(message.buffer, message.byteOffset, Math.min(message.length, LOOK_AHEAD)).toString('latin1')
  const line = head.split('\n').find((text) => /^(via|v)[ \t]*:/i.test(text))
  const [, , transport = ''] = line?.slice(line.indexOf(':') + 1).split('/') ?? []
  return transport.trim().split(/[ \t]/)[0].toUpperCase()
}
