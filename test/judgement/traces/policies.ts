import { CALLEE, type CallOptions, crypto, parties, telephoneCall } from '../build/telephone-call.ts'
import { Trace } from '../build/trace.ts'
import type { FaultyTrace } from '../entry.ts'

const AES_256 = 'AES_256_CM_HMAC_SHA1_80'
const SHA1_80 = 'AES_CM_128_HMAC_SHA1_80'
const STRANGER = '192.0.2.66'

/** What is wrong by a policy alone. */
export const policyTraces: readonly FaultyTrace[] = [
  {
    name: 'a suite that the policy does not list',
    wrong: 'AES-128 is agreed, and the policy asks for AES-256',
    build: () => made({}),
    policy: { srtp: { suites: [AES_256] } },
    found: { rule: 'srtp-suite-policy', kind: 'not-allowed', party: SHA1_80, frames: ['answer'] },
  },
  {
    name: 'a better suite of both sides is passed over',
    wrong: 'AES-256 is offered, the callee has answered with it in another call, and takes AES-128 here',
    build: () => {
      const trace = new Trace()
      const strong = { suite: AES_256 }
      telephoneCall(trace, {
        name: 'before',
        caller: { crypto: [crypto('s1', strong)], port: 31_000 },
        callee: { crypto: [crypto('s2', strong)], port: 41_000 },
      })
      const offered = [crypto('w1'), crypto('s3', { ...strong, tag: 2 })]
      telephoneCall(trace, { name: 'passed-over', startMs: 7000, caller: { crypto: offered } })
      return trace
    },
    policy: { srtp: { suites: [AES_256, SHA1_80] } },
    found: { rule: 'srtp-suite-policy', kind: 'passed-over', party: AES_256, frames: ['answer'] },
  },
  {
    name: 'a codec that the policy does not list',
    wrong: 'G.722 is agreed, and the policy says PCMU and PCMA',
    build: () => {
      const g722 = { line: { codecs: [9, 101] }, sends: { payloadType: 9 } }
      return made({ caller: g722, callee: g722 })
    },
    policy: { codecs: ['PCMU', 'PCMA'] },
    found: { rule: 'codec-policy', party: 'G722', frames: ['answer'] },
  },
  {
    name: 'media on a port outside the range',
    wrong: 'the callee takes 40000, and the policy says 16384 to 32768',
    build: () => made({}),
    policy: { mediaPorts: { from: 16_384, to: 32_768 } },
    found: { rule: 'media-port-policy', party: '40000' },
  },
  {
    name: 'an INVITE for a foreign domain is not dropped',
    wrong: 'the Request-URI names an address, the policy a domain, and the call is answered',
    build: () => made({}),
    policy: { sip: { domains: ['voice.judgement.example'] } },
    found: { rule: 'request-uri-foreign-domain', party: CALLEE, frames: ['offer'] },
  },
  {
    name: 'signalling with an address outside the networks',
    wrong: 'the caller is none of the peers; it gets no answer',
    build: () => {
      const trace = new Trace()
      const { dialog, caller } = parties(trace, { caller: { address: STRANGER } })
      dialog.request(0, 'caller', 'INVITE', { body: caller.describe(), mark: 'offer' })
      return trace
    },
    policy: { networks: { signalling: ['203.0.113.0/24', '198.51.100.0/24'] } },
    found: { rule: 'peer-not-allowlisted', kind: 'signalling', severity: 'error', party: STRANGER, frames: ['offer'] },
  },
  {
    name: 'media with an address outside the networks',
    wrong: 'the signalling comes from a peer, its media from elsewhere, as the description says',
    build: () => {
      const elsewhere = { address: STRANGER, port: 40_000 }
      return made({
        caller: { sends: { to: elsewhere } },
        callee: { connection: STRANGER, sends: { from: elsewhere } },
      })
    },
    policy: { networks: { media: ['203.0.113.0/24', '198.51.100.0/24'] } },
    found: { rule: 'peer-not-allowlisted', kind: 'media', severity: 'error', party: STRANGER },
  },
  {
    name: 'a stranger is answered',
    wrong: 'an INVITE from outside the networks is refused with 403 instead of being dropped',
    build: () => {
      const trace = new Trace()
      const { dialog, caller } = parties(trace, { caller: { address: STRANGER } })
      const invite = dialog.request(0, 'caller', 'INVITE', { body: caller.describe(), mark: 'offer' })
      dialog.respond(15, invite, '403 Forbidden', { mark: 'refusal' })
      dialog.acknowledge(30, invite, true)
      return trace
    },
    policy: { strangersDropped: true, networks: { signalling: ['203.0.113.0/24', '198.51.100.0/24'] } },
    found: { rule: 'stranger-answered', severity: 'warning', party: STRANGER, frames: ['refusal'] },
    allowed: ['peer-not-allowlisted:signalling'],
  },
  {
    name: 'a stranger gets a TCP connection',
    wrong: 'a SYN from outside the networks is answered with SYN-ACK',
    build: () => {
      const trace = new Trace()
      const { dialog, caller } = parties(trace, { transport: 'tcp', caller: { address: STRANGER } })
      dialog.request(0, 'caller', 'INVITE', { body: caller.describe(), mark: 'offer' })
      return trace
    },
    policy: { strangersDropped: true, networks: { signalling: ['203.0.113.0/24', '198.51.100.0/24'] } },
    found: { rule: 'stranger-answered', severity: 'warning', party: STRANGER },
    allowed: ['peer-not-allowlisted:signalling'],
  },
]

function made(options: CallOptions): Trace {
  const trace = new Trace()
  telephoneCall(trace, options)
  return trace
}
