import type { Endpoint } from '../bytes/endpoint.ts'
import type { FrameRef } from '../bytes/frame-ref.ts'
import type { Transport } from './context.ts'
import type { CutOff } from './session-watch.ts'

/**
 * `established`: a 2xx to the INVITE, or the ACK of one, and no BYE. `completed`: with a BYE, or the answer to one. `cancelled`: a CANCEL and no 2xx. `failed`: a
 * final response of 300 or more that no further INVITE followed. `early`: 101…199 and no final response.
 * `incomplete`: the capture begins within the dialog, or no response but 100 was seen.
 */
export type CallState = 'completed' | 'established' | 'early' | 'failed' | 'cancelled' | 'incomplete'

/** A way that messages of a Call-ID went, and the kind of the first that went it. */
export interface MessagePath {
  readonly kind: 'request' | 'response'
  readonly source: Endpoint
  readonly destination: Endpoint
  readonly transport: Transport
}

/** A pair of signalling addresses between which requests of a call travelled: source and destination of the first. */
export interface Leg {
  readonly source: Endpoint
  readonly destination: Endpoint
}

/** A dialog of RFC 3261 §12 as seen from outside. */
export interface Dialog {
  readonly fromTag: string
  readonly toTag: string
  /** `early`: only 101…199 responses so far. `unknown`: the peer said so of a request within it, and no BYE came after that. */
  readonly state: 'early' | 'confirmed' | 'unknown' | 'terminated'
}

/** The final response that a call failed with, where it was first seen. */
export interface CallRefusal {
  readonly at: FrameRef
  readonly status: number
  /** Addresses of who sent it, and whom it was sent to. */
  readonly by: string
  readonly to: string
  /** Reason and Warning, as in `MessageFacts`. */
  readonly reason: string | undefined
  readonly warning: string | undefined
  /** The INVITE carried credentials. */
  readonly withCredentials: boolean
  /** A response of 101…199 was before it: somebody behind who refuses had the call. */
  readonly progressed: boolean
}

/** What was seen under one Call-ID that holds an INVITE dialog. Changed by the call table only; others read. */
export interface SipCall {
  readonly kind: 'call'
  /** What whoever pairs offers with answers keeps with it: found without another look into a table of Call-IDs. */
  attached?: unknown
  readonly callId: string
  /** URIs of From and To of the first message. */
  readonly from: string
  readonly to: string
  readonly state: CallState
  /** Final status of the INVITE transaction as the caller saw it; where a challenge was answered, that of the repeated INVITE. */
  readonly finalStatus?: number | undefined
  /** Of a call that failed. */
  readonly refusal?: CallRefusal | undefined
  /** Of a call that was answered. */
  readonly cutOff?: CutOff | undefined
  readonly transport: Transport
  readonly legs: readonly Leg[]
  readonly dialogs: readonly Dialog[]
  /** Times, as in `FrameRef`: the first message; the first 2xx to an initial INVITE, or its ACK where it was not captured; the BYE or the final failure response. */
  readonly startUs: number
  readonly answerUs?: number | undefined
  readonly endUs?: number | undefined
  /** The last answer to a BYE that ended a dialog. */
  readonly byeAnsweredUs?: number | undefined
  /** The last message of any kind. */
  readonly lastUs: number
  /** All messages, repetitions included. */
  readonly messages: number
  /** Each once, in the order of their first messages. */
  readonly paths: readonly MessagePath[]
  /** UUIDs of its ends, as `sessionEnds` gives them. */
  readonly sessionEnds?: string | undefined
  /** The first REFER: from then on the parties may be moved elsewhere (RFC 3515). */
  readonly referUs?: number | undefined
}

/** A Call-ID without an INVITE dialog: REGISTER, OPTIONS, SUBSCRIBE, MESSAGE and so on. */
export interface OutOfCall {
  readonly kind: 'out-of-call'
  /** As of a call. */
  attached?: unknown
  readonly callId: string
  /** Of the first message. */
  readonly method: string
  readonly from: string
  readonly to: string
  readonly requestUri?: string
  /** Who sent the first request, and to whom. */
  readonly source: Endpoint
  readonly destination: Endpoint
  readonly transport: Transport
  readonly startUs: number
  readonly lastUs: number
  /** The last final status of a request of `method`. */
  readonly finalStatus?: number
  readonly messages: number
  readonly paths: readonly MessagePath[]
}
