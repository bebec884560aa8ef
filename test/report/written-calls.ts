import { formatPcap } from '../../samples/capture-writer.ts'
import { frameDatagrams, type TimedDatagram } from '../../samples/frames.ts'
import { composeTcpConnection } from '../../samples/tcp-connection.ts'

/** What somebody writes into a call's signalling. */
export interface Written {
  /** name-addr or URI. */
  readonly from: string
  readonly to: string
  readonly callId: string
  readonly reason?: string
  readonly warning?: string
  readonly userAgent?: string
  /** Lines of the description before the m= line, and behind it. */
  readonly session?: readonly string[]
  readonly attributes?: readonly string[]
  readonly profile?: string
}

const CALLER = { address: '203.0.113.10', port: 5060 }
const CALLEE = { address: '198.51.100.20', port: 5060 }
const EPOCH_SECONDS = 1_768_469_400

/** An INVITE that is refused for its offer, one that is answered, and a REGISTER that is refused, over TCP. */
export function capturedCalls(calls: readonly Written[]): Buffer {
  const datagrams = calls.flatMap((call, n): TimedDatagram[] => {
    const ends = [{ ...CALLER, port: 20_000 + n }, CALLEE] as const
    const written = messagesOf(call).map(({ from, text }, m) => ({
      timeNs: (n + 1) * 1e9 + m * 20e6,
      fromClient: from === 'caller',
      octets: Buffer.from(text),
    }))
    return composeTcpConnection(...ends, written)
  })
  return formatPcap(frameDatagrams(datagrams), EPOCH_SECONDS, 'micro')
}

function messagesOf(call: Written): { from: 'caller' | 'callee'; text: string }[] {
  const { reason = 'Not Acceptable Here', warning } = call
  const refused = { call, callId: call.callId, cseq: '1 INVITE' }
  const answered = { call, callId: `2${call.callId}`, cseq: '1 INVITE' }
  const registered = { call, callId: `3${call.callId}`, cseq: '1 REGISTER' }
  const request = 'INVITE sip:b@198.51.100.20 SIP/2.0'
  return [
    { from: 'caller', text: message(refused, request, { body: description(call) }) },
    { from: 'callee', text: message(refused, `SIP/2.0 488 ${reason}`, { warning, tag: true }) },
    { from: 'caller', text: message({ ...refused, cseq: '1 ACK' }, 'ACK sip:b@198.51.100.20 SIP/2.0', { tag: true }) },
    { from: 'caller', text: message(answered, request, { body: description(call) }) },
    { from: 'callee', text: message(answered, 'SIP/2.0 200 OK', { body: description(call), tag: true }) },
    { from: 'caller', text: message({ ...answered, cseq: '1 ACK' }, 'ACK sip:b@198.51.100.20 SIP/2.0', { tag: true }) },
    { from: 'caller', text: message({ ...answered, cseq: '2 BYE' }, 'BYE sip:b@198.51.100.20 SIP/2.0', { tag: true }) },
    { from: 'callee', text: message({ ...answered, cseq: '2 BYE' }, 'SIP/2.0 200 OK', { tag: true }) },
    { from: 'caller', text: message(registered, 'REGISTER sip:198.51.100.20 SIP/2.0', { to: call.from }) },
    { from: 'callee', text: message(registered, `SIP/2.0 403 ${reason}`, { to: call.from, tag: true }) },
  ]
}

interface About {
  readonly call: Written
  readonly callId: string
  readonly cseq: string
}

interface More {
  readonly body?: string
  readonly warning?: string | undefined
  readonly tag?: boolean
  readonly to?: string
}

function message(
  { call, callId, cseq }: About,
  start: string,
  { body = '', warning, tag, to = call.to }: More,
): string {
  return [
    start,
    `Via: SIP/2.0/TCP 203.0.113.10:5060;branch=z9hG4bK${Buffer.from(callId).toString('hex').slice(0, 40)}${cseq.replace(' ', '')}`,
    `From: ${call.from};tag=a`,
    `To: ${to}${tag ? ';tag=b' : ''}`,
    `Call-ID: ${callId}`,
    `CSeq: ${cseq}`,
    'Contact: <sip:a@203.0.113.10>',
    'Max-Forwards: 70',
    ...(call.userAgent === undefined ? [] : [`User-Agent: ${call.userAgent}`]),
    ...(warning === undefined ? [] : [`Warning: ${warning}`]),
    ...(body === '' ? [] : ['Content-Type: application/sdp']),
    `Content-Length: ${Buffer.byteLength(body)}`,
    '',
    body,
  ].join('\r\n')
}

function description({ session = [], attributes = [], profile = 'RTP/SAVP' }: Written): string {
  const lines = ['v=0', 'o=- 1 1 IN IP4 203.0.113.10', 's=-', 'c=IN IP4 203.0.113.10', 't=0 0']
  // What is written takes the place of what it is another of.
  const kept = lines.filter((line) => !session.some((other) => other.startsWith(line.slice(0, 2))))
  const all = [...kept, ...session].sort((a, b) => ORDER.indexOf(a[0] as string) - ORDER.indexOf(b[0] as string))
  return `${[...all, `m=audio 4000 ${profile} 0`, ...attributes, 'a=sendrecv'].join('\r\n')}\r\n`
}

/** RFC 8866 §5. */
const ORDER = 'vosiuepcbtrzka'
