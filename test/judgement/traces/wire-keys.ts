import { send } from '../build/media-flow.ts'
import { protectionOf } from '../build/protection.ts'
import { CALLEE, CALLER, crypto, SUITE, telephoneCall, under } from '../build/telephone-call.ts'
import { Trace } from '../build/trace.ts'
import type { FaultyTrace } from '../entry.ts'

const AES_256 = 'AES_256_CM_HMAC_SHA1_80'
const SHORT_TAG = 'AES_CM_128_HMAC_SHA1_32'
const OFFERER = `${CALLER}:30000`
const ANSWERER = `${CALLEE}:40000`
/** When new keys are agreed. */
const REKEYED_MS = 5000
/** Who gets only packets that fail hears nothing. */
const UNHEARD = ['one-way-media:unverifiable']

/** Each wire kind of crypto-mismatch: what is agreed, and what the caller or the callee sends instead. */
export const wireKeyTraces: readonly FaultyTrace[] = [
  {
    name: 'the caller sends with the key of tag 2, and tag 1 was answered',
    wrong: 'two keys of one suite are offered',
    build: () => {
      const trace = new Trace()
      const lines = [crypto('one'), crypto('two', { tag: 2 })]
      telephoneCall(trace, { caller: { crypto: lines, under: under(lines[1]) } })
      return trace
    },
    found: { rule: 'crypto-mismatch', kind: 'wire-other-key', party: OFFERER, frames: ['caller'] },
    allowed: UNHEARD,
  },
  {
    name: 'the caller sends with another suite that it offered, over IPv6',
    wrong: 'tag 1 was answered, and the line of tag 2 (AES-256) is used',
    build: () => {
      const trace = new Trace()
      const lines = [crypto('one'), crypto('two', { tag: 2, suite: AES_256 })]
      telephoneCall(trace, {
        caller: { crypto: lines, under: under(lines[1]), address: '2001:db8:10::10' },
        callee: { address: '2001:db8:20::20' },
      })
      return trace
    },
    found: { rule: 'crypto-mismatch', kind: 'wire-other-suite', party: '[2001:db8:10::10]:30000', frames: ['caller'] },
    allowed: UNHEARD,
  },
  {
    name: 'the callee takes the first 30 octets of an AES-256 key for an AES-128 key',
    wrong: 'the same octets, split for another suite',
    build: () => {
      const trace = new Trace()
      const answered = crypto('answered', { suite: AES_256 })
      const cut = protectionOf(SUITE, answered.key.subarray(0, 30))
      telephoneCall(trace, {
        caller: { crypto: [crypto('offered', { suite: AES_256 })] },
        callee: { crypto: [answered], under: cut },
      })
      return trace
    },
    found: { rule: 'crypto-mismatch', kind: 'wire-other-suite', party: ANSWERER, frames: ['callee'] },
    allowed: UNHEARD,
  },
  {
    name: 'the callee sends 32-bit tags where 80 bits were agreed, over TCP',
    wrong: 'the right key with a shorter tag',
    build: () => {
      const trace = new Trace()
      const answered = crypto('answered')
      const short = protectionOf(SHORT_TAG, answered.key)
      telephoneCall(trace, { transport: 'tcp', callee: { crypto: [answered], under: short } })
      return trace
    },
    found: { rule: 'crypto-mismatch', kind: 'wire-other-tag-length', party: ANSWERER, frames: ['callee'] },
    allowed: UNHEARD,
  },
  {
    name: 'the caller sends 80-bit tags where 32 bits were agreed',
    wrong: 'the right key with a longer tag',
    build: () => {
      const trace = new Trace()
      const offered = crypto('offered', { suite: SHORT_TAG })
      const long = protectionOf(SUITE, offered.key)
      telephoneCall(trace, {
        caller: { crypto: [offered], under: long },
        callee: { crypto: [crypto('answered', { suite: SHORT_TAG })] },
      })
      return trace
    },
    found: { rule: 'crypto-mismatch', kind: 'wire-other-tag-length', party: OFFERER, frames: ['caller'] },
    allowed: [...UNHEARD, 'srtp-weak-suite'],
  },
  {
    name: "the callee sends with the caller's key, under AES-GCM",
    wrong: "the offer's key is used for both directions, though the answer gave another",
    build: () => {
      const trace = new Trace()
      const suite = 'AEAD_AES_256_GCM'
      const offered = crypto('offered', { suite })
      telephoneCall(trace, {
        caller: { crypto: [offered] },
        callee: { crypto: [crypto('answered', { suite })], under: under(offered) },
      })
      return trace
    },
    found: { rule: 'crypto-mismatch', kind: 'wire-other-direction-key', party: ANSWERER, frames: ['callee'] },
    allowed: [...UNHEARD, 'srtp-key-reuse:both-directions'],
  },
  {
    name: 'the caller goes on with the old key after a re-INVITE gave a new one',
    wrong: 'new keys were agreed in the middle of the call, and one side does not take them',
    build: () => rekeyed(REKEYED_MS + 10_000),
    found: { rule: 'crypto-mismatch', kind: 'wire-stale-key', party: OFFERER },
  },
  {
    name: 'the caller uses the key of a re-INVITE seconds before it is offered',
    wrong: 'the new key is used before anyone else has it',
    build: () => rekeyed(REKEYED_MS - 2500),
    found: { rule: 'crypto-mismatch', kind: 'wire-early-key', party: OFFERER },
  },
  {
    name: 'the callee sends with the key of another call',
    wrong: 'two calls at a time, and the media of the second goes out under the key of the first',
    build: () => {
      const trace = new Trace()
      const first = telephoneCall(trace, {
        name: 'first',
        talkMs: 5000,
        caller: { port: 31_000 },
        callee: { port: 41_000 },
      })
      telephoneCall(trace, { name: 'second', startMs: 500, callee: { under: under(first.callee.crypto[0]) } })
      return trace
    },
    found: { rule: 'crypto-mismatch', kind: 'wire-other-call-key', party: 'first@judgement.example' },
    allowed: [...UNHEARD, 'srtp-key-reuse:across-calls'],
  },
  {
    name: 'an MKI that nobody signalled',
    wrong: 'each packet of the caller has one octet of MKI before its tag',
    build: () => {
      const trace = new Trace()
      const offered = crypto('offered')
      const unsaid = protectionOf(SUITE, offered.key, { mki: Buffer.from([1]) })
      telephoneCall(trace, { caller: { crypto: [offered], under: unsaid } })
      return trace
    },
    found: { rule: 'crypto-mismatch', kind: 'wire-mki', party: OFFERER, frames: ['caller'] },
    allowed: UNHEARD,
  },
  {
    name: 'a signalled MKI of four octets that is not there',
    wrong: 'the callee gave |1:4 in its line and sends without',
    build: () => {
      const trace = new Trace()
      const answered = crypto('answered', { mki: { value: 1, length: 4 } })
      telephoneCall(trace, { callee: { crypto: [answered], under: protectionOf(SUITE, answered.key) } })
      return trace
    },
    found: { rule: 'crypto-mismatch', kind: 'wire-mki', party: ANSWERER, frames: ['callee'] },
    allowed: UNHEARD,
  },
  {
    name: 'AES-192 session keys derived by AES-256',
    wrong: 'the callee uses a libsrtp that misreads AES-192 keys (RFC 6188 §3)',
    build: () => {
      const trace = new Trace()
      const suite = 'AES_192_CM_HMAC_SHA1_80'
      const answered = crypto('answered', { suite })
      telephoneCall(trace, {
        caller: { crypto: [crypto('offered', { suite })] },
        callee: { crypto: [answered], under: protectionOf(suite, answered.key, { misreadAsAes256: true }) },
      })
      return trace
    },
    found: { rule: 'crypto-mismatch', kind: 'wire-other-kdf', party: ANSWERER, frames: ['callee'] },
    allowed: UNHEARD,
  },
  {
    name: 'no tags, though nobody agreed to that',
    wrong: 'the callee has authentication switched off: its packets are encrypted, and end with their payload',
    build: () => {
      const trace = new Trace()
      const answered = crypto('answered')
      telephoneCall(trace, {
        callee: { crypto: [answered], under: protectionOf(SUITE, answered.key, { noRtpTag: true }) },
      })
      return trace
    },
    found: { rule: 'crypto-mismatch', kind: 'wire-no-tag', party: ANSWERER, frames: ['callee'] },
    allowed: UNHEARD,
  },
  {
    name: 'something on the way changes timestamps',
    wrong: 'a relay that rewrites RTP headers lets SRTP through with the tags of its sender',
    build: () => {
      const trace = new Trace()
      const wire = (packet: Buffer) => {
        packet.writeUInt32BE((packet.readUInt32BE(4) + 0x10000) >>> 0, 4)
        return packet
      }
      telephoneCall(trace, { caller: { sends: { each: (sent) => ({ ...sent, wire }) } } })
      return trace
    },
    found: { rule: 'crypto-mismatch', kind: 'wire-other-tag', party: OFFERER, frames: ['caller'] },
    allowed: UNHEARD,
  },
  {
    name: 'SRTP where plain RTP was agreed',
    wrong: 'both sides agreed on RTP/AVP without keys, and the callee sends SRTP',
    build: () => {
      const trace = new Trace()
      telephoneCall(trace, { caller: { crypto: [] }, callee: { crypto: [], under: under(crypto('secret')) } })
      return trace
    },
    found: { rule: 'crypto-mismatch', kind: 'wire-srtp-on-plain-agreement', party: ANSWERER, frames: ['callee'] },
    allowed: ['rtp-plain', ...UNHEARD],
  },
  {
    name: 'video goes out under the key of the audio',
    wrong: 'two m= lines, each with a key of its own; the caller uses the first for both',
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
      const [near, far] = [
        { address: CALLER, port: 30_010 },
        { address: CALLEE, port: 40_010 },
      ]
      const flow = { startMs: 940, endMs: 4860, ticksPerMs: 90, payloadType: 99 }
      send(trace, { ...flow, label: 'va', from: near, to: far, under: under(a), mark: 'video' })
      send(trace, { ...flow, label: 'vb', from: far, to: near, under: under(vb) })
      return trace
    },
    found: { rule: 'crypto-mismatch', kind: 'wire-other-key', party: `${CALLER}:30010`, frames: ['video'] },
    allowed: UNHEARD,
  },
]

/** A call that is re-keyed by a re-INVITE, 4 s after its answer; the caller changes its key at a time of its own. */
function rekeyed(changeMs: number): Trace {
  const trace = new Trace()
  const [offered, answered] = ['caller', 'callee'].map((side) => [crypto(`${side}/1`), crypto(`${side}/2`)])
  const [ofCaller, ofCallee] = [offered.map(under), answered.map(under)]
  const { dialog, caller, callee } = telephoneCall(trace, {
    talkMs: 8000,
    caller: {
      crypto: [offered[0]],
      sends: { each: (sent) => ({ ...sent, under: ofCaller[sent.atMs < changeMs ? 0 : 1] }), rtcp: 'none' },
    },
    callee: {
      crypto: [answered[0]],
      sends: { each: (sent) => ({ ...sent, under: ofCallee[sent.atMs < REKEYED_MS ? 0 : 1] }), rtcp: 'none' },
    },
  })
  const offer = caller.describe({ crypto: [offered[1]] }, 2)
  dialog.renegotiate(REKEYED_MS - 60, 'caller', [offer, callee.describe({ crypto: [answered[1]] }, 2)])
  return trace
}
