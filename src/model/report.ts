import type { LimitName, TrafficLayer } from '../limits/limits.ts'
import type { IcmpErrorKind } from '../net/icmp-kinds.ts'
import type { TlsPeer } from './tls-report.ts'

export type Severity = 'error' | 'warning' | 'info'

/**
 * The report of `--format json`: the whole truth about a trace. Shapes and meanings are the public contract
 * (schemas/report.schema.json); absent facts are left out.
 */
export interface Report {
  readonly schema: 'srtp-scan/report/1'
  readonly tool: { readonly name: 'srtp-scan'; readonly version: string }
  /** Who and where is replaced (`--anonymize`). */
  readonly anonymized?: true
  /** Options that leave a part of the trace or of its findings out, as they were given; of those that name somebody their names. */
  readonly keptTo?: readonly string[]
  /** Policies that were asked for, packs and files as the user named them; absent where none was. */
  readonly policies?: readonly string[]
  /** Statements of these policies that this capture cannot show to be kept or broken. */
  readonly policyNotShown?: readonly PolicyNotShown[]
  readonly captures: readonly CaptureReport[]
  readonly totals: Totals
  readonly calls: readonly Call[]
  /** Calls that are legs of one; absent where there are none. */
  readonly joined?: readonly JoinedCallsReport[]
  readonly streams: readonly Stream[]
  /** Servers of TLS connections, and what was negotiated with them; absent where there are none. */
  readonly tls?: readonly TlsPeer[]
  /** What ICMP said of datagrams that did not arrive; absent where it said nothing. */
  readonly icmpErrors?: readonly IcmpErrorReport[]
  readonly findings: readonly Finding[]
  readonly anomalies: readonly Anomaly[]
}

/** A statement of a policy by its path (`tls.versions`), and why nothing in the capture can prove it. */
export interface PolicyNotShown {
  readonly statement: string
  readonly reason: string
}

export interface CaptureReport {
  readonly path: string
  readonly format: 'pcap' | 'pcapng'
  readonly linkTypes: readonly string[]
  readonly frames: number
  readonly bytes: number
  readonly firstTime?: string
  readonly lastTime?: string
  /**
   * Its clock is so much ahead of that of another capture, by its place among `captures`: all times that the report has of it,
   * these two included, are earlier by that than the file has them. Below 0 they are later.
   */
  readonly clock?: { readonly aheadSeconds: number; readonly of: number }
  /** Frames cut by the snap length. */
  readonly truncatedFrames: number
  readonly malformedFrames: number
  /** Frames of an unknown link type. */
  readonly undecodedFrames: number
  /** Frames that the capturing host says it dropped (pcapng): what is missing may be missing here only. */
  readonly droppedFrames?: number
  /** The first loss; `count` says how many places were lost where there is more than one. */
  readonly lost?: { readonly reason: string; readonly atByte: number; readonly bytes?: number; readonly count?: number }
}

export interface Totals {
  readonly frames: number
  readonly sipMessages: number
  readonly calls: number
  readonly streams: number
  readonly rtp: number
  readonly rtcp: number
  readonly verified: number
  readonly failed: number
  readonly unverified: number
  readonly plain: number
  readonly findings: { readonly error: number; readonly warning: number; readonly info: number }
}

export type CallState = 'completed' | 'established' | 'early' | 'failed' | 'cancelled' | 'incomplete'

export interface Call {
  readonly callId: string
  readonly from: string
  readonly to: string
  readonly state: CallState
  readonly finalStatus?: number
  readonly transport: 'udp' | 'tcp' | 'tls' | 'ws' | 'wss'
  readonly legs: readonly string[]
  readonly startTime: string
  readonly answerTime?: string
  readonly endTime?: string
  readonly messages: number
  readonly sessions: readonly Session[]
  /** Its messages, the first 500; only where ladders were asked for. */
  readonly ladder?: readonly LadderStepReport[]
}

/** A message of a call: an arrow of its ladder. */
export interface LadderStepReport {
  readonly time: string
  readonly capture?: number
  readonly frame: number
  readonly from: string
  readonly to: string
  /** `INVITE`, `200 OK (INVITE)`. */
  readonly label: string
  /** It carries a session description. */
  readonly sdp?: true
  /** A retransmission, or a copy. */
  readonly repeated?: true
}

/** What says that calls of two Call-IDs are one: Session-ID, media that a relay passes on, or parties, hosts and times. */
export type JoinEvidence = 'session-id' | 'media' | 'parties'

