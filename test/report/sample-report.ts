import type { Call, Finding, MediaDescriptionReport, Report, Stream, Totals } from '../../src/model/report.ts'
import type { TlsPeer } from '../../src/model/tls-report.ts'

/** A type with every optional field present, at every depth. */
type Whole<T> = T extends readonly (infer E)[]
  ? readonly Whole<E>[]
  : T extends object
    ? { readonly [K in keyof T]-?: Whole<Exclude<T[K], undefined>> }
    : T

const TOTALS: Totals = {
  frames: 846,
  sipMessages: 6,
  calls: 1,
  streams: 4,
  rtp: 836,
  rtcp: 4,
  verified: 838,
  failed: 0,
  unverified: 0,
  plain: 2,
  findings: { error: 0, warning: 1, info: 0 },
}

function side(endpoint: string): Whole<MediaDescriptionReport> {
  return {
    endpoint,
    rtcpEndpoint: endpoint.replace(/\d+$/, (port) => `${Number(port) + 1}`),
    profile: 'RTP/SAVP',
    potentialProfiles: ['RTP/SAVPF'],
    direction: 'sendrecv',
    codecs: ['PCMU/8000', 'telephone-event/8000'],
    crypto: [
      {
        tag: 1,
        suite: 'AES_CM_128_HMAC_SHA1_80',
        fingerprint: '1a2b3c4d',
        mki: '00000001',
        sessionParameters: ['KDR=0'],
        ambiguousKeyFingerprints: ['1a2b3c4d', '5e6f7a8b'],
        problem: 'key-length',
      },
    ],
    keying: ['dtls', 'zrtp', 'mikey'],
    candidates: ['192.0.2.7:4000'],
    rejected: true,
    cut: true,
  }
}

export const CALL: Whole<Call> = {
  callId: 'a84b4c76e66710@192.0.2.10',
  from: 'sip:alice@192.0.2.10',
  to: 'sip:bob@198.51.100.20',
  state: 'completed',
  finalStatus: 200,
  transport: 'udp',
  legs: ['192.0.2.10:5060 > 198.51.100.20:5060'],
  startTime: '2026-01-15T09:30:00.000000Z',
  answerTime: '2026-01-15T09:30:01.500000Z',
  endTime: '2026-01-15T09:32:01.400000Z',
  messages: 6,
  ladder: [
    {
      time: '2026-01-15T09:30:00.000000Z',
      capture: 0,
      frame: 1,
      from: '192.0.2.10:5060',
      to: '198.51.100.20:5060',
      label: 'INVITE',
      sdp: true,
      repeated: true,
    },
  ],
  sessions: [
    {
      offerFrame: 1,
      offerSeen: false,
      answerFrame: 5,
      capture: 0,
      leg: '192.0.2.10:5060 > 198.51.100.20:5060',
      outcome: 'answered',
      media: [
        {
          index: 0,
          kind: 'audio',
          offer: side('192.0.2.10:16404'),
          answer: side('198.51.100.20:20004'),
          agreed: { profile: 'RTP/SAVP', keying: 'sdes', suite: 'AES_CM_128_HMAC_SHA1_80', codec: 'PCMU/8000' },
        },
      ],
      offerLines: ['v=0', 'a=crypto:1 AES_CM_128_HMAC_SHA1_80 inline:[key 1a2b3c4d]|2^31'],
      answerLines: ['v=0'],
    },
  ],
}

export const STREAM: Whole<Stream> = {
  id: 's1',
  callId: CALL.callId,
  mediaIndex: 0,
  kind: 'rtp',
  protection: 'srtp',
  ssrc: '0x1234abcd',
  src: '192.0.2.10:16404',
  dst: '198.51.100.20:20004',
  turn: { channel: '0x4001', client: '10.20.30.40:50000', server: '192.0.2.9:3478' },
  sender: 'offerer',
  codec: 'PCMU/8000',
  codecs: ['PCMU/8000', 'opus/48000/2'],
  payloadTypes: [0],
  packets: 418,
  bytes: 76_076,
  capture: 0,
  firstFrame: 9,
  lastFrame: 840,
  firstTime: '2026-01-15T09:30:01.600000Z',
  lastTime: '2026-01-15T09:30:09.940000Z',
  lost: 3,
  duplicates: 0,
  reordered: 0,
  jitterMs: 0.4,
  maxJitterMs: 2.25,
  talkSeconds: 8.4,
  suite: 'AES_CM_128_HMAC_SHA1_80',
  keySource: 'sdp',
  keyFingerprint: '1a2b3c4d',
  keyLabel: 'trunk',
  roc: { first: 0, last: 0 },
  srtcpTagLength: 10,
  verified: 400,
  failed: 10,
  unverified: 6,
  plain: 2,
  unverifiedReason: 'cut by the snap length',
  replayed: 0,
  captureDuplicates: 0,
  firstFailedFrame: 11,
  failedFrames: [11, 13],
  plainFrames: [15],
  explanation: {
    kind: 'other-key',
    text: 'sends with the key of tag 2',
    keyFingerprint: '99887766',
    keyOfCall: 'b84b4c76e66710@192.0.2.10',
    keyLabel: 'the trunk',
  },
  timeline: {
    start: '2026-01-15T09:30:01.600000Z',
    stepSeconds: 1,
    packets: [50, 368],
    lost: [3, 0],
    jitterMs: [2.24, 0.4],
    failed: [10, 0],
    plain: [0, 2],
    unverified: [6, 0],
  },
}

