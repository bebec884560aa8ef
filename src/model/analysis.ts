import type { Endpoint } from '../bytes/endpoint.ts'
import type { FrameRef } from '../bytes/frame-ref.ts'
import type { Match } from '../media/binding.ts'
import type { CertificateMismatch } from '../media/certificate-mismatches.ts'
import type { Keying, Side } from '../media/media-line.ts'
import type { OtherClock } from '../rtp/other-clock.ts'
import type { PayloadTypeUse } from '../rtp/payload-type-use.ts'
import type { IndexAgain } from '../rtp/srtcp-indexes.ts'
import type { Holes } from '../rtp/stream-statistics.ts'
import type { Codec } from '../sdp/description.ts'
import type { OtherKey } from '../sdp/other-keys.ts'
import type { MessagePath } from '../sip/call.ts'
import type { Transport } from '../sip/context.ts'
import type { CutOff } from '../sip/session-watch.ts'
import type { SignallingFacts } from '../sip/watch/facts.ts'
import type { Renumbering } from '../verify/repeat-list.ts'
import type { RocChange } from '../verify/second-pass/rollover.ts'
import type { IcmpErrors } from './icmp-errors.ts'
import type { JoinedCalls } from './joined-calls.ts'
import type { KeystreamReuse } from './keystream-reuse.ts'
import type { Anomaly, Call, CaptureReport, Direction, Session, Stream, Timeline } from './report.ts'
import type { Sequence } from './sequence.ts'
import type { AnalysedTls } from './tls-facts.ts'

/**
 * The facts of a trace, before judgement: what the report shows, and beside it what rules need and the report does not
 * show. Immutable. Keys are named by fingerprint; no key octet is ever in here.
 */
export interface Analysis extends TraceFacts {
  readonly calls: Sequence<AnalysedCall>
}

/** What is known of a trace as a whole, and of its streams. */
export interface TraceFacts {
  readonly captures: readonly CaptureReport[]
  readonly streams: readonly AnalysedStream[]
  readonly anomalies: readonly Anomaly[]
  readonly frames: number
  readonly sipMessages: number
  /** SIP messages in the clear, by transport and pair of addresses (`a:5060 > b:5060`), in order of appearance. */
  readonly clearSip: readonly ClearSip[]
  /**
   * TCP connections that carry TLS, whether or not anyone could read them: the first 10,000; and clear SIP that got no
   * answer where TLS is spoken.
   */
  readonly tls: readonly AnalysedTls[]
  /** Datagrams that somebody said of that they did not arrive. */
  readonly icmp: IcmpErrors
  /** Who was there and what they wanted: scanners, floods, refused registrations, peers. */
  readonly signalling: SignallingFacts
  readonly severalCaptures: boolean
  /** Of each capture: those whose times can be compared have the same number. */
  readonly clocks: readonly number[]
  /** Of each capture: until when the answer to what it holds would be in the trace, µs. */
  readonly heardUntilUs: readonly number[]
  /** Packet indices that were used for different octets under one key: the first for each pair of streams. */
  readonly keystreamReuse: readonly KeystreamReuse[]
  /** DTLS certificates of media that no a=fingerprint names. */
  readonly certificateMismatches: readonly CertificateMismatch[]
  /** Descriptions with keys that are no offer and no answer. */
  readonly keysElsewhere: readonly ElsewhereFact[]
  /** Calls that are legs of one. */
  readonly joined: readonly JoinedCalls[]
}

export interface ClearSip {
  readonly transport: Transport
  readonly source: Endpoint
  readonly destination: Endpoint
  readonly messages: number
  /** REGISTER requests among them, and where the first of them went. */
  readonly registers: number
  readonly registrar?: Endpoint | undefined
  /** The first 20. */
  readonly at: readonly FrameRef[]
}

export interface AnalysedCall {
  readonly callId: string
  readonly state: Call['state']
  readonly report: Call
  /** In the order of the offers; `exchanges[n].session` is `report.sessions[n]`. */
  readonly exchanges: readonly AnalysedExchange[]
  /** Ways that its messages went, each once, in the order of their first messages. */
  readonly paths: readonly MessagePath[]
  readonly startUs: number
  readonly answerUs?: number | undefined
  /** BYE, or the final failure; absent while the call goes on at the trace's end. */
  readonly endUs?: number | undefined
  /** The last answer to a BYE. */
  readonly byeAnsweredUs?: number | undefined
  /** What a call that failed was refused with. */
  readonly refusal?: AnalysedRefusal | undefined
  /** How signalling itself ended a call that was answered. */
  readonly cutOff?: CutOff | undefined
  /** The last SIP message of the call. */
  readonly lastUs: number
  /** The first REFER within it. */
  readonly referUs?: number | undefined
}

