import { type Endpoint, formatEndpoint } from '../bytes/endpoint.ts'
import type { FrameRef } from '../bytes/frame-ref.ts'
import type { CallState, Dialog, Leg, SipCall } from './call.ts'
import { CallIdRecord } from './call-id-record.ts'
import type { MessageContext } from './context.ts'
import { DialogTable } from './dialog.ts'
import { type InviteFacts, type InviteOutcome, judgeInvites } from './invite-outcome.ts'
import type { SipMessage } from './message.ts'
import type { OutOfCallRecord } from './out-of-call-record.ts'
import type { Transaction } from './transaction.ts'

const MAX_INVITES = 256
const MAX_LEGS = 64

/** A Call-ID with an INVITE dialog, while it grows. */
export class CallRecord extends CallIdRecord implements SipCall {
  readonly kind = 'call'
  readonly legs: Leg[] = []
  end?: FrameRef
  readonly #legKeys = new Set<string>()
  readonly #invites: Transaction<InviteFacts>[] = []
  readonly #dialogs = new DialogTable()
  #outcome: InviteOutcome = { state: 'incomplete' }

  constructor(message: SipMessage, context: MessageContext, maxSummaries: number, earlier?: OutOfCallRecord) {
    super(message, earlier ? { ...context, at: earlier.start } : context, maxSummaries)
    if (!earlier) return
    this.messages = earlier.messages
    this.summaries.push(...earlier.summaries)
  }

  get state(): CallState {
    const { state } = this.#outcome
    if (!this.#dialogs.allTerminated) return state
    // A BYE may also end an early dialog (RFC 3261 §15): nobody was ever connected.
    if (state === 'early') return 'cancelled'
    return state === 'established' ? 'completed' : state
  }

  get finalStatus(): number | undefined {
    return this.#outcome.finalStatus
  }

  get answer(): FrameRef | undefined {
    return this.#outcome.answer
  }

  get dialogs(): readonly Dialog[] {
    return this.#dialogs.dialogs
  }

  /** True once a BYE or a final failure ended it; a later INVITE may open it again. */
  get ended(): boolean {
    return this.end !== undefined
  }

  observe(message: SipMessage, context: MessageContext): void {
    const { transaction, first } = this.count(message, context)
    if (!first) return
    if (message.method === 'INVITE') this.#observeInvite(message, context, transaction)
    else if (this.legs.length === 0) this.#addLeg(transaction)
    if (message.kind === 'request' && message.method === 'CANCEL') {
      const cancelled = this.transactions.findCancelled(message, context)
      if (cancelled) cancelled.facts.cancelledAt ??= context.at
    }
    if (message.kind === 'request' && message.method === 'BYE') this.#dialogs.observeBye(message)
    if (message.method === 'INVITE' || message.method === 'CANCEL') this.#outcome = judgeInvites(this.#invites)
    if (this.#dialogs.allTerminated) this.end ??= context.at
    else if (this.#outcome.failure) this.end = this.#outcome.failure
    else delete this.end
  }

  #observeInvite(message: SipMessage, context: MessageContext, transaction: Transaction<InviteFacts>): void {
    this.#addLeg(transaction)
    const { facts } = transaction
    const status = message.status ?? 0
    if (message.kind === 'request') {
      facts.initial = message.to?.tag === undefined
      facts.hops = message.via.length
    } else {
      if (status < 200) facts.provisional = Math.max(facts.provisional ?? 0, status)
      else if (facts.final === undefined || (facts.final.status >= 300 && status < 300)) {
        facts.final = { status, at: context.at }
      }
      this.#dialogs.observeInviteResponse(message)
    }
    if (!this.#invites.includes(transaction) && this.#invites.length < MAX_INVITES) this.#invites.push(transaction)
  }

  /** Both directions between two endpoints are one leg. */
  #addLeg({ source, destination }: Leg): void {
    const key = legKey(source, destination)
    if (this.#legKeys.has(key) || this.legs.length === MAX_LEGS) return
    this.#legKeys.add(key)
    this.legs.push({ source, destination })
  }
}

function legKey(a: Endpoint, b: Endpoint): string {
  const [first, second] = [formatEndpoint(a), formatEndpoint(b)]
  return first < second ? `${first} ${second}` : `${second} ${first}`
}
