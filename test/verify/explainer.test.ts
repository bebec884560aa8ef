import { describe, expect, it } from 'vitest'
import { createSrtpSender } from '../../samples/srtp-sender.ts'
import type { BoundLine } from '../../src/media/binding.ts'
import { type KeyOwner, Keyring } from '../../src/media/keyring.ts'
import type { Exchange } from '../../src/sdp/exchange.ts'
import { createAuthenticator } from '../../src/srtp/authenticator.ts'
import { deriveSessionKeys } from '../../src/srtp/session-keys.ts'
import { Explainer, type Explanation } from '../../src/verify/judgement/explainer.ts'
import type { StreamPlan } from '../../src/verify/judgement/plan.ts'
import { TraceKeys } from '../../src/verify/judgement/trace-keys.ts'
import type { SampledPacket } from '../../src/verify/second-pass/resolution.ts'
import { audio, crypto, described, exchange } from '../media/exchanges.ts'
import { masterOf, octetsOf, protect, rtcp, SUITE } from './senders.ts'

const at = (frame: number) => described(frame, audio('203.0.113.10', 4000, 'RTP/SAVP', crypto(1, 1)))
const before = exchange('call', at(1))
const bound = exchange('call', at(10), [], { previous: before })
const after = exchange('call', at(20), [], { previous: bound })
const elsewhere = exchange('other', at(30))
const otherLeg = exchange(
  'call',
  described(11, audio('192.0.2.5', 4000, 'RTP/SAVP', crypto(1, 1)), '192.0.2.5', '192.0.2.6'),
)

const ownerIn = ({ callId, id }: Exchange, side: 'offerer' | 'answerer', tag = 1): KeyOwner => {
  return { source: 'sdp', callId, exchange: id, mediaIndex: 0, side, tag }
}

/** The agreed key is 1; the others are what the trace knows beside it. */
function ring(others: readonly (readonly [octet: number, ...owners: KeyOwner[]])[]): Keyring {
  const keyring = new Keyring(2000, () => undefined)
  keyring.add(masterOf(1), ownerIn(bound, 'offerer'))
  for (const [octet, ...owners] of others) for (const owner of owners) keyring.add(masterOf(octet), owner)
  return keyring
}

function plan(kind: 'rtp' | 'rtcp' = 'rtp', lines: readonly BoundLine[] = [line(bound)]): StreamPlan {
  const binding = { callId: 'call', match: 'both', sender: 'offerer', lines } as const
  const key = { key: 1, agreement: 0, from: 0, until: Infinity, replacesUs: Infinity, roc: 0 }
  const keying = {
    binding: lines.length > 0 ? binding : undefined,
    keying: 'sdes',
    keys: [key],
    plain: [],
    source: 'sdp',
    hidden: false,
  } as const
  return { stream: { id: 0, kind } as StreamPlan['stream'], keying, keepFirstPass: true, repeats: [] }
}

function line(of: Exchange): BoundLine {
  return { exchange: of, index: 0, sender: 'offerer', match: 'both' }
}

const sample = (packets: readonly Buffer[], roc = 0): SampledPacket[] =>
  packets.map((bytes, n) => ({ position: 14 + n, frame: n + 15, roc, bytes }))

const CALLS = [
  { callId: 'call', startUs: 0 },
  { callId: 'other', startUs: 1 },
]

function explanationOf(keyring: Keyring, packets: readonly SampledPacket[], of: StreamPlan): Explanation | undefined {
  const keys = new TraceKeys(keyring, [before, bound, after, elsewhere, otherLeg], CALLS)
  const authenticator = (key: number) => createAuthenticator(deriveSessionKeys(keyring.get(key).master))
  const explainer = new Explainer(keyring, keys, authenticator)
  return explainer.explain({ plan: of, sample: packets, fromUs: 10, untilUs: 20, octets: 1e6 }).explanation
}

/** What is said of a sample: kind, key's octet, and the side whose key it is. */
function explained(keyring: Keyring, packets: readonly SampledPacket[], of = plan()): string {
  const found = explanationOf(keyring, packets, of)
  return found === undefined ? 'nothing' : `${found.kind} ${found.key.master.masterKey[0]} ${found.owner.side ?? ''}`
}

