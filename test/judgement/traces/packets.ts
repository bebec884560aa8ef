import { createHash } from 'node:crypto'
import { type Sent, send } from '../build/media-flow.ts'
import { protectionOf } from '../build/protection.ts'
import { CALLEE, CALLER, crypto, SUITE, telephoneCall, under } from '../build/telephone-call.ts'
import { Trace } from '../build/trace.ts'
import type { FaultyTrace } from '../entry.ts'

const OFFERER = `${CALLER}:30000`
const ANSWERER = `${CALLEE}:40000`
const UNHEARD = ['one-way-media:unverifiable']
const unknownKey = () => under(crypto('a key that nobody gave'))

/** Tags that fail without a known cause, rollover counters, replayed packets, keys that are used too often. */
export const packetTraces: readonly FaultyTrace[] = [
  {
    name: 'all packets of the callee fail, and no known key helps',
    wrong: 'the callee sends with a key that is not in evidence',
    build: () => {
      const trace = new Trace()
      telephoneCall(trace, { callee: { under: unknownKey() } })
      return trace
    },
    found: { rule: 'srtp-auth-failed', kind: 'all', party: ANSWERER, frames: ['callee'] },
    allowed: UNHEARD,
  },
  {
    name: 'all packets of the caller fail, AES-256 over IPv6',
    wrong: 'the caller sends with a key that is not in evidence',
    build: () => {
      const trace = new Trace()
      const suite = 'AES_256_CM_HMAC_SHA1_80'
      telephoneCall(trace, {
        caller: {
          address: '2001:db8:10::10',
          crypto: [crypto('a', { suite })],
          under: under(crypto('unknown', { suite })),
        },
        callee: { address: '2001:db8:20::20', crypto: [crypto('b', { suite })] },
      })
      return trace
    },
    found: { rule: 'srtp-auth-failed', kind: 'all', party: '[2001:db8:10::10]:30000', frames: ['caller'] },
    allowed: UNHEARD,
  },
  {
    name: 'packets fail from the middle of the call on',
    wrong: 'the caller takes another key after 2 s, and nothing in signalling says so',
    build: () => {
      const trace = new Trace()
      const other = unknownKey()
      const each = (sent: Sent, n: number) =>
        n < 100 ? sent : { ...sent, under: other, mark: n === 100 ? 'change' : undefined }
      telephoneCall(trace, { caller: { sends: { each, rtcp: 'none' } } })
      return trace
    },
    found: { rule: 'srtp-auth-failed', kind: 'from-packet', party: OFFERER, frames: ['change'] },
  },
  {
    name: 'packets fail from a re-INVITE on',
    wrong: 'new keys are agreed, and the callee takes one that is neither the old nor the new',
    build: () => {
      const trace = new Trace()
      const [offered, answered] = ['caller', 'callee'].map((side) => [crypto(`${side}/1`), crypto(`${side}/2`)])
      const [before, after, other] = [under(offered[0]), under(offered[1]), unknownKey()]
      const agreedMs = 4000
      const { dialog, caller, callee } = telephoneCall(trace, {
        talkMs: 7000,
        caller: {
          crypto: [offered[0]],
          sends: { rtcp: 'none', each: (sent) => ({ ...sent, under: sent.atMs < agreedMs ? before : after }) },
        },
        callee: {
          crypto: [answered[0]],
          sends: {
            rtcp: 'none',
            each: (sent) => (sent.atMs < agreedMs ? sent : { ...sent, under: other, mark: 'other' }),
          },
        },
      })
      const offer = caller.describe({ crypto: [offered[1]] }, 2)
      dialog.renegotiate(agreedMs - 62, 'caller', [offer, callee.describe({ crypto: [answered[1]] }, 2)])
      return trace
    },
    found: { rule: 'srtp-auth-failed', kind: 'from-packet', party: ANSWERER, frames: ['other'] },
  },
  {
    name: 'a rollover counter beyond all that is tried',
    wrong: 'the caller begins at 100000: no capture of this length can tell it from an unknown key',
    build: () => {
      const trace = new Trace()
      telephoneCall(trace, { caller: { sends: { rolloverCounter: 100_000, rtcp: 'none' } } })
      return trace
    },
    found: { rule: 'srtp-auth-failed', kind: 'all', party: OFFERER, frames: ['caller'] },
    allowed: UNHEARD,
  },
  {
    name: 'single packets are damaged on their way, under AES-GCM',
    wrong: 'an octet of every 30th packet is changed',
    build: () => {
      const trace = new Trace()
      const suite = 'AEAD_AES_128_GCM'
      telephoneCall(trace, {
        caller: { crypto: [crypto('a', { suite })] },
        callee: { crypto: [crypto('b', { suite })], sends: { each: damaged } },
      })
      return trace
    },
    found: { rule: 'srtp-auth-failed', kind: 'sporadic', party: ANSWERER, frames: ['damaged'] },
  },
  {
    name: 'the rollover counter of the caller begins at 3',
    wrong: 'a sender that keeps the counter of an earlier session (RFC 3711 §3.3.1)',
    build: () => {
      const trace = new Trace()
      telephoneCall(trace, { caller: { sends: { rolloverCounter: 3 } } })
      return trace
    },
    found: { rule: 'srtp-roc', kind: 'offset', party: OFFERER, frames: ['caller'] },
  },
  {
    name: 'an agent takes over from an announcement, and his rollover counter begins at 2',
    wrong: 'a media server whose new sender has the counter of an earlier session (RFC 3711 §3.3.1)',
    build: () => {
      const trace = new Trace()
      const call = telephoneCall(trace, { talkMs: 9000, callee: { sends: { endMs: 4000 } } })
      const { caller, callee } = call
      const agent = { label: 'agent', from: callee.media, to: caller.media, under: callee.under, mark: 'agent' }
      send(trace, { ...agent, startMs: 4000, endMs: 9800, rolloverCounter: 2, firstSequence: 5000 })
      return trace
    },
    found: { rule: 'srtp-roc', kind: 'offset', party: ANSWERER, frames: ['agent'] },
  },
  {
    name: 'the rollover counter does not advance when the sequence number wraps',
    wrong: 'the callee computes its tags with 0 for ever',
    build: () => {
      const trace = new Trace()
      const each = (sent: Sent) => ({
        ...sent,
        rolloverCounter: 0,
        mark: sent.sequenceNumber === 0 ? 'wrap' : sent.mark,
      })
      telephoneCall(trace, { callee: { sends: { firstSequence: 65_440, each } } })
      return trace
    },
    found: { rule: 'srtp-roc', kind: 'not-advanced', party: ANSWERER, frames: ['wrap'] },
  },
  {
    name: 'the rollover counter is reset in the middle of the call, with a 32-bit tag',
    wrong: 'the counter had advanced to 1, and 100 packets later the sender begins at 0 again',
    build: () => {
      const trace = new Trace()
      const suite = 'AES_CM_128_HMAC_SHA1_32'
      const each = (sent: Sent, n: number) =>
        n < 160 ? sent : { ...sent, rolloverCounter: 0, mark: n === 160 ? 'reset' : undefined }
      telephoneCall(trace, {
        talkMs: 6000,
        caller: { crypto: [crypto('a', { suite })], sends: { firstSequence: 65_476, each } },
        callee: { crypto: [crypto('b', { suite })] },
      })
      return trace
    },
    found: { rule: 'srtp-roc', kind: 'reset', party: OFFERER, frames: ['reset'] },
    allowed: ['srtp-weak-suite'],
  },
  {
    name: 'packets are replayed',
    wrong: 'ten packets of the caller come again half a second later, in IP packets of their own',
    build: () => {
      const trace = new Trace()
      const each = (sent: Sent, n: number) => (n >= 50 && n < 60 ? { ...sent, againAfterMs: 500 } : sent)
      telephoneCall(trace, { caller: { sends: { each } } })
      return trace
    },
    found: { rule: 'srtp-replay', party: OFFERER, frames: ['again'] },
  },
  {
    name: 'the keystream is used twice',
    wrong: 'after 2 s the sender begins again with the same SSRC, sequence numbers and key, and other audio',
    build: () => {
      const trace = new Trace()
      const each = (sent: Sent, n: number) =>
        n < 100 ? sent : { ...sent, sequenceNumber: sent.sequenceNumber - 60, mark: n === 100 ? 'reused' : undefined }
      telephoneCall(trace, { caller: { sends: { each, firstSequence: 5000 } } })
      return trace
    },
    found: { rule: 'srtp-key-reuse', kind: 'keystream', severity: 'error', party: OFFERER },
    // The same index a second time with a valid tag, in a packet of its own: the number is set back.
    allowed: ['srtp-replay', 'srtp-roc', 'media-quality'],
  },
  {
    name: 'one master key serves both directions',
    wrong: 'the answer repeats the key of the offer (RFC 4568 §6.1 asks for one of its own)',
    build: () => {
      const trace = new Trace()
      const lines = [crypto('shared')]
      telephoneCall(trace, { caller: { crypto: lines }, callee: { crypto: lines } })
      return trace
    },
    found: { rule: 'srtp-key-reuse', kind: 'both-directions', severity: 'warning', frames: ['callee'] },
  },
  {
    name: 'one master key serves two calls',
    wrong: 'the caller gives the same key again in its next call',
    build: () => {
      const trace = new Trace()
      const lines = [crypto('kept')]
      telephoneCall(trace, { name: 'first', caller: { crypto: lines } })
      const [caller, callee] = [{ crypto: lines, port: 31_000 }, { port: 41_000 }]
      telephoneCall(trace, { name: 'second', startMs: 8000, caller, callee })
      return trace
    },
    found: { rule: 'srtp-key-reuse', kind: 'across-calls', severity: 'warning' },
  },
  {
    name: 'more packets under a key than its lifetime allows',
    wrong: 'the key of the caller may serve 2^7 packets, and 190 are sent',
    build: () => {
      const trace = new Trace()
      telephoneCall(trace, { caller: { crypto: [crypto('short-lived', { lifetime: '2^7' })] } })
      return trace
    },
    found: { rule: 'srtp-key-lifetime', party: OFFERER },
  },
  ...(
    [
      ['NULL_HMAC_SHA1_80', undefined, 'no-encryption', 'error'],
      ['AES_CM_128_NULL_AUTH', undefined, 'no-authentication', 'error'],
      [SUITE, 'UNENCRYPTED_SRTP', 'no-encryption', 'error'],
      [SUITE, 'UNAUTHENTICATED_SRTP', 'no-authentication', 'error'],
      [SUITE, 'UNENCRYPTED_SRTCP', 'srtcp-only', 'warning'],
    ] as const
  ).map(
    ([suite, parameters, kind, severity]): FaultyTrace => ({
      name: `agreed without protection: ${parameters ?? suite}`,
      wrong: `both sides agree on ${parameters ?? suite} and keep to it`,
      build: () => {
        const trace = new Trace()
        const options = {
          clearRtp: parameters === 'UNENCRYPTED_SRTP',
          noRtpTag: parameters === 'UNAUTHENTICATED_SRTP',
          clearRtcp: parameters === 'UNENCRYPTED_SRTCP',
        }
        const side = (label: string) => {
          const line = crypto(label, { suite, ...(parameters === undefined ? {} : { parameters }) })
          return { crypto: [line], under: protectionOf(suite, line.key, options) }
        }
        telephoneCall(trace, { caller: side('a'), callee: side('b') })
        return trace
      },
      found: { rule: 'srtp-null-cipher', kind, severity, frames: ['answer'] },
    }),
  ),
  ...['AES_256_CM_HMAC_SHA1_32', 'AEAD_AES_128_GCM_8'].map(
    (suite): FaultyTrace => ({
      name: `a short tag is agreed: ${suite}`,
      wrong: 'the tag can be guessed sooner than one of full length',
      build: () => {
        const trace = new Trace()
        telephoneCall(trace, {
          caller: { crypto: [crypto('a', { suite })] },
          callee: { crypto: [crypto('b', { suite })] },
        })
        return trace
      },
      found: { rule: 'srtp-weak-suite', party: suite, frames: ['answer'] },
    }),
  ),
]

function damaged(sent: Sent, n: number): Sent {
  if (n % 30 !== 17) return sent
  const place = 20 + (createHash('sha1').update(`${n}`).digest()[0] % 100)
  const wire = (packet: Buffer) => {
    packet[place] ^= 0x55
    return packet
  }
  return { ...sent, wire, mark: 'damaged' }
}
