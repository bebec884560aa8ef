import type { Place } from '../bench/captures/trace-writer.ts'

const ETHERNET = 14
const IPV4 = 20
const TCP = 20

/** Bits of a TCP segment (RFC 9293 §3.1). */
export const TcpFlag = { Fin: 1, Syn: 2, Rst: 4, Push: 8, Ack: 16 } as const

export interface Segment {
  readonly source: Place
  readonly destination: Place
  readonly sequence: number
  readonly flags?: number
  readonly payload?: Uint8Array
}

/** An IPv4 packet in Ethernet; checksums are zero, as where the sender's hardware makes them. */
export function ipv4Frame(protocol: number, source: number, destination: number, payload: Uint8Array): Buffer {
  const frame = Buffer.alloc(ETHERNET + IPV4 + payload.length)
  frame.fill(2, 0, 12)
  frame.writeUInt16BE(0x0800, 12)
  frame[ETHERNET] = 0x45
  frame.writeUInt16BE(IPV4 + payload.length, ETHERNET + 2)
  frame[ETHERNET + 8] = 64
  frame[ETHERNET + 9] = protocol
  frame.writeUInt32BE(source, ETHERNET + 12)
  frame.writeUInt32BE(destination, ETHERNET + 16)
  frame.set(payload, ETHERNET + IPV4)
  return frame
}

export function tcpFrame({ source, destination, sequence, flags = TcpFlag.Ack, payload }: Segment): Buffer {
  const segment = Buffer.alloc(TCP + (payload?.length ?? 0))
  segment.writeUInt16BE(source.port, 0)
  segment.writeUInt16BE(destination.port, 2)
  segment.writeUInt32BE(sequence >>> 0, 4)
  segment[12] = (TCP / 4) << 4
  segment[13] = flags
  segment.writeUInt16BE(0xffff, 14)
  if (payload !== undefined) segment.set(payload, TCP)
  return ipv4Frame(6, source.address, destination.address, segment)
}
