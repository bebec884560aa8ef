import { seededHex } from '../../../samples/seeded-random.ts'
import { type Endpoint, formatEndpoint } from '../../../src/bytes/endpoint.ts'
import type { Trace } from './trace.ts'

/** One end of a dialog. */
export interface Party {
  readonly user: string
  /** Where its SIP comes from on the wire. */
  readonly sip: Endpoint
  /** What it writes into Via and Contact; the same unless said otherwise. */
  readonly own?: Endpoint
  readonly agent?: string
  /** Host of its address of record; that of its SIP unless said otherwise. */
  readonly domain?: string
}

export type Side = 'caller' | 'callee'

export interface DialogOptions {
  readonly callId: string
  readonly caller: Party
  readonly callee: Party
  readonly transport?: 'udp' | 'tcp'
  /** The call's name across all of its legs (RFC 7989), each side's half. */
  readonly sessionId?: Readonly<Record<Side, string>>
}

export interface MessageOptions {
  readonly body?: string
  /** Of the body: a session description unless said otherwise. */
  readonly contentType?: string
  readonly mark?: string
  /** Whole header lines. */
  readonly headers?: readonly string[]
  /** Request-URI. */
  readonly uri?: string
  /** Of the callee: another fork has another one. */
  readonly toTag?: string
  /** Sequence number, where a request repeats or answers an earlier one (ACK, CANCEL). */
  readonly number?: number
  readonly branch?: string
}

export interface Transaction {
  readonly method: string
  readonly from: Side
  readonly number: number
  readonly branch: string
  readonly inDialog: boolean
}

/** Writes the messages of one Call-ID between two hosts (RFC 3261 §12). */
export class Dialog {
  readonly callId: string
  readonly #trace: Trace
  readonly #options: DialogOptions
  readonly #next = { caller: 100, callee: 500 }
  #established = false

  constructor(trace: Trace, options: DialogOptions) {
    this.#trace = trace
    this.#options = options
    this.callId = options.callId
  }