export const FINDING: Whole<Finding> = {
  rule: 'rtcp-in-clear',
  kind: 'beside-srtcp',
  severity: 'warning',
  title: 'RTCP in the clear on a secured session',
  detail: '192.0.2.10:16405 sends 2 RTCP packets in the clear to 198.51.100.20:20005, first in frame 120.',
  remedy: 'Let the sender protect its RTCP under the crypto line of its own description.',
  callId: CALL.callId,
  streamId: 's1',
  time: '2026-01-15T09:30:01.600000Z',
  capture: 0,
  frames: [120, 431],
  evidence: { packets: 2 },
  references: ['RFC 3711 §3.4'],
}

const CERTIFICATE: Whole<NonNullable<TlsPeer['clientCertificate']>> = {
  subject: 'CN=trunk.example.com',
  issuer: 'CN=Example Issuing CA, O=Example',
  names: ['trunk.example.com'],
  notBefore: '2026-01-01T00:00:00.000000Z',
  notAfter: '2026-12-31T23:59:59.000000Z',
  daysLeft: 350,
  serial: '1A2B',
  fingerprint: 'ab'.repeat(32),
}

const TLS_PEER: Whole<TlsPeer> = {
  server: '198.51.100.20:5061',
  clients: ['192.0.2.10'],
  moreClients: 1,
  handshakes: 2,
  name: 'trunk.example.com',
  version: 'TLS 1.2',
  cipher: 'TLS_ECDHE_RSA_WITH_AES_256_GCM_SHA384',
  group: 'secp384r1',
  dhBits: 2048,
  certificates: 'visible',
  chain: [CERTIFICATE],
  clientCertificate: CERTIFICATE,
  capture: 0,
  firstFrame: 4,
  firstTime: '2026-01-15T09:30:00.000000Z',
  findings: ['tls-self-signed'],
}

/** A report in which every field of the contract occurs: a new field does not compile until it is here. */
export const WHOLE_REPORT: Whole<Report> = {
  schema: 'srtp-scan/report/1',
  tool: { name: 'srtp-scan', version: '0.1.0' },
  anonymized: true,
  keptTo: ['--call', '--ignore sip-cleartext'],
  policies: ['zero-trust', 'mine.json'],
  policyNotShown: [
    { statement: 'tls.versions', reason: 'no TLS handshake was captured' },
    { statement: 'networks.media', reason: 'left to you, and not given: the networks of the media' },
    { statement: 'tls.mutual', reason: 'no TLS handshake was captured' },
  ],
  captures: [
    {
      path: 'call.pcap',
      format: 'pcap',
      linkTypes: ['ETHERNET'],
      frames: 846,
      bytes: 181_000,
      firstTime: CALL.startTime,
      lastTime: CALL.endTime,
      clock: { aheadSeconds: 3.25, of: 0 },
      truncatedFrames: 2,
      malformedFrames: 1,
      undecodedFrames: 1,
      droppedFrames: 12,
      lost: { reason: 'the capture ends within a record', atByte: 180_950, bytes: 50, count: 1 },
    },
  ],
  totals: TOTALS,
  calls: [CALL],
  joined: [{ callIds: [CALL.callId, 'leg-b@198.51.100.20'], by: ['session-id'], certainty: 'certain' }],
  streams: [STREAM],
  tls: [TLS_PEER],
  icmpErrors: [
    {
      by: '198.51.100.20',
      kind: 'port-unreachable',
      icmpType: 3,
      icmpCode: 3,
      transport: 'udp',
      src: '192.0.2.10:4000',
      dst: '198.51.100.20:5000',
      mtu: 1400,
      errors: 12,
      capture: 0,
      firstFrame: 12,
      lastCapture: 0,
      lastFrame: 800,
      firstTime: '2026-01-15T09:30:02.000000Z',
      lastTime: '2026-01-15T09:32:01.000000Z',
    },
  ],
  findings: [FINDING],
  anomalies: [
    {
      layer: 'sip',
      reason: 'a header without a colon',
      count: 2,
      limit: { name: 'callIds', most: 100_000, of: 'Call-IDs at a time', dropped: 'Call-IDs given up' },
      capture: 0,
      frames: [7],
    },
  ],
}

/** A report of an ordinary call, four streams of which one has RTCP in the clear, as changed by `changes`. */
export function ordinaryReport(changes: Partial<Report> = {}): Report {
  const { explanation: _, unverifiedReason: __, failedFrames: ___, plainFrames: ____, ...sound } = STREAM
  const stream = { ...sound, packets: 418, verified: 418, failed: 0, unverified: 0, plain: 0, lost: 0 }
  const { codec: _codec, jitterMs: _jitter, maxJitterMs: _maxJitter, ...noMedia } = stream
  const rtcp = { ...noMedia, kind: 'rtcp' as const, packets: 2, src: '192.0.2.10:16405', dst: '198.51.100.20:20005' }
  return {
    schema: 'srtp-scan/report/1',
    tool: { name: 'srtp-scan', version: '0.1.0' },
    captures: [
      {
        path: 'call.pcap',
        format: 'pcap',
        linkTypes: ['ETHERNET'],
        frames: 846,
        bytes: 181_000,
        truncatedFrames: 0,
        malformedFrames: 0,
        undecodedFrames: 0,
      },
    ],
    totals: TOTALS,
    calls: [CALL],
    streams: [
      { ...stream, id: 's1' },
      { ...stream, id: 's2', src: stream.dst, dst: stream.src },
      { ...rtcp, id: 's3', verified: 2 },
      { ...rtcp, id: 's4', src: rtcp.dst, dst: rtcp.src, verified: 0, plain: 2 },
    ],
    findings: [FINDING],
    anomalies: [],
    ...changes,
  }
}
