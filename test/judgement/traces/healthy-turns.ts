import { Dialog, type Party } from '../build/dialog.ts'
import { type Sent, send } from '../build/media-flow.ts'
import { CALLEE, CALLER, crypto, parties, telephoneCall, under } from '../build/telephone-call.ts'
import { Trace } from '../build/trace.ts'
import type { HealthyTrace } from '../entry.ts'

/** Calls beside each other, and keys that take turns. */
export const healthyTurns: readonly HealthyTrace[] = [
  {
    name: 'two forks answer, and one of them is ended at once',
    looks: 'two 200, two dialogs, media of one',
    build: () => {
      const trace = new Trace()
      const { dialog, caller, callee } = parties(trace)
      const invite = dialog.request(0, 'caller', 'INVITE', { body: caller.describe() })
      dialog.respond(100, invite, '180 Ringing', { toTag: 'one' })
      dialog.respond(110, invite, '180 Ringing', { toTag: 'two' })
      const loser = callee.describe({ port: 45_000, crypto: [crypto('loser')] })
      dialog.respond(900, invite, '200 OK', { body: callee.describe(), toTag: 'one' })
      dialog.acknowledge(915, invite, false, { toTag: 'one' })
      dialog.respond(940, invite, '200 OK', { body: loser, toTag: 'two' })
      dialog.acknowledge(955, invite, false, { toTag: 'two' })
      dialog.respond(975, dialog.request(960, 'caller', 'BYE', { toTag: 'two' }), '200 OK', { toTag: 'two' })
      both(trace, caller, callee, 950, 5000)
      dialog.respond(5035, dialog.request(5020, 'caller', 'BYE', { toTag: 'one' }), '200 OK', { toTag: 'one' })
      return trace
    },
  },
  ...(['caller', 'callee'] as const).map(
    (side): HealthyTrace => ({
      name: `the ${side} offers new keys, and the capture lacks the answer`,
      looks: 'a key that nobody was seen to agree on',
      build: () => {
        const trace = new Trace()
        const anew = crypto('anew')
        const each = (sent: Sent) => ({ ...sent, under: sent.atMs < 4080 ? sent.under : under(anew) })
        const sends = { each, rtcp: 'none' } as const
        const { dialog, [side]: offerer } = telephoneCall(trace, { talkMs: 7000, [side]: { sends } })
        dialog.request(4000, side, 'UPDATE', { body: offerer.describe({ crypto: [anew] }, 2) })
        return trace
      },
    }),
  ),
  {
    name: 'an announcement of a server in early media, and the answer of another host in the same dialog',
    looks: 'media from an address that the answer in force does not name',
    build: () => {
      const trace = new Trace()
      const { dialog, caller, callee } = parties(trace)
      const server = { address: '198.51.100.77', port: 47_000 }
      const announcer = crypto('server')
      const invite = dialog.request(0, 'caller', 'INVITE', { body: caller.describe() })
      const early = callee.describe({ port: server.port, connection: server.address, crypto: [announcer] })
      dialog.respond(100, invite, '183 Session Progress', { body: early })
      dialog.respond(3000, invite, '200 OK', { body: callee.describe({}, 2) })
      dialog.acknowledge(3020, invite)
      send(trace, {
        label: 'server',
        from: server,
        to: caller.media,
        startMs: 120,
        endMs: 2990,
        under: under(announcer),
      })
      const [startMs, endMs] = [3030, 7000]
      send(trace, { label: 'a', from: caller.media, to: callee.media, startMs, endMs, under: caller.under })
      send(trace, { label: 'b', from: callee.media, to: caller.media, startMs, endMs, under: callee.under })
      dialog.end(7020)
      return trace
    },
  },
  {
    name: 'early media under the line that the 183 chose, and another one in the 200',
    looks: 'the caller changes to another suite that it offered',
    build: () => {
      const trace = new Trace()
      const lines = [crypto('long'), crypto('short', { tag: 2, suite: 'AES_CM_128_HMAC_SHA1_32' })]
      const early = crypto('early', { tag: 2, suite: 'AES_CM_128_HMAC_SHA1_32' })
      const { dialog, caller, callee } = parties(trace, { caller: { crypto: lines } })
      const invite = dialog.request(0, 'caller', 'INVITE', { body: caller.describe() })
      dialog.respond(100, invite, '183 Session Progress', { body: callee.describe({ crypto: [early] }) })
      both(trace, { ...caller, under: under(lines[1]) }, { ...callee, under: under(early) }, 120, 2980)
      dialog.respond(3000, invite, '200 OK', { body: callee.describe({}, 2) })
      dialog.acknowledge(3020, invite)
      both(trace, caller, callee, 3030, 7000)
      dialog.end(7020)
      return trace
    },
  },
  {
    name: 'early media of one fork, and the answer of another',
    looks: 'two keys of the called side for one offer: each fork has its own',
    build: () => {
      const trace = new Trace()
      const { dialog, caller, callee } = parties(trace)
      const invite = dialog.request(0, 'caller', 'INVITE', { body: caller.describe() })
      const announcer = { key: crypto('announcer'), from: { address: CALLEE, port: 45_000 } }
      const early = callee.describe({ port: 45_000, crypto: [announcer.key] })
      dialog.respond(100, invite, '183 Session Progress', { body: early, toTag: 'announcer' })
      const tone = { label: 'tone', from: announcer.from, to: caller.media, under: under(announcer.key) }
      send(trace, { ...tone, startMs: 130, endMs: 1900 })
      dialog.respond(2000, invite, '200 OK', { body: callee.describe(), toTag: 'answerer' })
      dialog.acknowledge(2015, invite, false, { toTag: 'answerer' })
      both(trace, caller, callee, 2030, 6000)
      dialog.respond(6035, dialog.request(6020, 'caller', 'BYE', { toTag: 'answerer' }), '200 OK', {
        toTag: 'answerer',
      })
      return trace
    },
  },
  {
    name: 'one side takes the new key most of a second late',
    looks: 'after the re-INVITE 40 packets come under the old key',
    build: () => rekeyed({ changesMs: 4800 }),
  },
  {
    name: 'new keys after the sequence number has wrapped',
    looks: 'the rollover counter is 1 when the key changes, and stays so (RFC 3711 §3.3.1)',
    build: () => rekeyed({ changesMs: 4000, firstSequence: 65_450 }),
  },
  {
    name: 'packets change their order just where the key changes',
    looks: 'the last packet of the old key comes behind the first two of the new one',
    build: () => rekeyed({ changesMs: 4005, lastIsLateMs: 45 }),
  },
  {
    name: 'the capture begins before a re-INVITE that brings new keys',
    looks: 'media under keys that the capture does not hold, and then a re-INVITE with others',
    build: () => begunLate(),
    allowed: ['keying-not-visible', 'media-without-signalling'],
  },
  {
    name: 'the same, and the earlier keys are given in a file',
    looks: 'media under keys that only the file holds, and then a re-INVITE with others',
    build: () => begunLate(),
    keys: {
      keys: ['caller/1', 'callee/1'].map((label) => {
        const { suite, key } = crypto(label)
        return { suite, key: Buffer.from(key).toString('base64'), label }
      }),
    },
  },
  {
    name: 'calls in TLS before and after one that can be read, on its ports',
    looks: 'media on the ports of a call, under keys that the capture does not hold',
    build: () => {
      const trace = new Trace()
      const { caller, callee, endMs } = telephoneCall(trace, { startMs: 4000 })
      for (const [name, startMs] of [
        ['before', 500],
        ['after', endMs + 800],
      ] as const) {
        for (const [label, from, to] of [
          [`${name}/caller`, caller.media, callee.media],
          [`${name}/callee`, callee.media, caller.media],
        ] as const) {
          send(trace, { label, from, to, startMs, endMs: startMs + 2500, under: under(crypto(label)) })
        }
      }
      return trace
    },
    allowed: ['media-without-signalling'],
  },
  {
    name: 'a secure and a plain call at the same moment',
    looks: 'the same beginning, answer and end; other people',
    build: () => {
      const trace = new Trace()
      telephoneCall(trace, { name: 'secure' })
      telephoneCall(trace, {
        name: 'plain',
        startMs: 15,
        caller: { address: '203.0.113.77', port: 31_000, crypto: [] },
        callee: { address: '192.0.2.99', port: 41_000, crypto: [] },
      })
      return trace
    },
    allowed: ['rtp-plain'],
  },
  {
    name: 'two people of the same names call each other on other hosts',
    looks:
      'alice calls bob in the clear; another alice calls another bob with SRTP, within that time, and hangs up sooner',
    build: () => {
      const trace = new Trace()
      telephoneCall(trace, { name: 'plain', caller: { crypto: [] }, callee: { crypto: [] }, talkMs: 5000 })
      telephoneCall(trace, {
        name: 'secure',
        startMs: 300,
        ringMs: 150,
        talkMs: 1500,
        caller: { address: '2001:db8:10::1' },
        callee: { address: '2001:db8:20::1' },
      })
      return trace
    },
    allowed: ['rtp-plain'],
  },
  {
    name: 'two calls over one TCP connection',
    looks: 'messages of two Call-IDs one behind the other',
    build: () => {
      const trace = new Trace()
      telephoneCall(trace, { name: 'one', transport: 'tcp' })
      const ports = { caller: { port: 31_000 }, callee: { port: 41_000 } }
      telephoneCall(trace, { name: 'two', transport: 'tcp', startMs: 2500, ...ports })
      return trace
    },
  },
  {
    name: 'an exchange lights the lamps of a hundred extensions',
    looks: 'one source sends NOTIFY about a hundred users to one telephone',
    build: () => {
      const trace = new Trace()
      for (let n = 0; n < 100; n++) {
        const caller: Party = { user: `${300 + n}`, agent: 'Exchange 7', sip: { address: CALLEE, port: 5060 } }
        const callee: Party = { user: 'alice', sip: { address: CALLER, port: 5060 } }
        const dialog = new Dialog(trace, { callId: `lamp-${n}`, caller, callee })
        const headers = ['Event: dialog', 'Subscription-State: active;expires=3600']
        dialog.respond(n * 25 + 8, dialog.request(n * 25, 'caller', 'NOTIFY', { headers }), '200 OK')
      }
      return trace
    },
  },
  {
    name: 'video is agreed and nobody switches the camera on',
    looks: 'an m= line without a packet, beside audio that is well',
    build: () => {
      const trace = new Trace()
      const [a, b, va, vb] = ['a', 'b', 'va', 'vb'].map((label) => crypto(label))
      const video = { kind: 'video', codecs: [99], names: { 99: 'H264/90000' } }
      telephoneCall(trace, {
        caller: {
          under: under(a),
          media: [
            { port: 30_000, crypto: [a] },
            { port: 30_010, crypto: [va], ...video },
          ],
        },
        callee: {
          under: under(b),
          media: [
            { port: 40_000, crypto: [b] },
            { port: 40_010, crypto: [vb], ...video },
          ],
        },
      })
      return trace
    },
  },
]

