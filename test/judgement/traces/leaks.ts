import { seededOctets } from '../../../samples/seeded-random.ts'
import type { Endpoint } from '../../../src/bytes/endpoint.ts'
import { type Sent, send } from '../build/media-flow.ts'
import type { Protection } from '../build/protection.ts'
import { CALLEE, CALLER, type CallOptions, crypto, parties, telephoneCall, under } from '../build/telephone-call.ts'
import { Trace } from '../build/trace.ts'
import type { FaultyTrace } from '../entry.ts'

const OFFERER = `${CALLER}:30000`
const ANSWERER = `${CALLEE}:40000`
const PLAIN = { crypto: [] } as const

/** Media or keys that others can read. */
export const leakTraces: readonly FaultyTrace[] = [
  {
    name: 'a secure offer is answered with RTP/AVP',
    wrong: 'both sides then send in the clear',
    build: () => made({ caller: { under: 'clear' }, callee: PLAIN }),
    found: { rule: 'rtp-avp-leak', kind: 'negotiated', severity: 'error', frames: ['offer', 'answer'] },
  },
  {
    name: 'of a secure and a plain m= line the plain one is answered, over TCP',
    wrong: 'both lines for one medium are offered, and the answer refuses the secure one with port 0',
    build: () =>
      made({
        transport: 'tcp',
        caller: {
          under: 'clear',
          port: 30_002,
          media: [
            { port: 30_000, profile: 'RTP/SAVP', crypto: [crypto('a')] },
            { port: 30_002, profile: 'RTP/AVP' },
          ],
        },
        callee: {
          under: 'clear',
          media: [
            { port: 0, profile: 'RTP/SAVP' },
            { port: 40_000, profile: 'RTP/AVP' },
          ],
        },
      }),
    found: { rule: 'rtp-avp-leak', kind: 'negotiated', frames: ['offer', 'answer'] },
  },
  {
    name: 'one fork answers early with a key, another takes the call in the clear',
    wrong: 'the branch that wins has no SRTP; what it sends is compressed, and looks like anything',
    build: () => {
      const trace = new Trace()
      const { dialog, caller, callee } = parties(trace, { callee: PLAIN })
      const codecs = [18]
      const invite = dialog.request(0, 'caller', 'INVITE', { body: caller.describe({ codecs }), mark: 'offer' })
      const other = { address: CALLEE, port: 45_000 }
      const key = crypto('other')
      const early = callee.describe({ port: other.port, profile: 'RTP/SAVP', crypto: [key], codecs })
      dialog.respond(100, invite, '183 Session Progress', { body: early, toTag: 'other' })
      compressed(trace, 'tone', other, caller.media, [130, 1900], under(key))
      dialog.respond(2000, invite, '200 OK', { body: callee.describe({ codecs }), toTag: 'plain', mark: 'answer' })
      dialog.acknowledge(2015, invite, false, { toTag: 'plain' })
      compressed(trace, 'callee', callee.media, caller.media, [2030, 6000])
      compressed(trace, 'caller', caller.media, callee.media, [2030, 6000])
      dialog.respond(6035, dialog.request(6020, 'caller', 'BYE', { toTag: 'plain' }), '200 OK', { toTag: 'plain' })
      return trace
    },
    found: { rule: 'rtp-avp-leak', kind: 'negotiated', frames: ['offer', 'answer'] },
  },
  {
    name: 'a best-effort offer is answered without a=crypto',
    wrong: 'RTP/AVP with a key is offered (RFC 8643), and the key is ignored',
    build: () =>
      made({ caller: { crypto: [crypto('a')], line: { profile: 'RTP/AVP' }, under: 'clear' }, callee: PLAIN }),
    found: { rule: 'rtp-avp-leak', kind: 'declined', severity: 'warning', frames: ['offer', 'answer'] },
  },
  {
    name: 'a best-effort offer is declined where the policy requires SRTP',
    wrong: 'the same, under a policy',
    build: () =>
      made({ caller: { crypto: [crypto('a')], line: { profile: 'RTP/AVP' }, under: 'clear' }, callee: PLAIN }),
    policy: { srtp: { required: true } },
    found: { rule: 'rtp-avp-leak', kind: 'declined', severity: 'error', frames: ['offer', 'answer'] },
  },
  {
    name: 'plain RTP of the callee on a secured session',
    wrong: 'keys were agreed, and the callee does not use its own',
    build: () => made({ callee: { under: 'clear' } }),
    found: { rule: 'rtp-avp-leak', kind: 'on-wire', party: ANSWERER, frames: ['callee'] },
    allowed: ['rtcp-in-clear', 'one-way-media:unverifiable'],
  },
  {
    name: 'plain RTP of the caller on a session secured with AES-GCM, over IPv6',
    wrong: 'keys were agreed, and the caller does not use its own',
    build: () => {
      const suite = 'AEAD_AES_128_GCM'
      return made({
        caller: { crypto: [crypto('a', { suite })], under: 'clear', address: '2001:db8:10::10' },
        callee: { crypto: [crypto('b', { suite })], address: '2001:db8:20::20' },
      })
    },
    found: { rule: 'rtp-avp-leak', kind: 'on-wire', party: '[2001:db8:10::10]:30000', frames: ['caller'] },
    allowed: ['rtcp-in-clear', 'one-way-media:unverifiable'],
  },
  {
    name: 'plain RTP from the middle of a secured call on',
    wrong: 'the caller stops protecting its packets after 2 s',
    build: () => {
      const each = (sent: Sent, n: number) =>
        n < 100 ? sent : { ...sent, under: undefined, mark: n === 100 ? 'bare' : undefined }
      return made({ caller: { sends: { each } } })
    },
    found: { rule: 'rtp-avp-leak', kind: 'on-wire', party: OFFERER, frames: ['bare'] },
  },
  {
    name: 'behind the SBC the same call goes on in the clear',
    wrong: 'one Session-ID: SRTP from the caller to the SBC, plain RTP from the SBC to the callee',
    build: () => {
      const trace = new Trace()
      const inside = { address: '198.51.100.21' }
      const sessionId = { caller: 'a1'.repeat(16), callee: 'b2'.repeat(16) }
      telephoneCall(trace, { name: 'outer', talkMs: 5000, sessionId })
      telephoneCall(trace, {
        name: 'inner',
        sessionId,
        startMs: 40,
        ringMs: 850,
        talkMs: 5000,
        caller: { ...PLAIN, ...inside, port: 42_000 },
        callee: { ...PLAIN, address: '198.51.100.70', port: 44_000 },
      })
      return trace
    },
    found: { rule: 'rtp-avp-leak', kind: 'other-leg' },
    allowed: ['rtp-plain'],
  },
  ...[true, false].map(
    (own): FaultyTrace => ({
      name: `telephone events in the clear ${own ? 'beside SRTP, by a source of their own' : 'among the SRTP packets of a stream'}`,
      wrong: 'what inserts the digits of the caller has no key: digits can be read, and the callee drops them',
      build: () => {
        const trace = new Trace()
        const event = (sent: Sent, n: number) => ({
          ...sent,
          payloadType: 101,
          payload: Buffer.from([7, n % 10 < 8 ? 10 : 0x8a, 0, 160]),
          under: undefined,
        })
        const each = (sent: Sent, n: number) => (n % 60 > 49 ? event(sent, n) : sent)
        const { caller, callee } = telephoneCall(trace, own ? {} : { caller: { sends: { each } } })
        const digit = { label: 'digit', from: caller.media, to: callee.media, startMs: 2000, endMs: 2200 }
        if (own) send(trace, { ...digit, each: event, rtcp: 'none' })
        return trace
      },
      found: { rule: 'rtp-avp-leak', kind: 'on-wire', party: OFFERER },
    }),
  ),
  {
    name: 'a plain call where the policy requires SRTP',
    wrong: 'nobody asked for security, but the policy does',
    build: () => made({ caller: PLAIN, callee: PLAIN }),
    policy: { srtp: { required: true } },
    found: { rule: 'rtp-avp-leak', kind: 'negotiated', severity: 'error', frames: ['answer'] },
  },
  {
    name: 'RTCP in the clear beside SRTP',
    wrong: 'both sides protect RTP only',
    build: () => made({ caller: { sends: { rtcp: 'clear' } }, callee: { sends: { rtcp: 'clear' } } }),
    found: { rule: 'rtcp-in-clear', severity: 'warning', frames: ['caller-rtcp'] },
  },
  {
    name: 'a plain call',
    wrong: 'RTP/AVP on both sides, and nobody asked for more',
    build: () => made({ caller: PLAIN, callee: PLAIN }),
    found: { rule: 'rtp-plain', severity: 'warning', frames: ['answer'] },
  },
  {
    name: 'an offer that leaves security to the peer, who takes it',
    wrong: 'a=crypto on RTP/AVP, answered with a=crypto',
    build: () => made({ caller: { line: { profile: 'RTP/AVP' } }, callee: { line: { profile: 'RTP/AVP' } } }),
    found: { rule: 'srtp-optional', kind: 'best-effort', severity: 'info', frames: ['offer'] },
  },
  {
    name: 'an offer with a secure and a plain m= line, of which the secure one is taken',
    wrong: 'under a policy that requires SRTP no offer may leave the choice',
    build: () => {
      const [a, b] = [crypto('a'), crypto('b')]
      return made({
        caller: {
          under: under(a),
          media: [
            { port: 30_000, profile: 'RTP/SAVP', crypto: [a] },
            { port: 30_002, profile: 'RTP/AVP' },
          ],
        },
        callee: {
          under: under(b),
          media: [
            { port: 40_000, profile: 'RTP/SAVP', crypto: [b] },
            { port: 0, profile: 'RTP/AVP' },
          ],
        },
      })
    },
    policy: { srtp: { required: true } },
    found: { rule: 'srtp-optional', kind: 'dual-m-line', severity: 'warning', frames: ['offer'] },
  },
  {
    name: 'a key in clear SIP over TCP',
    wrong: 'a=crypto without TLS',
    build: () => made({ transport: 'tcp' }),
    found: { rule: 'sdes-key-exposed', severity: 'error', frames: ['offer', 'answer'] },
  },
  {
    name: 'clear SIP where the policy requires TLS',
    wrong: 'a plain call over UDP',
    build: () => made({ caller: PLAIN, callee: PLAIN }),
    policy: { sip: { tlsRequired: true } },
    found: { rule: 'sip-cleartext', severity: 'error', frames: ['offer'] },
    allowed: ['rtp-plain'],
  },
  {
    name: 'SRTP whose keys were agreed by DTLS',
    wrong: 'nothing is wrong but that nobody can look inside: a=fingerprint, and media that no key opens',
    build: () => {
      const fingerprint = `fingerprint:sha-256 ${seededOctets('certificate', 32)
        .toString('hex')
        .toUpperCase()
        .replace(/..(?=.)/g, '$&:')}`
      const line = { profile: 'UDP/TLS/RTP/SAVP', attributes: [fingerprint, 'setup:actpass'] }
      const secret = under(crypto('from the handshake'))
      return made({
        caller: { crypto: [], line, under: secret },
        callee: { crypto: [], line: { ...line, attributes: [fingerprint, 'setup:active'] }, under: secret },
      })
    },
    found: { rule: 'keying-not-visible', kind: 'dtls', severity: 'info' },
  },
  {
    name: 'media that no signalling names',
    wrong: 'RTP both ways, and not one SIP message',
    build: () => {
      const trace = new Trace()
      const [a, b] = [
        { address: CALLER, port: 30_000 },
        { address: CALLEE, port: 40_000 },
      ]
      send(trace, { label: 'there', from: a, to: b, startMs: 0, endMs: 4000, mark: 'there' })
      send(trace, { label: 'back', from: b, to: a, startMs: 12, endMs: 4000 })
      return trace
    },
    found: { rule: 'media-without-signalling', party: OFFERER, frames: ['there'] },
  },
]

/** G.729: octets without a pattern, 20 of them each. */
function compressed(
  trace: Trace,
  label: string,
  from: Endpoint,
  to: Endpoint,
  [startMs, endMs]: readonly [number, number],
  protection?: Protection,
): void {
  const each = (sent: Sent, n: number): Sent => ({ ...sent, payload: seededOctets(`${label}/${n}`, 20) })
  send(trace, { label, from, to, startMs, endMs, payloadType: 18, rtcp: 'none', each, under: protection })
}

function made(options: CallOptions): Trace {
  const trace = new Trace()
  telephoneCall(trace, options)
  return trace
}