/** Calls of several Call-IDs that a B2BUA or SBC makes one of. */
export interface JoinedCallsReport {
  readonly callIds: readonly string[]
  readonly by: readonly JoinEvidence[]
  readonly certainty: 'certain' | 'likely'
}

/** One offer with its answer, per hop and per dialog. */
export interface Session {
  readonly offerFrame: number
  /** The offer is not in the capture, and `offerFrame` is where its first answer is. */
  readonly offerSeen?: false
  readonly answerFrame?: number
  /** Index into captures, given where there are several. */
  readonly capture?: number
  readonly leg: string
  /** How the exchange ended; an offer that nobody answered or refused is `unanswered`. */
  readonly outcome: 'answered' | 'refused' | 'unanswered'
  readonly media: readonly SessionMedia[]
  /**
   * The descriptions as sent, secrets replaced by `[key 1a2b3c4d]` (its fingerprint) or their length; only where they were
   * asked for.
   */
  readonly offerLines?: readonly string[]
  readonly answerLines?: readonly string[]
}

export interface SessionMedia {
  readonly index: number
  readonly kind: string
  readonly offer?: MediaDescriptionReport
  readonly answer?: MediaDescriptionReport
  readonly agreed?: {
    readonly profile: string
    readonly keying: 'sdes' | 'dtls' | 'zrtp' | 'none'
    readonly suite?: string
    readonly codec?: string
  }
}

export type Direction = 'sendrecv' | 'sendonly' | 'recvonly' | 'inactive'

export interface MediaDescriptionReport {
  /** Where this side wants to receive media: c= and m=. */
  readonly endpoint: string
  readonly rtcpEndpoint?: string
  readonly profile: string
  /** Profiles that it offers as potential configurations (RFC 5939). */
  readonly potentialProfiles?: readonly string[]
  readonly direction: Direction
  readonly codecs: readonly string[]
  readonly crypto: readonly CryptoReport[]
  /** Other keying that the description carries. */
  readonly keying?: readonly ('dtls' | 'zrtp' | 'mikey')[]
  /** Addresses of ICE candidates. */
  readonly candidates?: readonly string[]
  /** m= port 0: the stream is refused or ended (RFC 3264 §6). */
  readonly rejected?: boolean
  /** The capture does not hold all of its lines: what is not said here was perhaps said. */
  readonly cut?: boolean
}

/** One a=crypto line; the key itself never leaves the analysis, only its fingerprint. */
export interface CryptoReport {
  readonly tag: number
  readonly suite: string
  readonly fingerprint?: string
  readonly mki?: string
  readonly sessionParameters?: readonly string[]
  /** Fingerprints of its keys, where there are several that no MKI tells apart (RFC 4568 §6.1). */
  readonly ambiguousKeyFingerprints?: readonly string[]
  readonly problem?: 'key-length' | 'key-masked' | 'key-undecodable' | 'unknown-suite'
}

export interface Stream {
  readonly id: string
  readonly callId?: string | undefined
  readonly mediaIndex?: number | undefined
  readonly kind: 'rtp' | 'rtcp'
  readonly protection: 'srtp' | 'plain' | 'unknown'
  readonly ssrc: string
  readonly src: string
  readonly dst: string
  /** Where it is carried for TURN (RFC 8656): `src` and `dst` are then those of what it carries, as far as they are known. */
  readonly turn?: TurnReport | undefined
  readonly sender?: 'offerer' | 'answerer' | undefined
  /** The agreed one, or the first of those that were sent which the receiver lists now. */
  readonly codec?: string | undefined
  /** All that were sent, in the order of their first packets; only where there are several. */
  readonly codecs?: readonly string[] | undefined
  readonly payloadTypes?: readonly number[] | undefined
  readonly packets: number
  readonly bytes: number
  readonly capture?: number | undefined
  readonly firstFrame: number
  readonly lastFrame: number
  readonly firstTime: string
  readonly lastTime: string
  readonly lost?: number | undefined
  readonly duplicates?: number | undefined
  readonly reordered?: number | undefined
  readonly jitterMs?: number | undefined
  readonly maxJitterMs?: number | undefined
  readonly talkSeconds?: number | undefined
  readonly suite?: string | undefined
  readonly keySource?: 'sdp' | 'keys-file' | 'tls' | 'dtls' | undefined
  readonly keyFingerprint?: string | undefined
  /** The label of the keys-file entry, where one verified. */
  readonly keyLabel?: string | undefined
  readonly roc?: { readonly first: number; readonly last: number } | undefined
  /** SRTCP: octets of the tag as seen on the wire, where the suite leaves room for doubt. */
  readonly srtcpTagLength?: number | undefined
  readonly verified: number
  readonly failed: number
  readonly unverified: number
  readonly plain: number
  readonly unverifiedReason?: string | undefined
  readonly replayed?: number | undefined
  readonly captureDuplicates?: number | undefined
  readonly firstFailedFrame?: number | undefined
  /** The first 20 failed frames, and the first 20 plain ones on a secured session. */
  readonly failedFrames?: readonly number[] | undefined
  readonly plainFrames?: readonly number[] | undefined
  readonly explanation?: ExplanationReport | undefined
  /** Only where timelines were asked for; absent then where no room was left for it. */
  readonly timeline?: Timeline | undefined
}

