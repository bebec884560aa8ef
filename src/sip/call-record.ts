import { grown } from '../bytes/grown-list.ts'
import { LIMITS, type OnLimit } from '../limits/limits.ts'
import type { CallRefusal, CallState, Dialog, Leg, SipCall } from './call.ts'
import { CallIdRecord } from './call-id-record.ts'
import type { MessageContext } from './context.ts'
import { afterBye, afterInviteResponse, afterUnknown, allTerminated, dialogsUpTo, type OpenDialog } from './dialog.ts'
import {
  INCOMPLETE,
  type InviteFacts,
  type InviteOutcome,
  invitesUpTo,
  judgeInvites,
  refusalAmong,
} from './invite-outcome.ts'
import type { MessageFacts } from './message-facts.ts'
import type { MessagePaths } from './message-paths.ts'
import type { OutOfCallRecord } from './out-of-call-record.ts'
import { fullerEnds, sessionEnds } from './session-id.ts'
import { type CutOff, SessionWatch } from './session-watch.ts'
import { isSameEndpoint, type Match, type Transaction } from './transaction.ts'

const MAX_INVITES = LIMITS.invitesOfCall.most
const MAX_LEGS = LIMITS.legsOfCall.most

/** A Call-ID with an INVITE dialog, while it grows. */
export class CallRecord extends CallIdRecord implements SipCall {
  readonly kind = 'call'
  legs: readonly Leg[] = []
  endUs: number | undefined
  byeAnsweredUs: number | undefined
  sessionEnds: string | undefined
  referUs: number | undefined
  #session: SessionWatch | undefined
  /** Who sent BYE first. */
  #byeTag: string | undefined
  #byesCross = false
  #byeAccepted = false
  #lastInvite: InviteFacts | undefined
  #lastDialog: OpenDialog | undefined
  #outcome: InviteOutcome = INCOMPLETE

  constructor(message: MessageFacts, context: MessageContext, ways: MessagePaths, earlier?: OutOfCallRecord) {
    super(message, context, earlier?.ways ?? ways, earlier?.startUs)
    if (earlier) this.messages = earlier.messages
  }

