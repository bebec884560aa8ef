import type { FrameRef } from '../../bytes/frame-ref.ts'
import type { Transport } from '../context.ts'
import type { FailedConnections, LostConnections, TcpAnswer } from './connection-facts.ts'

/** Frames that are kept of a kind of event: as many as a finding names. */
export const FRAMES = 20

/** What signalling shows of who is there and what they want, in tables that do not grow with the number of forged sources. */
export interface SignallingFacts {
  /** Some response was seen at all: a capture of one direction shows none, and silence means nothing there. */
  readonly responses: boolean
  /** The busiest, most requests first. */
  readonly sources: readonly SourceFacts[]
  /** Products that are known to scan, by source, in order of appearance. */
  readonly scanners: readonly ScannerFacts[]
  /** Scanning requests of sources beyond those kept. */
  readonly scannersBeyond: number
  readonly registrations: readonly RefusedRegistration[]
  /** Refusals of addresses of record beyond those kept. */
  readonly registrationsBeyond: number
  readonly inviteTargets: readonly InviteTarget[]
  /** Who sent SIP to whom, by address, in order of appearance. */
  readonly peers: readonly PeerFacts[]
  /** SIP messages between peers beyond those kept. */
  readonly peersBeyond: number
  /** Who opened or refused TCP connections from whom. */
  readonly tcpAnswers: readonly TcpAnswer[]
  /** Of ports of SIP. */
  readonly failedConnections: readonly FailedConnections[]
  readonly lostConnections: readonly LostConnections[]
  readonly options: readonly OptionsAnswers[]
  readonly unanswered: readonly UnansweredRequests[]
  /** Requests between hosts beyond those kept. */
  readonly unansweredBeyond: number
  readonly unacknowledged: readonly UnacknowledgedResponses[]
  /** Responses between hosts beyond those kept. */
  readonly unacknowledgedBeyond: number
  readonly unheard: readonly UnheardResponses[]
  /** Requests between hosts beyond those kept. */
  readonly unheardBeyond: number
}

export interface SourceFacts {
  readonly address: string
  /** Requests, without retransmissions, that may have gone unseen before the source was kept. */
  readonly missed: number
  readonly invites: number
  readonly firstInviteAt?: FrameRef | undefined
  /** INVITEs in the busiest sliding second, retransmissions left out; the frame of the last of them. */
  readonly peak: number
  readonly peakAt?: FrameRef | undefined
  /** Addresses and ports that it sent requests to outside of dialogs, and those of them that never answered. */
  readonly targets: number
  readonly silentTargets: number
  /** Accounts that it reached for: all; refused as unknown or for want of a password; answered otherwise; never answered. */
  readonly accounts: number
  readonly refusedAccounts: number
  readonly reachedAccounts: number
  readonly silentAccounts: number
  /** There were more targets or accounts than are kept: the numbers are lower bounds. */
  readonly more: boolean
  readonly probesAt: readonly FrameRef[]
  readonly tries: readonly TriesFacts[]
}

/** Passwords that a source gave for an account. */
export interface TriesFacts {
  readonly account: string
  readonly refused: number
  readonly accepted: number
  /** Refused clients (by Call-ID and tag) that were new within the busiest minute. */
  readonly busiest: number
  /** Different responses to the very same challenge: so many passwords at least. */
  readonly passwords: number
  readonly at: readonly FrameRef[]
}

export interface ScannerFacts {
  readonly address: string
  /** As its User-Agent gives it. */
  readonly product: string
  readonly requests: number
  readonly at: readonly FrameRef[]
}

export interface RefusedRegistration {
  readonly addressOfRecord: string
  /** Refusals by status. */
  readonly statuses: readonly (readonly [status: number, count: number])[]
  readonly refusals: number
  /** Among the first of them: of credentials whose nonce was stale. */
  readonly stale: number
  /** No credentials were ever sent: the challenge was not answered. */
  readonly unanswered: boolean
  /** The address that registered first, and the one that refused first. */
  readonly source: string
  readonly registrar: string
  /** A later REGISTER was accepted. */
  readonly acceptedLater: boolean
  readonly at: readonly FrameRef[]
}

/** INVITEs outside of dialogs with the same source, destination, host and parameters. */
export interface InviteTarget {
  readonly transport: Transport
  readonly source: string
  readonly destination: string
  readonly scheme: string
  /** Lower case, without brackets. */
  readonly host: string
  /** Value of the transport parameter, lower case. */
  readonly uriTransport?: string | undefined
  /** Names of the parameters of user part and URI, lower case. */
  readonly parameters: readonly string[]
  /** They are the first messages of their calls: on later hops a proxy may have put the Request-URI there (RFC 3261 §16.5). */
  readonly firstOfCall: boolean
  readonly invites: number
  /** Responses, where they are the first of their calls: other than 100 and 403; 100; 403. */
  readonly answers: number
  readonly tryings: number
  readonly forbidden: number
  readonly at: readonly FrameRef[]
}

