import { constants, deflateRawSync } from 'node:zlib'
import { describe, expect, test } from 'vitest'
import type { Limit } from '../../src/limits/limits.ts'
import { NET_LIMITS } from '../../src/limits/net-limits.ts'
import { FrameDecoder } from '../../src/net/decode.ts'
import { FragmentTable } from '../../src/net/fragments.ts'
import { TurnSegments } from '../../src/net/turn-segments.ts'
import { ethernet, icmp, ipv4, type Packet, u16, udp, vlan } from '../net/frame-builder.ts'
import { allocated, channelBind, channelData } from '../net/turn-builder.ts'
import { captureOf, reachedIn, scanned, type Timed } from './limited-scan.ts'
import { sip, sipFrame } from './sip-frames.ts'
import { inSegments, Sender } from './tcp-sender.ts'

type Name = keyof typeof NET_LIMITS

/** Traffic that reaches a limit, and what was dropped by then. */
interface Reaching {
  readonly frames: readonly (Uint8Array | Timed)[]
  readonly dropped: number
  readonly linkType?: number
  readonly maxMemoryMb?: number
}

const SIP = sip({ callId: 'behind-it' }).replace('/UDP', '/TCP')
const AFTER = sipFrame({ callId: 'behind-it' })

const fragment = (identification: number, at: number, size: number) =>
  ethernet(ipv4({ bytes: Buffer.alloc(size), type: 17 }, { identification, fragmentOffset: at, more: true }))

const UPGRADE =
  'GET / HTTP/1.1\r\nHost: a\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Key: AA==\r\n' +
  'Sec-WebSocket-Version: 13\r\nSec-WebSocket-Protocol: sip\r\nSec-WebSocket-Extensions: permessage-deflate\r\n\r\n'

function webSocketFrame(payload: Uint8Array | string, first = 0x81): Buffer {
  const octets = Buffer.from(payload)
  const length = octets.length < 126 ? [octets.length] : octets.length < 65_536 ? [126, ...u16(octets.length)] : []
  const long = Buffer.alloc(9)
  long[0] = 127
  long.writeUInt32BE(octets.length, 5)
  return Buffer.concat([Buffer.from([first, ...length]), length.length === 0 ? long : Buffer.alloc(0), octets])
}

const deflated = (text: Uint8Array) => deflateRawSync(text, { finishFlush: constants.Z_SYNC_FLUSH }).subarray(0, -4)

/** A ChannelBind request of one of many clients. */
function boundChannel(peerPort: number, client: number): Uint8Array {
  const request = channelBind(0x4000, { address: '192.0.2.7', port: peerPort })
  const source = `10.${client >> 16}.${(client >> 8) & 255}.${client & 255}`
  // Streams to one port have a ceiling of their own.
  const destinationPort = 3478 + (client >> 11)
  return ethernet(ipv4(udp(request, { sourcePort: 40_000, destinationPort }), { source }))
}

/** More than the streams that there is room for, though some places of it are left. */
function turnStreamsGivenUp(frames: readonly Uint8Array[]): number {
  const decoder = new FrameDecoder(new FragmentTable(new SharedArrayBuffer(FragmentTable.byteLength), 0))
  const segments = new TurnSegments(new SharedArrayBuffer(TurnSegments.byteLength), 0)
  for (const frame of frames) {
    decoder.decode(frame, { dataOffset: 0, capturedLength: frame.length, linkType: 1, seconds: 0 })
    segments.begin(decoder.datagram)
  }
  const { turnTcpStreams } = segments.dropped
  expect(turnTcpStreams).toBeGreaterThanOrEqual(2000 - NET_LIMITS.turnTcpStreams.most)
  return turnTcpStreams
}

function nested(depth: number): Uint8Array {
  let packet: Packet = ipv4(udp(SIP))
  for (let n = 0; n < depth; n++) packet = vlan(packet)
  return ethernet(packet)
}

function exportedPdu(tags: number): Uint8Array {
  return Buffer.concat([...Array.from({ length: tags }, () => Buffer.from([0, 99, 0, 0])), Buffer.from([0, 0, 0, 0])])
}

/** Connections each of which has so many octets of a message that is not whole. */
function unfinished(connections: number, octets: number): Uint8Array[] {
  const head = SIP.replace('Content-Length: 0', `Content-Length: ${2 * octets}`)
  return Array.from({ length: connections }, (_, n) =>
    inSegments(new Sender(10_000 + n).send(head), Buffer.alloc(octets)),
  ).flatMap(({ frames }) => frames)
}