/** How a stream goes through a TURN server. */
export interface TurnReport {
  /** Hexadecimal; indications have none. */
  readonly channel?: string
  /** The two ends on the wire; absent where no binding of the channel was captured: they are `src` and `dst` then. */
  readonly client?: string
  readonly server?: string
}

/**
 * A stream's packets, step by step from its first one on: element n stands for the `stepSeconds` after start + n *
 * stepSeconds. What is neither failed, plain nor unverified has verified. A list that would be all zeros is absent.
 */
export interface Timeline {
  readonly start: string
  /** A power of two, 1 where that gives 600 steps at most; more where streams are so many that memory is short. */
  readonly stepSeconds: number
  readonly packets: readonly number[]
  /** Noted where a later packet comes; one that comes late after all is taken off there. */
  readonly lost?: readonly number[]
  /** The greatest jitter of the step, to 0.02 ms; absent where the clock rate is not known, 0 where no packet came. */
  readonly jitterMs?: readonly number[]
  readonly failed?: readonly number[]
  readonly plain?: readonly number[]
  readonly unverified?: readonly number[]
}

/** Why a stream does not verify, in plain words. */
export interface ExplanationReport {
  readonly kind: string
  readonly text: string
  readonly keyFingerprint?: string
  /** What the text names: the call that the key belongs to, or the keys-file entry. */
  readonly keyOfCall?: string
  readonly keyLabel?: string
}

/** ICMP errors of one sender about one flow, for one reason, none of them later than 5 s after the one before. */
export interface IcmpErrorReport {
  /** Who sends them: the receiver of the flow, or a host on the way. */
  readonly by: string
  /** What type and code mean, for ICMP and ICMPv6 alike. */
  readonly kind: IcmpErrorKind
  readonly icmpType: number
  readonly icmpCode: number
  readonly transport: 'udp' | 'tcp'
  /** Where the datagrams came from and where they went, as the errors quote them. */
  readonly src: string
  readonly dst: string
  /** Octets that the next link takes, where they were too big for it. */
  readonly mtu?: number
  /** Hosts limit how many they send: datagrams may be more. */
  readonly errors: number
  readonly capture?: number
  readonly firstFrame: number
  /** Of the last frame, where it is another than that of the first. */
  readonly lastCapture?: number
  readonly lastFrame: number
  readonly firstTime: string
  readonly lastTime: string
}

export interface Finding {
  readonly rule: string
  readonly kind?: string | undefined
  readonly severity: Severity
  readonly title: string
  readonly detail: string
  readonly remedy: string
  readonly callId?: string | undefined
  readonly streamId?: string | undefined
  /** Of the first frame that proves it, where it is about no call and no stream: theirs are told with them. */
  readonly time?: string | undefined
  readonly capture?: number | undefined
  readonly frames: readonly number[]
  readonly evidence: Readonly<Record<string, unknown>>
  readonly references: readonly string[]
}

/** A ceiling that the trace came up to, in the words of limits/limits.ts. */
export interface ReachedLimit {
  readonly name: LimitName
  readonly most: number
  readonly of: string
  readonly dropped: string
}

/** A parser's fact: something malformed was seen. No judgement. */
export interface Anomaly {
  readonly layer: TrafficLayer
  readonly reason: string
  readonly count: number
  /** Where it tells that a limit was reached; the count is what was dropped. */
  readonly limit?: ReachedLimit
  readonly capture?: number
  readonly frames: readonly number[]
}
