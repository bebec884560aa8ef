import type { Attack } from '../attack.ts'
import { collidingPlace } from './colliding-places.ts'
import { uncounted, unheard } from './complete.ts'
import { CALLEE, CALLER, fromCallee, fromCaller, message, type Sent, send } from './message.ts'

function flood(
  name: string,
  title: string,
  next: (n: number) => readonly Sent[],
  missing: Attack['missing'] = uncounted,
): Attack {
  return { name, title, against: 'signalling', write: (writer, octets) => send(writer, octets, next), missing }
}

export const FLOODS: readonly Attack[] = [
  flood('numerals', 'Call-IDs whose numbers are the same modulo 65,536', (n) => [
    fromCaller({ callId: `${(n % 65_536) * 65_536 + 7}`, branch: `${n}` }),
  ]),
  flood('branches', 'INVITEs of one Call-ID, each with a branch of its own', (n) => [
    fromCaller({ branch: `${n}`, cseq: n }),
  ]),
  flood('refused-branches', 'INVITEs of one Call-ID, each refused', (n) => [
    fromCaller({ branch: `${n}`, cseq: n }),
    fromCallee({ branch: `${n}`, cseq: n, status: 401, toTag: `${n}` }),
  ]),
  flood('forks', 'responses to one INVITE, each with a To tag of its own', (n) =>
    n === 0 ? [fromCaller({})] : [fromCallee({ status: 180 + (n & 3), toTag: `${n}` })],
  ),
  flood('answered-forks', 'a 200 of a new To tag and a BYE, over and over', (n) =>
    n === 0
      ? [fromCaller({})]
      : [
          fromCallee({ status: 200, toTag: `${n}` }),
          fromCaller({ method: 'BYE', cseq: 2, branch: `b${n}`, toTag: `${n}` }),
        ],
  ),
  flood('hops', 'INVITEs of one Call-ID over 64 numbers of hops, and their responses', (n) => {
    const far = 200
    const via = Array.from({ length: n < far ? 1 + n : 1 }, (_, hop) => `v:SIP/2.0/UDP h;branch=z9hG4bK${n}.${hop}`)
    return n < far
      ? [fromCaller({ via, branch: `${n}` })]
      : [fromCallee({ status: 183, via: [`v:SIP/2.0/UDP h;branch=z9hG4bK${n % far}.0`], toTag: `${n}` })]
  }),
  flood('from-tags', 'BYEs of one Call-ID, each of a dialog of its own', (n) => [
    fromCaller({ method: 'BYE', branch: `${n}`, cseq: n, fromTag: `${n}`, toTag: 'b' }),
  ]),
  flood('endpoints-that-collide', 'INVITEs of places that V8 hashes alike', (n) => [
    { source: collidingPlace(n), payload: message({ callId: `${n}`, branch: `${n}` }) },
  ]),
  flood('retransmissions', 'one INVITE again and again', () => [fromCaller({})]),
  flood('endpoints', 'one INVITE from a million places', (n) => [
    { source: { address: 0x0a000000 + n, port: 5060 }, payload: message({}) },
  ]),
  flood(
    'options',
    'OPTIONS of a new Call-ID, source and target each',
    (n) => [
      {
        source: { address: 0x0a000000 + n, port: 5060 },
        destination: { address: 0x0b000000 + n, port: 5060 },
        payload: message({ method: 'OPTIONS', callId: `${n}`, branch: `${n}`, to: `sip:${n}@198.51.100.2` }),
      },
    ],
    unheard,
  ),
  flood(
    'subscribes',
    'SUBSCRIBEs of a new Call-ID each',
    (n) => [fromCaller({ method: 'SUBSCRIBE', callId: `${n}`, branch: `${n}`, to: `sip:${n}@198.51.100.2` })],
    unheard,
  ),
  flood('registers', 'REGISTERs of a new account each, refused', (n) => registering(n, '', 403), unheard),
  flood(
    'passwords',
    'a password guessed for a new account each, and refused',
    (n) => registering(n, `u${n}`, 401),
    unheard,
  ),
  flood('one-account', 'passwords guessed for one account', (n) => registering(n, 'u', 401), unheard),
  flood('sources', 'INVITEs of a new source each, refused', (n) => {
    const source = { address: 0x0a000000 + n, port: 1024 + (n & 1023) }
    const said = { callId: `${n}`, branch: `${n}`, uri: `sip:${n}@h${n}`, lines: [`User-Agent: sipvicious ${n}`] }
    return [
      { source, payload: message(said) },
      { source: CALLEE, destination: source, payload: message({ ...said, status: 403, toTag: 't' }) },
    ]
  }),
  flood('acks', 'ACKs of one Call-ID with descriptions', (n) => [
    fromCaller({ method: 'ACK', branch: `${n}`, toTag: 't', body: 'v=0\r\nm=audio 9 RTP/AVP 0\r\n' }),
  ]),
  flood('unended-headers', 'messages without an empty line', (n) => {
    const whole = message({ callId: `${n}`, branch: `${n}` })
    return [{ payload: whole.subarray(0, whole.length - 4) }]
  }),
  flood('same-session', 'calls that all name one Session-ID', (n) => [
    fromCaller({ callId: `${n}`, branch: `${n}`, lines: [`Session-ID: ${'a'.repeat(32)};remote=${'b'.repeat(32)}`] }),
  ]),
  flood('same-parties', 'calls of the same two parties over three hosts', (n) => {
    const said = { callId: `${n}`, branch: `${n}`, from: 'sip:1234567@a', to: 'sip:7654321@b' }
    const through = { address: 0xc0000202, port: 5060 }
    return [
      n % 2 === 0 ? { destination: through, payload: message(said) } : { source: through, payload: message(said) },
    ]
  }),
]

function registering(n: number, user: string, status: number): Sent[] {
  const who = { method: 'REGISTER', callId: `${n}`, branch: `${n}`, to: `sip:${user === '' ? n : user}@198.51.100.2` }
  const digest = `Digest username="${user}",realm="r",nonce="n",uri="sip:r",response="${n.toString(16).padStart(32, '0')}"`
  const lines = user === '' ? [] : [`Authorization: ${digest}`]
  return [{ source: CALLER, payload: message({ ...who, lines }) }, fromCallee({ ...who, status, toTag: 't' })]
}
