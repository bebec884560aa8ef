import type { Endpoint } from '../../src/bytes/endpoint.ts'
import type { MessageContext } from '../../src/sip/context.ts'
import type { MessageFacts } from '../../src/sip/message-facts.ts'
import { MessageReader } from '../../src/sip/message-reader.ts'

/** Who takes part: two user agents, a third one for forks, a proxy. */
export const PARTIES = {
  alice: { address: '192.0.2.1', port: 5060 },
  bob: { address: '192.0.2.2', port: 5060 },
  carol: { address: '192.0.2.3', port: 5060 },
  proxy: { address: '198.51.100.9', port: 5060 },
} as const satisfies Record<string, Endpoint>
export type Party = keyof typeof PARTIES

export interface MessageText {
  readonly from: Party
  readonly to: Party
  /** Method of a request, or status of a response. */
  readonly start: string | number
  /** `1 INVITE`; a request's method fits by itself. */
  readonly cseq: string
  /** Topmost first. */
  readonly branches?: readonly string[]
  readonly fromTag?: string
  readonly toTag?: string
  readonly callId?: string
  readonly headers?: readonly string[]
  readonly body?: string
  readonly bodyType?: string
}

export interface TracedMessage {
  readonly message: MessageFacts
  readonly context: MessageContext
}

/** A SIP message as it would be captured in frame `frame`, one second after the frame before. */
export function captured(frame: number, text: MessageText): TracedMessage {
  const { from, to, start, cseq, branches = ['z9hG4bK1'], fromTag = 'a', toTag, callId = 'call-1' } = text
  const lines = [
    typeof start === 'number' ? `SIP/2.0 ${start} Reason` : `${start} sip:bob@example.com SIP/2.0`,
    ...branches.map((branch) => `Via: SIP/2.0/UDP host.example.com;branch=${branch}`),
    `From: <sip:alice@example.com>;tag=${fromTag}`,
    `To: <sip:bob@example.com>${toTag === undefined ? '' : `;tag=${toTag}`}`,
    `Call-ID: ${callId}`,
    `CSeq: ${cseq}`,
    `Contact: <sip:${from}@${PARTIES[from].address}>`,
    ...(text.headers ?? []),
    ...(text.body === undefined ? [] : [`Content-Type: ${text.bodyType ?? 'application/sdp'}`]),
    `Content-Length: ${text.body?.length ?? 0}`,
  ]
  const bytes = new TextEncoder().encode(`${lines.join('\r\n')}\r\n\r\n${text.body ?? ''}`)
  const message = new MessageReader().read(bytes)
  if (message.kind === 'malformed') throw new Error(message.text)
  const at = { position: frame - 1, capture: 0, frame, timeUs: frame * 1e6 }
  return { message, context: { at, source: PARTIES[from], destination: PARTIES[to], transport: 'udp' } }
}

/** A description with one audio stream; `version` and `key` make it another one. */
export function sdp(
  owner: Party,
  { version = 1, key = 'WVNfX19zZW1jdGwgKCkgewkyMjA7fQp9CnVubGVz', port = 4000 } = {},
): string {
  const address = PARTIES[owner].address
  return [
    'v=0',
    `o=${owner} 1 ${version} IN IP4 ${address}`,
    's=-',
    `c=IN IP4 ${address}`,
    't=0 0',
    `m=audio ${port} RTP/SAVP 0`,
    `a=crypto:1 AES_CM_128_HMAC_SHA1_80 inline:${key}`,
    '',
  ].join('\r\n')
}
