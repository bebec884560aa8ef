import type { MediaLine } from '../build/description.ts'
import type { Dialog } from '../build/dialog.ts'
import { type Sent, send } from '../build/media-flow.ts'
import { type CallOptions, crypto, parties, telephoneCall, under } from '../build/telephone-call.ts'
import { Trace } from '../build/trace.ts'
import type { HealthyTrace } from '../entry.ts'
import { timedCall } from './signalling.ts'

/** Signalling takes a turn, and nothing is wrong. */
export const healthyDialogs: readonly HealthyTrace[] = [
  {
    name: 'hold by sendonly, and resume',
    looks: 'the held side is silent for 5 s',
    build: () => held('sendonly', 'recvonly', 'callee'),
  },
  {
    name: 'hold by inactive, and resume',
    looks: 'both sides are silent for 5 s',
    build: () => held('inactive', 'inactive', 'both'),
  },
  {
    name: 'hold by c=0.0.0.0, and resume',
    looks: 'an address that nobody can reach (RFC 2543 hold)',
    build: () => held('sendonly', 'recvonly', 'callee', '0.0.0.0'),
  },
  {
    name: 'a session timer that the trunk refreshes',
    looks: 'as long as the first interval, and a BYE as it ends',
    build: () => timedCall(true),
  },
  {
    name: 'two forks, one of which is cancelled',
    looks: 'two 183 with descriptions and keys of their own, media of one',
    build: () => {
      const trace = new Trace()
      const { dialog, caller, callee } = parties(trace)
      const invite = dialog.request(0, 'caller', 'INVITE', { body: caller.describe() })
      const loser = callee.describe({ port: 45_000, crypto: [crypto('loser')] })
      dialog.respond(100, invite, '183 Session Progress', { body: loser, toTag: 'loser' })
      dialog.respond(140, invite, '183 Session Progress', { body: callee.describe(), toTag: 'winner' })
      dialog.respond(1200, invite, '200 OK', { body: callee.describe(), toTag: 'winner' })
      dialog.acknowledge(1220, invite, false, { toTag: 'winner' })
      const [startMs, endMs] = [1240, 5200]
      send(trace, { label: 'a', from: caller.media, to: callee.media, startMs, endMs, under: caller.under })
      send(trace, { label: 'b', from: callee.media, to: caller.media, startMs, endMs, under: callee.under })
      const bye = dialog.request(5220, 'caller', 'BYE', { toTag: 'winner' })
      dialog.respond(5230, bye, '200 OK', { toTag: 'winner' })
      return trace
    },
  },
  {
    name: 'early media, then the answer',
    looks: 'a ring-back tone of the callee, 3 s before the answer, in one direction',
    build: () => {
      const trace = new Trace()
      const call = parties(trace)
      const { dialog, caller, callee } = call
      const invite = dialog.request(0, 'caller', 'INVITE', { body: caller.describe() })
      dialog.respond(90, invite, '183 Session Progress', { body: callee.describe() })
      dialog.respond(3400, invite, '200 OK', { body: callee.describe() })
      dialog.acknowledge(3420, invite)
      const [a, b] = [caller.media, callee.media]
      send(trace, { label: 'back', from: b, to: a, startMs: 120, endMs: 7400, under: callee.under })
      send(trace, { label: 'there', from: a, to: b, startMs: 3440, endMs: 7400, under: caller.under })
      dialog.end(7420)
      return trace
    },
  },
  {
    name: 'early media and no answer',
    looks: 'an announcement in one direction, then 486',
    build: () => {
      const trace = new Trace()
      const { dialog, caller, callee } = parties(trace)
      const invite = dialog.request(0, 'caller', 'INVITE', { body: caller.describe() })
      dialog.respond(90, invite, '183 Session Progress', { body: callee.describe() })
      const tone = { label: 'tone', from: callee.media, to: caller.media, under: callee.under }
      send(trace, { ...tone, startMs: 120, endMs: 4000 })
      dialog.respond(4100, invite, '486 Busy Here')
      dialog.acknowledge(4120, invite, true)
      return trace
    },
  },
  ...(['INVITE', 'UPDATE'] as const).map(
    (method): HealthyTrace => ({
      name: `new keys by ${method}`,
      looks: 'both keys change in the middle of the streams',
      build: () => rekeyed(method),
    }),
  ),
  {
    name: 'a session refresh',
    looks: 'the same descriptions are offered and answered again, twice (RFC 4028)',
    build: () => {
      const trace = new Trace()
      const { dialog, caller, callee } = telephoneCall(trace, { talkMs: 6000 })
      for (const atMs of [2500, 4500]) dialog.renegotiate(atMs, 'callee', [callee.describe(), caller.describe()])
      return trace
    },
  },
  {
    name: 'a blind transfer',
    looks: 'the caller refers the callee to another, and falls silent long before the callee',
    build: () => {
      const trace = new Trace()
      const { dialog, caller, callee } = telephoneCall(trace, {
        talkMs: 9000,
        goesOn: true,
        caller: { sends: { endMs: 3000 } },
        callee: { sends: { endMs: 3000 } },
      })
      hold(dialog, 3000, caller.describe({ direction: 'sendonly' }, 2), callee.describe({ direction: 'recvonly' }, 2))
      refer(dialog, 3300, 'sip:carol@198.51.100.30')
      const carol = { address: '198.51.100.30', port: 43_000 }
      telephoneCall(trace, { name: 'transferred', startMs: 3500, caller: callerAgain(callee.media), callee: carol })
      dialog.end(4700, 'caller')
      return trace
    },
  },
  {
    name: 'an attended transfer',
    looks: 'a third call with Replaces takes the place of two',
    build: () => {
      const trace = new Trace()
      const first = telephoneCall(trace, {
        name: 'first',
        goesOn: true,
        caller: { sends: { endMs: 3000 } },
        callee: { sends: { endMs: 3000 } },
      })
      const { caller, callee, dialog } = first
      hold(dialog, 3000, caller.describe({ direction: 'sendonly' }, 2), callee.describe({ direction: 'recvonly' }, 2))
      const carol = { address: '198.51.100.30', port: 43_000 }
      const consultation = {
        name: 'consultation',
        startMs: 3200,
        talkMs: 2500,
        caller: { port: 30_100 },
        callee: carol,
      }
      telephoneCall(trace, consultation)
      refer(dialog, 6500, 'sip:carol@198.51.100.30?Replaces=consultation%40judgement.example')
      const last = {
        name: 'joined',
        startMs: 6700,
        caller: callerAgain(callee.media),
        callee: { ...carol, port: 43_100 },
      }
      telephoneCall(trace, last)
      dialog.end(7900, 'caller')
      return trace
    },
  },
  {
    name: 'the port changes by re-INVITE',
    looks: 'media of one SSRC comes from another port from the fourth second on',
    build: () => {
      const trace = new Trace()
      const port = 30_500
      const from = (atMs: number, was: { address: string; port: number }) => (atMs < 4000 ? was : { ...was, port })
      const { dialog, caller, callee } = telephoneCall(trace, {
        talkMs: 7000,
        caller: { sends: { rtcp: 'none', each: (sent) => ({ ...sent, source: from(sent.atMs, sent.source) }) } },
        callee: {
          sends: { rtcp: 'none', each: (sent) => ({ ...sent, destination: from(sent.atMs, sent.destination) }) },
        },
      })
      dialog.renegotiate(3920, 'caller', [caller.describe({ port }, 2), callee.describe({}, 2)])
      return trace
    },
  },
  {
    name: 'ten seconds of ringing',
    looks: 'no media for a long time after the INVITE',
    build: () => made({ ringMs: 10_000 }),
  },
  {
    name: 'the offer comes in the 200',
    looks: 'an INVITE without a description: the answer stands in the ACK',
    build: () => {
      const trace = new Trace()
      const { dialog, caller, callee } = parties(trace)
      const invite = dialog.request(0, 'caller', 'INVITE')
      dialog.respond(700, invite, '200 OK', { body: callee.describe() })
      dialog.acknowledge(720, invite, false, { body: caller.describe() })
      const [startMs, endMs] = [740, 4000]
      send(trace, { label: 'a', from: caller.media, to: callee.media, startMs, endMs, under: caller.under })
      send(trace, { label: 'b', from: callee.media, to: caller.media, startMs, endMs, under: callee.under })
      dialog.end(4020)
      return trace
    },
  },
]

