import { seededOctets } from '../../../samples/seeded-random.ts'
import { Dialog, type Party } from '../build/dialog.ts'
import { type Sent, send } from '../build/media-flow.ts'
import { CALLEE, CALLER, type CallOptions, crypto, parties, telephoneCall, under } from '../build/telephone-call.ts'
import { Trace } from '../build/trace.ts'
import type { HealthyTrace } from '../entry.ts'

/** Calls that take the long way: through proxies, challenges, retransmissions, several media. */
export const healthyWays: readonly HealthyTrace[] = [
  {
    name: 'an INVITE is challenged and sent again with credentials',
    looks: 'the offer is refused with 407, and the same keys are offered again',
    build: () => {
      const trace = new Trace()
      const { dialog, caller, callee } = parties(trace)
      const first = dialog.request(0, 'caller', 'INVITE', { body: caller.describe() })
      const challenge = 'Proxy-Authenticate: Digest realm="judgement.example", nonce="c0ffee"'
      dialog.respond(12, first, '407 Proxy Authentication Required', { headers: [challenge] })
      dialog.acknowledge(20, first, true)
      const credentials =
        'Proxy-Authorization: Digest username="alice", realm="judgement.example", nonce="c0ffee", uri="sip:bob", response="00"'
      const second = dialog.request(30, 'caller', 'INVITE', { body: caller.describe(), headers: [credentials] })
      dialog.respond(40, second, '100 Trying')
      dialog.respond(900, second, '200 OK', { body: callee.describe() })
      dialog.acknowledge(920, second)
      both(trace, caller, callee, 940, 4900)
      dialog.end(4920)
      return trace
    },
  },
  {
    name: 'INVITE and 200 are retransmitted',
    looks: 'each of them comes three times over a slow path',
    build: () => {
      const trace = new Trace()
      const { dialog, caller, callee } = parties(trace)
      const body = caller.describe()
      const invite = dialog.request(0, 'caller', 'INVITE', { body })
      const { number, branch } = invite
      for (const atMs of [500, 1500]) dialog.request(atMs, 'caller', 'INVITE', { body, number, branch })
      for (const atMs of [1700, 2200, 3200]) {
        dialog.respond(atMs, invite, '200 OK', { body: callee.describe() })
      }
      for (const atMs of [2215, 2715, 3215]) dialog.acknowledge(atMs, invite)
      both(trace, caller, callee, 2230, 6900)
      dialog.end(6920, 'callee')
      return trace
    },
  },
  {
    name: 'two sides offer at once',
    looks: 'both re-INVITEs are refused with 491, and one of them is sent again',
    build: () => {
      const trace = new Trace()
      const { dialog, caller, callee } = telephoneCall(trace, { talkMs: 7000 })
      const ours = dialog.request(3000, 'caller', 'INVITE', { body: caller.describe() })
      const theirs = dialog.request(3005, 'callee', 'INVITE', { body: callee.describe() })
      dialog.respond(3020, ours, '491 Request Pending')
      dialog.respond(3022, theirs, '491 Request Pending')
      dialog.acknowledge(3040, ours, true)
      dialog.acknowledge(3042, theirs, true)
      dialog.renegotiate(5200, 'caller', [caller.describe(), callee.describe()])
      return trace
    },
  },
  {
    name: 'a proxy hands the call on, and media goes directly',
    looks: 'one Call-ID on two hops, each message twice',
    build: () => {
      const trace = new Trace()
      const [caller, callee] = [party('alice', CALLER), party('bob', CALLEE)]
      const proxy = '192.0.2.53'
      const near = parties(trace, {})
      const hops = [
        new Dialog(trace, { callId: 'proxied', caller, callee: { ...callee, sip: { address: proxy, port: 5060 } } }),
        new Dialog(trace, { callId: 'proxied', caller: { ...caller, sip: { address: proxy, port: 5060 } }, callee }),
      ]
      const later = (atMs: number, hop: number) => atMs + hop * 4
      const invites = hops.map((hop, n) =>
        hop.request(later(0, n), 'caller', 'INVITE', { body: near.caller.describe() }),
      )
      const back = (atMs: number, status: string, options = {}) => {
        for (const [n, hop] of hops.entries()) hop.respond(later(atMs, 1 - n), invites[n], status, options)
      }
      back(100, '180 Ringing')
      back(900, '200 OK', { body: near.callee.describe() })
      for (const [n, hop] of hops.entries()) hop.acknowledge(later(920, n), invites[n])
      both(trace, near.caller, near.callee, 940, 4900)
      for (const [n, hop] of hops.entries()) {
        const bye = hop.request(later(4920, n), 'caller', 'BYE')
        hop.respond(later(4940, 1 - n), bye, '200 OK')
      }
      return trace
    },
  },
  {
    name: 'audio is taken and video is declined',
    looks: 'the second m= line is answered with port 0, and has a key that nobody uses',
    build: () => {
      const [a, b, v] = [crypto('a'), crypto('b'), crypto('video')]
      const video = { kind: 'video', codecs: [99], names: { 99: 'H264/90000' } }
      return made({
        caller: {
          under: under(a),
          media: [
            { port: 30_000, crypto: [a] },
            { port: 30_010, crypto: [v], ...video },
          ],
        },
        callee: {
          under: under(b),
          media: [
            { port: 40_000, crypto: [b] },
            { port: 0, ...video },
          ],
        },
      })
    },
  },
  {
    name: 'audio and video, each with keys of its own',
    looks: 'four streams, and pictures that come in bursts of one timestamp',
    build: () => {
      const trace = new Trace()
      const keys = ['a', 'b', 'va', 'vb'].map((label) => crypto(label))
      const video = { kind: 'video', codecs: [99], names: { 99: 'H264/90000' } }
      telephoneCall(trace, {
        caller: {
          under: under(keys[0]),
          media: [
            { port: 30_000, crypto: [keys[0]] },
            { port: 30_010, crypto: [keys[2]], ...video },
          ],
        },
        callee: {
          under: under(keys[1]),
          media: [
            { port: 40_000, crypto: [keys[1]] },
            { port: 40_010, crypto: [keys[3]], ...video },
          ],
        },
      })
      const [a, b] = [
        { address: CALLER, port: 30_010 },
        { address: CALLEE, port: 40_010 },
      ]
      pictures(trace, 'pictures there', a, b, keys[2])
      pictures(trace, 'pictures back', b, a, keys[3])
      return trace
    },
  },
  {
    name: 'RTCP on the ports of RTP',
    looks: 'a=rtcp-mux: two kinds of packets between the same endpoints (RFC 5761)',
    build: () => {
      const line = { attributes: ['rtcp-mux'] }
      return made({
        caller: { line, sends: { multiplexed: true } },
        callee: { line, sends: { multiplexed: true } },
      })
    },
  },
  {
    name: 'a capture inside the private network of the caller',
    looks: 'private addresses in c= and Contact, and a public peer: the NAT stands behind the capture',
    build: () => made({ caller: { address: '192.168.1.5' } }),
  },
  {
    name: 'media by a server apart from signalling',
    looks: 'c= of the answer is none of the addresses that SIP comes from',
    build: () => {
      const media = { address: '198.51.100.90', port: 40_000 }
      return made({
        caller: { sends: { to: media } },
        callee: { connection: media.address, sends: { from: media } },
      })
    },
  },
  {
    name: 'a new description before the answer',
    looks: 'PRACK, and UPDATE with another port while it rings (RFC 3262, RFC 3311)',
    build: () => {
      const trace = new Trace()
      const { dialog, caller, callee } = parties(trace)
      const invite = dialog.request(0, 'caller', 'INVITE', { body: caller.describe(), headers: ['Supported: 100rel'] })
      const reliable = ['Require: 100rel', 'RSeq: 1']
      dialog.respond(120, invite, '183 Session Progress', { body: callee.describe(), headers: reliable })
      const prack = dialog.request(140, 'caller', 'PRACK', { headers: [`RAck: 1 ${invite.number} INVITE`] })
      dialog.respond(150, prack, '200 OK')
      const update = dialog.request(300, 'caller', 'UPDATE', { body: caller.describe({ port: 30_400 }, 2) })
      dialog.respond(320, update, '200 OK', { body: callee.describe({}, 2) })
      dialog.respond(1500, invite, '200 OK')
      dialog.acknowledge(1520, invite)
      const moved = { ...caller, media: { ...caller.media, port: 30_400 } }
      both(trace, moved, callee, 1540, 5400)
      dialog.end(5420)
      return trace
    },
  },
  {
    name: 'the callee hangs up, over TCP',
    looks: 'the BYE comes from the side that was called',
    build: () => made({ transport: 'tcp', byeFrom: 'callee' }),
  },
  {
    name: 'the trace ends in the middle of a call',
    looks: 'no BYE, and media until the last packet',
    build: () => made({ goesOn: true, talkMs: 5000 }),
  },
  {
    name: 'no audio for four seconds after the answer',
    looks: 'the callee takes long to open its microphone',
    build: () => made({ talkMs: 9000, callee: { sends: { startMs: 4900 } } }),
  },
]

