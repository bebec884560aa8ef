import { type Endpoint, formatEndpoint } from '../src/bytes/endpoint.ts'
import { seededHex, seededInteger } from './seeded-random.ts'

/** One side of a call. */
export interface Party {
  readonly user: string
  readonly displayName: string
  /** Where its SIP messages come from on the wire. */
  readonly signalling: Endpoint
  /** What it believes its address to be (behind a NAT, a private one). */
  readonly ownAddress?: Endpoint
  readonly userAgent: string
}

/** A call as it is to be seen in signalling. Times are nanoseconds after the start of the trace. */
export interface CallDescription {
  readonly callId: string
  readonly transport: 'udp' | 'tcp'
  readonly caller: Party
  readonly callee: Party
  readonly offer: string
  readonly inviteNs: number
  /** How the callee decides, and when. */
  readonly outcome:
    | { readonly answer: string; readonly answerNs: number; readonly byeNs: number; readonly byeFrom?: Side }
    | { readonly status: number; readonly reason: string; readonly warning?: string; readonly refusalNs: number }
}

export type Side = 'caller' | 'callee'

export interface SipMessage {
  readonly timeNs: number
  readonly from: Side
  readonly text: string
}

const ms = 1e6

/**
 * The messages of a call, in time order (RFC 3261): INVITE, 100, 180, 200 with the answer, ACK, BYE, 200; or INVITE, 100,
 * the refusal and its ACK. Branches, tags and sequence numbers follow from the Call-ID.
 */
export function composeSipCall(call: CallDescription): SipMessage[] {
  const dialog = new Dialog(call)
  const { inviteNs, outcome } = call
  const invite: Transaction = { method: 'INVITE', from: 'caller', branch: 'invite', number: dialog.firstNumber }
  const messages: SipMessage[] = [
    dialog.request(inviteNs, invite, { body: call.offer }),
    dialog.response(inviteNs + 9 * ms, invite, '100 Trying'),
  ]
  if ('status' in outcome) {
    const { status, reason, warning, refusalNs } = outcome
    messages.push(
      dialog.response(refusalNs, invite, `${status} ${reason}`, { headers: warning ? [`Warning: ${warning}`] : [] }),
      // The ACK to a refusal belongs to the INVITE's transaction: same branch (RFC 3261 §17.1.1.3).
      dialog.request(refusalNs + 21 * ms, { ...invite, method: 'ACK' }),
    )
    return messages
  }
  const { answer, answerNs, byeNs, byeFrom = 'caller' } = outcome
  // Each side counts its own requests (RFC 3261 §12.2.1.1).
  const byeNumber = byeFrom === 'caller' ? dialog.firstNumber + 1 : seededInteger(`${call.callId}/callee-cseq`, 1, 9000)
  const bye: Transaction = { method: 'BYE', from: byeFrom, branch: 'bye', number: byeNumber }
  messages.push(
    dialog.response(inviteNs + 160 * ms, invite, '180 Ringing'),
    dialog.response(answerNs, invite, '200 OK', { body: answer }),
    dialog.request(answerNs + 24 * ms, { ...invite, method: 'ACK', branch: 'ack' }),
    dialog.request(byeNs, bye),
    dialog.response(byeNs + 13 * ms, bye, '200 OK'),
  )
  return messages
}

interface Transaction {
  readonly method: 'INVITE' | 'ACK' | 'BYE'
  readonly from: Side
  readonly branch: string
  readonly number: number
}

interface Extras {
  readonly body?: string
  readonly headers?: readonly string[]
}

class Dialog {
  readonly firstNumber: number
  readonly #call: CallDescription
  readonly #tags: Record<Side, string>

  constructor(call: CallDescription) {
    this.#call = call
    this.firstNumber = seededInteger(`${call.callId}/cseq`, 100, 30_000)
    this.#tags = { caller: seededHex(`${call.callId}/from-tag`, 16), callee: seededHex(`${call.callId}/to-tag`, 16) }
  }

  request(timeNs: number, transaction: Transaction, extras: Extras = {}): SipMessage {
    const { method, from } = transaction
    const other = from === 'caller' ? 'callee' : 'caller'
    // Before the callee has given its Contact, and for the ACK to a refusal, the target is its public address.
    const early = method === 'INVITE' || (method === 'ACK' && transaction.branch === 'invite')
    const target = early ? this.#address(other) : this.#contact(other)
    const toTag = method === 'INVITE' ? '' : `;tag=${this.#tags[other]}`
    const lines = [
      `${method} ${target} SIP/2.0`,
      this.#via(transaction, ''),
      'Max-Forwards: 70',
      `From: ${this.#name(from)};tag=${this.#tags[from]}`,
      `To: ${this.#name(other)}${toTag}`,
      ...this.#common(transaction),
      ...(method === 'ACK' ? [] : [`Contact: <${this.#contact(from)}>`]),
      ...(method === 'INVITE' ? ['Allow: INVITE, ACK, BYE, CANCEL, OPTIONS, UPDATE', 'Supported: timer'] : []),
      `User-Agent: ${this.#call[from].userAgent}`,
    ]
    return { timeNs, from, text: formatMessage(lines, extras) }
  }

  response(timeNs: number, transaction: Transaction, status: string, extras: Extras = {}): SipMessage {
    const from = transaction.from === 'caller' ? 'callee' : 'caller'
    const { signalling } = this.#call[transaction.from]
    const tag = status.startsWith('100') ? '' : `;tag=${this.#tags[from]}`
    const success = status.startsWith('2') || status.startsWith('18')
    const lines = [
      `SIP/2.0 ${status}`,
      // RFC 3581 §4: what the server saw, so that the response finds its way back through a NAT.
      this.#via(transaction, `;received=${signalling.address}`, `=${signalling.port}`),
      `From: ${this.#name(transaction.from)};tag=${this.#tags[transaction.from]}`,
      `To: ${this.#name(from)}${tag}`,
      ...this.#common(transaction),
      ...(success && transaction.method === 'INVITE' ? [`Contact: <${this.#contact(from)}>`] : []),
      `Server: ${this.#call[from].userAgent}`,
    ]
    return { timeNs, from, text: formatMessage(lines, extras) }
  }

  #common({ method, number }: Transaction): string[] {
    return [`Call-ID: ${this.#call.callId}`, `CSeq: ${number} ${method}`]
  }

  #via({ from, branch }: Transaction, received: string, rport = ''): string {
    const { callId, transport } = this.#call
    const sentBy = formatEndpoint(this.#ownAddress(from))
    const id = seededHex(`${callId}/branch/${branch}`, 18)
    return `Via: SIP/2.0/${transport.toUpperCase()} ${sentBy};branch=z9hG4bK${id};rport${rport}${received}`
  }

  #name(side: Side): string {
    return `"${this.#call[side].displayName}" <${this.#address(side)}>`
  }

  #address(side: Side): string {
    const { user, signalling } = this.#call[side]
    return `sip:${user}@${signalling.address}`
  }

  #contact(side: Side): string {
    const parameter = this.#call.transport === 'tcp' ? ';transport=tcp' : ''
    return `sip:${this.#call[side].user}@${formatEndpoint(this.#ownAddress(side))}${parameter}`
  }

  #ownAddress(side: Side): Endpoint {
    return this.#call[side].ownAddress ?? this.#call[side].signalling
  }
}

function formatMessage(lines: readonly string[], { body, headers = [] }: Extras): string {
  const type = body === undefined ? [] : ['Content-Type: application/sdp']
  return [...lines, ...headers, ...type, `Content-Length: ${body?.length ?? 0}`, '', body ?? ''].join('\r\n')
}
