import type { Endpoint } from '../../../src/bytes/endpoint.ts'
import { Dialog, type Party } from '../build/dialog.ts'
import { send } from '../build/media-flow.ts'
import { CALLEE, CALLER, crypto, parties, under } from '../build/telephone-call.ts'
import { Trace } from '../build/trace.ts'
import type { FaultyTrace, HealthyTrace } from '../entry.ts'

const RELAY = '192.0.2.53'
/** Where the relay has the media of the caller, and that of the callee. */
const NEAR = { address: RELAY, port: 20_000 }
const FAR = { address: RELAY, port: 20_010 }

interface RelayOptions {
  /** The answer of the callee reaches the caller as it is: the caller is told nothing of the relay. */
  readonly answerUnchanged?: boolean
  /** What the relay sends to the caller under; `nothing` where it does not send on. */
  readonly toCaller?: 'its own key' | 'the key of the callee' | 'nothing'
}

/** A call over a proxy that puts a media relay between the two sides, each hop with keys of its own. */
function relayed({ answerUnchanged = false, toCaller = 'its own key' }: RelayOptions = {}): Trace {
  const trace = new Trace()
  const { caller, callee } = parties(trace)
  const [near, far] = [[crypto('near')], [crypto('far')]]
  const [alice, bob, proxy] = [party('alice', CALLER), party('bob', CALLEE), { address: RELAY, port: 5060 }]
  const hops = [
    new Dialog(trace, { callId: 'relayed', caller: alice, callee: { ...bob, sip: proxy } }),
    new Dialog(trace, { callId: 'relayed', caller: { ...alice, sip: proxy }, callee: bob }),
  ]
  const offers = [caller.describe(), caller.describe({ port: FAR.port, crypto: far }, 1, RELAY)]
  const answer = callee.describe()
  const answers = [answerUnchanged ? answer : callee.describe({ port: NEAR.port, crypto: near }, 1, RELAY), answer]
  const marks = ['near', 'far']
  const invites = hops.map((hop, n) =>
    hop.request(n * 4, 'caller', 'INVITE', { body: offers[n], mark: `${marks[n]}-offer` }),
  )
  for (const n of [1, 0])
    hops[n].respond(904 - n * 4, invites[n], '200 OK', { body: answers[n], mark: `${marks[n]}-answer` })
  for (const [n, hop] of hops.entries()) hop.acknowledge(920 + n * 4, invites[n])
  const flow = (label: string, from: Endpoint, to: Endpoint, key = crypto(label)) =>
    send(trace, { label, from, to, startMs: 940, endMs: 4900, under: under(key), mark: label })
  flow('callee', callee.media, FAR, callee.crypto[0])
  flow('caller', caller.media, answerUnchanged ? callee.media : NEAR, caller.crypto[0])
  if (!answerUnchanged) {
    flow('relay-far', FAR, callee.media, far[0])
    if (toCaller !== 'nothing')
      flow('relay-near', NEAR, caller.media, toCaller === 'its own key' ? near[0] : callee.crypto[0])
  }
  for (const [n, hop] of hops.entries()) {
    const bye = hop.request(4920 + n * 4, 'caller', 'BYE')
    hop.respond(4944 - n * 4, bye, '200 OK')
  }
  return trace
}

function party(user: string, address: string): Party {
  return { user, sip: { address, port: 5060 } }
}

export const relayTraces: readonly FaultyTrace[] = [
  {
    name: 'a media relay is named in the offer, and the answer is handed on as it came',
    wrong: 'the callee sends to the relay, of which the caller knows nothing',
    build: () => relayed({ answerUnchanged: true }),
    found: { rule: 'one-way-media', kind: 'no-packets', party: CALLER, frames: ['callee'] },
  },
  {
    name: 'a media relay does not send on what the callee sends',
    wrong: 'the relay gets the media of the callee on one hop, and sends nothing on the other',
    build: () => relayed({ toCaller: 'nothing' }),
    found: { rule: 'one-way-media', kind: 'no-packets', party: CALLER, frames: ['callee'] },
  },
  {
    name: 'a media relay protects with the key of the other hop',
    wrong:
      'what the callee sends reaches the caller under the key of the callee, and the answer named one of the relay',
    build: () => relayed({ toCaller: 'the key of the callee' }),
    found: {
      rule: 'crypto-mismatch',
      kind: 'wire-other-call-key',
      party: `${RELAY}:${NEAR.port}`,
      frames: ['relay-near'],
    },
    allowed: ['one-way-media:unverifiable'],
  },
]

export const healthyRelays: readonly HealthyTrace[] = [
  {
    name: 'a proxy with a media relay',
    looks: 'one Call-ID with two offers and two answers, each hop with addresses and keys of its own',
    build: () => relayed(),
  },
]
