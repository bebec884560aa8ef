import type { TraceShape } from './captures/compose.ts'
import type { PeerName } from './peers.ts'

/** What a measured ratio has to be: times as fast as the peer, at least. */
export interface Bar {
  readonly peer: PeerName
  readonly atLeast: number
  /** Where it is meant for one thread only. */
  readonly workers?: 1
}

export interface Case {
  readonly name: string
  readonly title: string
  readonly shape: TraceShape
  readonly peers: readonly PeerName[]
  readonly bars: readonly Bar[]
  /** Peak memory in MB that must not be passed. */
  readonly memoryMb?: number
  /** Seconds of the whole process that must not be passed, with the default number of threads. */
  readonly seconds?: number
  /** Its packets a second, against those of another case. */
  readonly rateOf?: { readonly other: string; readonly atLeast: number }
  /** Measured only when it is asked for: too large for every day. */
  readonly onlyByName?: true
}

const SHA1 = 'AES_CM_128_HMAC_SHA1_80'
const G711 = 160
const SLOW_PEERS: readonly PeerName[] = [
  'tshark rtp,streams',
  'tcpdump -w /dev/null',
  'libsrtp in C',
  'libsrtp on OpenSSL',
]

/** 500 streams at a time where nothing else is said. */
export const CASES: readonly Case[] = [
  {
    name: 'g711-1g',
    title: 'G.711, 1 GB',
    shape: { calls: 250, packetsEach: 8400, payload: G711, suite: SHA1 },
    peers: SLOW_PEERS,
    bars: [
      { peer: 'tshark rtp,streams', atLeast: 20 },
      { peer: 'tshark rtp,streams', atLeast: 12, workers: 1 },
      { peer: 'libsrtp in C', atLeast: 18 },
      { peer: 'libsrtp on OpenSSL', atLeast: 3 },
      { peer: 'tcpdump -w /dev/null', atLeast: 1 / 1.6 },
    ],
    memoryMb: 120,
  },
  {
    name: 'g711-480',
    title: 'G.711, 480 MB',
    shape: { calls: 250, packetsEach: 4000, payload: G711, suite: SHA1 },
    peers: [...SLOW_PEERS, 'npm pcap-parser'],
    bars: [{ peer: 'tshark rtp,streams', atLeast: 15 }],
    memoryMb: 120,
  },
  {
    name: 'video',
    title: 'payloads of 1,200 octets',
    shape: { calls: 250, packetsEach: 800, payload: 1200, suite: SHA1 },
    peers: SLOW_PEERS,
    bars: [{ peer: 'tshark rtp,streams', atLeast: 4.5 }],
  },
  {
    name: 'gcm',
    title: 'G.711 under AES-GCM',
    shape: { calls: 250, packetsEach: 4000, payload: G711, suite: 'AEAD_AES_128_GCM' },
    peers: ['tshark rtp,streams', 'tcpdump -w /dev/null', 'libsrtp on OpenSSL'],
    bars: [{ peer: 'tshark rtp,streams', atLeast: 12 }],
  },
  {
    name: 'mixed',
    title: 'payloads of 20 to 1,300 octets',
    shape: { calls: 250, packetsEach: 2000, payload: [20, 1300], suite: SHA1 },
    peers: SLOW_PEERS,
    bars: [],
  },
  {
    name: 'sip-only',
    title: '200,000 SIP messages, 40,000 calls',
    shape: { calls: 40_000, packetsEach: 0, payload: G711, suite: SHA1 },
    peers: ['tshark sip,stat', 'sngrep -N', 'tcpdump -w /dev/null'],
    bars: [
      { peer: 'tshark sip,stat', atLeast: 5 },
      { peer: 'sngrep -N', atLeast: 2 },
    ],
  },
  {
    name: 'flows-100k',
    title: '100,000 streams at a time of 1.7 s each, 2 GB',
    shape: { calls: 50_000, packetsEach: 84, payload: G711, suite: SHA1 },
    peers: ['tcpdump -w /dev/null'],
    bars: [],
    rateOf: { other: 'g711-1g', atLeast: 0.5 },
    onlyByName: true,
  },
  {
    name: 'flows-100k-long',
    title: '100,000 streams at a time of 12 s each, 15 GB',
    shape: { calls: 50_000, packetsEach: 620, payload: G711, suite: SHA1 },
    peers: ['tcpdump -w /dev/null'],
    bars: [],
    rateOf: { other: 'g711-1g', atLeast: 0.5 },
    onlyByName: true,
  },
  {
    name: 'g711-4g',
    title: 'G.711, 4 GB',
    shape: { calls: 250, packetsEach: 33_600, payload: G711, suite: SHA1 },
    peers: ['tcpdump -w /dev/null'],
    bars: [],
    memoryMb: 120,
    onlyByName: true,
  },
  {
    name: 'small',
    title: 'one call of 40 s, under 1 MB',
    shape: { calls: 1, packetsEach: 2000, payload: G711, suite: SHA1 },
    peers: ['tshark rtp,streams'],
    bars: [],
    seconds: 0.25,
  },
]

/** The same kinds in sizes that are made and measured in a minute: start-up weighs so much there that no bar is held to them. */
export function quick({ name, title, shape, peers }: Case): Case {
  const { packetsEach } = shape
  const [calls, most] = packetsEach === 0 ? [2000, 0] : shape.calls > 1000 ? [2000, 40] : [50, 2000]
  const small = { ...shape, calls: Math.min(shape.calls, calls), packetsEach: Math.min(packetsEach, most) }
  return { name: `${name}-quick`, title: `${title} (of the same kind, but small)`, shape: small, peers, bars: [] }
}