export interface PeerFacts {
  readonly source: string
  readonly destination: string
  readonly requests: number
  readonly responses: number
  readonly at: readonly FrameRef[]
  /** Of responses. */
  readonly responsesAt: readonly FrameRef[]
  /** The last message of either kind. */
  readonly lastAt: FrameRef
}

/** A sort of requests, by what is lost where nobody answers. */
export type RequestKind = 'invite' | 'in-dialog' | 'bye' | 'register' | 'options' | 'other'

/** Requests of one kind that a host sent to another, and to which no response is in the trace. */
export interface UnansweredRequests {
  readonly kind: RequestKind
  readonly transport: Transport
  readonly source: string
  readonly destination: string
  /** Absent where they went to several. */
  readonly port?: number | undefined
  /** Those that are known. */
  readonly methods: readonly string[]
  readonly requests: number
  /** How often they were sent, all together. */
  readonly transmissions: number
  /** INVITEs whose call was not answered by anybody else either, and the first of these. */
  readonly lostCalls: number
  readonly lost: readonly LostCall[]
  /** Of the one that was sent most often: how often, and how long. */
  readonly longest: { readonly transmissions: number; readonly spanUs: number }
  /** Of the first. */
  readonly callId: string
  readonly severalCalls: boolean
  readonly firstAt: FrameRef
  readonly lastAt: FrameRef
  readonly at: readonly FrameRef[]
}

/** An INVITE that nobody answered, under its Call-ID: who wanted whom, and from when to when it was sent. */
export interface LostCall {
  readonly callId: string
  readonly from: string
  readonly to: string
  readonly firstUs: number
  readonly lastUs: number
}

/** Responses that were sent again and again for want of the ACK or PRACK that they wait for, from one host to another. */
export interface UnacknowledgedResponses {
  readonly kind: 'ack' | 'prack'
  readonly transport: Transport
  /** Who sent the responses. */
  readonly source: string
  readonly destination: string
  readonly responses: number
  /** Those whose sender gave up. */
  readonly lostCalls: number
  /** The one that was repeated most. */
  readonly longest: RepeatedResponse
  /** Of the first. */
  readonly callId: string
  readonly severalCalls: boolean
  readonly at: readonly FrameRef[]
}

/** Requests over UDP that one host goes on sending to another though their responses are in the trace. */
export interface UnheardResponses {
  /** Who sent the requests. */
  readonly source: string
  readonly destination: string
  /** INVITEs that a 2xx answers; of others apart. */
  readonly isAccepted: boolean
  /** As far as RFCs know them. */
  readonly methods: readonly string[]
  readonly requests: number
  /** INVITEs of calls that nobody answered, and the first of them. */
  readonly lostCalls: number
  readonly lost: readonly LostCall[]
  /** The one that was repeated most from its response on. */
  readonly longest: {
    readonly status: number
    readonly repeats: number
    readonly spanUs: number
    /** Address and port that it comes from, and where the response went instead of there. */
    readonly from: string
    readonly sentElsewhere?: string | undefined
    /** Its sender may only pass on what somebody else repeats. */
    readonly isPassedOn: boolean
  }
  /** Of the first. */
  readonly callId: string
  readonly severalCalls: boolean
  readonly at: readonly FrameRef[]
}

export interface RepeatedResponse {
  readonly status: number
  readonly repeats: number
  /** From the first that is known to the last. */
  readonly spanUs: number
  /** ACKs or PRACKs to it since it was repeated first, and where the first of them. */
  readonly acknowledged: number
  readonly acknowledgedAt?: FrameRef | undefined
  /** INVITEs that were repeated since. */
  readonly invitesAgain: number
  /** The BYE that followed, and whether it is of who answered. */
  readonly bye?: { readonly at: FrameRef; readonly isOfAnswerer: boolean } | undefined
  /** Host part of its Contact. */
  readonly contactHost?: string | undefined
}

/** What one host answered to OPTIONS of another outside of calls. */
export interface OptionsAnswers {
  readonly source: string
  readonly destination: string
  /** With 2xx. */
  readonly accepted: number
  /** Of refusals in a row the longest. */
  readonly longest?: OptionsRefusals | undefined
}

/** Refusals with one status that no acceptance or challenge stands between. */
export interface OptionsRefusals {
  readonly status: number
  readonly count: number
  /** Accepted before the first of them. */
  readonly acceptedBefore: number
  readonly firstAt: FrameRef
  readonly lastAt: FrameRef
  readonly at: readonly FrameRef[]
}
