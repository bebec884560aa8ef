import { beforeEach, describe, expect, test, vi } from 'vitest'
import { Binder } from '../../src/media/binder.ts'
import type { StreamAddresses } from '../../src/media/binding.ts'
import { DescribedEnds } from '../../src/media/described-ends.ts'
import { Keyring } from '../../src/media/keyring.ts'
import { agreedCrypto, agreedKeying, agreementsOf } from '../../src/media/media-line.ts'
import { scheduleOf } from '../../src/media/schedule.ts'
import { keyProblemOf } from '../../src/media/sdes-keys.ts'
import type { Exchange } from '../../src/sdp/exchange.ts'
import { at, audio, crypto, described, exchange } from './exchanges.ts'

const original = DescribedEnds.prototype.has

const A = '203.0.113.10'
const B = '198.51.100.20'
const SAVP = 'RTP/SAVP'

const stream = (source: string, destination: string, more: Partial<StreamAddresses> = {}): StreamAddresses => ({
  kind: 'rtp',
  source,
  destination,
  ssrc: 1,
  capture: 0,
  firstPosition: 10,
  lastPosition: Number.POSITIVE_INFINITY,
  ...more,
})

/** An answered call between A:4000 and B:6000; what stands in the descriptions may be changed. */
function call(
  callId: string,
  frame: number,
  offer = audio(A, 4000, SAVP, crypto(1, 1)),
  answer = audio(B, 6000, SAVP, crypto(1, 2)),
) {
  return exchange(callId, described(frame, offer), [described(frame + 1, answer, B, A)])
}