const REACHING: Readonly<Record<Name, () => Reaching>> = {
  fragmentedDatagrams: () => ({ frames: Array.from({ length: 1027 }, (_, n) => fragment(n, 0, 8)), dropped: 3 }),
  turnPaths: () => ({ frames: Array.from({ length: 65_539 }, (_, n) => boundChannel(1000, n)), dropped: 3 }),
  turnTcpStreams: () => {
    // Each has one of few places: so many do not find room for all that they are together.
    const frames = Array.from({ length: 2000 }, (_, n) => new Sender(10_000 + n).send(allocated([]))).flatMap(
      (one) => one.frames,
    )
    return { frames, dropped: turnStreamsGivenUp(frames) }
  },
  turnTcpMessageOctets: () => {
    const message = channelData(0x4000, Buffer.alloc(5000))
    const sender = inSegments(new Sender(40_000).send(allocated([])), Buffer.concat([message, message]))
    return { frames: sender.frames, dropped: 2 }
  },
  turnChangesOfPath: () => ({ frames: Array.from({ length: 18 }, (_, n) => boundChannel(1000 + n, 0)), dropped: 2 }),
  fragmentPieces: () => ({
    // 65,504 octets are 32 pieces: 128 datagrams fill the room.
    frames: Array.from({ length: 130 }, (_, n) => fragment(n, 8, 65_504)),
    dropped: 2,
  }),
  piecesOfDatagram: () => ({ frames: Array.from({ length: 513 }, (_, n) => fragment(1, n * 16, 8)), dropped: 1 }),
  fragmentSeconds: () => ({
    frames: [
      [0, fragment(1, 0, 8)],
      [1, fragment(2, 0, 8)],
      [32, fragment(3, 0, 8)],
    ],
    dropped: 2,
  }),
  headersOfFrame: () => ({ frames: [nested(70), nested(40), nested(70)], dropped: 2 }),
  tagsOfExportedPdu: () => ({ frames: [exportedPdu(65), exportedPdu(10), exportedPdu(64)], dropped: 2, linkType: 252 }),
  tcpConnections: () => ({
    frames: Array.from({ length: 68 }, (_, n) => new Sender(10_000 + n)).flatMap(({ frames }) => frames),
    dropped: 4,
    maxMemoryMb: 1,
  }),
  tcpSegmentsWaiting: () => {
    const sender = new Sender().leaveOut(100)
    for (let n = 0; n < 65; n++) sender.send('x')
    return { frames: sender.leaveOut(1).send(SIP).frames, dropped: 1 }
  },
  tcpOctetsWaiting: () => ({
    frames: inSegments(new Sender().leaveOut(100), Buffer.alloc(262_200), 60_000).frames,
    dropped: 1,
  }),
  tcpOctetsWaitingInAll: () => ({
    frames: [1, 2, 3].flatMap((port) => inSegments(new Sender(port).leaveOut(9), Buffer.alloc(30_000), 10_000).frames),
    dropped: 1,
    maxMemoryMb: 1,
  }),
  tcpSecondsWaiting: () => {
    const [syn, first, second] = new Sender().leaveOut(9).send('x').send('y').frames
    return {
      frames: [
        [0, syn],
        [1, first],
        [12, second],
      ],
      dropped: 1,
    }
  },
  tcpOctetsUnfinished: () => ({ frames: unfinished(6, 40_000), dropped: 4, maxMemoryMb: 1 }),
  icmpErrorRuns: () => ({
    frames: Array.from({ length: 18 }, (_, n) => ethernet(ipv4(icmp(3, 3, ipv4(udp('', { sourcePort: n })).bytes)))),
    dropped: 2,
    maxMemoryMb: 1,
  }),
  icmpRunsOfFlow: () => ({
    frames: Array.from({ length: 515 }, (_, n) => [n * 30, ethernet(ipv4(icmp(3, 3, ipv4(udp('')).bytes)))] as const),
    dropped: 3,
  }),
  webSocketHandshakeOctets: () => ({
    frames: inSegments(new Sender(), Buffer.from(`GET / HTTP/1.1\r\nUpgrade: websocket\r\nX: ${'x'.repeat(17_000)}`))
      .frames,
    dropped: 1,
  }),
  webSocketMessageOctets: () => {
    const sender = new Sender().send(UPGRADE)
    inSegments(sender, webSocketFrame(Buffer.alloc(262_145, 0x20)))
    return { frames: sender.send(webSocketFrame(SIP)).frames, dropped: 1 }
  },
  webSocketInflation: () => {
    const bomb = webSocketFrame(deflated(Buffer.alloc(100_000, 0x20)), 0xc1)
    return { frames: new Sender().send(UPGRADE).send(bomb).send(bomb).send(webSocketFrame(SIP)).frames, dropped: 2 }
  },
}

describe('limits of frames, fragments and TCP streams', () => {
  test.each(Object.keys(NET_LIMITS) as Name[])('%s', async (name) => {
    const { frames, dropped, linkType = 1, maxMemoryMb } = REACHING[name]()
    const capture = captureOf(linkType === 1 ? [...frames, lastOf(frames)] : frames, linkType)
    const report = await scanned(capture, { ...(maxMemoryMb !== undefined && { maxMemoryMb }) })
    const { anomaly, isPatience }: Limit = NET_LIMITS[name]
    expect(report.anomalies).toContainEqual(expect.objectContaining({ ...anomaly, count: dropped }))
    expect(reachedIn(report)).toEqual(isPatience ? {} : { [name]: dropped })
    // What comes behind it is read as ever.
    if (linkType === 1) expect(report.totals.sipMessages).toBeGreaterThan(0)
  })
})

function lastOf(frames: readonly (Uint8Array | Timed)[]): Uint8Array | Timed {
  const last = frames.at(-1)
  return last === undefined || last instanceof Uint8Array ? AFTER : [last[0], AFTER]
}
