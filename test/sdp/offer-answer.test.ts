import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { Exchange } from '../../src/sdp/exchange.ts'
import type { SipCall } from '../../src/sip/call.ts'
import { captured, type MessageText, sdp } from '../sip/call-trace.ts'
import { TrackedCalls } from './tracked-calls.ts'

interface Followed {
  readonly exchanges: readonly Exchange[]
  /** `offer 1`, `answer 3`, `refused 4`: what the listener was told, with frames. */
  readonly events: readonly string[]
  readonly anomalies: readonly string[]
}

/** Runs messages through a calls; the first is frame 1. */
function follow(messages: readonly MessageText[]): Followed {
  const exchanges: Exchange[] = []
  const events: string[] = []
  const anomalies: string[] = []
  const calls = new TrackedCalls({
    onOffer: (exchange) => {
      exchanges.push(exchange)
      events.push(`offer ${exchange.offer.at.frame}`)
    },
    onLateOffer: (exchange) => events.push(`late offer ${exchange.offer.at.frame}`),
    onAnswer: (_, answer) => events.push(`answer ${answer.at.frame}`),
    onRefused: (exchange) => events.push(`refused ${exchange.refusedAt?.frame}`),
    onAnomaly: (reason) => anomalies.push(reason),
  })
  for (const [index, text] of messages.entries()) {
    const { message, context } = captured(index + 1, text)
    calls.observe(message, context)
  }
  calls.end()
  // What turned out to be an offer is told as one of its own.
  const held = exchanges.filter(({ offerSeen, answers }) => offerSeen || answers.length > 0)
  return { exchanges: held, events, anomalies }
}

/** Offer frame, answer frames and state of each exchange. */
const shape = ({ exchanges }: Followed) =>
  exchanges.map(
    ({ offer, answers, state }) => `${offer.at.frame} ${answers.map(({ at }) => at.frame).join('+')} ${state}`,
  )

const there = { from: 'alice', to: 'bob' } as const
const back = { from: 'bob', to: 'alice', toTag: 'b' } as const
const invite: MessageText = { ...there, start: 'INVITE', cseq: '1 INVITE', body: sdp('alice') }
const ok: MessageText = { ...back, start: 200, cseq: '1 INVITE', body: sdp('bob') }
const ack: MessageText = { ...there, start: 'ACK', cseq: '1 ACK', toTag: 'b', branches: ['z9hG4bKack'] }
const reliable = { headers: ['Require: 100rel', 'RSeq: 7'] }
const prack: MessageText = {
  ...there,
  start: 'PRACK',
  cseq: '2 PRACK',
  toTag: 'b',
  branches: ['z9hG4bKprack'],
  headers: ['RAck: 7 1 INVITE'],
}
const prackOk: MessageText = { ...back, start: 200, cseq: '2 PRACK', branches: ['z9hG4bKprack'] }