describe('whose key the failed packets verify under', () => {
  it.each([
    ['another line of the same description', ownerIn(bound, 'offerer', 2), 'wire-other-key 5 offerer'],
    ["the peer's key", ownerIn(bound, 'answerer'), 'wire-other-direction-key 5 answerer'],
    ['a key of an offer before', ownerIn(before, 'offerer'), 'wire-stale-key 5 offerer'],
    ['a key of an offer after', ownerIn(after, 'offerer'), 'wire-early-key 5 offerer'],
    ["another leg's key", ownerIn(otherLeg, 'offerer'), 'wire-other-call-key 5 offerer'],
    ["another call's key", ownerIn(elsewhere, 'answerer'), 'wire-other-call-key 5 answerer'],
    ['a key of a file', { source: 'keys-file', label: 'x' } as const, 'wire-other-call-key 5 '],
  ])('%s', (_, owner, expected) => {
    expect(explained(ring([[5, owner]]), sample(protect(5, 0, 8)))).toBe(expected)
    expect(explained(ring([[5, owner]]), sample(protect(6, 0, 8)))).toBe('nothing')
  })

  it('of several owners of a key the nearest is named', () => {
    const keyring = ring([[5, ownerIn(elsewhere, 'offerer'), ownerIn(before, 'offerer'), ownerIn(bound, 'answerer')]])
    expect(explained(keyring, sample(protect(5, 0, 8)))).toBe('wire-other-direction-key 5 answerer')
  })

  it('without a place in the signalling every key is one of another call', () => {
    const keyring = ring([[5, ownerIn(bound, 'answerer')]])
    expect(explained(keyring, sample(protect(5, 0, 8)), plan('rtp', []))).toBe('wire-other-call-key 5 answerer')
  })

  it('the agreed key is never an explanation', () => {
    expect(explained(ring([]), sample(protect(1, 0, 8)))).toBe('nothing')
  })

  it('under the rollover counter that the sample was judged with, one off, or none', () => {
    const keyring = ring([[5, ownerIn(bound, 'answerer')]])
    for (const roc of [0, 6, 7, 8]) {
      expect(explained(keyring, sample(protect(5, 0, 8, roc), 7)), String(roc)).not.toBe('nothing')
    }
    expect(explained(keyring, sample(protect(5, 0, 8, 9), 7))).toBe('nothing')
  })

  it('for SRTCP too', () => {
    const sender = createSrtpSender(SUITE, octetsOf(5))
    const packets = [0, 1, 2].map(() => sender.protectRtcp(rtcp()))
    const keyring = ring([[5, ownerIn(bound, 'answerer')]])
    expect(explained(keyring, sample(packets), plan('rtcp'))).toBe('wire-other-direction-key 5 answerer')
  })

  it('SRTCP under a key whose time is over has its own tag, whose length explains nothing', () => {
    const sender = createSrtpSender(SUITE, octetsOf(1))
    const packets = [0, 1, 2].map(() => sender.protectRtcp(rtcp()))
    const keyring = ring([[5, ownerIn(after, 'offerer')]])
    const of = plan('rtcp', [line(bound), line(after)])
    const [first] = of.keying.keys
    const keys = [first, { ...first, key: 2, agreement: 8, from: 5 }]
    expect(explained(keyring, sample(packets), { ...of, keying: { ...of.keying, keys } })).toBe(
      'wire-stale-key 1 offerer',
    )
  })
})

describe('how much proves a hypothesis', () => {
  const keyring = ring([[5, ownerIn(bound, 'answerer')]])
  const mixed = (right: number, wrong: number) => sample([...protect(5, 0, right), ...protect(9, right, wrong)])

  it('three packets at least', () => {
    expect(explained(keyring, mixed(2, 0))).toBe('nothing')
    expect(explained(keyring, mixed(3, 0))).not.toBe('nothing')
    expect(explained(keyring, mixed(2, 1))).toBe('nothing')
  })

  it('three quarters of the sample at least, in any order', () => {
    expect(explained(keyring, mixed(24, 8))).not.toBe('nothing')
    expect(explained(keyring, mixed(24, 8).reverse())).not.toBe('nothing')
    expect(explained(keyring, mixed(23, 9))).toBe('nothing')
    expect(explained(keyring, mixed(23, 9).reverse())).toBe('nothing')
  })
})

describe('keys of other calls (rules.md, hypothesis 6)', () => {
  const many = Array.from({ length: 1300 }, (_, n) => ({ callId: `call ${n}`, startUs: n * 10 }))
  const numbered = (n: number) => {
    const master = masterOf(1)
    const masterKey = Uint8Array.from([n >> 8, n & 255, ...master.masterKey.subarray(2)])
    return { ...master, masterKey }
  }
  const keyring = new Keyring(2000, () => undefined)
  keyring.add(masterOf(1), ownerIn(bound, 'offerer'))
  many.forEach(({ callId }, n) => {
    keyring.add(numbered(n + 300), {
      source: 'sdp',
      callId,
      exchange: 1000 + n,
      mediaIndex: 0,
      side: 'offerer',
      tag: 1,
    })
  })
  const between = (fromUs: number, untilUs: number, calls = many) =>
    new TraceKeys(keyring, [], calls).between(fromUs, untilUs, () => false)

  it('are those of calls that overlap in time', () => {
    const ended = many.map((call) => ({ ...call, endUs: call.startUs + 5 }))
    expect(between(100, 121, ended).keys.flatMap(({ owners }) => owners.map(({ callId }) => callId))).toEqual([
      // Of no call of the trace.
      'call',
      'call 10',
      'call 11',
      'call 12',
    ])
  })

  it('the nearest 1,000 are tried, and how many are not is known', () => {
    const { keys, leftOut } = between(5000, 20_000)
    expect([keys.length, leftOut]).toEqual([1000, 301])
    expect(keys[1]?.owners[0]?.callId).toBe('call 500')
  })
})
