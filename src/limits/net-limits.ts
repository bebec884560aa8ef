import type { Limit } from './limit.ts'

/** What is read of frames, and what is kept of datagrams and of TCP streams until they are whole. */
export const NET_LIMITS = {
  fragmentedDatagrams: {
    most: 1024,
    of: 'IP datagrams that wait for fragments',
    dropped: 'datagrams given up, the oldest first',
    anomaly: { layer: 'net', reason: 'fragments-evicted' },
  },
  fragmentPieces: {
    most: 4096,
    of: 'pieces of up to 2,048 octets of IP datagrams that wait for fragments',
    dropped: 'datagrams given up, the oldest first',
    anomaly: { layer: 'net', reason: 'fragments-beyond-their-room' },
  },
  piecesOfDatagram: {
    most: 512,
    of: 'pieces of one IP datagram that waits for fragments',
    dropped: 'datagrams given up',
    anomaly: { layer: 'net', reason: 'datagrams-in-too-many-pieces' },
  },
  fragmentSeconds: {
    most: 30,
    isPatience: true,
    of: 'seconds that an IP datagram waits for its fragments',
    dropped: 'datagrams given up',
    anomaly: { layer: 'net', reason: 'fragments-expired' },
  },
  headersOfFrame: {
    most: 64,
    of: 'headers of a frame, one inside the other',
    dropped: 'frames not read',
    anomaly: { layer: 'net', reason: 'frames-with-too-many-headers' },
  },
  tagsOfExportedPdu: {
    most: 64,
    of: 'tags of an exported PDU',
    dropped: 'frames not read',
    anomaly: { layer: 'net', reason: 'exported-pdus-with-too-many-tags' },
  },
  tcpConnections: {
    most: 65_536,
    perMegabyte: 64,
    of: 'TCP connections at a time',
    dropped: 'connections given up, the longest silent first; what follows is read as a new one',
    anomaly: { layer: 'net', reason: 'tcp-connections-evicted' },
  },
  tcpSegmentsWaiting: {
    most: 64,
    of: 'TCP segments that wait behind a hole',
    dropped: 'holes given up; reading goes on behind them',
    anomaly: { layer: 'net', reason: 'tcp-holes-before-too-many-segments' },
  },
  tcpOctetsWaiting: {
    most: 262_144,
    of: 'octets that wait behind a hole of a TCP stream',
    dropped: 'holes given up; reading goes on behind them',
    anomaly: { layer: 'net', reason: 'tcp-holes-before-too-many-octets' },
  },
  tcpOctetsWaitingInAll: {
    most: 67_108_864,
    perMegabyte: 65_536,
    of: 'octets that wait behind holes of all TCP streams, 512 more counted for each segment',
    dropped: 'holes given up; reading goes on behind them',
    anomaly: { layer: 'net', reason: 'tcp-holes-beyond-the-room-for-all' },
  },
  tcpSecondsWaiting: {
    most: 10,
    isPatience: true,
    of: 'seconds that a hole of a TCP stream is waited for',
    dropped: 'holes given up; reading goes on behind them',
    anomaly: { layer: 'net', reason: 'tcp-holes-waited-for-in-vain' },
  },
  tcpOctetsUnfinished: {
    most: 134_217_728,
    perMegabyte: 131_072,
    of: 'octets of messages that are not whole yet, and of handshakes that go on, on all TCP connections',
    dropped: 'connections given up, the longest silent first; what follows is read as a new one',
    anomaly: { layer: 'net', reason: 'tcp-connections-beyond-the-room-for-all' },
  },
  icmpErrorRuns: {
    most: 16_384,
    perMegabyte: 16,
    of: 'runs of ICMP errors: each about one flow, for one reason, none more than 5 s after the one before',
    dropped: 'runs forgotten, the oldest first',
    anomaly: { layer: 'net', reason: 'icmp-errors-forgotten' },
  },
  icmpRunsOfFlow: {
    most: 512,
    of: 'runs of ICMP errors about one flow, for whatever reason, by whomever',
    dropped: 'runs forgotten, the oldest of the flow first',
    anomaly: { layer: 'net', reason: 'icmp-errors-of-flow-forgotten' },
  },
  webSocketHandshakeOctets: {
    most: 16_384,
    of: 'octets of the header block of a WebSocket handshake',
    dropped: 'handshakes not read; reading goes on where a frame begins that carries SIP',
    anomaly: { layer: 'net', reason: 'web-socket-handshake-too-large' },
  },
  webSocketMessageOctets: {
    most: 262_144,
    of: 'octets of a WebSocket message',
    dropped: 'messages not read',
    anomaly: { layer: 'net', reason: 'web-socket-message-too-large' },
  },
  webSocketInflation: {
    most: 16,
    of: 'octets that an octet of compressed WebSocket messages becomes, 64 octets of headers a segment counted',
    dropped: 'messages not read',
    anomaly: { layer: 'net', reason: 'web-socket-message-inflates-too-far' },
  },
} as const satisfies Record<string, Limit>