describe('patterns of offer and answer (RFC 6337 §2.2, table 1)', () => {
  it('1: offer in INVITE, answer in 2xx (RFC 3261)', () => {
    const followed = follow([invite, ok, ack])
    expect(shape(followed)).toEqual(['1 2 answered'])
    expect(followed.exchanges[0]).toMatchObject({
      callId: 'call-1',
      cseq: 1,
      offererTag: 'a',
      answererTag: 'b',
      offerSeen: true,
      hop: { offerer: { address: '192.0.2.1' }, answerer: { address: '192.0.2.2' } },
      offer: { contact: 'sip:alice@192.0.2.1', method: 'INVITE' },
    })
    expect(followed.exchanges[0].answers[0]).toMatchObject({ status: 200, contact: 'sip:bob@192.0.2.2' })
  })

  it('2: offer in 2xx, answer in ACK (RFC 3261)', () => {
    const { body: _, ...empty } = invite
    const followed = follow([empty, { ...back, start: 180, cseq: '1 INVITE' }, ok, ok, { ...ack, body: sdp('alice') }])
    expect(shape(followed)).toEqual(['3 5 answered'])
    expect(followed.events).toEqual(['offer 3', 'answer 5'])
    expect(followed.exchanges[0]).toMatchObject({
      offererTag: 'b',
      answererTag: 'a',
      hop: { offerer: { address: '192.0.2.2' }, answerer: { address: '192.0.2.1' } },
    })
  })

  it('3: offer in INVITE, answer in a reliable 1xx (RFC 3262); the same description in the 2xx is a copy', () => {
    const followed = follow([invite, { ...ok, start: 183, ...reliable }, prack, prackOk, ok, ack])
    expect(shape(followed)).toEqual(['1 2 answered'])
    expect(followed.events).toEqual(['offer 1', 'answer 2'])
  })

  it('4: offer in a reliable 1xx, answer in PRACK (RFC 3262)', () => {
    const { body: _, ...empty } = invite
    const { body: __, ...emptyOk } = ok
    const followed = follow([
      empty,
      { ...ok, start: 183, ...reliable },
      { ...prack, body: sdp('alice') },
      prackOk,
      emptyOk,
      ack,
    ])
    expect(shape(followed)).toEqual(['2 3 answered'])
    expect(followed.anomalies).toEqual([])
  })

  it('4: a PRACK whose RAck names another response carries an offer of its own', () => {
    const { body: _, ...empty } = invite
    const other = { ...prack, headers: ['RAck: 8 1 INVITE'], body: sdp('alice') }
    expect(shape(follow([empty, { ...ok, start: 183, ...reliable }, other]))).toEqual([
      '2  unanswered',
      '3  unanswered',
    ])
  })

  it('5: offer in PRACK, answer in its 200 (RFC 3262)', () => {
    const followed = follow([
      invite,
      { ...ok, start: 183, ...reliable },
      { ...prack, body: sdp('alice', { version: 2 }) },
      { ...prackOk, body: sdp('bob', { version: 2 }) },
      { ...back, start: 200, cseq: '1 INVITE' },
    ])
    expect(shape(followed)).toEqual(['1 2 answered', '3 4 answered'])
    expect(followed.exchanges[1].previous).toBe(followed.exchanges[0])
  })

  it('6: offer in UPDATE, answer in its 2xx (RFC 3311), before and after the INVITE is answered, from either side', () => {
    const update: MessageText = {
      ...there,
      start: 'UPDATE',
      cseq: '3 UPDATE',
      toTag: 'b',
      branches: ['z9hG4bKu'],
      body: sdp('alice', { version: 2 }),
    }
    const updateOk: MessageText = {
      ...back,
      start: 200,
      cseq: '3 UPDATE',
      branches: ['z9hG4bKu'],
      body: sdp('bob', { version: 2 }),
    }
    const counter = { fromTag: 'b', toTag: 'a', cseq: '1 UPDATE', branches: ['z9hG4bKv'] }
    const followed = follow([
      invite,
      { ...ok, start: 183, ...reliable },
      prack,
      prackOk,
      update,
      updateOk,
      // The 2xx repeats what bob said last: no new answer to the INVITE.
      { ...ok, body: sdp('bob', { version: 2 }) },
      ack,
      { ...back, ...counter, start: 'UPDATE', body: sdp('bob', { version: 3 }) },
      { ...there, ...counter, start: 200, body: sdp('alice', { version: 3 }) },
    ])
    expect(shape(followed)).toEqual(['1 2 answered', '5 6 answered', '9 10 answered'])
    expect(followed.exchanges.map(({ previous }) => previous?.id)).toEqual([undefined, 0, 1])
  })
})