/** The final response that a call failed with. */
export interface AnalysedRefusal {
  readonly at: FrameRef
  readonly status: number
  /** Addresses of who sent it first, and whom that was sent to. */
  readonly by: string
  readonly to: string
  /** Q.850 cause in its Reason (RFC 3326), and its Warning as written. */
  readonly cause?: number | undefined
  readonly warning?: string | undefined
  /** The INVITE carried credentials. */
  readonly withCredentials: boolean
  /** A response of 101…199 was before it. */
  readonly progressed: boolean
}

/** One offer and its answers, with the messages that carried them. */
export interface AnalysedExchange {
  readonly session: Session
  readonly transport: Transport
  readonly offer: DescribedFact
  /** The first answer and those that replaced it. */
  readonly answers: readonly DescribedFact[]
  readonly refusedAt?: FrameRef | undefined
  readonly refusedStatus?: number | undefined
  /** Q.850 cause in the refusal's Reason (RFC 3326), and its Warning as written. */
  readonly refusedCause?: number | undefined
  readonly refusedWarning?: string | undefined
  /** What stands behind the status of the refusal, where that says more than the status. */
  readonly refusedPhrase?: string | undefined
  /** Media types in the refusal's Accept, lower case, without parameters. */
  readonly refusedAccept?: readonly string[] | undefined
  /** What the refusal's body says that would be taken. */
  readonly acceptable?: readonly AcceptableLine[] | undefined
  /** An earlier exchange of the same dialog and hop exists: this is a re-INVITE or an UPDATE. */
  readonly renegotiates: boolean
}

/** An m= line of what a side says that it would take. */
export interface AcceptableLine {
  readonly kind: string
  readonly profile: string
  /** As `PCMU/8000`. */
  readonly codecs: readonly string[]
  readonly suites: readonly string[]
  /** By its profile or by keying of any sort. */
  readonly asksForSecurity: boolean
}

/** A session description in the message that carried it. */
export interface DescribedFact {
  readonly at: FrameRef
  /** Addresses of the packet that carried it. */
  readonly source: Endpoint
  readonly destination: Endpoint
  readonly transport: Transport
  /** o= address, where it is an IP address. */
  readonly originAddress?: string | undefined
  /** Host part of the Contact URI, where it is an IP address. */
  readonly contactAddress?: string | undefined
  /** It offers or accepts to send several m= lines through one port (RFC 9143). */
  readonly bundles: boolean
  /** An a=crypto line stands before its first m= line, where it means nothing (RFC 4568 §4). */
  readonly misplacesCrypto?: boolean | undefined
  /** Keys beside those of its m= sections. */
  readonly otherKeys?: readonly OtherKeyFact[] | undefined
  readonly media: readonly DescribedMedia[]
}

/** A key that is none of an m= section's a=crypto lines: where it stands, and its fingerprint where it is one of SDES. */
export interface OtherKeyFact {
  readonly place: OtherKey['place']
  readonly fingerprints: readonly string[]
}

/** A description with keys in a message that makes no offer and gives no answer by it. */
export interface ElsewhereFact extends DescribedFact {
  readonly callId: string
  /** `MESSAGE`, or a status: `488 to INVITE`. */
  readonly message: string
}

export interface DescribedMedia {
  readonly index: number
  readonly kind: string
  readonly profile: string
  readonly rejected: boolean
  /** The capture does not hold all of its lines. */
  readonly isCut: boolean
  readonly direction: Direction
  readonly port: number
  /** c= address, where it is an IP address. */
  readonly connectionAddress?: string | undefined
  /** a=rtcp address, where one is given. */
  readonly rtcpAddress?: string | undefined
  /** Addresses of ICE candidates. */
  readonly candidateAddresses: readonly string[]
  /** What keying the m= section itself carries. */
  readonly carries: readonly ('crypto' | 'fingerprint' | 'zrtp-hash' | 'key-mgmt')[]
  /** Fingerprints of the keys of its a=crypto lines. */
  readonly keyFingerprints: readonly string[]
  /** Names of the same keys that no other key of a trace has; each begins with its fingerprint. */
  readonly keyIdentities: readonly string[]
  /** Fingerprints of what masks in the place of keys decode to, where that could be keys. */
  readonly maskFingerprints: readonly string[]
  /** Packets that a key is good for, where its line says so (RFC 4568 §6.1). */
  readonly keyLifetimes: readonly { readonly fingerprint: string; readonly packets: number }[]
  /** Payload types that this side is ready to receive. */
  readonly payloadTypes: readonly number[]
  /** What they stand for, as far as the description or RFC 3551 says so. */
  readonly codecs: readonly Codec[]
}

