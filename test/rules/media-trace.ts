import { type Endpoint, formatEndpoint } from '../../src/bytes/endpoint.ts'
import type { FrameRef } from '../../src/bytes/frame-ref.ts'
import type {
  AnalysedCall,
  AnalysedExchange,
  AnalysedStream,
  Analysis,
  DescribedFact,
  DescribedMedia,
} from '../../src/model/analysis.ts'
import { IcmpErrors } from '../../src/model/icmp-errors.ts'
import type { MediaDescriptionReport, Session, Stream } from '../../src/model/report.ts'
import type { SignallingFacts } from '../../src/sip/watch/facts.ts'
import { SignallingWatch } from '../../src/sip/watch/signalling-watch.ts'

/** Hosts of the documentation ranges (RFC 5737), which stand for public ones, and where they want their media. */
export const CALLER: Endpoint = { address: '203.0.113.10', port: 30000 }
export const CALLEE: Endpoint = { address: '198.51.100.20', port: 40000 }

const EPOCH_US = 1_700_000_000_000_000

/** A frame at a number of seconds into the trace. */
export function frameAt(frame: number, seconds = 0): FrameRef {
  return { position: frame - 1, capture: 0, frame, timeUs: EPOCH_US + seconds * 1e6 }
}

export function mediaAt({ address, port }: Endpoint, changes: Partial<DescribedMedia> = {}): DescribedMedia {
  return {
    index: 0,
    kind: 'audio',
    profile: 'RTP/AVP',
    rejected: false,
    isCut: false,
    direction: 'sendrecv',
    port,
    connectionAddress: address,
    candidateAddresses: [],
    carries: [],
    keyFingerprints: [],
    keyIdentities: [],
    maskFingerprints: [],
    keyLifetimes: [],
    payloadTypes: [0],
    codecs: [],
    ...changes,
  }
}

export interface HopOptions {
  /** Where the packets of the signalling come from; by default from the media's addresses. */
  readonly from?: string
  readonly to?: string
  readonly offer?: Partial<DescribedFact>
  readonly answer?: Partial<DescribedFact>
  readonly offerMedia?: DescribedMedia
  readonly answerMedia?: DescribedMedia
  readonly seconds?: number
  readonly renegotiates?: boolean
  readonly outcome?: Session['outcome']
}

/** An offer and its answer over UDP; the offer in frame 1, the answer in frame 3, unless said otherwise. */
export function hop(options: HopOptions = {}): AnalysedExchange {
  const { from = CALLER.address, to = CALLEE.address, seconds = 0, outcome = 'answered' } = options
  const { offerMedia = mediaAt(CALLER), answerMedia = mediaAt(CALLEE) } = options
  const [a, b] = [
    { address: from, port: 5060 },
    { address: to, port: 5060 },
  ]
  const transport = 'udp'
  const offer: DescribedFact = {
    at: frameAt(1 + seconds * 10, seconds),
    source: a,
    destination: b,
    transport,
    bundles: false,
    media: [offerMedia],
    ...options.offer,
  }
  const answer: DescribedFact = {
    at: frameAt(3 + seconds * 10, seconds),
    source: b,
    destination: a,
    transport,
    bundles: false,
    media: [answerMedia],
    ...options.answer,
  }
  const sides = [offer, answer].map(({ media: [one] }) => described(one))
  return {
    session: {
      offerFrame: offer.at.frame,
      ...(outcome === 'answered' && { answerFrame: answer.at.frame }),
      leg: `${formatEndpoint(a)} > ${formatEndpoint(b)}`,
      outcome,
      media: [{ index: 0, kind: 'audio', offer: sides[0], answer: sides[1] }],
    },
    transport,
    offer,
    answers: outcome === 'answered' ? [answer] : [],
    renegotiates: options.renegotiates ?? false,
  }
}

function described({
  connectionAddress = '0.0.0.0',
  port,
  profile,
  direction,
}: DescribedMedia): MediaDescriptionReport {
  const endpoint = formatEndpoint({ address: connectionAddress, port })
  return { endpoint, profile, direction, codecs: ['PCMU/8000'], crypto: [] }
}

export interface CallOptions {
  readonly callId?: string
  readonly exchanges?: readonly AnalysedExchange[]
  /** From the answer, which comes at second 0, to the BYE. */
  readonly seconds?: number
  readonly state?: AnalysedCall['report']['state']
  readonly paths?: AnalysedCall['paths']
}

