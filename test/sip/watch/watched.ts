import type { Endpoint } from '../../../src/bytes/endpoint.ts'
import { CallTable } from '../../../src/sip/call-table.ts'
import type { Transport } from '../../../src/sip/context.ts'
import { MessageReader } from '../../../src/sip/message-reader.ts'
import { SignallingWatch } from '../../../src/sip/watch/signalling-watch.ts'

export interface Said {
  /** `address` or `address:port`; 5060 unless told. */
  readonly from: string
  readonly to: string
  /** Method of a request, or status of a response. */
  readonly start: string | number
  /** Of a response, unless it is that of a request. */
  readonly method?: string
  /** User of To. */
  readonly user?: string
  readonly uri?: string
  readonly callId: string
  readonly cseq?: number
  readonly fromTag?: string
  readonly toTag?: string
  readonly branch?: string
  /** Of a request that a proxy passes on: the branch of the hop before. */
  readonly before?: string
  /** URI; that of alice unless told. */
  readonly contact?: string
  readonly headers?: readonly string[]
  readonly seconds?: number
  readonly transport?: Transport
}

/** Digest credentials, as a header line. */
export function credentials(username: string, nonce: string, response: string, more = ''): string {
  return `Authorization: Digest username="${username}", realm="example.com", nonce="${nonce}", uri="sip:example.com", response="${response}"${more}`
}

/** The watch over messages that are said one after the other, a millisecond apart unless they say when. */
export class Watched {
  readonly watch = new SignallingWatch()
  readonly #calls = new CallTable()
  readonly #reader = new MessageReader()
  readonly #endpoints = new Map<string, Endpoint>()
  #frame = 0

  say(said: Said): this {
    const { from, to, start, callId, cseq = 1, user = 'bob', seconds, transport = 'udp' } = said
    const isRequest = typeof start === 'string'
    const method = said.method ?? (isRequest ? start : 'INVITE')
    const toTag = said.toTag ?? (isRequest || start === 100 ? undefined : 'b')
    const lines = [
      isRequest ? `${start} ${said.uri ?? `sip:${user}@example.com`} SIP/2.0` : `SIP/2.0 ${start} Reason`,
      `Via: SIP/2.0/UDP host.example.com;branch=${said.branch ?? `z9hG4bK${callId}${cseq}${method}`}`,
      ...(said.before === undefined ? [] : [`Via: SIP/2.0/UDP before.example.com;branch=${said.before}`]),
      'Max-Forwards: 70',
      `From: <sip:alice@example.com>;tag=${said.fromTag ?? 'a'}`,
      `To: <sip:${user}@example.com>${toTag === undefined ? '' : `;tag=${toTag}`}`,
      `Call-ID: ${callId}`,
      `CSeq: ${cseq} ${method}`,
      `Contact: <${said.contact ?? 'sip:alice@192.0.2.1'}>`,
      ...(said.headers ?? []),
      'Content-Length: 0',
    ]
    const message = this.#reader.read(Buffer.from(`${lines.join('\r\n')}\r\n\r\n`))
    if (message.kind === 'malformed') throw new Error(message.text)
    const frame = ++this.#frame
    const at = { position: frame - 1, capture: 0, frame, timeUs: (seconds ?? frame / 1000) * 1e6 }
    const context = { at, source: this.#endpoint(from), destination: this.#endpoint(to), transport }
    this.watch.message(message, context, this.#calls.observe(message, context))
    return this
  }

  /** A request and what comes back. */
  exchange(request: Said & { readonly start: string }, ...statuses: readonly number[]): this {
    this.say(request)
    for (const status of statuses) {
      const { from, to, headers: _, ...rest } = request
      this.say({ ...rest, from: to, to: from, method: request.start, start: status })
    }
    return this
  }

  #endpoint(text: string): Endpoint {
    const [address, port = '5060'] = text.split(':')
    const known = this.#endpoints.get(text) ?? { address, port: Number(port) }
    this.#endpoints.set(text, known)
    return known
  }
}
