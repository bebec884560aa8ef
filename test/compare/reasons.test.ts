import { describe, expect, test } from 'vitest'
import { differences } from '../../compare/differences.ts'
import type { Facts } from '../../compare/facts.ts'
import { reasonOf } from '../../compare/reasons.ts'
import type { TsharkFacts } from '../../compare/tshark.ts'
import { facts, frame, packets, SSRC, STREAM, tsharkSays } from './made-up-facts.ts'

/** The rules that explain what is not the same; `none` where nothing does. */
function rulesOf(ours: Facts, theirs: TsharkFacts): string[] {
  return differences(ours, theirs).map((one) => reasonOf(one, ours, theirs)?.rule ?? 'none')
}

const oneStream = (packets: number, lost: number) => new Map([[STREAM, { packets, lost }]])

describe('what is held against each other', () => {
  test('facts that are the same make no difference', () => {
    const same = {
      sip: [{ frame: 1, label: 'INVITE' }],
      streams: oneStream(100, 3),
      tls: new Map([['198.51.100.20:5061 TLS 1.3', 1]]),
    }
    expect(differences(facts(same), tsharkSays(same))).toEqual([])
  })

  test.each<[string, Partial<Facts>, Partial<Facts>]>([
    ['a frame more', { frames: 11 }, {}],
    ['a message more', { sip: [{ frame: 1, label: 'BYE' }] }, {}],
    ['a message of another method', { sip: [{ frame: 1, label: 'BYE' }] }, { sip: [{ frame: 1, label: 'ACK' }] }],
    ['a message in another frame', { sip: [{ frame: 1, label: 'BYE' }] }, { sip: [{ frame: 2, label: 'BYE' }] }],
    ['a packet more', { streams: oneStream(101, 0) }, { streams: oneStream(100, 0) }],
    ['a loss more', { streams: oneStream(100, 1) }, { streams: oneStream(100, 0) }],
    ['a stream more', { streams: oneStream(100, 0) }, {}],
    ['another version', { tls: new Map([['a TLS 1.2', 1]]) }, { tls: new Map([['a TLS 1.3', 1]]) }],
  ])('%s is a difference that nothing explains, whoever has it', (_, one, other) => {
    for (const [ours, theirs] of [
      [facts(one), tsharkSays(other)],
      [facts(other), tsharkSays(one)],
    ] as const) {
      expect(rulesOf(ours, theirs)).not.toEqual([])
      expect(new Set(rulesOf(ours, theirs))).toEqual(new Set(['none']))
    }
  })
})