function made(options: CallOptions): Trace {
  const trace = new Trace()
  telephoneCall(trace, options)
  return trace
}

type Direction = NonNullable<MediaLine['direction']>

/** Held from the fourth to the ninth second of the trace. Who is silent uses up no sequence numbers. */
function held(offered: Direction, answered: Direction, silent: 'callee' | 'both', connection?: string): Trace {
  const trace = new Trace()
  const [fromMs, untilMs] = [4000, 9000]
  const pause = () => {
    let left = 0
    return (sent: Sent): Sent | null => {
      if (sent.atMs > fromMs && sent.atMs < untilMs) {
        left++
        return null
      }
      return { ...sent, sequenceNumber: (sent.sequenceNumber - left) & 0xffff }
    }
  }
  const { dialog, caller, callee } = telephoneCall(trace, {
    talkMs: 11_000,
    caller: silent === 'both' ? { sends: { each: pause() } } : {},
    callee: { sends: { each: pause() } },
  })
  const line = (direction: Direction) => ({ direction })
  hold(dialog, fromMs, caller.describe(line(offered), 2, connection), callee.describe(line(answered), 2))
  hold(dialog, untilMs - 100, caller.describe({}, 3), callee.describe({}, 3))
  return trace
}

function hold(dialog: Dialog, atMs: number, offer: string, answer: string): void {
  dialog.renegotiate(atMs, 'caller', [offer, answer])
}

