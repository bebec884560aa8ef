import type { Sent } from '../build/media-flow.ts'
import { CALLER, crypto, telephoneCall, under } from '../build/telephone-call.ts'
import { Trace } from '../build/trace.ts'
import type { FaultyTrace } from '../entry.ts'

/** A call that is well until its descriptions change. */
export const turnTraces: readonly FaultyTrace[] = [
  {
    name: 'after a hold and its resumption the callee stays silent',
    wrong: 'sendrecv is agreed again, and one side never comes back',
    build: () => {
      const trace = new Trace()
      const { dialog, caller, callee } = telephoneCall(trace, {
        talkMs: 12_000,
        callee: { sends: { endMs: 3000, rtcp: 'none' } },
      })
      const [sendonly, recvonly] = [{ direction: 'sendonly' }, { direction: 'recvonly' }] as const
      dialog.renegotiate(3000, 'caller', [caller.describe(sendonly, 2), callee.describe(recvonly, 2)])
      dialog.renegotiate(5000, 'caller', [caller.describe({}, 3), callee.describe({}, 3)])
      return trace
    },
    found: { rule: 'one-way-media', kind: 'stopped', party: CALLER },
  },
  {
    name: 'the callee goes on sending to the old port after a re-INVITE',
    wrong: 'the caller has moved to 30500 with its ears, and nobody follows',
    build: () => {
      const trace = new Trace()
      const port = 30_500
      const moved = (sent: Sent) => (sent.atMs < 4000 ? sent : { ...sent, source: { ...sent.source, port } })
      const { dialog, caller, callee } = telephoneCall(trace, {
        talkMs: 9000,
        caller: { sends: { rtcp: 'none', each: moved } },
        callee: { sends: { rtcp: 'none' } },
      })
      dialog.renegotiate(3920, 'caller', [caller.describe({ port }, 2), callee.describe({}, 2)])
      return trace
    },
    found: { rule: 'media-address-mismatch', party: `${CALLER}:30000` },
  },
  {
    name: 'a private address comes in with a re-INVITE',
    wrong: 'the first answer was right, the second gives 10.9.9.9 in c=',
    build: () => {
      const trace = new Trace()
      const { dialog, caller, callee } = telephoneCall(trace, { talkMs: 6000 })
      const answer = callee.describe({}, 2, '10.9.9.9')
      dialog.renegotiate(3000, 'caller', [caller.describe({}, 2), answer], { mark: 'second' })
      return trace
    },
    found: { rule: 'nat-private-address', kind: 'connection', party: '10.9.9.9', frames: ['second-answer'] },
    allowed: ['media-address-mismatch'],
  },
  {
    name: 'a secured call goes on in the clear after a re-INVITE',
    wrong: 'RTP/SAVP with keys at first; the re-INVITE offers it again and is answered with RTP/AVP',
    build: () => {
      const trace = new Trace()
      const bare = (sent: Sent) => (sent.atMs < 4000 ? sent : { ...sent, under: undefined })
      const { dialog, caller, callee } = telephoneCall(trace, {
        talkMs: 7000,
        caller: { sends: { rtcp: 'none', each: bare } },
        callee: { sends: { rtcp: 'none', each: bare } },
      })
      const answer = callee.describe({ profile: 'RTP/AVP', crypto: [] }, 2)
      dialog.renegotiate(3940, 'caller', [caller.describe({}, 2), answer], { mark: 'second' })
      return trace
    },
    found: { rule: 'rtp-avp-leak', kind: 'negotiated', frames: ['second-offer', 'second-answer'] },
  },
  {
    name: 'the second of two calls over one TCP connection has a silent callee',
    wrong: 'one direction of the second call is empty',
    build: () => {
      const trace = new Trace()
      telephoneCall(trace, { name: 'one', transport: 'tcp' })
      telephoneCall(trace, {
        name: 'two',
        transport: 'tcp',
        startMs: 2500,
        caller: { port: 31_000 },
        callee: { port: 41_000, sends: 'nothing' },
      })
      return trace
    },
    found: { rule: 'one-way-media', kind: 'no-packets', party: 'two@judgement.example' },
  },
  {
    name: 'the caller changes its SSRC and is heard no more',
    wrong: 'from the new SSRC on its packets go under a key that nobody gave',
    build: () => {
      const trace = new Trace()
      const unknown = under(crypto('unknown'))
      const each = (sent: Sent, n: number): Sent => {
        if (n < 120) return sent
        return { ...sent, ssrc: 0x0badcafe, under: unknown, mark: n === 120 ? 'changed' : undefined }
      }
      telephoneCall(trace, { talkMs: 7000, caller: { sends: { each, rtcp: 'none' } } })
      return trace
    },
    found: { rule: 'srtp-auth-failed', kind: 'all', party: `${CALLER}:30000`, frames: ['changed'] },
    allowed: ['one-way-media'],
  },
]
