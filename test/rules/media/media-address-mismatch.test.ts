import { describe, expect, test } from 'vitest'
import type { AnalysedStream } from '../../../src/model/analysis.ts'
import { mediaAddressMismatch } from '../../../src/rules/media/media-address-mismatch.ts'
import { CALLEE, CALLER, callOf, hop, mediaAt, streamBack, streamOf, traceOf } from '../media-trace.ts'

const MOVED = { address: CALLER.address, port: 61002 }
const NAMED = { match: 'destination', agreedSource: '203.0.113.10:30000' } as const

const found = (streams: readonly AnalysedStream[], calls = [callOf()]) =>
  mediaAddressMismatch.find(traceOf({ calls, streams })).map(({ severity, evidence }) => ({ severity, ...evidence }))

describe('media-address-mismatch (RFC 4961 §3)', () => {
  test('packets come from another port', () => {
    expect(found([streamOf({ source: MOVED, facts: NAMED })])).toEqual([
      { severity: 'warning', source: '203.0.113.10:61002', agreed: '203.0.113.10:30000' },
    ])
  })

  test('packets go to another port', () => {
    const facts = { match: 'source', agreedDestination: '203.0.113.10:30000' } as const
    expect(found([streamBack({ destination: MOVED, facts })])).toEqual([
      { severity: 'warning', destination: '203.0.113.10:61002', agreed: '203.0.113.10:30000' },
    ])
  })

  test('both directions of one moved port are one finding', () => {
    const facts = { match: 'source', agreedDestination: '203.0.113.10:30000' } as const
    expect(found([streamOf({ source: MOVED, facts: NAMED }), streamBack({ destination: MOVED, facts })])).toHaveLength(
      1,
    )
  })

  test('a re-INVITE moved the receiver, and the sender goes on to the old port for more than 2 s (RFC 3264 §8.3.1)', () => {
    const moved = hop({ offerMedia: mediaAt(MOVED), seconds: 5, renegotiates: true })
    const exchanges = [hop(), moved]
    const facts = { match: 'both', agreedDestination: '203.0.113.10:61002' } as const
    const to = (until: number) => streamBack({ until, exchanges: [0, 1], facts })
    expect(found([to(9)], [callOf({ exchanges })])).toEqual([
      { severity: 'warning', destination: '203.0.113.10:30000', agreed: '203.0.113.10:61002' },
    ])
    expect(found([to(6)], [callOf({ exchanges })])).toEqual([])
    expect(found([to(9)], [callOf({ exchanges: [hop(), { ...moved, renegotiates: false }] })])).toEqual([])
  })

  test('a 200 behind a 183 moved the receiver, and the sender stays for more than 2 s', () => {
    const early = hop({ answerMedia: mediaAt({ address: CALLEE.address, port: 41000 }) }).answers
    const late = hop({ seconds: 5 })
    const exchanges = [{ ...late, answers: [...early, ...late.answers] }]
    const destination = { address: CALLEE.address, port: 41000 }
    const facts = { match: 'both', agreedDestination: '198.51.100.20:40000' } as const
    const to = (until: number) => streamOf({ destination, until, facts })
    expect(found([to(9)], [callOf({ exchanges })])).toEqual([
      { severity: 'warning', destination: '198.51.100.20:41000', agreed: '198.51.100.20:40000' },
    ])
    expect(found([to(6)], [callOf({ exchanges })])).toEqual([])
  })

  test('and a re-INVITE that comes later neither hides that, nor is it what moved the receiver', () => {
    const early = hop({ answerMedia: mediaAt({ address: CALLEE.address, port: 41000 }) }).answers
    const late = hop({ seconds: 5 })
    const elsewhere = { address: CALLEE.address, port: 43000 }
    const again = hop({ seconds: 20, renegotiates: true, answerMedia: mediaAt(elsewhere) })
    const calls = [callOf({ exchanges: [{ ...late, answers: [...early, ...late.answers] }, again] })]
    const destination = { address: CALLEE.address, port: 41000 }
    const facts = { match: 'both', agreedDestination: '198.51.100.20:43000' } as const
    const to = (until: number) => streamOf({ destination, until, exchanges: [0, 1], facts })
    for (const until of [19, 21, 30]) {
      expect(found([to(until)], calls)).toMatchObject([{ agreed: '198.51.100.20:40000' }])
    }
    expect(found([to(6)], calls)).toEqual([])
  })

  test('a second SSRC from there adds nothing', () => {
    const streams = [streamOf({ source: MOVED, facts: NAMED }), streamOf({ source: MOVED, from: 5, facts: NAMED })]
    expect(found(streams)).toHaveLength(1)
  })
})