  get state(): CallState {
    const { state } = this.#outcome
    if (!allTerminated(this.#lastDialog)) return state
    // A BYE that ends an early dialog has the INVITE end in 487 (RFC 3261 §15.1.2); without any final response it is the 2xx
    // that was not captured.
    return state === 'established' || state === 'early' ? 'completed' : state
  }

  get finalStatus(): number | undefined {
    return this.#outcome.finalStatus
  }

  get refusal(): CallRefusal | undefined {
    const { state, finalStatus } = this.#outcome
    // Who sends BYE was answered, behind what was captured.
    return state === 'failed' && !allTerminated(this.#lastDialog)
      ? refusalAmong(invitesUpTo(this.#lastInvite), finalStatus)
      : undefined
  }

  get cutOff(): CutOff | undefined {
    return this.#session?.cutOff
  }

  get answerUs(): number | undefined {
    return this.#outcome.answerUs
  }

  get dialogs(): readonly Dialog[] {
    return dialogsUpTo(this.#lastDialog)
  }

  /** True once a BYE or a final failure ended it; a later INVITE may open it again. */
  get ended(): boolean {
    return this.endUs !== undefined
  }

  observe(message: MessageFacts, context: MessageContext, onLimit: OnLimit): Match<unknown> {
    const match = this.count(message, context, onLimit)
    if (!match.repeated) this.#take(message, context, match.transaction, onLimit)
    return match
  }

  #take(
    message: MessageFacts,
    context: MessageContext,
    transaction: Transaction<InviteFacts | undefined>,
    onLimit: OnLimit,
  ): void {
    const { method, sessionId } = message
    if (sessionId !== undefined) this.sessionEnds = fullerEnds(this.sessionEnds, sessionEnds(sessionId))
    const isRequest = message.kind === 'request'
    const invite = transaction.facts
    if (invite !== undefined || this.legs.length === 0) this.#addLeg(transaction, context, onLimit)
    if (invite !== undefined) this.#takeInvite(message, context, invite, onLimit)
    if (isRequest && method === 'CANCEL') {
      const cancelled = this.transactions.findCancelled(message, context)?.facts
      if (cancelled !== undefined) cancelled.cancelledUs ??= context.at.timeUs
    }
    const answered = isRequest && method === 'ACK' ? this.#acknowledged(message, context) : undefined
    if (answered !== undefined) answered.acknowledgedUs ??= context.at.timeUs
    if (isRequest && method === 'REFER') this.referUs ??= context.at.timeUs
    if (method === 'BYE') {
      if (isRequest) this.#lastDialog = afterBye(this.#lastDialog, message, context, onLimit)
      else if (endsDialog(message)) {
        this.byeAnsweredUs = context.at.timeUs
        if (!transaction.requestSeen) this.#lastDialog = afterBye(this.#lastDialog, message, context, onLimit)
      }
    }
    if (message.status === 481 && ofSession(message)) afterUnknown(this.#lastDialog, message)
    if (invite !== undefined || method === 'CANCEL' || answered !== undefined)
      this.#outcome = judgeInvites(invitesUpTo(this.#lastInvite))
    if (this.#outcome.answerUs !== undefined) this.#watchSession(message, context)
    if (allTerminated(this.#lastDialog)) this.endUs ??= context.at.timeUs
    else this.endUs = this.#outcome.failureUs
  }

  #watchSession(message: MessageFacts, context: MessageContext): void {
    const { method, fromTag = '', status = 0 } = message
    const any = this.#byeTag !== undefined
    if (method === 'BYE') {
      this.#byeTag ??= fromTag
      this.#byesCross ||= this.#byeTag !== fromTag
      this.#byeAccepted ||= status >= 200 && status < 300
    }
    if (this.#session === undefined && SessionWatch.isWanted(message)) this.#session = new SessionWatch()
    this.#session?.take(message, context, { any, cross: this.#byesCross, accepted: this.#byeAccepted })
  }

  /** The INVITE that an ACK shows to have been answered, where nothing else does: of a call that was, it tells nothing. */
  #acknowledged(message: MessageFacts, context: MessageContext): InviteFacts | undefined {
    if (this.#outcome.state === 'established') return undefined
    return this.transactions.findAcknowledged(message, context)?.facts
  }

  #takeInvite(message: MessageFacts, context: MessageContext, invite: InviteFacts, onLimit: OnLimit): void {
    const { at } = context
    if (message.kind === 'request') {
      invite.requestSeen = true
      invite.initial = message.toTag === undefined
      invite.hops = message.hops
      invite.withCredentials = message.credentials !== undefined
    } else {
      const { status = 0 } = message
      if (status < 200) invite.provisional = Math.max(invite.provisional ?? 0, status)
      else if (invite.finalStatus === undefined || (invite.finalStatus >= 300 && status < 300)) {
        invite.finalStatus = status
        invite.finalUs = at.timeUs
        invite.refusal = status < 400 ? undefined : refusalOf(message, status, context, invite)
      }
      this.#lastDialog = afterInviteResponse(this.#lastDialog, message, context, onLimit)
    }
    if (invite.number !== 0) return
    if ((this.#lastInvite?.number ?? 0) >= MAX_INVITES) onLimit('invitesOfCall', at)
    else {
      invite.number = (this.#lastInvite?.number ?? 0) + 1
      invite.before = this.#lastInvite
      this.#lastInvite = invite
    }
  }

  /** Both directions between two endpoints are one leg. */
  #addLeg({ source, destination }: Leg, { at }: MessageContext, onLimit: OnLimit): void {
    if (this.legs.length === 0) {
      const { leg } = this.ways
      const isLast = isSameEndpoint(leg[0].source, source) && isSameEndpoint(leg[0].destination, destination)
      this.legs = isLast ? leg : [{ source, destination }]
      return
    }
    const isKnown = this.legs.some(
      (leg) =>
        (isSameEndpoint(leg.source, source) && isSameEndpoint(leg.destination, destination)) ||
        (isSameEndpoint(leg.source, destination) && isSameEndpoint(leg.destination, source)),
    )
    if (isKnown) return
    if (this.legs.length < MAX_LEGS) this.legs = grown(this.legs, { source, destination })
    else onLimit('legsOfCall', at)
  }
}

function refusalOf(
  { reason, warning }: MessageFacts,
  status: number,
  { at, source, destination }: MessageContext,
  { withCredentials, provisional = 0 }: InviteFacts,
): CallRefusal {
  const progressed = provisional > 100
  return { at, status, by: source.address, to: destination.address, reason, warning, withCredentials, progressed }
}

/** A request that belongs to the session of a dialog; a subscription within it ends alone (RFC 5057 §5.1). */
function ofSession({ method }: MessageFacts): boolean {
  return method === 'INVITE' || method === 'UPDATE'
}

/** 2xx, or 481: the peer does not know the dialog any more (RFC 3261 §15.1.1). */
function endsDialog({ status = 0 }: MessageFacts): boolean {
  return (status >= 200 && status < 300) || status === 481
}