function made(options: CallOptions): Trace {
  const trace = new Trace()
  telephoneCall(trace, options)
  return trace
}

type SideFacts = ReturnType<typeof parties>['caller']

function both(trace: Trace, caller: SideFacts, callee: SideFacts, startMs: number, endMs: number): void {
  send(trace, { label: 'a', from: caller.media, to: callee.media, startMs, endMs, under: caller.under })
  send(trace, { label: 'b', from: callee.media, to: caller.media, startMs, endMs, under: callee.under })
}

function party(user: string, address: string): Party {
  return { user, domain: 'judgement.example', sip: { address, port: 5060 } }
}

/** 25 pictures a second of four packets each, which leave one after the other. */
function pictures(
  trace: Trace,
  label: string,
  from: Sent['source'],
  to: Sent['source'],
  key: ReturnType<typeof crypto>,
) {
  const each = (sent: Sent, n: number): Sent => {
    const picture = Math.floor(n / 4)
    return {
      ...sent,
      atMs: 940 + picture * 40 + (n % 4) * 0.4,
      timestamp: 1000 + picture * 3600,
      payload: seededOctets(`${label} ${n}`, 700),
    }
  }
  const flow = { label, from, to, startMs: 940, endMs: 4860, packetMs: 10, ticksPerMs: 90, payloadType: 99 }
  send(trace, { ...flow, under: under(key), each })
}
