import { seededOctets } from '../../../samples/seeded-random.ts'
import type { MediaLine } from '../build/description.ts'
import { type Sent, send } from '../build/media-flow.ts'
import { CALLEE, CALLER, crypto, parties, telephoneCall, under } from '../build/telephone-call.ts'
import { Trace } from '../build/trace.ts'
import type { FaultyTrace, HealthyTrace } from '../entry.ts'

const OFFERER = `${CALLER}:30000`
const SBC = '198.51.100.21'
const PLAIN = { crypto: [] } as const

const PLAIN_LINE = { profile: 'RTP/AVP', crypto: [] }

/** One m= line, one leg or one half of a call that is not as the rest of it. */
export const lineAndLegTraces: readonly FaultyTrace[] = [
  {
    name: 'plain video beside SRTP audio',
    wrong: 'nobody asked to protect the second m= line',
    build: () => {
      const trace = new Trace()
      const [a, b] = [crypto('audio/caller'), crypto('audio/callee')]
      const lines = (port: number, key: typeof a) => [
        { port, crypto: [key] },
        { port: port + 2, kind: 'video', profile: 'RTP/AVP', codecs: [96], names: { 96: 'VP8/90000' } },
      ]
      const { answerMs, endMs } = telephoneCall(trace, {
        caller: { media: lines(30_000, a), under: under(a) },
        callee: { media: lines(40_000, b), under: under(b) },
      })
      for (const [label, from, to] of [
        ['caller', { address: CALLER, port: 30_002 }, { address: CALLEE, port: 40_002 }],
        ['callee', { address: CALLEE, port: 40_002 }, { address: CALLER, port: 30_002 }],
      ] as const)
        send(trace, {
          ...{ label: `video/${label}`, from, to, startMs: answerMs + 40, endMs: endMs - 20 },
          ...{ payloadType: 96, packetMs: 40, ticksPerMs: 90 },
        })
      return trace
    },
    found: { rule: 'rtp-plain', severity: 'warning', party: 'video', frames: ['offer', 'answer'] },
  },
  {
    name: 'a DTLS leg in front of a plain one',
    wrong: 'the SBC ends DTLS-SRTP and goes on in the clear, under the same Call-ID',
    build: () => {
      const trace = new Trace()
      const fingerprint = `fingerprint:sha-256 ${'AB:'.repeat(31)}AB`
      const line = { profile: 'UDP/TLS/RTP/SAVP', attributes: [fingerprint, 'setup:actpass'] }
      const secret = under(crypto('agreed by DTLS'))
      const keyed = { crypto: [], line, under: secret }
      telephoneCall(trace, { caller: keyed, callee: { ...keyed, address: SBC, port: 42_000 }, talkMs: 5000 })
      handshake(trace, { address: CALLER, port: 30_000 }, { address: SBC, port: 42_000 })
      telephoneCall(trace, {
        startMs: 40,
        ringMs: 850,
        talkMs: 5000,
        caller: { ...PLAIN, address: SBC, port: 42_010 },
        callee: { ...PLAIN, address: '198.51.100.70' },
      })
      return trace
    },
    found: { rule: 'rtp-avp-leak', kind: 'other-leg', severity: 'error', party: SBC },
    allowed: ['keying-not-visible:dtls'],
  },
  {
    name: 'a 183 answers RTP/AVP to RTP/SAVP, and the 200 behind it RTP/SAVP',
    wrong: 'early media in the clear, by agreement',
    build: () => earlyMedia([PLAIN_LINE, {}], 'RTP/SAVP'),
    found: { rule: 'rtp-avp-leak', kind: 'negotiated', severity: 'error', frames: ['offer', 'early'] },
  },
  {
    name: 'a 183 takes up a best-effort offer, and the 200 behind it does not',
    wrong: 'SRTP before the answer, RTP in the clear after it, both by agreement',
    build: () => earlyMedia([{ profile: 'RTP/AVP' }, PLAIN_LINE], 'RTP/AVP'),
    found: { rule: 'rtp-avp-leak', kind: 'declined', severity: 'warning', frames: ['offer', 'answer'] },
  },
  {
    name: 'a re-INVITE gives protection up',
    wrong: 'SRTP in the first half, then both sides agree on RTP/AVP',
    build: () => {
      const trace = new Trace()
      const each = (sent: Sent) => (sent.atMs < 4000 ? sent : { ...sent, under: undefined })
      const half = { sends: { each, rtcp: 'none' } } as const
      const { dialog, caller, callee } = telephoneCall(trace, { talkMs: 7000, caller: half, callee: half })
      const plain = { profile: 'RTP/AVP', crypto: [] }
      dialog.renegotiate(3935, 'caller', [caller.describe(plain, 2), callee.describe(plain, 2)], { mark: 'plain' })
      return trace
    },
    found: { rule: 'rtp-avp-leak', kind: 'negotiated', severity: 'error', frames: ['plain-offer', 'plain-answer'] },
  },
  {
    name: 'the old codec goes on after a re-INVITE',
    wrong: 'the callee asks for PCMA alone, and the caller keeps to PCMU for another 3 s',
    build: () => {
      const trace = new Trace()
      const each = (sent: Sent) => ({ ...sent, payloadType: sent.atMs < 4000 ? 0 : 8 })
      const { dialog, caller, callee } = telephoneCall(trace, { talkMs: 7000, callee: { sends: { each } } })
      const alaw = { codecs: [8, 101] }
      dialog.renegotiate(3935, 'callee', [callee.describe(alaw, 2), caller.describe(alaw, 2)], { mark: 'alaw' })
      return trace
    },
    found: { rule: 'codec-not-negotiated', party: OFFERER, frames: ['alaw-offer'] },
  },
  {
    name: 'an announcement goes on after the call was refused',
    wrong: 'early media of a 183 is sent for 4 s beyond the 404',
    build: () => {
      const trace = new Trace()
      const { dialog, caller, callee } = parties(trace)
      const invite = dialog.request(0, 'caller', 'INVITE', { body: caller.describe(), mark: 'offer' })
      dialog.respond(150, invite, '183 Session Progress', { body: callee.describe(), mark: 'answer' })
      dialog.respond(3000, invite, '404 Not Found')
      dialog.acknowledge(3020, invite, true)
      const each = (sent: Sent) => (sent.atMs < 5100 ? sent : { ...sent, mark: 'late' })
      const flow = { label: 'announcement', from: callee.media, to: caller.media, startMs: 200, endMs: 7000 }
      send(trace, { ...flow, under: callee.under, rtcp: 'none', each })
      return trace
    },
    found: { rule: 'media-after-bye', party: `${CALLEE}:40000`, frames: ['late'] },
  },
]

