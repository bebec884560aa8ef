import { ethernet, ipv4, udp } from '../net/frame-builder.ts'

/** What of a message is not as in any other. */
export interface Said {
  /** Method of a request, or status of a response. */
  readonly start?: string | number
  readonly method?: string
  readonly cseq?: number
  readonly callId?: string
  readonly branch?: string
  readonly toTag?: string
  readonly requestUri?: string
  readonly to?: string
  readonly headers?: readonly string[]
  readonly body?: string
  readonly bodyType?: string
}

export interface Way {
  readonly source?: string
  readonly sourcePort?: number
  readonly destination?: string
  readonly destinationPort?: number
}

/** The text of a SIP message. */
export function sip(said: Said = {}): string {
  const { start = 'OPTIONS', cseq = 1, callId = 'one', branch = 'z9hG4bK1', toTag, headers = [], body = '' } = said
  const { requestUri = 'sip:a@198.51.100.2', to = 'sip:a@198.51.100.2', bodyType = 'application/sdp' } = said
  const method = said.method ?? (typeof start === 'string' ? start : 'INVITE')
  return [
    typeof start === 'string' ? `${start} ${requestUri} SIP/2.0` : `SIP/2.0 ${start} Said`,
    `Via: SIP/2.0/UDP 203.0.113.1;branch=${branch}`,
    'From: <sip:b@203.0.113.1>;tag=f',
    `To: <${to}>${toTag === undefined ? '' : `;tag=${toTag}`}`,
    `Call-ID: ${callId}`,
    `CSeq: ${cseq} ${method}`,
    'Contact: <sip:b@203.0.113.1>',
    'Max-Forwards: 70',
    ...headers,
    ...(body === '' ? [] : [`Content-Type: ${bodyType}`]),
    `Content-Length: ${Buffer.byteLength(body)}`,
    '',
    body,
  ].join('\r\n')
}

/** The message in a datagram. */
export function sipFrame(said: Said = {}, { source, destination, ...ports }: Way = {}): Uint8Array {
  const { sourcePort = 5060, destinationPort = 5060 } = ports
  const addresses = { ...(source !== undefined && { source }), ...(destination !== undefined && { destination }) }
  return ethernet(ipv4(udp(sip(said), { sourcePort, destinationPort }), addresses))
}

/** The same from the one who was asked. */
export function answerFrame(said: Said): Uint8Array {
  return sipFrame(said, { source: '198.51.100.2', destination: '203.0.113.1' })
}

/** `10.0.1.44` for 300. */
export function address(n: number): string {
  return `10.${n >> 16}.${(n >> 8) & 255}.${n & 255}`
}

export function repeated<T>(times: number, one: (n: number) => T): T[] {
  return Array.from({ length: times }, (_, n) => one(n))
}