describe('which description owns a flow', () => {
  let binder: Binder
  beforeEach(() => {
    binder = new Binder()
  })
  const bound = (addresses: StreamAddresses) => {
    const binding = binder.bind(addresses)
    return binding === undefined ? undefined : `${binding.callId} ${binding.sender} ${binding.match}`
  }

  test('both endpoints bind before one of them does, the destination before the source', () => {
    binder.add(call('both', 1))
    binder.add(call('elsewhere', 3, audio('192.0.2.1', 4000, SAVP, crypto(1, 3))))
    expect(bound(stream(`${A}:4000`, `${B}:6000`))).toBe('both offerer both')
    expect(bound(stream(`${B}:6000`, `${A}:4000`))).toBe('both answerer both')
    expect(bound(stream('192.0.2.99:5000', `${A}:4000`))).toBe('both answerer destination')
    expect(bound(stream(`${A}:4000`, '192.0.2.99:5000'))).toBe('both offerer source')
    expect(bound(stream('192.0.2.99:5000', '192.0.2.98:5000'))).toBeUndefined()
  })

  test('streams of one binding share its lines, until something more is described', () => {
    const linesOf = (ssrc: number) => binder.bind(stream(`${A}:4000`, `${B}:6000`, { ssrc }))?.lines
    const first = call('c', 1)
    binder.add(first)
    expect(linesOf(1)).toHaveLength(1)
    for (const frame of [51, 61]) binder.add({ ...call('c', frame), previous: first })
    const three = linesOf(1)
    expect(three).toHaveLength(3)
    expect(linesOf(2)).toBe(three)
    expect(binder.bind(stream(`${B}:6000`, `${A}:4000`))?.lines.map(({ sender }) => sender)).toEqual(
      Array(3).fill('answerer'),
    )
    binder.release(new Set(['c']))
    expect(linesOf(1)).toBeUndefined()
    const octets = Array.from({ length: 40 }, (_, n) => n + 1)
    const keys = octets.map((octet) => crypto(octet, octet))
    binder.add(call('d', 1, audio(A, 4000, SAVP, ...keys)))
    expect(linesOf(2)).toBe(linesOf(1))
  })

  test.each([
    ['each side at its own', B],
    ['both sides at one', A],
  ])('of an address that many calls name, %s: answers that come in another order than their offers', (_, to) => {
    const opened = (callId: string, frame: number) =>
      exchange(callId, described(frame, audio(A, 4000, SAVP, crypto(1, 1))), [])
    const answered = ({ callId, id, offer }: Exchange, frame: number) =>
      Object.assign(exchange(callId, offer, [described(frame, audio(to, 4000, SAVP, crypto(1, 2)))]), { id })
    const about = stream(`${A}:4000`, `${to}:4000`, { firstPosition: 1000 })
    for (let n = 0; n < 90; n++) binder.add(answered(opened(`${n}`, 1 + 2 * n), 2 + 2 * n))
    bound(about)
    // The 200 is seen on the second hop first, and media of other calls in between.
    const hops = [opened('proxied', 201), opened('proxied', 202)]
    for (const hop of hops) binder.add(hop)
    bound(about)
    const [first, second] = hops
    for (const [hop, frame] of [
      [second, 203],
      [first, 204],
    ] as const) {
      Object.assign(hop, { answers: answered(hop, frame).answers })
      binder.add(hop)
    }
    const lines = binder.bind(about)?.lines ?? []
    expect(lines.map(({ exchange, index, sender }) => [exchange.id, index, sender])).toEqual(
      hops.map(({ id }) => [id, 0, lines[0].sender]),
    )
  })

  test('of thousands of calls over one pair of ports, the one whose offer came last; no more than those around it are looked at', () => {
    const calls = 3000
    for (let n = 0; n < calls; n++) binder.add(call(`${n}`, 1 + 2 * n))
    bound(stream(`${A}:4000`, `${B}:6000`))
    let looks = 0
    const has = vi.spyOn(DescribedEnds.prototype, 'has').mockImplementation(function (this: DescribedEnds, ...end) {
      looks++
      return Reflect.apply(original, this, end)
    })
    for (const n of [0, 1, 70, 1500, calls - 1]) {
      const firstPosition = 2 * n + 1
      expect(bound(stream(`${A}:4000`, `${B}:6000`, { firstPosition }))).toBe(`${n} offerer both`)
      expect(bound(stream(`${B}:6000`, `${A}:4000`, { firstPosition }))).toBe(`${n} answerer both`)
    }
    has.mockRestore()
    expect(looks).toBeLessThan(10 * 2 * 85)
  })

  test('media that was over before the offer is not of that call, unless its beginning was not captured', () => {
    const early = { firstPosition: 10, lastPosition: 90 }
    const about = stream(`${A}:4000`, `${B}:6000`, early)
    binder.add(call('later', 101))
    expect(bound(about)).toBeUndefined()
    // Two captures may have two clocks.
    expect(bound({ ...about, capture: 1 })).toBe('later offerer both')
    expect(bound({ ...about, lastPosition: 100 })).toBe('later offerer both')
    for (const unseen of [{ continuesUnseen: true }, { offerSeen: false }]) {
      const begun = new Binder()
      begun.add(Object.assign(call('begun', 101), unseen))
      expect(begun.bind(about)).toMatchObject({ callId: 'begun' })
    }
  })

  test('of two forks the one that names both ends; the other only where it has no answer (RFC 3261 §13.2.2.4)', () => {
    const offer = described(1, audio(A, 4000, SAVP, crypto(1, 1)))
    const forks = [6000, 6100].map((port) => {
      return exchange('forked', offer, [described(port, audio(B, port, SAVP, crypto(1, port & 0xff)), B, A)])
    })
    const asked = exchange('forked', offer)
    for (const one of [...forks, asked]) binder.add(one)
    for (const [n, fork] of forks.entries()) {
      const there = binder.bind(stream(`${A}:4000`, `${B}:${6000 + 100 * n}`))
      const back = binder.bind(stream(`${B}:${6000 + 100 * n}`, `${A}:4000`))
      for (const binding of [there, back]) {
        expect(binding?.lines.map(({ exchange: { id } }) => id)).toEqual([fork.id, asked.id])
      }
    }
    expect(binder.bind(stream('192.0.2.99:5000', `${A}:4000`))?.lines).toHaveLength(3)
  })

  test('who answered may offer anew: its stream is of that offer before any answer, and of no offer of its peer', () => {
    const first = call('one', 1)
    const anew = exchange('one', described(5, audio(B, 6000, SAVP, crypto(1, 3)), B, A), [], { previous: first })
    binder.add(first)
    binder.add(anew)
    const lines = (addresses: StreamAddresses) =>
      binder.bind(addresses)?.lines.map(({ exchange: of, sender }) => `${of === anew ? 'anew' : 'first'} ${sender}`)
    expect(lines(stream(`${B}:6000`, `${A}:4000`))).toEqual(['first answerer', 'anew offerer'])
    expect(lines(stream(`${A}:4000`, `${B}:6000`))).toEqual(['first offerer'])
  })

  test('RTCP is one port up, where a=rtcp says (RFC 3605), or with the RTP (RFC 5761)', () => {
    binder.add(call('next', 1))
    binder.add(
      call(
        'said',
        3,
        audio(A, 4100, SAVP, 'a=rtcp:4555', crypto(1, 1)),
        audio(B, 6100, SAVP, 'a=rtcp-mux', crypto(1, 2)),
      ),
    )
    const rtcp = { kind: 'rtcp' } as const
    expect(bound(stream(`${A}:4001`, `${B}:6001`, rtcp))).toBe('next offerer both')
    expect(bound(stream(`${B}:6100`, `${A}:4555`, rtcp))).toBe('said answerer both')
    expect(bound(stream(`${B}:6100`, `${A}:4101`, rtcp))).toBe('said answerer source')
    // Nobody agreed on it, and it comes all the same: it is keyed as the rest of the session.
    expect(bound(stream(`${A}:4000`, `${B}:6000`, rtcp))).toBe('next offerer both')
  })

  test('behind a NAT the described ports at the addresses of the signalling bind', () => {
    binder.add(
      call('nat', 1, audio('10.0.0.5', 4000, SAVP, crypto(1, 1)), audio('192.168.1.9', 6000, SAVP, crypto(1, 2))),
    )
    expect(bound(stream(`${A}:4000`, `${B}:6000`))).toBe('nat offerer signalled-both')
    expect(bound(stream(`${B}:6000`, `${A}:4000`))).toBe('nat answerer signalled-both')
  })

  test('a=ssrc binds where no address does (RFC 5576)', () => {
    binder.add(call('named', 1, audio(A, 4000, SAVP, crypto(1, 1), 'a=ssrc:4276996862 cname:x')))
    expect(bound(stream('192.0.2.1:1', '192.0.2.2:2', { ssrc: 4276996862 }))).toBe('named offerer ssrc')
  })

  test('ports that are used again belong to the call that was offered last before the stream', () => {
    binder.add(call('first', 1))
    binder.add(call('second', 101))
    expect(bound(stream(`${A}:4000`, `${B}:6000`, { firstPosition: 50 }))).toBe('first offerer both')
    expect(bound(stream(`${A}:4000`, `${B}:6000`, { firstPosition: 150 }))).toBe('second offerer both')
  })

  test('not to one that was refused by then, where another names them', () => {
    const offered = (callId: string, frame: number, more: Parameters<typeof exchange>[3] = {}) =>
      exchange(callId, described(frame, audio(A, 4000, SAVP, crypto(1, 1))), [], more)
    binder.add(offered('goes-on', 1))
    binder.add(offered('busy', 101, { state: 'refused', refusedAt: at(103) }))
    expect(bound(stream('192.0.2.99:5000', `${A}:4000`, { firstPosition: 150 }))).toBe('goes-on answerer destination')
    expect(bound(stream('192.0.2.99:5000', `${A}:4000`, { firstPosition: 101 }))).toBe('busy answerer destination')
  })

  test('a port count stands for as many pairs of ports (RFC 8866 §5.14)', () => {
    binder.add(call('pairs', 1, audio(A, 4000, SAVP, crypto(1, 1)).replace('audio 4000', 'audio 4000/2')))
    expect(bound(stream(`${B}:7000`, `${A}:4002`))).toBe('pairs answerer destination')
  })
})