describe('reasons', () => {
  test('frames: tshark stopped at damage, and has fewer', () => {
    expect(rulesOf(facts(), tsharkSays({ frames: 8, stopped: 'appears to be damaged' }))).toEqual(['stopped'])
    expect(rulesOf(facts(), tsharkSays({ frames: 12, stopped: 'appears to be damaged' }))).toEqual(['none'])
  })

  test('SIP: every frame has its own reason, or there is none', () => {
    const invites = facts({ sip: [1, 2].map((n) => ({ frame: n, label: 'INVITE' })) })
    const cut = frame({ isCut: true })
    const text = frame({ hasSipOctets: true })
    expect(rulesOf(invites, tsharkSays({ seen: [cut, cut] }))).toEqual(['cut'])
    expect(rulesOf(invites, tsharkSays({ seen: [cut, text] }))).toEqual(['cut, not-taken'])
    expect(rulesOf(invites, tsharkSays({ seen: [cut, frame()] }))).toEqual(['none'])
    // tshark has SIP there, only not this.
    const sip = frame({ isCut: true, protocols: ['ip', 'udp', 'sip'] })
    expect(rulesOf(invites, tsharkSays({ seen: [cut, sip] }))).toEqual(['none'])
  })

  test('SIP: a message that both have of a connection may end in another frame', () => {
    const invite = (n: number) => ({ sip: [{ frame: n, label: 'INVITE' }] })
    const segment = frame({ protocols: ['ip', 'tcp'] })
    const rules = (...seen: (typeof segment)[]) => rulesOf(facts(invite(1)), tsharkSays({ ...invite(2), seen }))
    expect(rules(segment, segment)).toEqual(['other-frame'])
    expect(rules(segment, { ...segment, source: segment.destination, destination: segment.source })).toEqual(['none'])
    expect(rules(frame(), frame())).toEqual(['none'])
    // What one has more of is not paired.
    expect(rulesOf(facts(), tsharkSays({ ...invite(2), seen: [segment, segment] }))).toEqual(['none'])
  })

  test('SIP: an ICMP error quotes a message, for tshark only (RFC 792)', () => {
    const theirs = (isQuoted: boolean) =>
      tsharkSays({ sip: [{ frame: 1, label: 'OPTIONS' }], seen: [frame({ isQuoted })] })
    expect(rulesOf(facts(), theirs(true))).toEqual(['quoted'])
    expect(rulesOf(facts(), theirs(false))).toEqual(['none'])
    const ours = facts({ sip: [{ frame: 1, label: 'OPTIONS' }] })
    expect(rulesOf(ours, tsharkSays({ seen: [frame({ isQuoted: true })] }))).toEqual(['none'])
  })

  test('RTP: tshark takes each copy off what is lost, over a wrap too (RFC 3550 A.1)', () => {
    const ours = facts({ streams: oneStream(6, 0) })
    const theirs = (...numbers: number[]) => tsharkSays({ streams: oneStream(6, -2), seen: packets(...numbers) })
    expect(rulesOf(ours, theirs(65_534, 65_535, 65_535, 0, 0, 1))).toEqual(['copies'])
    expect(rulesOf(ours, theirs(1, 3, 1, 2, 3, 4))).toEqual(['copies'])
    expect(rulesOf(ours, theirs(65_534, 65_535, 65_535, 0, 1, 2))).toEqual(['none'])
    // The same numbers a cycle later are no copies.
    const later = [0, 20_000, 40_000, 60_000, 14_464, 0]
    expect(rulesOf(ours, theirs(...later))).toEqual(['none'])
  })

  test('RTP: tshark takes packets below the first off what is lost', () => {
    const ours = facts({ streams: oneStream(4, 0) })
    const theirs = (...numbers: number[]) => tsharkSays({ streams: oneStream(4, -1), seen: packets(...numbers) })
    expect(rulesOf(ours, theirs(8, 7, 9, 10))).toEqual(['copies'])
    expect(rulesOf(ours, theirs(0, 65_535, 1, 2))).toEqual(['copies'])
    expect(rulesOf(ours, theirs(7, 8, 9, 10))).toEqual(['none'])
  })

  test('RTP: tshark counts a wrap too often (RFC 3550 A.3)', () => {
    const ours = facts({ streams: oneStream(4, 1) })
    const theirs = (lost: number, ...numbers: number[]) =>
      tsharkSays({ streams: oneStream(4, lost), seen: packets(...numbers) })
    expect(rulesOf(ours, theirs(131_073, 65_534, 0, 65_535, 2))).toEqual(['wraps'])
    expect(rulesOf(ours, theirs(131_072, 65_534, 0, 65_535, 2))).toEqual(['none'])
    // Its numbers do not wrap, or show another loss than ours.
    expect(rulesOf(ours, theirs(131_073, 5, 6, 7, 9))).toEqual(['none'])
    expect(rulesOf(ours, theirs(131_073, 65_534, 0, 65_535, 3))).toEqual(['none'])
  })

  test('RTP: tshark takes datagrams for something else, and what it lacks for lost', () => {
    const ours = facts({ streams: oneStream(4, 0) })
    const stun = frame({ rtpOctets: { ssrc: SSRC, sequenceNumber: 3 }, protocols: ['ip', 'udp', 'quic'] })
    const theirs = (...more: (typeof stun)[]) =>
      tsharkSays({ streams: oneStream(3, 1), seen: [...packets(1, 2, 4), ...more] })
    expect(rulesOf(ours, theirs(stun))).toEqual(['not-taken', 'other-packets'])
    expect(rulesOf(ours, theirs())).toEqual(['none', 'other-packets'])
    const other = frame({ rtpOctets: { ssrc: '0x00000001', sequenceNumber: 3 } })
    expect(rulesOf(ours, theirs(other))).toEqual(['none', 'other-packets'])
  })

  test('RTP: what nothing announces has to hang together (RFC 3550 A.1)', () => {
    expect(rulesOf(facts(), tsharkSays({ streams: oneStream(3, 0) }))).toEqual(['no-stream'])
    expect(rulesOf(facts(), tsharkSays({ streams: oneStream(10, 40_000) }))).toEqual(['no-stream'])
    expect(rulesOf(facts(), tsharkSays({ streams: oneStream(10, 0) }))).toEqual(['none'])
  })
})