/** The second half of a call that is given new keys. */
function begunLate(): Trace {
  const trace = rekeyed({ changesMs: 4000 })
  trace.keep((_, atMs) => atMs > 2000)
  return trace
}

type SideFacts = ReturnType<typeof parties>['caller']

function both(trace: Trace, caller: SideFacts, callee: SideFacts, startMs: number, endMs: number): void {
  send(trace, { label: 'a', from: caller.media, to: callee.media, startMs, endMs, under: caller.under })
  send(trace, { label: 'b', from: callee.media, to: caller.media, startMs, endMs, under: callee.under })
}

interface Rekeying {
  readonly changesMs: number
  readonly firstSequence?: number
  readonly lastIsLateMs?: number
}

/** A re-INVITE of the caller agrees on new keys 3.1 s after the answer; the callee takes its own when it likes. */
function rekeyed({ changesMs, firstSequence, lastIsLateMs = 0 }: Rekeying): Trace {
  const trace = new Trace()
  const agreedMs = 4000
  const [offered, answered] = ['caller', 'callee'].map((side) => [crypto(`${side}/1`), crypto(`${side}/2`)])
  const [ofCaller, ofCallee] = [offered.map(under), answered.map(under)]
  const flow = { rtcp: 'none', ...(firstSequence === undefined ? {} : { firstSequence }) } as const
  const turn = (keys: typeof ofCaller, fromMs: number) => (sent: Sent) => ({
    ...sent,
    under: keys[sent.atMs < fromMs ? 0 : 1],
    atMs: sent.atMs < fromMs && sent.atMs >= fromMs - 20 ? sent.atMs + lastIsLateMs : sent.atMs,
  })
  const { dialog, caller, callee } = telephoneCall(trace, {
    talkMs: 7000,
    caller: { crypto: [offered[0]], sends: { ...flow, each: turn(ofCaller, agreedMs) } },
    callee: { crypto: [answered[0]], sends: { ...flow, each: turn(ofCallee, changesMs) } },
  })
  const offer = caller.describe({ crypto: [offered[1]] }, 2)
  dialog.renegotiate(agreedMs - 62, 'caller', [offer, callee.describe({ crypto: [answered[1]] }, 2)])
  return trace
}