describe('what is agreed for a sender (RFC 4568 §5.1.2)', () => {
  const tags = (one: Exchange, side: 'offerer' | 'answerer') =>
    agreementsOf(one, side).flatMap((agreement) => agreedCrypto(0, side, agreement).map(({ tag }) => tag))
  const offered = audio(A, 4000, SAVP, crypto(1, 1), crypto(2, 2))

  test('the line of its own description under the accepted tag', () => {
    const one = call('c', 1, offered, audio(B, 6000, SAVP, crypto(2, 3)))
    expect(tags(one, 'offerer')).toEqual([2])
    expect(tags(one, 'answerer')).toEqual([2])
  })

  test('any line of its own where the answer has no crypto, or names a tag that was not offered', () => {
    expect(tags(call('c', 1, offered, audio(B, 6000, SAVP)), 'offerer')).toEqual([1, 2])
    expect(tags(call('c', 1, offered, audio(B, 6000, SAVP, crypto(7, 3))), 'offerer')).toEqual([1, 2])
  })

  test('where the answer has the tag of one line and the suite of another, both', () => {
    const three = audio(
      A,
      4000,
      SAVP,
      crypto(1, 1, 'AES_256_CM_HMAC_SHA1_80'),
      crypto(2, 2),
      crypto(3, 3, 'AES_192_CM_HMAC_SHA1_80'),
    )
    expect(tags(call('c', 1, three, audio(B, 6000, SAVP, crypto(1, 3))), 'offerer')).toEqual([1, 2])
    expect(tags(call('c', 1, three, audio(B, 6000, SAVP, crypto(2, 3))), 'offerer')).toEqual([2])
  })

  test('how the media is keyed', () => {
    const keying = (offer: string, answer: string) => agreedKeying(call('c', 1, offer, answer), 0)
    const plain = audio(B, 6000, 'RTP/AVP')
    expect(keying(offered, audio(B, 6000, SAVP, crypto(1, 3)))).toBe('sdes')
    expect(keying(offered, plain)).toBe('none')
    expect(keying(offered, audio(B, 6000, SAVP))).toBe('sdes')
    expect(keying(audio(A, 4000, 'RTP/AVP', crypto(1, 1)), audio(B, 6000, 'RTP/AVP', crypto(1, 2)))).toBe('sdes')
    const dtls = 'a=fingerprint:SHA-256 00:11'
    expect(keying(audio(A, 4000, 'UDP/TLS/RTP/SAVP', dtls), audio(B, 6000, 'UDP/TLS/RTP/SAVP', dtls))).toBe('dtls')
    expect(keying(audio(A, 4000, 'RTP/AVP'), plain)).toBe('none')
  })

  test('keying in the answer alone agrees on nothing, unless the profile does (RFC 4568 §5.1.2)', () => {
    const keying = (offer: string, answer: string) => agreedKeying(call('c', 1, offer, answer), 0)
    const plain = audio(A, 4000, 'RTP/AVP')
    expect(keying(plain, audio(B, 6000, 'RTP/AVP', crypto(1, 2)))).toBe('none')
    expect(keying(plain, audio(B, 6000, 'RTP/AVP', 'a=fingerprint:SHA-256 00:11'))).toBe('none')
    expect(keying(audio(A, 4000, 'RTP/AVP', 'a=zrtp-hash:1.10 00'), audio(B, 6000, 'RTP/AVP', crypto(1, 2)))).toBe(
      'none',
    )
    expect(keying(audio(A, 4000, SAVP), audio(B, 6000, SAVP, crypto(1, 2)))).toBe('sdes')
  })

  test('a key of the wrong length, an undecodable one and an unknown suite are told apart', () => {
    const problem = (line: string) =>
      keyProblemOf(
        (call('c', 1, audio(A, 4000, SAVP, line)).offer.description.media[0] as never as { crypto: never[] })
          .crypto[0] as never,
      )
    expect(problem(crypto(1, 1))).toBeUndefined()
    expect(problem(crypto(1, 1, 'AES_256_CM_HMAC_SHA1_80'))).toBe('key-length')
    expect(problem('a=crypto:1 AES_CM_128_HMAC_SHA1_80 inline:!key!')).toBe('key-undecodable')
    expect(problem(crypto(1, 1, 'ROT13'))).toBe('unknown-suite')
  })
})