/** The same, where nothing is wrong with it. */
export const healthyLinesAndLegs: readonly HealthyTrace[] = [
  {
    name: 'a call begins in the clear and is secured by re-INVITE',
    looks: 'plain packets of a session that is keyed',
    build: () => {
      const trace = new Trace()
      const [a, b] = [crypto('later/caller'), crypto('later/callee')]
      const from = (key: typeof a) => (sent: Sent) => ({ ...sent, under: sent.atMs < 4000 ? undefined : under(key) })
      const { dialog, caller, callee } = telephoneCall(trace, {
        talkMs: 7000,
        caller: { ...PLAIN, sends: { each: from(a), rtcp: 'none' } },
        callee: { ...PLAIN, sends: { each: from(b), rtcp: 'none' } },
      })
      const secured = (key: typeof a) => ({ profile: 'RTP/SAVP', crypto: [key] })
      dialog.renegotiate(3935, 'caller', [caller.describe(secured(a), 2), callee.describe(secured(b), 2)])
      return trace
    },
    allowed: ['rtp-plain'],
  },
  {
    name: 'sequence numbers run on while a call is held',
    looks: 'a hundred numbers are missing from each stream',
    build: () => {
      const trace = new Trace()
      const held = { sends: { each: (sent: Sent) => (sent.atMs > 3950 && sent.atMs < 6100 ? null : sent) } }
      const { dialog, caller, callee } = telephoneCall(trace, { talkMs: 9000, caller: held, callee: held })
      const asked = [caller.describe({ direction: 'inactive' }, 2), callee.describe({ direction: 'inactive' }, 2)]
      dialog.renegotiate(3880, 'caller', [asked[0], asked[1]])
      dialog.renegotiate(6000, 'caller', [caller.describe({}, 3), callee.describe({}, 3)])
      return trace
    },
  },
  {
    name: 'ICE finds an address that no candidate names',
    looks:
      'the media of the caller comes from another port than described: its NAT maps each peer anew (RFC 8445 §7.3.1.3)',
    build: () => {
      const candidate = (address: string, port: number) => ({
        attributes: [
          `candidate:1 1 UDP 2130706431 ${address} ${port} typ host`,
          'ice-ufrag:8hhY',
          'ice-pwd:asd88fgpdd777uzjYhagZg',
        ],
      })
      const mapped = { address: CALLER, port: 51_812 }
      const trace = new Trace()
      telephoneCall(trace, {
        caller: { line: candidate(CALLER, 30_000), sends: { from: mapped, rtcp: 'none' } },
        callee: { line: candidate(CALLEE, 40_000), sends: { to: mapped, rtcp: 'none' } },
      })
      return trace
    },
  },
]

/** The first flight of a DTLS handshake, as far as it can be told from outside (RFC 6347 §4.1). */
function handshake(trace: Trace, a: { address: string; port: number }, b: { address: string; port: number }): void {
  for (let n = 0; n < 4; n++) {
    const record = Buffer.concat([
      Buffer.from([22, 254, 253, 0, 0, 0, 0, 0, 0, 0, n, 0, 64]),
      seededOctets(`handshake/${n}`, 64),
    ])
    trace.datagram(905 + n * 3, n % 2 === 0 ? a : b, n % 2 === 0 ? b : a, record)
  }
}

/** A 183 (marked `early`) with 3 s of early media, and a 200 (`answer`): each answers the offer in its own way. */
function earlyMedia(answers: readonly [Partial<MediaLine>, Partial<MediaLine>], profile: string): Trace {
  const trace = new Trace()
  const { dialog, caller, callee } = parties(trace)
  const invite = dialog.request(0, 'caller', 'INVITE', { body: caller.describe({ profile }), mark: 'offer' })
  const speak = (name: string, { crypto: lines }: Partial<MediaLine>, startMs: number, endMs: number) => {
    for (const [one, other] of [
      [caller, callee],
      [callee, caller],
    ] as const)
      send(trace, {
        ...{ label: `${name} ${one.media.port}`, from: one.media, to: other.media, startMs, endMs },
        under: lines?.length === 0 ? undefined : one.under,
      })
  }
  dialog.respond(100, invite, '183 Session Progress', { body: callee.describe(answers[0]), mark: 'early' })
  speak('early', answers[0], 120, 2980)
  dialog.respond(3000, invite, '200 OK', { body: callee.describe(answers[1], 2), mark: 'answer' })
  dialog.acknowledge(3020, invite)
  speak('answered', answers[1], 3030, 7000)
  dialog.end(7020)
  return trace
}