export function callOf({
  callId = 'one',
  exchanges = [hop()],
  seconds = 10,
  state,
  paths,
}: CallOptions = {}): AnalysedCall {
  const [{ offer, transport }] = exchanges
  return {
    callId,
    state: state ?? 'completed',
    report: {
      callId,
      from: 'sip:alice@example.com',
      to: 'sip:bob@example.com',
      state: state ?? 'completed',
      transport,
      legs: exchanges.map(({ session }) => session.leg),
      startTime: '',
      messages: 6,
      sessions: exchanges.map(({ session }) => session),
    },
    exchanges,
    paths: paths ?? [
      {
        kind: 'request',
        source: offer.source,
        destination: offer.destination,
        transport,
      },
      {
        kind: 'response',
        source: offer.destination,
        destination: offer.source,
        transport,
      },
    ],
    startUs: frameAt(1).timeUs,
    ...(state !== 'failed' && { answerUs: frameAt(3).timeUs }),
    endUs: frameAt(900, seconds).timeUs,
    byeAnsweredUs: frameAt(901, seconds).timeUs,
    lastUs: frameAt(901, seconds).timeUs,
  }
}

export interface StreamOptions {
  readonly source?: Endpoint
  readonly destination?: Endpoint
  /** Seconds after the answer. */
  readonly from?: number
  readonly until?: number
  /** Index of its call; none where undefined is given. */
  readonly call?: number | undefined
  readonly exchanges?: readonly number[]
  readonly facts?: Partial<AnalysedStream>
  readonly report?: Partial<Stream>
}

let streams = 0

/** Of a stream whose keys were agreed on its flow and are not known. */
export const UNREAD = { protection: 'srtp', plain: 0, unverified: 500 } as const

/** RTP of the caller, plain and bound to the first call by both addresses, unless said otherwise. */
export function streamOf(options: StreamOptions = {}): AnalysedStream {
  const { source = CALLER, destination = CALLEE, from = 0, until = 10, exchanges = [0] } = options
  const call = 'call' in options ? options.call : 0
  const [src, dst] = [formatEndpoint(source), formatEndpoint(destination)]
  const packets = Math.round((until - from) * 50)
  const [firstAt, lastAt] = [frameAt(10 + from * 10, from), frameAt(11 + until * 10, until)]
  return {
    report: {
      id: `s${++streams}`,
      ...(call !== undefined && { callId: call === 0 ? 'one' : `call ${call}`, mediaIndex: 0 }),
      kind: 'rtp',
      protection: 'plain',
      ssrc: '0x00000001',
      src,
      dst,
      ...(call !== undefined && { sender: source === CALLEE ? 'answerer' : 'offerer' }),
      payloadTypes: [0],
      packets,
      bytes: packets * 172,
      firstFrame: firstAt.frame,
      lastFrame: lastAt.frame,
      firstTime: '',
      lastTime: '',
      verified: 0,
      failed: 0,
      unverified: 0,
      plain: packets,
      ...options.report,
    },
    firstAt,
    lastAt,
    source,
    destination,
    ...(call !== undefined && { call, match: 'both', agreedSource: src, agreedDestination: dst }),
    lines:
      call === undefined
        ? []
        : exchanges.map((exchange) => ({ exchange, index: 0, sender: source === CALLEE ? 'answerer' : 'offerer' })),
    verifiedUnder: [],
    keying: 'none',
    dtlsOnFlow: false,
    zrtpOnFlow: false,
    holes: { inSilence: 0, inLeaps: 0 },
    isOfSeveralCalls: false,
    agreedPlain: 0,
    payloadTypeUses: [{ payloadType: 0, first: firstAt, last: lastAt }],
    ...options.facts,
  }
}

/** RTP of the callee, otherwise as `streamOf`. */
export function streamBack(options: StreamOptions = {}): AnalysedStream {
  return streamOf({ source: CALLEE, destination: CALLER, ...options })
}

/** Signalling that shows nobody. */
export const NOTHING_WATCHED: SignallingFacts = new SignallingWatch().facts()

export function traceOf(facts: Partial<Analysis>): Analysis {
  return {
    captures: [],
    calls: [],
    streams: [],
    anomalies: [],
    frames: 1000,
    sipMessages: 6,
    clearSip: [],
    tls: [],
    icmp: new IcmpErrors([]),
    signalling: NOTHING_WATCHED,
    severalCaptures: false,
    clocks: [0],
    heardUntilUs: (facts.captures ?? [{}]).map(({ lastTime }: { lastTime?: string }) =>
      lastTime ? Date.parse(lastTime) * 1e3 : 0,
    ),
    keystreamReuse: [],
    certificateMismatches: [],
    joined: [],
    keysElsewhere: [],
    ...facts,
  }
}
