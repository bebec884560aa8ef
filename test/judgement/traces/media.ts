import { type Sent, send } from '../build/media-flow.ts'
import { CALLEE, CALLER, type CallOptions, crypto, telephoneCall, under } from '../build/telephone-call.ts'
import { Trace } from '../build/trace.ts'
import type { FaultyTrace } from '../entry.ts'

const OFFERER = `${CALLER}:30000`
const ANSWERER = `${CALLEE}:40000`
const INSIDE = '192.168.7.20'

/** Media that does not arrive, comes from elsewhere, or is not what was agreed. */
export const mediaTraces: readonly FaultyTrace[] = [
  {
    name: 'a private address in c=, and the callee answers to where the media comes from',
    wrong: 'the address is of no use to the peer, which helps itself',
    build: () => made({ caller: { connection: INSIDE } }),
    found: { rule: 'nat-private-address', kind: 'connection', severity: 'error', party: INSIDE, frames: ['offer'] },
    allowed: ['media-address-mismatch'],
  },
  {
    name: 'a unique-local address in c= over IPv6',
    wrong: 'fd00::/8 ends at the first router',
    build: () =>
      made({
        caller: { address: '2001:db8:10::10' },
        callee: { address: '2001:db8:20::20', connection: 'fd12:3456::20' },
      }),
    found: { rule: 'nat-private-address', kind: 'connection', party: 'fd12:3456::20', frames: ['answer'] },
    allowed: ['media-address-mismatch'],
  },
  {
    name: 'a private address in a=rtcp',
    wrong: 'c= is right, a=rtcp is not',
    build: () => made({ caller: { line: { attributes: [`rtcp:30001 IN IP4 ${INSIDE}`] } } }),
    found: { rule: 'nat-private-address', kind: 'connection', severity: 'error', party: INSIDE, frames: ['offer'] },
    allowed: ['media-address-mismatch'],
  },
  {
    name: 'a private address in o= alone',
    wrong: 'an ALG rewrote c= and forgot o=',
    build: () => made({ callee: { origin: '10.4.4.4' } }),
    found: { rule: 'nat-private-address', kind: 'origin', severity: 'warning', party: '10.4.4.4', frames: ['answer'] },
  },
  {
    name: 'a private address in Contact alone, from shared address space',
    wrong: 'the BYE of the peer will not arrive (RFC 6598 range)',
    build: () => made({ caller: { contact: '100.64.3.9' } }),
    found: {
      rule: 'nat-private-address',
      kind: 'contact',
      severity: 'warning',
      party: '100.64.3.9',
      frames: ['offer'],
    },
  },
  {
    name: 'media from another port than the one described',
    wrong: 'the NAT of the callee chose another port',
    build: () => made({ callee: { sends: { from: { address: CALLEE, port: 51_000 } } } }),
    found: { rule: 'media-address-mismatch', party: `${CALLEE}:51000`, frames: ['callee'] },
  },
  {
    name: 'media is sent to another port than the one described',
    wrong: 'the callee sends to 35000, and the caller asked for 30000',
    build: () => made({ callee: { sends: { to: { address: CALLER, port: 35_000 } } } }),
    found: { rule: 'media-address-mismatch', party: `${CALLER}:35000`, frames: ['callee'] },
    // The caller sends from 30000: nobody listens at 35000.
    allowed: ['one-way-media:unreachable'],
  },
  {
    name: 'media from another address than the one described',
    wrong: 'a relay that nobody named',
    build: () => made({ caller: { sends: { from: { address: '203.0.113.99', port: 30_000 } } } }),
    found: { rule: 'media-address-mismatch', party: '203.0.113.99', frames: ['caller'] },
  },
  {
    name: 'nothing comes from the callee',
    wrong: 'one direction has no packets at all',
    build: () => made({ callee: { sends: 'nothing' } }),
    found: { rule: 'one-way-media', kind: 'no-packets', party: CALLER, frames: ['answer'] },
  },
  {
    name: 'nothing comes from the caller in a plain call over TCP and IPv6',
    wrong: 'one direction has no packets at all',
    build: () =>
      made({
        transport: 'tcp',
        caller: { crypto: [], sends: 'nothing', address: '2001:db8:10::10' },
        callee: { crypto: [], address: '2001:db8:20::20' },
      }),
    found: { rule: 'one-way-media', kind: 'no-packets', party: '2001:db8:20::20', frames: ['answer'] },
    allowed: ['rtp-plain'],
  },
  {
    name: 'every tag of the callee fails, so the caller hears nothing',
    wrong: 'a key that is not in evidence',
    build: () => made({ callee: { under: under(crypto('unknown')) } }),
    found: {
      rule: 'one-way-media',
      kind: 'unverifiable',
      party: CALLER,
      cause: 'srtp-auth-failed',
      frames: ['callee'],
    },
    allowed: ['srtp-auth-failed:all'],
  },
  {
    name: 'plain RTP that its receiver takes for SRTP',
    wrong: 'the callee protects nothing, so the caller, who has agreed on keys, hears nothing',
    build: () => made({ callee: { under: 'clear', sends: { rtcp: 'none' } } }),
    found: { rule: 'rtp-avp-leak', kind: 'on-wire', party: ANSWERER, frames: ['callee'] },
    allowed: ['one-way-media:unverifiable'],
  },
  {
    name: 'SRTP is offered and RTP/AVP answered, and the caller sends nothing',
    wrong: 'a caller that insists on SRTP is answered without',
    build: () => {
      const trace = new Trace()
      telephoneCall(trace, { caller: { sends: 'nothing' }, callee: { crypto: [] } })
      return trace
    },
    found: { rule: 'one-way-media', kind: 'no-packets', party: CALLEE, cause: 'rtp-avp-leak' },
    allowed: ['rtp-avp-leak:negotiated'],
  },
  ...['RTP/SAVP', 'RTP/AVP'].map(
    (profile): FaultyTrace => ({
      name: `the caller keeps its NAT open, and sends no media (${profile})`,
      wrong: 'all that comes from the caller are headers of RTP without a payload (RFC 6263 §4.6)',
      build: () => {
        const trace = new Trace()
        const each = (sent: Sent) => ({ ...sent, payload: Buffer.alloc(0) })
        const plain = profile === 'RTP/AVP' ? { crypto: [] } : {}
        telephoneCall(trace, {
          talkMs: 9000,
          caller: { ...plain, under: 'clear', sends: { packetMs: 1000, rtcp: 'none', each } },
          callee: plain,
        })
        return trace
      },
      found: { rule: 'one-way-media', kind: 'no-packets', party: CALLEE },
      allowed: ['rtp-plain'],
    }),
  ),
  {
    name: 'nothing comes from the callee, whom a private address was given',
    wrong: 'the caller gave 192.168.7.20 in c=; the callee sends there, behind the place of the capture',
    build: () => made({ caller: { connection: INSIDE }, callee: { sends: 'nothing' } }),
    found: { rule: 'one-way-media', kind: 'no-packets', party: CALLER, cause: 'nat-private-address' },
    allowed: ['nat-private-address:connection', 'media-address-mismatch'],
  },
  {
    name: 'the callee falls silent in the middle of the call',
    wrong: 'its packets end 5 s before those of the caller, without a hold',
    build: () => made({ talkMs: 8000, callee: { sends: { endMs: 3900, rtcp: 'none' } } }),
    found: { rule: 'one-way-media', kind: 'stopped', party: CALLER },
  },
  {
    name: 'the callee sends to a private address',
    wrong: 'the caller gave 192.168.7.20 in c=, where nothing arrives from outside',
    build: () => made({ caller: { connection: INSIDE }, callee: { sends: { to: { address: INSIDE, port: 30_000 } } } }),
    found: {
      rule: 'one-way-media',
      kind: 'unreachable',
      party: CALLER,
      cause: 'nat-private-address',
      frames: ['callee'],
    },
    allowed: ['nat-private-address:connection', 'media-address-mismatch'],
  },
  ...[true, false].map(
    (isSeen): FaultyTrace => ({
      name: `a re-INVITE of the callee brings a private address; what is sent there ${isSeen ? 'is seen' : 'is not seen'}`,
      wrong: 'from then on the callee hears nothing',
      build: () => {
        const trace = new Trace()
        const to = { address: INSIDE, port: 40_000 }
        const each = (sent: Sent) =>
          sent.atMs < 4080 ? sent : isSeen ? { ...sent, destination: to, mark: 'moved' } : undefined
        const { dialog, caller, callee } = telephoneCall(trace, {
          talkMs: 9000,
          caller: { sends: { each, rtcp: 'none' } },
        })
        dialog.renegotiate(4000, 'callee', [callee.describe({}, 2, INSIDE), caller.describe({}, 2)], { mark: 'again' })
        return trace
      },
      found: {
        rule: 'one-way-media',
        kind: isSeen ? 'unreachable' : 'stopped',
        party: CALLEE,
        cause: 'nat-private-address',
        ...(isSeen && { frames: ['moved'] }),
      },
      allowed: ['nat-private-address:connection', 'media-address-mismatch'],
    }),
  ),
  {
    name: 'no media in one of two calls',
    wrong: 'the capture shows the media of the other call, and none of this one',
    build: () => {
      const trace = made({})
      const nothing = { sends: 'nothing' } as const
      telephoneCall(trace, {
        name: 'silent',
        startMs: 300,
        caller: { port: 31_000, ...nothing },
        callee: { port: 41_000, ...nothing },
      })
      return trace
    },
    found: { rule: 'no-media', severity: 'error', party: 'silent@judgement.example' },
  },
  {
    name: 'no media in the whole trace',
    wrong: 'signalling alone',
    build: () => made({ caller: { sends: 'nothing' }, callee: { sends: 'nothing' } }),
    found: { rule: 'no-media', severity: 'warning' },
  },
  {
    name: 'a phone that is held goes on sending',
    wrong: 'the callee answers the hold with recvonly, and its microphone stays open until it is taken back',
    build: () => {
      const trace = new Trace()
      const { dialog, caller, callee } = telephoneCall(trace, { talkMs: 14_000 })
      const sides = [
        caller.describe({ direction: 'sendonly' }, 2),
        callee.describe({ direction: 'recvonly' }, 2),
      ] as const
      dialog.renegotiate(4000, 'caller', [...sides])
      dialog.renegotiate(11_000, 'caller', [caller.describe({}, 3), callee.describe({}, 3)])
      return trace
    },
    found: { rule: 'media-while-held', severity: 'warning', party: ANSWERER },
  },
  {
    name: 'media goes on for 5 s after the BYE',
    wrong: 'the callee did not stop: a pinhole stays open',
    build: () => {
      const each = (sent: Sent) => (sent.atMs < 7000 ? sent : { ...sent, mark: 'late' })
      return made({ callee: { sends: { endMs: 9900, rtcp: 'none', each } } })
    },
    found: { rule: 'media-after-bye', party: ANSWERER, frames: ['late'] },
  },
  {
    name: 'a payload type that the receiver did not list',
    wrong: 'the callee sends G.729, and the caller offered PCMU alone',
    build: () => made({ callee: { sends: { payloadType: 18, each: g729 } } }),
    found: { rule: 'codec-not-negotiated', party: ANSWERER, frames: ['callee'] },
  },
  {
    name: 'a payload type that was not agreed, in plain RTP',
    wrong: 'the caller sends G.722, and the callee answered with PCMU alone',
    build: () =>
      made({
        caller: { crypto: [], line: { codecs: [9, 0, 101] }, sends: { payloadType: 9 } },
        callee: { crypto: [] },
      }),
    found: { rule: 'codec-not-negotiated', party: OFFERER, frames: ['caller'] },
    allowed: ['rtp-plain'],
  },
  {
    name: 'a payload type numbered as the sender does, not as the receiver does',
    wrong: 'the callee sends 98, its own number, and the caller asked for 111 (RFC 3264 §5.1)',
    build: () =>
      made({
        caller: { line: { codecs: [111, 101] }, sends: { payloadType: 98, ticksPerMs: 48 } },
        callee: {
          line: { codecs: [98, 101], names: { 98: 'opus/48000/2' } },
          sends: { payloadType: 98, ticksPerMs: 48 },
        },
      }),
    found: { rule: 'codec-not-negotiated', party: ANSWERER, frames: ['callee'] },
  },
  {
    name: 'five packets of a hundred are lost',
    wrong: 'loss on the way from the caller',
    build: () => made({ talkMs: 8000, caller: { sends: { each: (sent, n) => (n % 20 === 7 ? null : sent) } } }),
    found: { rule: 'media-quality', kind: 'loss', party: OFFERER },
  },
  {
    name: 'G.722 by a clock of 16 kHz',
    wrong: 'the callee advances its timestamps by the sampling rate, and RTP has 8000 for G.722 (RFC 3551 §4.5.2)',
    build: () => {
      const line = { codecs: [9, 101] }
      return made({
        caller: { line, sends: { payloadType: 9 } },
        callee: { line, sends: { payloadType: 9, ticksPerMs: 16, packetMs: 40 } },
      })
    },
    found: { rule: 'media-quality', kind: 'clock', severity: 'warning', party: ANSWERER },
  },
  {
    name: 'packets come in bunches',
    wrong: 'interarrival jitter far above 20 ms, on the way from the callee',
    build: () => made({ talkMs: 8000, callee: { sends: { each: bunched } } }),
    found: { rule: 'media-quality', kind: 'jitter', party: ANSWERER },
  },
  {
    name: 'media between two other hosts beside a call',
    wrong: 'no description names either of them',
    build: () => {
      const trace = made({ caller: { crypto: [] }, callee: { crypto: [] } })
      send(trace, {
        label: 'stranger',
        from: { address: '192.0.2.66', port: 6000 },
        to: { address: '192.0.2.77', port: 6002 },
        startMs: 2000,
        endMs: 4000,
        mark: 'stranger',
      })
      return trace
    },
    found: { rule: 'media-without-signalling', party: '192.0.2.66', frames: ['stranger'] },
    allowed: ['rtp-plain'],
  },
]

function made(options: CallOptions): Trace {
  const trace = new Trace()
  telephoneCall(trace, options)
  return trace
}

/** Two frames of 10 octets (RFC 3551 §4.5.6). */
function g729(sent: Sent): Sent {
  return { ...sent, payload: sent.payload.subarray(0, 20) }
}

/** Four packets wait for the fifth. */
function bunched(sent: Sent, n: number): Sent {
  return { ...sent, atMs: sent.atMs + (4 - (n % 5)) * 19.7 }
}