describe('answers (RFC 3264 §6, RFC 3261 §13.2)', () => {
  it('§13.2.1: a 2xx whose description differs replaces that of the 183', () => {
    const followed = follow([invite, { ...ok, start: 183 }, { ...ok, body: sdp('bob', { port: 4002 }) }, ack])
    expect(shape(followed)).toEqual(['1 2+3 answered'])
    expect(followed.events).toEqual(['offer 1', 'answer 2', 'answer 3'])
  })

  it('retransmissions and copies of request and response make nothing new', () => {
    const followed = follow([invite, invite, ok, ok, invite, ack, ack, ok])
    expect(followed.events).toEqual(['offer 1', 'answer 3'])
  })

  it('a 2xx without a description leaves the offer unanswered', () => {
    const { body: _, ...emptyOk } = ok
    expect(shape(follow([invite, emptyOk, ack]))).toEqual(['1  unanswered'])
    expect(shape(follow([invite, { ...ok, start: 183 }, emptyOk, ack]))).toEqual(['1 2 answered'])
  })

  it('an ACK without the answer leaves the offer of the 2xx unanswered', () => {
    const { body: _, ...empty } = invite
    expect(shape(follow([empty, ok, ack]))).toEqual(['2  unanswered'])
  })

  it('an ACK whose description answers nothing is stated', () => {
    const followed = follow([invite, ok, { ...ack, body: sdp('alice') }])
    expect(followed.anomalies).toEqual(['ack-description-unexpected'])
    expect(shape(followed)).toEqual(['1 2 answered'])
  })

  it('RFC 3264 §6: an answer with other m= lines, or in another order, is stated', () => {
    const [audio, video] = ['m=audio 4000 RTP/AVP 0\r\n', 'm=video 4002 RTP/AVP 96\r\n']
    const session = sdp('alice').replace(/m=[\s\S]*$/, '')
    const answering = (offer: string, answer: string) =>
      follow([{ ...invite, body: session + offer }, { ...ok, body: session + answer }, ack]).anomalies
    expect(answering(audio + video, audio + video)).toEqual([])
    expect(answering(audio + video, video + audio)).toEqual(['answer-lines-differ'])
    expect(answering(audio + video, audio)).toEqual(['answer-lines-differ'])
  })

  it('where the request was not captured, the description in its response is the answer to an offer unseen', () => {
    const followed = follow([ok, ack])
    expect(followed.exchanges).toMatchObject([
      { offerSeen: false, state: 'answered', offererTag: 'a', answererTag: 'b', offer: { description: { media: [] } } },
    ])
    expect(followed.exchanges[0].answers).toHaveLength(1)
  })

  it('it was the offer where the ACK answers it', () => {
    const followed = follow([ok, { ...ack, body: sdp('alice') }])
    expect(shape(followed)).toEqual(['1 2 answered'])
    expect(followed.exchanges).toMatchObject([{ offerSeen: true, offererTag: 'b', answererTag: 'a' }])
    expect(followed.anomalies).toEqual([])
  })

  it('a request that is captured behind its response brings the offer that this answers', () => {
    const followed = follow([{ ...ok, start: 183 }, invite, ok, ack])
    expect(shape(followed)).toEqual(['2 1 answered'])
    expect(followed.exchanges).toMatchObject([{ offerSeen: true, offererTag: 'a', answererTag: 'b' }])
    expect(followed.events).toEqual(['offer 1', 'answer 1', 'late offer 2'])
  })

  it('a request that is captured behind its refusal is refused', () => {
    const followed = follow([{ ...back, start: 488, cseq: '1 INVITE' }, invite, ack])
    expect(followed.exchanges).toMatchObject([{ state: 'refused', refusedStatus: 488, refusedAt: { frame: 1 } }])
  })

  it('RFC 5621 §3.1: a description inside a multipart body; early-session (RFC 3959) is passed over', () => {
    const parts = (disposition: string): string =>
      [
        '--x',
        'Content-Type: text/plain',
        '',
        'hello',
        '--x',
        'Content-Type: application/sdp',
        `Content-Disposition: ${disposition}`,
        '',
        sdp('alice'),
        '--x--',
        '',
      ].join('\r\n')
    const bodyType = 'multipart/mixed;boundary=x'
    expect(shape(follow([{ ...invite, body: parts('session'), bodyType }, ok]))).toEqual(['1 2 answered'])
    expect(shape(follow([{ ...invite, body: parts('early-session'), bodyType }]))).toEqual([])
  })

  it('octets that are no description are stated', () => {
    const followed = follow([{ ...invite, body: 'no description' }])
    expect(followed.anomalies).toEqual(['sdp-not-sdp'])
    expect(followed.exchanges).toEqual([])
  })
})

describe('refusals', () => {
  it.each([401, 407, 422, 486, 488, 491, 603])('a %i refuses the offer; the next INVITE is a new one', (status) => {
    const again = { cseq: '2 INVITE', branches: ['z9hG4bK2'] }
    const followed = follow([
      invite,
      { ...back, start: status, cseq: '1 INVITE' },
      { ...there, start: 'ACK', cseq: '1 ACK', toTag: 'b' },
      { ...invite, ...again },
      { ...ok, ...again },
    ])
    expect(shape(followed)).toEqual(['1  refused', '4 5 answered'])
    expect(followed.exchanges[0]).toMatchObject({ refusedStatus: status, refusedAt: { frame: 2 } })
    expect(followed.events).toEqual(['offer 1', 'refused 2', 'offer 4', 'answer 5'])
  })

  it('RFC 3261 §14.1: a refused re-INVITE leaves the exchange before it', () => {
    const again = { cseq: '2 INVITE', toTag: 'b', branches: ['z9hG4bK2'] }
    const followed = follow([
      invite,
      ok,
      ack,
      { ...invite, ...again, body: sdp('alice', { version: 2 }) },
      { ...back, ...again, start: 488 },
    ])
    expect(shape(followed)).toEqual(['1 2 answered', '4  refused'])
    expect(followed.exchanges[1].previous).toBe(followed.exchanges[0])
  })

  it('RFC 3261 §9: a call that is cancelled after early media', () => {
    const followed = follow([
      invite,
      { ...ok, start: 183 },
      { ...there, start: 'CANCEL', cseq: '1 CANCEL' },
      { ...back, start: 200, cseq: '1 CANCEL' },
      { ...back, start: 487, cseq: '1 INVITE' },
    ])
    expect(shape(followed)).toEqual(['1 2 refused'])
    expect(followed.exchanges[0].refusedStatus).toBe(487)
  })
})