/** RFC 3515 §2.4.4: 202, and NOTIFY of how it went. */
function refer(dialog: Dialog, atMs: number, target: string): void {
  const request = dialog.request(atMs, 'caller', 'REFER', { headers: [`Refer-To: <${target}>`] })
  dialog.respond(atMs + 12, request, '202 Accepted')
  const headers = ['Event: refer', 'Subscription-State: terminated;reason=noresource']
  const notify = dialog.request(atMs + 1100, 'callee', 'NOTIFY', { headers })
  dialog.respond(atMs + 1112, notify, '200 OK')
}

/** The side that was called calls now, from another port. */
function callerAgain({ address, port }: { address: string; port: number }) {
  return { address, port: port + 200 }
}

function rekeyed(method: 'INVITE' | 'UPDATE'): Trace {
  const trace = new Trace()
  const agreedMs = 4000
  const [offered, answered] = ['caller', 'callee'].map((side) => [crypto(`${side}/1`), crypto(`${side}/2`)])
  const [ofCaller, ofCallee] = [offered.map(under), answered.map(under)]
  const { dialog, caller, callee } = telephoneCall(trace, {
    talkMs: 7000,
    caller: {
      crypto: [offered[0]],
      sends: { rtcp: 'none', each: (sent) => ({ ...sent, under: ofCaller[sent.atMs < agreedMs ? 0 : 1] }) },
    },
    callee: {
      crypto: [answered[0]],
      sends: { rtcp: 'none', each: (sent) => ({ ...sent, under: ofCallee[sent.atMs < agreedMs ? 0 : 1] }) },
    },
  })
  const descriptions = [
    caller.describe({ crypto: [offered[1]] }, 2),
    callee.describe({ crypto: [answered[1]] }, 2),
  ] as const
  dialog.renegotiate(agreedMs - 62, 'caller', descriptions, { method })
  return trace
}