/** An m= line that a stream belongs to. */
export interface StreamLine {
  /** Place in the call's `exchanges`. */
  readonly exchange: number
  readonly index: number
  readonly sender: Side
}

export interface AnalysedStream {
  readonly report: Stream
  /** Puts its timeline together, where one is kept: all of them at once may be more than fits into memory. */
  readonly timeline?: (() => Timeline) | undefined
  readonly firstAt: FrameRef
  readonly lastAt: FrameRef
  /** Source and destination as they are in `report`, taken apart. */
  readonly source: Endpoint
  readonly destination: Endpoint
  /** Where TURN carries it between other ends: client and server. */
  readonly onWire?: readonly Endpoint[] | undefined
  /** Place in `analysis.calls` of the call that owns the stream. */
  readonly call?: number | undefined
  /** The m= lines of that call's exchanges that fit the stream, and which side sends it by each. */
  readonly lines: readonly StreamLine[]
  /** Which of its addresses the descriptions name. */
  readonly match?: Match | undefined
  /** Packets that verified under each key, by its fingerprint, most first. */
  readonly verifiedUnder: readonly { readonly fingerprint: string; readonly packets: number }[]
  /** SRTCP: packets under an index that another had before (RFC 3711 §3.4). */
  readonly indexAgain?: IndexAgain | undefined
  /** How signalling agreed to key it; undefined where the capture does not hold what would say so. */
  readonly keying: Keying | undefined
  /** Where the descriptions say that its sender and its receiver are. */
  readonly agreedSource?: string | undefined
  readonly agreedDestination?: string | undefined
  /** DTLS or ZRTP was seen between its addresses. */
  readonly dtlsOnFlow: boolean
  readonly zrtpOnFlow: boolean
  /** What its missing sequence numbers are worth. */
  readonly holes: Holes
  /** A next call goes on with it, and was not told apart: its numbers are those of both. */
  readonly isOfSeveralCalls: boolean
  /**
   * The clock that its timestamps go by where that is plainly not the one of its codec, both in Hz, and the jitter that the
   * codec's makes of that.
   */
  readonly otherClock?: (OtherClock & { readonly agreed: number }) | undefined
  /** Where its first payload types were used. */
  readonly payloadTypeUses: readonly PayloadTypeUse[]
  /** Where its rollover counter is another than the negotiated state gives (RFC 3711 §3.3.1); absent where it never is. */
  readonly rocChanges?: readonly RocChange[] | undefined
  /** Where a source that is verified under one key sets its sequence number back, and goes on from there to its end. */
  readonly setBack?: Renumbering | undefined
  /** The same where it goes on with numbers that lie more than half of all ahead, and under which rollover counter. */
  readonly setForward?: (Renumbering & { readonly roc: number }) | undefined
  /** Where packets came again with a valid tag: the first 20, as captures and frames. */
  readonly replaysAt?: readonly Pick<FrameRef, 'capture' | 'frame'>[] | undefined
  /** The payload types of the packets that came again, where all of these are known. */
  readonly replayedTypes?: readonly number[] | undefined
  /** Where packets fail to the stream's end: from which on, and how many. */
  readonly failingEnd?: { readonly frame: number; readonly timeUs: number; readonly failed: number } | undefined
  /** When the first packet failed, µs. */
  readonly firstFailedUs?: number | undefined
  /** What proves `report.explanation`, and how far keys of other calls were tried; where packets fail. */
  readonly explanationEvidence?: Readonly<Record<string, unknown>> | undefined
  /** Packets among `report.plain` of a session that is keyed, from when it was agreed to be plain, or without a payload. */
  readonly agreedPlain: number
  /** The last failed frame, beside `report.firstFailedFrame`. */
  readonly lastFailedFrame?: number | undefined
}