describe('when a key is agreed', () => {
  const FOREVER = Number.POSITIVE_INFINITY

  /** Key octet, from, until, end of the older ones in seconds: for what the offerer of the first exchange sends. */
  function schedule(exchanges: readonly Exchange[]) {
    const keyring = new Keyring(100, () => undefined)
    const binder = new Binder()
    for (const one of exchanges) binder.add(one)
    const binding = binder.bind(stream(`${A}:4000`, `${B}:6000`))
    if (binding === undefined) throw new Error('not bound')
    return scheduleOf(binding.lines, keyring).map(({ key, from, until, replacesUs }) => [
      keyring.get(key).master.masterKey[0],
      from,
      until,
      replacesUs / 1e6,
    ])
  }

  const first = () => call('c', 1)
  const again = (previous: Exchange, octet: number, more: Parameters<typeof exchange>[3] = {}) =>
    exchange(
      'c',
      described(51, audio(A, 4000, SAVP, crypto(1, octet))),
      more.state === 'refused' ? [] : [described(53, audio(B, 6000, SAVP, crypto(1, 8)), B, A)],
      { previous, ...more },
    )

  test('the first from the start: media may overtake its answer', () => {
    expect(schedule([first()])).toEqual([[1, 0, FOREVER, 4]])
  })

  test('early media goes by the line that the 183 chose, and the 200 may choose another (RFC 3261 §13.2.1)', () => {
    const offer = described(1, audio(A, 4000, SAVP, crypto(1, 1), crypto(2, 2)))
    const answer = (frame: number, tag: number) => described(frame, audio(B, 6000, SAVP, crypto(tag, 5)), B, A)
    const chosen = (...tags: readonly number[]) =>
      schedule([
        exchange(
          'c',
          offer,
          tags.map((tag, n) => answer(3 + n * 6, tag)),
        ),
      ])
    expect(chosen(2, 1)).toEqual([
      [2, 0, FOREVER, 5],
      [1, 8, FOREVER, 11],
    ])
    expect(chosen(2, 2)).toEqual([[2, 0, FOREVER, 5]])
  })

  test('a new one from its offer on; the old one ends 2 s after the answer at most', () => {
    const one = first()
    expect(schedule([one, again(one, 5)])).toEqual([
      [1, 0, FOREVER, 4],
      [5, 50, FOREVER, 55],
    ])
  })

  test('a hold that keeps the key adds nothing', () => {
    const one = first()
    expect(schedule([one, again(one, 1)])).toEqual([[1, 0, FOREVER, 4]])
  })

  test('of very many that come one after the other the last ones stand, whatever was refused among them', () => {
    const chain = [first()]
    for (let n = 1; n < 80; n++) {
      const more = n % 4 === 3 ? { state: 'refused' as const, refusedAt: at(60) } : {}
      chain.push(again(chain[n - 1], 10 + n, more))
    }
    const standing = schedule(chain).filter(([, , until]) => until === FOREVER)
    expect(standing.map(([octet]) => octet)).toEqual(
      Array.from({ length: 80 }, (_, n) => n)
        .filter((n) => n % 4 !== 3)
        .slice(-32)
        .map((n) => 10 + n),
    )
  })

  test('a refused offer withdraws its key', () => {
    const one = first()
    const refused = again(one, 5, { state: 'refused', refusedAt: at(60) })
    expect(schedule([one, refused])).toEqual([
      [1, 0, FOREVER, 4],
      [5, 50, 59, FOREVER],
    ])
  })
})

test('the same key from two places is one entry with two owners; a full ring refuses and counts', () => {
  const stored: number[] = []
  const keyring = new Keyring(3, (number) => stored.push(number))
  const masterOf = (octet: number) => {
    const one = call('c', 1, audio(A, 4000, SAVP, crypto(1, octet)))
    const ring = new Keyring(9, () => undefined)
    const binder = new Binder()
    binder.add(one)
    scheduleOf(binder.bind(stream(`${A}:4000`, `${B}:6000`))?.lines ?? [], ring)
    return ring.get(1).master
  }
  expect(keyring.add(masterOf(1), { source: 'sdp', callId: 'x' })?.number).toBe(1)
  expect(keyring.add(masterOf(1), { source: 'keys-file', label: 'y' })?.owners).toHaveLength(2)
  expect(keyring.add(masterOf(2), { source: 'sdp' })?.number).toBe(2)
  expect(keyring.add(masterOf(3), { source: 'sdp' })).toBeUndefined()
  expect([stored, keyring.refused]).toEqual([[1, 2], 1])
})