  request(atMs: number, from: Side, method: string, options: MessageOptions = {}): Transaction {
    const number = options.number ?? this.#next[from]++
    const branch = options.branch ?? `z9hG4bK${seededHex(`${this.callId}/${method}/${from}/${number}/${atMs}`, 14)}`
    const inDialog = this.#established || method === 'ACK' || method === 'PRACK'
    const to = other(from)
    const uri = options.uri ?? (inDialog ? this.#contact(to) : this.#address(to))
    const toTag = inDialog ? `;tag=${options.toTag ?? this.#tag(to)}` : ''
    this.#send(atMs, from, options, [
      `${method} ${uri} SIP/2.0`,
      this.#via(from, branch),
      'Max-Forwards: 70',
      `From: <${this.#address(from)}>;tag=${this.#tag(from)}`,
      `To: <${this.#address(to)}>${toTag}`,
      `Call-ID: ${this.callId}`,
      `CSeq: ${number} ${method}`,
      ...(method === 'ACK' || method === 'BYE' || method === 'CANCEL' ? [] : [`Contact: <${this.#contact(from)}>`]),
      `User-Agent: ${this.#options[from].agent ?? 'Deskphone/4.2'}`,
    ])
    return { method, from, number, branch, inDialog }
  }

  respond(atMs: number, to: Transaction, status: string, options: MessageOptions = {}): void {
    const from = other(to.from)
    const tag = status.startsWith('100') ? '' : `;tag=${options.toTag ?? this.#tag(from)}`
    const contact = /^(18|2)/.test(status) && to.method !== 'BYE' && to.method !== 'CANCEL'
    if (to.method === 'INVITE' && status.startsWith('2')) this.#established = true
    this.#send(atMs, from, options, [
      `SIP/2.0 ${status}`,
      this.#via(to.from, to.branch),
      `From: <${this.#address(to.from)}>;tag=${this.#tag(to.from)}`,
      `To: <${this.#address(from)}>${tag}`,
      `Call-ID: ${this.callId}`,
      `CSeq: ${to.number} ${to.method}`,
      ...(contact ? [`Contact: <${this.#contact(from)}>`] : []),
      `Server: ${this.#options[from].agent ?? 'EdgeSBC 9.1'}`,
    ])
  }

  /** The ACK to a 2xx has a branch of its own, the one to a refusal that of the INVITE (RFC 3261 §13.2.2.4, §17.1.1.3). */
  acknowledge(
    atMs: number,
    { from, number, branch }: Transaction,
    refused = false,
    options: MessageOptions = {},
  ): void {
    const uri = refused && !this.#established ? { uri: this.#address(other(from)) } : {}
    this.request(atMs, from, 'ACK', { number, ...(refused ? { branch } : {}), ...uri, ...options })
  }

  /** A renegotiation: INVITE, 200, ACK, or UPDATE and 200 (RFC 3311). */
  renegotiate(
    atMs: number,
    from: Side,
    [offer, answer]: readonly [string | undefined, string | undefined],
    options: { readonly method?: 'INVITE' | 'UPDATE'; readonly mark?: string } = {},
  ): void {
    const { method = 'INVITE', mark } = options
    const request = this.request(atMs, from, method, { ...text(offer), ...(mark && { mark: `${mark}-offer` }) })
    this.respond(atMs + 60, request, '200 OK', { ...text(answer), ...(mark && { mark: `${mark}-answer` }) })
    if (method === 'INVITE') this.acknowledge(atMs + 80, request)
  }

  end(atMs: number, from: Side = 'caller'): void {
    const bye = this.request(atMs, from, 'BYE', { mark: 'bye' })
    this.respond(atMs + 15, bye, '200 OK')
  }

  #send(
    atMs: number,
    from: Side,
    { body, contentType = 'application/sdp', mark, headers = [] }: MessageOptions,
    lines: readonly string[],
  ): void {
    const type = body === undefined ? [] : [`Content-Type: ${contentType}`]
    const length = `Content-Length: ${body?.length ?? 0}`
    const message = [...lines, ...this.#sessionId(from), ...headers, ...type, length, '', body ?? ''].join('\r\n')
    const { [from]: sender, [other(from)]: receiver, transport = 'udp' } = this.#options
    this.#trace.sip(atMs, transport, sender.sip, receiver.sip, message, mark)
  }

  /** RFC 7989 §5: the sender's half first; nobody knows the callee's before it has answered. */
  #sessionId(from: Side): string[] {
    const { sessionId } = this.#options
    if (sessionId === undefined) return []
    const remote = from === 'caller' && !this.#established ? '0'.repeat(32) : sessionId[other(from)]
    return [`Session-ID: ${sessionId[from]};remote=${remote}`]
  }

  #via(side: Side, branch: string): string {
    const { transport = 'udp', [side]: party } = this.#options
    return `Via: SIP/2.0/${transport.toUpperCase()} ${formatEndpoint(party.own ?? party.sip)};branch=${branch};rport`
  }

  #address(side: Side): string {
    const { user, sip, domain } = this.#options[side]
    return `sip:${user}@${domain ?? host(sip)}`
  }

  #contact(side: Side): string {
    const { user, sip, own } = this.#options[side]
    return `sip:${user}@${formatEndpoint(own ?? sip)}${this.#options.transport === 'tcp' ? ';transport=tcp' : ''}`
  }

  #tag(side: Side): string {
    return seededHex(`${this.callId}/${side}/tag`, 12)
  }
}

function text(body: string | undefined): { body?: string } {
  return body === undefined ? {} : { body }
}

function host({ address }: Endpoint): string {
  return address.includes(':') ? `[${address}]` : address
}

function other(side: Side): Side {
  return side === 'caller' ? 'callee' : 'caller'
}
