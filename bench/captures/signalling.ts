import type { Place } from './trace-writer.ts'

/** One side of a call: where it signals and hears media, and its SDES line. */
export interface Side {
  readonly sip: Place
  readonly media: Place
  readonly inline: string
}

export interface SignalledCall {
  readonly number: number
  readonly suite: string
  readonly caller: Side
  readonly callee: Side
}

/** The messages that set a call up and end it: who sends, and what. */
export function setUp(call: SignalledCall): (readonly ['caller' | 'callee', Buffer])[] {
  const { caller, callee } = call
  return [
    ['caller', message(call, `INVITE ${uri(callee)} SIP/2.0`, '1 INVITE', 'i', false, description(call, caller))],
    ['callee', message(call, 'SIP/2.0 200 OK', '1 INVITE', 'i', true, description(call, callee))],
    ['caller', message(call, `ACK ${uri(callee)} SIP/2.0`, '1 ACK', 'a', true)],
  ]
}

export function tearDown(call: SignalledCall): (readonly ['caller' | 'callee', Buffer])[] {
  return [
    ['caller', message(call, `BYE ${uri(call.callee)} SIP/2.0`, '2 BYE', 'b', true)],
    ['callee', message(call, 'SIP/2.0 200 OK', '2 BYE', 'b', true)],
  ]
}

export function formatAddress(address: number): string {
  return [24, 16, 8, 0].map((shift) => (address >>> shift) & 255).join('.')
}

function uri({ sip }: Side): string {
  return `sip:trunk@${formatAddress(sip.address)}`
}

function message(
  { number, caller, callee }: SignalledCall,
  startLine: string,
  cseq: string,
  branch: string,
  isInDialog: boolean,
  body = '',
): Buffer {
  const from = formatAddress(caller.sip.address)
  return Buffer.from(
    [
      startLine,
      `Via: SIP/2.0/UDP ${from}:5060;branch=z9hG4bK${branch}${number}`,
      'Max-Forwards: 70',
      `From: <sip:${1000 + number}@${from}>;tag=f${number}`,
      `To: <${uri(callee)}>${isInDialog ? `;tag=t${number}` : ''}`,
      `Call-ID: ${number}@${from}`,
      `CSeq: ${cseq}`,
      `Contact: <sip:${from}>`,
      ...(body === '' ? [] : ['Content-Type: application/sdp']),
      `Content-Length: ${body.length}`,
      '',
      body,
    ].join('\r\n'),
  )
}

function description({ number, suite }: SignalledCall, { media, inline }: Side): string {
  const address = formatAddress(media.address)
  return [
    'v=0',
    `o=- ${number} 1 IN IP4 ${address}`,
    's=-',
    `c=IN IP4 ${address}`,
    't=0 0',
    `m=audio ${media.port} RTP/SAVP 0 101`,
    `a=crypto:1 ${suite} inline:${inline}`,
    'a=rtpmap:0 PCMU/8000',
    'a=rtpmap:101 telephone-event/8000',
    'a=sendrecv',
    '',
  ].join('\r\n')
}
