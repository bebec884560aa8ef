import type { Endpoint } from '../bytes/endpoint.ts'
import type { FrameRef } from '../bytes/frame-ref.ts'
import type { OnLimit } from '../limits/limits.ts'
import type { Transport } from '../sip/context.ts'
import type { AcceptableMedia } from './acceptable-media.ts'
import type { SessionDescription } from './description.ts'

/** A session description in the message that carried it. */
export interface Described {
  readonly at: FrameRef
  readonly description: SessionDescription
  /** Signalling addresses of the message. */
  readonly source: Endpoint
  readonly destination: Endpoint
  readonly transport: Transport
  /** Method of the request, or of the CSeq of the response. */
  readonly method: string
  /** Absent for a request. */
  readonly status?: number | undefined
  /** URI of the first Contact. */
  readonly contact?: string | undefined
  /** True where the capture does not hold the whole message: lines may be missing at the end. */
  readonly truncated: boolean
  /** The lines without their secrets (`shownLines`), a line feed between them; only where they are asked for. */
  readonly shown?: string | undefined
}

/**
 * `pending`: no answer yet. `answered`: by any answer, an unreliable 18x included. `refused`: the offer's request, or
 * the INVITE whose response made the offer, ended with 300…699, whatever had been answered provisionally.
 * `unanswered`: the transaction, or the trace, ended without an answer.
 */
export type ExchangeState = 'pending' | 'answered' | 'refused' | 'unanswered'

/**
 * What a refusal says of itself beside its status: Reason (RFC 3326), Warning and Accept (RFC 3261 §20.43, §20.1), as
 * written, and the description in its body.
 */
export interface RefusalTerms {
  readonly phrase?: string | undefined
  readonly reason?: string | undefined
  readonly warning?: string | undefined
  readonly accept?: string | undefined
  readonly acceptable?: readonly AcceptableMedia[] | undefined
}

/** One offer with its answers on one hop, in one dialog (RFC 3264). Changed by the tracker only; others read. */
export interface Exchange {
  /** Counts from 0 over the trace, in the order of `onOffer`. */
  readonly id: number
  readonly callId: string
  /** The signalling addresses of the hop, as seen on the wire. */
  readonly hop: { readonly offerer: Endpoint; readonly answerer: Endpoint }
  readonly transport: Transport
  readonly offer: Described
  /** The first answer, then those that replaced it (a 2xx whose description differs from the 183's). */
  readonly answers: readonly Described[]
  readonly state: ExchangeState
  /** The final response that refused the offer. */
  readonly refusedAt?: FrameRef | undefined
  readonly refusedStatus?: number | undefined
  readonly refusedWith?: RefusalTerms | undefined
  /** CSeq number of the INVITE, UPDATE or PRACK transaction that the offer belongs to. */
  readonly cseq: number
  /** Tags of the offerer and the answerer: with the Call-ID, the dialog. The answerer's is unknown until an answer. */
  readonly offererTag: string
  readonly answererTag?: string | undefined
  /**
   * False where the offer's request was not captured, was cut, or carried a description that cannot be read: `offer` then
   * says nothing, and has the place of the first answer.
   */
  readonly offerSeen: boolean
  /** Another exchange with the same offer, whose answer came from another branch of a fork. */
  readonly forkOf?: Exchange | undefined
  /** The offer was made within a dialog whose earlier exchanges were not captured (RFC 3261 §12.2.1.1: it has a To tag). */
  readonly continuesUnseen?: boolean
  /** The exchange before this one in the same dialog on the same hop. */
  readonly previous?: Exchange | undefined
  /** The first of those that lead to this one, and how many they are: itself and 0 where there was none before it. */
  readonly first: Exchange
  readonly depth: number
}

/** The answer that holds now: the last one. */
export function currentAnswer(exchange: Exchange): Described | undefined {
  return exchange.answers.at(-1)
}

/** What the tracker tells, in frame order. */
export interface ExchangeListener {
  onOffer?(exchange: Exchange): void
  /** The offer of an exchange that had none so far: it was captured behind its answer. */
  onLateOffer?(exchange: Exchange): void
  /** Called for the first answer and for each that replaces it. */
  onAnswer?(exchange: Exchange, answer: Described): void
  onRefused?(exchange: Exchange): void
  /** A description or a message that fits no rule of offer and answer. */
  onAnomaly?(reason: string, at: FrameRef): void
  readonly onLimit?: OnLimit
}
