import { seededOctets } from '../../../samples/seeded-random.ts'
import type { CryptoLine } from '../build/description.ts'
import type { Sent } from '../build/media-flow.ts'
import { CALLEE, type CallOptions, crypto, parties, telephoneCall, under } from '../build/telephone-call.ts'
import { Trace } from '../build/trace.ts'
import type { FaultyTrace } from '../entry.ts'

/** An answer that cannot be used: the caller hangs up at once, and no media is sent. */
function givenUp(offered: readonly CryptoLine[], answered: readonly CryptoLine[], options: CallOptions = {}): Trace {
  const trace = new Trace()
  telephoneCall(trace, {
    ...options,
    talkMs: 700,
    caller: { crypto: offered, sends: 'nothing', ...options.caller },
    callee: { crypto: answered, sends: 'nothing', ...options.callee },
  })
  return trace
}

/** Nothing is sent, by both sides. */
const SILENT = ['no-media']
const BOTH = ['offer', 'answer']
const mismatch = (kind: string) => ({ rule: 'crypto-mismatch', kind, frames: BOTH, party: kind })

export const negotiationTraces: readonly FaultyTrace[] = [
  {
    name: 'the answer names a tag that was not offered',
    wrong: 'offered is tag 1, answered tag 4 (RFC 4568 §5.1.2)',
    build: () => givenUp([crypto('a')], [crypto('b', { tag: 4 })]),
    found: mismatch('tag-not-offered'),
    allowed: SILENT,
  },
  {
    name: 'the answer gives the tag another suite',
    wrong: 'tag 1 is offered with an 80-bit tag and answered with AES-256',
    build: () => givenUp([crypto('a')], [crypto('b', { suite: 'AES_256_CM_HMAC_SHA1_80' })]),
    found: mismatch('suite-differs'),
    allowed: SILENT,
  },
  {
    name: 'the answer gives tag 1 to the suite of tag 3, and the caller goes by the suite',
    wrong: 'an answerer that answers every offer with tag 1',
    build: () => {
      const trace = new Trace()
      const lines = [crypto('a', { suite: 'AES_256_CM_HMAC_SHA1_80' }), crypto('b', { tag: 3 })]
      telephoneCall(trace, { caller: { crypto: lines, under: under(lines[1]) } })
      return trace
    },
    found: mismatch('suite-differs'),
  },
  {
    name: 'an answer of RTP/SAVP without a=crypto',
    wrong: 'the callee keeps the profile and gives no key',
    build: () => givenUp([crypto('a')], [], { callee: { line: { profile: 'RTP/SAVP' } } }),
    found: mismatch('answer-lacks-crypto'),
    allowed: SILENT,
  },
  {
    name: 'an answer with a=crypto to an offer without, over TCP',
    wrong: 'the offer is plain RTP/AVP, the answer carries a key',
    build: () => givenUp([], [crypto('b')], { transport: 'tcp', callee: { line: { profile: 'RTP/AVP' } } }),
    found: mismatch('answer-unsolicited-crypto'),
    allowed: SILENT,
  },
  {
    name: 'RTP/SAVP is offered without a key, and the callee gives one',
    wrong: 'the profile of the caller asks for protection, and nothing in its offer could protect anything',
    build: () => {
      const trace = new Trace()
      telephoneCall(trace, { caller: { crypto: [], line: { profile: 'RTP/SAVP' } } })
      return trace
    },
    found: mismatch('offer-lacks-crypto'),
    allowed: ['rtp-avp-leak:on-wire', 'rtcp-in-clear'],
  },
  {
    name: 'RTP/SAVP is offered and answered without a key, and the voice is compressed',
    wrong:
      'neither side can protect anything; what they send looks encrypted by itself, but their RTCP is in the clear',
    build: () => {
      const trace = new Trace()
      const each = (sent: Sent) => ({
        ...sent,
        payload: seededOctets(`compressed/${sent.ssrc}/${sent.sequenceNumber}`, 20),
      })
      const side = {
        crypto: [],
        line: { profile: 'RTP/SAVP', codecs: [18] },
        under: 'clear' as const,
        sends: { payloadType: 18, each },
      }
      telephoneCall(trace, { caller: side, callee: side })
      return trace
    },
    found: mismatch('offer-lacks-crypto'),
    allowed: ['rtcp-in-clear'],
  },
  {
    name: 'RTP/AVP is answered with RTP/SAVPF without a key',
    wrong: 'the callee changes the profile, and neither side can protect anything',
    build: () => givenUp([], [], { callee: { line: { profile: 'RTP/SAVPF' } } }),
    found: { ...mismatch('profile-differs'), severity: 'error' },
    allowed: SILENT,
  },
  {
    name: 'an answer with two a=crypto lines',
    wrong: 'both offered lines are answered; exactly one is allowed',
    build: () => {
      const trace = new Trace()
      telephoneCall(trace, {
        caller: { crypto: [crypto('a'), crypto('c', { tag: 2 })] },
        callee: { crypto: [crypto('b'), crypto('d', { tag: 2 })] },
      })
      return trace
    },
    found: mismatch('answer-several'),
  },
  {
    name: 'the profile of the answer differs, and both sides keyed',
    wrong: 'RTP/SAVP is answered with RTP/SAVPF',
    build: () => {
      const trace = new Trace()
      telephoneCall(trace, { callee: { line: { profile: 'RTP/SAVPF' } } })
      return trace
    },
    found: { ...mismatch('profile-differs'), severity: 'warning' },
  },
  {
    name: 'a key too short for its suite in the answer',
    wrong: 'AES_256_CM_HMAC_SHA1_80 with a key of 30 octets',
    build: () => {
      const suite = 'AES_256_CM_HMAC_SHA1_80'
      const short = { keyText: 'YSBrZXkgYW5kIHNhbHQgb2YgMzAgb2N0ZXRzISEh' }
      return givenUp([crypto('a', { suite })], [crypto('b', { suite, ...short })])
    },
    found: mismatch('key-length'),
    allowed: SILENT,
  },
  {
    name: 'a key that cannot be decoded in the accepted line of the offer',
    wrong: 'the key is no base64',
    build: () => givenUp([crypto('a', { keyText: '!!not*base64!!' })], [crypto('b')]),
    found: mismatch('key-undecodable'),
    allowed: SILENT,
  },
  {
    name: 'a refused secure call is made again without security',
    wrong: 'RTP/SAVP is refused with 488, and two seconds later the same parties talk over RTP/AVP',
    build: () => {
      const trace = new Trace()
      refusedCall(trace, '488 Not Acceptable Here')
      telephoneCall(trace, { name: 'again', startMs: 2000, caller: { crypto: [] }, callee: { crypto: [] } })
      return trace
    },
    found: { rule: 'srtp-retried-plain', frames: ['refused-offer'] },
    // The second call by itself is one in the clear.
    allowed: ['rtp-plain', 'rtp-avp-leak'],
  },
  ...[
    ['488 Not Acceptable Here', 'the secure offer is refused'],
    ['606 Not Acceptable', 'the secure offer is refused by the user'],
    ['415 Unsupported Media Type', 'the body of the INVITE is refused'],
  ].map(
    ([status, wrong]): FaultyTrace => ({
      name: `an offer is refused with ${status}`,
      wrong,
      build: () => refusedCall(new Trace(), status),
      found: { rule: 'call-refused-for-media', party: status.slice(0, 3), frames: ['refusal'] },
    }),
  ),
  {
    name: 'a call is answered with port 0 in its only m= line',
    wrong: 'the callee takes the call and nothing of its media (RFC 3264 §6): both sides hear nothing',
    build: () => {
      const trace = new Trace()
      const silent = { sends: 'nothing' } as const
      telephoneCall(trace, { caller: silent, callee: { ...silent, line: { port: 0 } } })
      return trace
    },
    found: { rule: 'call-refused-for-media', party: CALLEE, frames: BOTH },
  },
  {
    name: 'an offer is refused with 503 and Reason cause 88',
    wrong: 'incompatible destination (Q.850 cause 88), told in a Reason header',
    build: () =>
      refusedCall(new Trace(), '503 Service Unavailable', ['Reason: Q.850;cause=88;text="Incompatible destination"']),
    found: { rule: 'call-refused-for-media', party: '88', frames: ['refusal'] },
  },
  {
    name: 'an offer in the clear is refused with a phrase that asks for SRTP',
    wrong: 'the trunk requires SRTP, and says so behind the status',
    build: () => refusedCall(new Trace(), '488 Media Encryption Required', [], { crypto: [] }),
    found: { rule: 'call-refused-for-media', party: 'Media Encryption Required', frames: ['refusal'] },
  },
  {
    name: 'a refused secure call is made again in the clear after half a minute',
    wrong: 'the refusal stands for itself: nobody retried within 10 s',
    build: () => {
      const trace = refusedCall(new Trace(), '488 Not Acceptable Here')
      telephoneCall(trace, { name: 'again', startMs: 31_000, caller: { crypto: [] }, callee: { crypto: [] } })
      return trace
    },
    found: { rule: 'call-refused-for-media', party: '488', frames: ['refusal'] },
    allowed: ['rtp-plain'],
  },
  {
    name: 'a re-INVITE is refused with 488, and the call goes on',
    wrong: 'the callee does not take the new description',
    build: () => {
      const trace = new Trace()
      const { dialog, caller } = telephoneCall(trace, { talkMs: 6000 })
      const offer = caller.describe({ crypto: [crypto('new', { suite: 'AES_256_CM_HMAC_SHA1_80' })] }, 2)
      const request = dialog.request(3500, 'caller', 'INVITE', { body: offer })
      dialog.respond(3540, request, '488 Not Acceptable Here', { mark: 'refusal' })
      dialog.acknowledge(3560, request, true)
      return trace
    },
    found: { rule: 'call-refused-for-media', party: '488', frames: ['refusal'] },
  },
]

function refusedCall(
  trace: Trace,
  status: string,
  headers: readonly string[] = [],
  side: NonNullable<CallOptions['caller']> = {},
): Trace {
  const { dialog, caller } = parties(trace, { name: 'refused', caller: side })
  const invite = dialog.request(0, 'caller', 'INVITE', { body: caller.describe(), mark: 'refused-offer' })
  dialog.respond(9, invite, '100 Trying')
  dialog.respond(200, invite, status, { headers, mark: 'refusal' })
  dialog.acknowledge(220, invite, true)
  return trace
}