describe('hops and forks', () => {
  const near = { from: 'alice', to: 'proxy', branches: ['z9hG4bK1'] } as const
  const far = { from: 'proxy', to: 'bob', branches: ['z9hG4bK2', 'z9hG4bK1'] } as const
  const nearBack = { ...near, from: 'proxy', to: 'alice', toTag: 'b' } as const
  const farBack = { ...far, from: 'bob', to: 'proxy', toTag: 'b' } as const

  it('RFC 3261 §16: one Call-ID across a proxy is one exchange a hop', () => {
    const followed = follow([
      { ...invite, ...near },
      { ...invite, ...far, body: sdp('proxy') },
      { ...ok, ...farBack },
      { ...ok, ...nearBack, body: sdp('proxy', { port: 4002 }) },
    ])
    expect(shape(followed)).toEqual(['1 4 answered', '2 3 answered'])
    expect(followed.exchanges[1].hop).toMatchObject({
      offerer: { address: '198.51.100.9' },
      answerer: { address: '192.0.2.2' },
    })
  })

  it('the branch alone does not tell hops apart: the same message beyond a NAT', () => {
    const followed = follow([invite, { ...invite, from: 'proxy' }, { ...ok, to: 'proxy' }, ok])
    expect(shape(followed)).toEqual(['1 4 answered', '2 3 answered'])
  })

  it('RFC 3261 §13.2.1: offer in the 2xx across a proxy; the ACK goes straight to the callee and answers on both hops', () => {
    const { body: _, ...empty } = invite
    const followed = follow([
      { ...empty, ...near },
      { ...empty, ...far },
      { ...ok, ...farBack },
      { ...ok, ...nearBack },
      { ...ack, body: sdp('alice') },
    ])
    expect(shape(followed)).toEqual(['3 5 answered', '4 5 answered'])
  })

  it('RFC 3261 §13.2.1: the ACK across the proxy answers hop by hop', () => {
    const { body: _, ...empty } = invite
    const followed = follow([
      { ...empty, ...near },
      { ...empty, ...far },
      { ...ok, ...farBack },
      { ...ok, ...nearBack },
      { ...ack, from: 'alice', to: 'proxy', body: sdp('alice') },
      { ...ack, from: 'proxy', to: 'bob', body: sdp('alice') },
    ])
    expect(shape(followed)).toEqual(['3 6 answered', '4 5 answered'])
  })

  it('RFC 3261 §13.2.2.4: each To tag has an exchange with the same offer', () => {
    const followed = follow([
      { ...invite, ...near },
      { ...ok, ...nearBack, start: 183, toTag: 'early' },
      { ...ok, ...nearBack, body: sdp('bob', { port: 4002 }) },
      { ...ok, ...nearBack, toTag: 'c', body: sdp('carol') },
    ])
    expect(shape(followed)).toEqual(['1 2 answered', '1 3 answered', '1 4 answered'])
    expect(followed.exchanges.map(({ answererTag }) => answererTag)).toEqual(['early', 'b', 'c'])
    expect(followed.exchanges.map(({ forkOf }) => forkOf?.id)).toEqual([undefined, 0, 0])
    expect(followed.exchanges[2].offer).toBe(followed.exchanges[0].offer)
  })

  it('RFC 3261 §16.7: a branch that is cancelled is refused, the other one answered', () => {
    const other = { from: 'proxy', to: 'carol', branches: ['z9hG4bK3', 'z9hG4bK1'] } as const
    const followed = follow([
      { ...invite, ...near },
      { ...invite, ...far },
      { ...invite, ...other },
      { ...ok, ...farBack },
      { ...ok, ...nearBack },
      { ...other, from: 'carol', to: 'proxy', start: 487, cseq: '1 INVITE', toTag: 'c' },
    ])
    expect(shape(followed)).toEqual(['1 5 answered', '2 4 answered', '3  refused'])
  })

  it('a response to another port than the request came from belongs to its transaction all the same', () => {
    const events: string[] = []
    const calls = new TrackedCalls({ onAnswer: (_, { at }) => events.push(`answer ${at.frame}`) })
    const first = captured(1, invite)
    calls.observe(first.message, { ...first.context, source: { address: '192.0.2.1', port: 40001 } })
    const second = captured(2, ok)
    calls.observe(second.message, second.context)
    expect(events).toEqual(['answer 2'])
  })
})