describe('media-address-mismatch is silent', () => {
  test('as agreed', () => expect(found([streamOf(), streamBack()])).toEqual([]))
  test('RTCP', () => expect(found([streamOf({ source: MOVED, facts: NAMED, report: { kind: 'rtcp' } })])).toEqual([]))
  test('no call owns it', () => expect(found([streamOf({ source: MOVED, call: undefined })])).toEqual([]))

  test('no agreed address', () => {
    const { agreedSource: _, ...unnamed } = streamOf({ source: MOVED })
    expect(found([unnamed])).toEqual([])
  })

  test('an ICE candidate of the sender (RFC 8445 §12.1)', () => {
    const exchange = hop()
    const media = exchange.session.media.map(({ offer, ...rest }) => ({
      ...rest,
      ...(offer !== undefined && { offer: { ...offer, candidates: ['203.0.113.10:61002'] } }),
    }))
    const exchanges = [{ ...exchange, session: { ...exchange.session, media } }]
    expect(found([streamOf({ source: MOVED, facts: NAMED })], [callOf({ exchanges })])).toEqual([])
  })

  test('a peer-reflexive address: both sides use ICE (RFC 8445 §7.3.1.3)', () => {
    const exchange = hop()
    const withIce = (...sides: readonly ('offer' | 'answer')[]) => {
      const media = exchange.session.media.map((line) => ({
        ...line,
        ...Object.fromEntries(sides.map((side) => [side, { ...line[side], candidates: ['10.0.0.5:30000'] }])),
      }))
      return [callOf({ exchanges: [{ ...exchange, session: { ...exchange.session, media } }] })]
    }
    const moved = streamOf({ source: MOVED, facts: NAMED })
    expect(found([moved], withIce('offer', 'answer'))).toEqual([])
    expect(found([moved], withIce('offer'))).toHaveLength(1)
  })

  test('a re-INVITE moved the port: an earlier description named it', () => {
    const exchanges = [hop({ offerMedia: mediaAt(MOVED) }), hop({ seconds: 5, renegotiates: true })]
    expect(found([streamOf({ source: MOVED, facts: NAMED })], [callOf({ exchanges })])).toEqual([])
  })

  test('a dual-stack host toward a peer of the other family', () => {
    const facts = { match: 'destination', agreedSource: '[2001:db8:1::10]:30000' } as const
    expect(
      found(
        [streamOf({ facts })],
        [callOf({ exchanges: [hop({ offerMedia: mediaAt({ address: '2001:db8:1::10', port: 30000 }) })] })],
      ),
    ).toEqual([])
  })

  test.each(['0.0.0.0:30000', '[::]:30000'])('%s means hold', (agreedSource) => {
    expect(found([streamOf({ source: MOVED, facts: { match: 'destination', agreedSource } })])).toEqual([])
  })

  test.each(['source', 'destination'] as const)(
    'a host name says nothing of its address (RFC 8866 §5.7): the %s',
    (side) => {
      const described =
        side === 'source'
          ? { agreedSource: 'media.example.com:30000' }
          : { agreedDestination: 'media.example.com:30000' }
      expect(found([streamOf({ facts: described })])).toEqual([])
    },
  )

  test('the callee as described', () => expect(found([streamBack({ source: CALLEE })])).toEqual([]))
})
