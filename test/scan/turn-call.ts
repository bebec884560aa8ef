import { composeCall } from '../../samples/call.ts'
import { formatPcap } from '../../samples/capture-writer.ts'
import { frameDatagrams, type TimedDatagram } from '../../samples/frames.ts'
import type { Endpoint } from '../../src/bytes/endpoint.ts'
import { allocated, channelBind, channelData, indication } from '../net/turn-builder.ts'

export const EPOCH_SECONDS = 1_768_469_400
/** Where the caller's packets come from, and its TURN server, which allocates addresses of its own. */
export const CLIENT = { address: '192.168.1.20', port: 50_000 }
export const SERVER = { address: '203.0.113.9', port: 3478 }
const RELAYED = '203.0.113.11'
export const SUITE = 'AES_CM_128_HMAC_SHA1_80'
const side = (user: string, address: string, mediaPort: number) => {
  const crypto = [{ tag: 1, suite: SUITE }]
  return { user, displayName: user, userAgent: 'any', address, mediaPort, profile: 'RTP/SAVP' as const, crypto }
}

const CALLER_PORT = 16_404

/** A call of 2 s whose caller describes the addresses that were allocated for it. */
export const { datagrams: DIRECT, keys: KEYS } = composeCall(
  {
    name: 'relayed',
    transport: 'udp',
    inviteNs: 1e9,
    talkNs: 2e9,
    caller: { ...side('caller', RELAYED, CALLER_PORT), sendsUnder: 1 },
    callee: { ...side('callee', '198.51.100.20', 20_004), sendsUnder: 1 },
  },
  EPOCH_SECONDS,
)

/** How a datagram between client and peer travels between client and server. */
export type Wrapped = (peer: Endpoint, data: Uint8Array, isSent: boolean) => Uint8Array

export const inChannel: Wrapped = (_, data) => channelData(0x4001, data)
export const inIndication: Wrapped = (peer, data, isSent) => indication(isSent ? 'send' : 'data', peer, data)

const isMedia = ({ source, destination }: TimedDatagram): boolean => source.port >= 16_384 && destination.port >= 16_384

/** Each of the relayed addresses, that of RTP and that of RTCP, is an allocation of a socket of its own. */
function clientOf({ port }: Endpoint): Endpoint {
  return { ...CLIENT, port: CLIENT.port + port - CALLER_PORT }
}

/** The datagrams as the caller's interface shows them: what is relayed lies in what goes to and from the server. */
export function atTheCaller(wrap: Wrapped): TimedDatagram[] {
  return DIRECT.map((datagram) => {
    if (!isMedia(datagram)) return datagram
    const { source, destination, payload } = datagram
    const isSent = source.address === RELAYED
    const client = clientOf(isSent ? source : destination)
    const [from, to] = isSent ? [client, SERVER] : [SERVER, client]
    const carried = wrap(isSent ? destination : source, payload, isSent)
    return { ...datagram, source: from, destination: to, payload: carried }
  })
}

/** The allocations, before the call, and the channels: for RTP and for RTCP. */
export const BINDINGS: readonly TimedDatagram[] = [0, 1].flatMap((n) => {
  const client = { ...CLIENT, port: CLIENT.port + n }
  const allocate = allocated([{ address: RELAYED, port: CALLER_PORT + n }])
  const bind = channelBind(0x4001, { address: '198.51.100.20', port: 20_004 + n })
  return [
    { timeNs: 1e6 + n, source: SERVER, destination: client, payload: allocate },
    { timeNs: 2e6 + n, source: client, destination: SERVER, payload: bind },
  ]
})

/** The same as the interface of the server shows it, to which the media of the peer goes as well. */
export function atTheServer(): TimedDatagram[] {
  const relayed = DIRECT.filter(isMedia).map((one) => ({ ...one, timeNs: one.timeNs + 50_000 }))
  return [...BINDINGS, ...atTheCaller(inChannel), ...relayed].sort((a, b) => a.timeNs - b.timeNs)
}

/** How many octets of the n-th segment of a direction come with the one behind it. */
export type HeldBack = (n: number, octets: number) => number

const SYN = 0x02
const PUSH_ACK = 0x18

/** The same over TCP (RFC 8656 §2.1), with a connection for each allocation; ChannelData is padded there (§12.5). */
export function overTcp(datagrams: readonly TimedDatagram[], heldBack: HeldBack = () => 0): TimedDatagram[] {
  const sequences = new Map<string, { next: number; held: Uint8Array; segments: number; last: TimedDatagram }>()
  const segments: TimedDatagram[] = []
  const segment = (one: TimedDatagram, sequence: number, octets: Uint8Array, flags = PUSH_ACK) => {
    segments.push({ ...one, payload: octets, tcp: { sequence, acknowledgment: 1, flags } })
  }
  for (const one of datagrams) {
    if (one.source.port !== SERVER.port && one.destination.port !== SERVER.port) {
      segments.push(one)
      continue
    }
    const way = `${one.source.address}:${one.source.port} ${one.destination.port}`
    // Near the end of the numbers, which go on from 0.
    const known = sequences.get(way) ?? { next: 0xffff_f000, held: Buffer.alloc(0), segments: 0, last: one }
    if (known.segments === 0) segment(one, known.next - 1, Buffer.alloc(0), SYN)
    const octets = Buffer.concat([known.held, one.payload, Buffer.alloc((4 - (one.payload.length % 4)) % 4)])
    const sent = octets.length - heldBack(known.segments, octets.length)
    segment(one, known.next, octets.subarray(0, sent))
    const next = (known.next + sent) >>> 0
    sequences.set(way, { next, held: octets.subarray(sent), segments: known.segments + 1, last: one })
  }
  for (const { next, held, last } of sequences.values()) {
    if (held.length > 0) segment({ ...last, timeNs: last.timeNs + 1000 }, next, held)
  }
  return segments.sort((a, b) => a.timeNs - b.timeNs)
}

export function captureOf(datagrams: readonly TimedDatagram[]): Buffer {
  return formatPcap(frameDatagrams(datagrams), EPOCH_SECONDS, 'micro')
}