describe('ceilings', () => {
  it('a Call-ID that the call table forgets has no more answers', () => {
    const exchanges: Exchange[] = []
    const calls = new TrackedCalls({ onOffer: (exchange) => exchanges.push(exchange) }, { maxCallIds: 2 })
    for (const [index, callId] of ['one', 'two', 'three', 'four'].entries()) {
      const { message, context } = captured(index + 1, { ...invite, callId })
      calls.observe(message, context)
    }
    expect(calls.calls.evicted).toBe(2)
    expect(exchanges.map(({ callId, state }) => `${callId} ${state}`)).toEqual([
      'one unanswered',
      'two unanswered',
      'three pending',
      'four pending',
    ])
  })

  it('one Call-ID with many offers costs no more than its share: only the latest can still be answered', () => {
    const calls = new TrackedCalls()
    const observe = (index: number, text: MessageText) => {
      const { message, context } = captured(index + 1, { ...text, branches: [`z9hG4bK${index % 3000}`] })
      calls.observe(message, context)
    }
    const start = performance.now()
    for (let index = 0; index < 3000; index++) observe(index, { ...invite, cseq: `${index} INVITE` })
    for (let index = 0; index < 3000; index++) observe(3000 + index, { ...ok, cseq: `${index} INVITE` })
    expect(performance.now() - start).toBeLessThan(10_000)
    const exchanges = calls.tracker.exchangesOf(calls.calls.get('call-1') as SipCall)
    const offered = exchanges.filter(({ offer }) => offer.method === 'INVITE' && offer.status === undefined)
    expect(offered).toHaveLength(1024)
    expect(offered.filter(({ state }) => state === 'answered').length).toBeLessThanOrEqual(256)
  })
})

describe('any order of messages', () => {
  it('RFC 3261 §17: each message twice says what each message once says', () => {
    const pool = [
      invite,
      ok,
      ack,
      { ...ok, start: 183 },
      { ...ok, toTag: 'c' },
      { ...invite, cseq: '2 INVITE', branches: ['z9hG4bK2'] },
    ]
    fc.assert(
      fc.property(fc.array(fc.constantFrom(...pool), { maxLength: 20, size: 'max' }), (messages) => {
        const once = follow(messages)
        const twice = follow(messages.flatMap((message) => [message, message]))
        expect(shape(twice).length).toBe(shape(once).length)
        expect(twice.exchanges.map(({ state, answers }) => [state, answers.length])).toEqual(
          once.exchanges.map(({ state, answers }) => [state, answers.length]),
        )
      }),
    )
  })

  it('never throws; every answer but that to a late offer comes after its offer, and every state is final at the end', () => {
    const pool: MessageText[] = [
      invite,
      ok,
      ack,
      { ...ack, body: sdp('alice') },
      { ...ok, start: 183, ...reliable },
      { ...ok, toTag: 'c', body: sdp('carol') },
      { ...prack, body: sdp('alice', { version: 4 }) },
      { ...prackOk, body: sdp('bob', { version: 4 }) },
      { ...back, start: 487, cseq: '1 INVITE' },
      { ...invite, from: 'proxy' },
      { ...ok, to: 'proxy' },
      { ...there, start: 'INVITE', cseq: '1 INVITE' },
    ]
    fc.assert(
      fc.property(fc.array(fc.constantFrom(...pool), { maxLength: 40, size: 'max' }), (messages) => {
        const { exchanges, events } = follow(messages)
        for (const { offer, offerSeen, answers, state, id, previous } of exchanges) {
          expect(state).not.toBe('pending')
          const isLate = !offerSeen || events.includes(`late offer ${offer.at.frame}`)
          for (const { at } of isLate ? [] : answers) expect(at.frame).toBeGreaterThan(offer.at.frame)
          if (state === 'answered') expect(answers.length).toBeGreaterThan(0)
          if (previous) expect(previous.id).toBeLessThan(id)
        }
      }),
    )
  })
})
