import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { OutOfCall, SipCall } from '../../src/sip/call.ts'
import { CallTable, type CallTableOptions } from '../../src/sip/call-table.ts'
import { captured, type MessageText, PARTIES } from './call-trace.ts'

function observe(messages: readonly MessageText[], options?: CallTableOptions): CallTable {
  const table = new CallTable(options)
  for (const [index, text] of messages.entries()) {
    const { message, context } = captured(index + 1, text)
    table.observe(message, context)
  }
  return table
}

/** The one call of a trace. */
function call(messages: readonly MessageText[]): SipCall {
  const { calls } = observe(messages)
  expect(calls).toHaveLength(1)
  return calls[0]
}

const there = { from: 'alice', to: 'bob' } as const
const back = { from: 'bob', to: 'alice', toTag: 'b' } as const
const invite: MessageText = { ...there, start: 'INVITE', cseq: '1 INVITE' }
const answered = (start: number, more: Partial<MessageText> = {}): MessageText => ({
  ...back,
  start,
  cseq: '1 INVITE',
  ...more,
})
const ack: MessageText = { ...there, start: 'ACK', cseq: '1 ACK', toTag: 'b', branches: ['z9hG4bKack'] }
const bye: MessageText = { ...there, start: 'BYE', cseq: '2 BYE', toTag: 'b', branches: ['z9hG4bKbye'] }
const byeOk: MessageText = { ...back, start: 200, cseq: '2 BYE', branches: ['z9hG4bKbye'] }
const cancel: MessageText = { ...there, start: 'CANCEL', cseq: '1 CANCEL' }

describe('states of a call (RFC 3261 §13, §15, §9)', () => {
  it('completed: answered, and ended by a BYE', () => {
    const ended = call([invite, answered(100), answered(180), answered(200), ack, bye, byeOk])
    expect(ended).toMatchObject({
      state: 'completed',
      finalStatus: 200,
      from: 'sip:alice@example.com',
      to: 'sip:bob@example.com',
      transport: 'udp',
      startUs: 1e6,
      answerUs: 4e6,
      endUs: 6e6,
      lastUs: 7e6,
      messages: 7,
      dialogs: [{ fromTag: 'a', toTag: 'b', state: 'terminated' }],
    })
    expect(ended.legs).toEqual([
      { source: { address: '192.0.2.1', port: 5060 }, destination: { address: '192.0.2.2', port: 5060 } },
    ])
  })

  it('completed: the BYE comes from the callee, its tags the other way round', () => {
    const fromCallee: MessageText = { ...bye, from: 'bob', to: 'alice', fromTag: 'b', toTag: 'a' }
    expect(call([invite, answered(200), ack, fromCallee]).state).toBe('completed')
  })

  it('established: answered, no BYE', () => {
    const open = call([invite, answered(200), ack])
    expect(open).toMatchObject({ state: 'established', dialogs: [{ state: 'confirmed' }] })
    expect(open.endUs).toBeUndefined()
  })

  it('established by the ACK of a 2xx that was not captured: it has a branch of its own (§17.1.1.3)', () => {
    const open = call([invite, answered(180), ack])
    expect(open).toMatchObject({ state: 'established', answerUs: 3e6 })
    expect(open.finalStatus).toBeUndefined()
    expect(call([invite, ack, bye, byeOk])).toMatchObject({ state: 'completed', answerUs: 2e6, endUs: 3e6 })
  })

  it.each<[string, MessageText[]]>([
    ['of its own branch, which acknowledges a refusal', [{ ...ack, branches: ['z9hG4bK1'] }]],
    ['of another INVITE', [{ ...ack, cseq: '2 ACK' }]],
    ['of another hop', [{ ...ack, from: 'proxy' }]],
    ['behind a CANCEL', [cancel, ack]],
    ['of RFC 2543, without a branch that tells', [{ ...ack, branches: ['1'] }]],
  ])('an ACK %s answers nothing', (_, messages) => {
    expect(call([invite, answered(180), ...messages]).answerUs).toBeUndefined()
  })

  it('completed: of the BYE only its answer was captured', () => {
    expect(call([invite, answered(200), ack, byeOk])).toMatchObject({ state: 'completed', endUs: 4e6 })
  })

  it('§12.2.1.2: of a dialog that the peer does not know any more nothing is left where another took its place', () => {
    const again: MessageText = { ...invite, cseq: '2 INVITE', toTag: 'b', branches: ['z9hG4bK2'] }
    const unknown = answered(481, { cseq: '2 INVITE', branches: ['z9hG4bK2'] })
    const gone = [invite, answered(200), ack, again, unknown]
    expect(call(gone)).toMatchObject({ state: 'established', dialogs: [{ state: 'unknown' }] })
    const anew: MessageText = { ...invite, cseq: '3 INVITE', branches: ['z9hG4bK3'] }
    const answer = { ...answered(200), cseq: '3 INVITE', toTag: 'c', branches: ['z9hG4bK3'] }
    const end: MessageText = { ...bye, cseq: '4 BYE', toTag: 'c' }
    expect(call([...gone, anew, answer, end])).toMatchObject({ state: 'completed', endUs: 8e6 })
    expect(call([...gone, bye])).toMatchObject({ state: 'completed', endUs: 6e6 })
    // A subscription within the dialog ends alone (RFC 5057 §5.1).
    const notify: MessageText = { ...there, start: 'NOTIFY', cseq: '2 NOTIFY', toTag: 'b', branches: ['z9hG4bKn'] }
    const refused: MessageText = { ...back, start: 481, cseq: '2 NOTIFY', branches: ['z9hG4bKn'] }
    expect(call([invite, answered(200), ack, notify, refused]).dialogs).toMatchObject([{ state: 'confirmed' }])
  })

  it('early: ringing when the capture ends; 100 alone is no answer of the callee', () => {
    expect(call([invite, answered(180)]).state).toBe('early')
    expect(call([invite, answered(100)]).state).toBe('incomplete')
    expect(call([invite]).state).toBe('incomplete')
  })

  it('cancelled: CANCEL and 487', () => {
    const given = call([invite, answered(180), cancel, { ...back, start: 200, cseq: '1 CANCEL' }, answered(487), ack])
    expect(given).toMatchObject({ state: 'cancelled', finalStatus: 487, endUs: 5e6 })
  })

  it('cancelled: the 487 was not captured', () => {
    const given = call([invite, answered(180), cancel])
    expect(given).toMatchObject({ state: 'cancelled', endUs: 3e6 })
    expect(given.finalStatus).toBeUndefined()
  })

  it('§15.1.2: a BYE in an early dialog is a cancelled call by its 487; without any final response the 2xx was not captured', () => {
    expect(call([invite, answered(180), bye, byeOk, answered(487), ack])).toMatchObject({ state: 'cancelled' })
    const cut = call([invite, answered(180), bye, byeOk])
    expect(cut).toMatchObject({ state: 'completed', byeAnsweredUs: 4e6 })
    expect(cut.answerUs).toBeUndefined()
  })

  it('§9.1: a CANCEL that comes too late cancels nothing', () => {
    expect(call([invite, cancel, answered(200), ack]).state).toBe('established')
    expect(call([invite, cancel, answered(486)])).toMatchObject({ state: 'failed', finalStatus: 486 })
  })

  it.each([302, 401, 486, 488, 503, 603])('failed: %i', (status) => {
    expect(call([invite, answered(status), ack])).toMatchObject({
      state: 'failed',
      finalStatus: status,
      endUs: 2e6,
    })
  })

  it('§22.2: a challenge that another INVITE follows is not the end', () => {
    const again = { cseq: '2 INVITE', branches: ['z9hG4bK2'] }
    const challenged = [invite, answered(407), ack, { ...invite, ...again }]
    expect(call(challenged)).toMatchObject({ state: 'incomplete' })
    expect(call([...challenged, answered(200, again)])).toMatchObject({ state: 'established', finalStatus: 200 })
    expect(call([...challenged, answered(486, again)])).toMatchObject({ state: 'failed', finalStatus: 486 })
  })

  it('incomplete: the capture begins within the dialog', () => {
    expect(call([answered(200), ack, bye, byeOk])).toMatchObject({ state: 'incomplete', finalStatus: 200 })
    expect(call([bye, byeOk])).toMatchObject({ state: 'incomplete', endUs: 1e6 })
    expect(call([{ ...invite, toTag: 'b' }, answered(200), ack]).state).toBe('incomplete')
  })

  it('§15.1: when a BYE was answered; a challenge is no answer', () => {
    const [up, refused] = [[invite, answered(200), ack, bye], { ...byeOk, start: 407 }]
    expect(call([...up, byeOk])).toMatchObject({ byeAnsweredUs: 5e6 })
    expect(call(up).byeAnsweredUs).toBeUndefined()
    expect(call([...up, refused]).byeAnsweredUs).toBeUndefined()
  })

  it('§14.1: a refused re-INVITE ends nothing', () => {
    const again = { cseq: '2 INVITE', toTag: 'b', branches: ['z9hG4bK2'] }
    expect(call([invite, answered(200), ack, { ...invite, ...again }, answered(488, again)])).toMatchObject({
      state: 'established',
      finalStatus: 200,
    })
  })
})

describe('hops and forks', () => {
  const near = { from: 'alice', to: 'proxy', branches: ['z9hG4bK1'] } as const
  const far = { from: 'proxy', to: 'bob', branches: ['z9hG4bK2', 'z9hG4bK1'] } as const
  const other = { from: 'proxy', to: 'carol', branches: ['z9hG4bK3', 'z9hG4bK1'] } as const
  const nearBack = { ...near, from: 'proxy', to: 'alice' } as const
  const farBack = { ...far, from: 'bob', to: 'proxy' } as const
  const otherBack = { ...other, from: 'carol', to: 'proxy' } as const

  it('the caller sees the best response; branches that failed do not count (RFC 3261 §16.7)', () => {
    const forked = call([
      { ...invite, ...near },
      { ...invite, ...other },
      { ...invite, ...far },
      answered(486, otherBack),
      answered(200, farBack),
      answered(200, nearBack),
    ])
    expect(forked).toMatchObject({ state: 'established', finalStatus: 200, answerUs: 6e6 })
    expect(forked.legs).toHaveLength(3)
  })

  it('a proxy that cancels one branch does not cancel the call (§9.1, §16.7 step 10)', () => {
    const forked = call([
      { ...invite, ...near },
      { ...invite, ...far },
      { ...invite, ...other },
      answered(180, nearBack),
      { ...cancel, ...other, branches: ['z9hG4bK3'] },
    ])
    expect(forked.state).toBe('early')
  })

  it('a farther hop speaks where the nearer one shows requests only', () => {
    const oneSided = call([{ ...invite, ...near }, { ...invite, ...far }, answered(486, farBack)])
    expect(oneSided).toMatchObject({ state: 'failed', finalStatus: 486 })
  })

  it('§13.2.2.4: of two 2xx one dialog is ended at once; the call goes on in the other', () => {
    const both = [invite, answered(200), answered(200, { toTag: 'c' }), { ...bye, toTag: 'c' }]
    expect(call(both)).toMatchObject({
      state: 'established',
      dialogs: [{ state: 'confirmed' }, { state: 'terminated' }],
    })
    expect(call([...both, { ...bye, branches: ['z9hG4bKbye2'] }])).toMatchObject({
      state: 'completed',
      endUs: 5e6,
    })
  })
})

describe('messages of a call', () => {
  it('§17.1: retransmissions and copies count, and are marked', () => {
    const messages = [invite, invite, answered(180), answered(200), answered(200), ack, ack]
    const repeated = call(messages)
    expect(repeated.messages).toBe(7)
    expect(repeated).toMatchObject({ answerUs: 4e6 })
    const table = new CallTable()
    const places = messages.map((text, index) => {
      const { message, context } = captured(index + 1, text)
      return table.observe(message, context)?.repeated
    })
    // An ACK without a body says nothing twice.
    expect(places).toEqual([false, true, false, false, true, false, false])
  })

  it('keeps the ways that its messages went, with what came first', () => {
    const { paths } = call([
      { ...invite, from: 'proxy' },
      { ...answered(100), to: 'proxy' },
      { ...answered(200), to: 'proxy' },
      ack,
      { ...bye, from: 'proxy' },
    ])
    expect(paths).toEqual([
      { kind: 'request', source: PARTIES.proxy, destination: PARTIES.bob, transport: 'udp' },
      { kind: 'response', source: PARTIES.bob, destination: PARTIES.proxy, transport: 'udp' },
      { kind: 'request', source: PARTIES.alice, destination: PARTIES.bob, transport: 'udp' },
    ])
  })
})

describe('Call-IDs without an INVITE', () => {
  const register: MessageText = { ...there, start: 'REGISTER', cseq: '1 REGISTER' }

  it('§10: are kept apart, with their last final status', () => {
    const again = { cseq: '2 REGISTER', branches: ['z9hG4bK2'] }
    const table = observe([
      register,
      { ...back, start: 401, cseq: '1 REGISTER' },
      { ...register, ...again },
      { ...back, ...again, start: 200 },
    ])
    expect(table.calls).toEqual([])
    expect(table.size).toBe(1)
    expect(table.get('call-1')).toMatchObject({
      kind: 'out-of-call',
      method: 'REGISTER',
      requestUri: 'sip:bob@example.com',
      source: { address: '192.0.2.1' },
      finalStatus: 200,
      messages: 4,
    })
  })

  it('become calls where an INVITE follows under the same Call-ID', () => {
    const options: MessageText = { ...there, start: 'OPTIONS', cseq: '1 OPTIONS' }
    const { calls, size } = observe([options, { ...invite, cseq: '2 INVITE' }])
    expect(size).toBe(1)
    expect(calls).toMatchObject([{ messages: 2, startUs: 1e6, paths: [{ kind: 'request', source: PARTIES.alice }] }])
  })

  it('messages without a Call-ID are counted', () => {
    const table = observe([{ ...invite, callId: '' }])
    expect(table).toMatchObject({ withoutCallId: 1, calls: [] })
  })
})

describe('ceilings', () => {
  it('the Call-ID that ended first gives way, else the oldest', () => {
    const evicted: string[] = []
    const onEvicted = ({ callId }: SipCall | OutOfCall): void => {
      evicted.push(callId)
    }
    const table = observe(
      [
        { ...invite, callId: 'one' },
        { ...invite, callId: 'two' },
        answered(486, { callId: 'two' }),
        { ...invite, callId: 'three' },
        { ...invite, callId: 'four' },
      ],
      { maxCallIds: 2, onEvicted },
    )
    expect(evicted).toEqual(['two', 'one'])
    expect(table.evicted).toBe(2)
    expect(table.calls.map(({ callId }) => callId)).toEqual(['three', 'four'])
  })

  it('one Call-ID with many transactions costs no more than its share', () => {
    const flood = Array.from({ length: 5000 }, (_, index) => ({
      ...invite,
      cseq: `${index} INVITE`,
      branches: [`z9hG4bK${index}`],
    }))
    const start = performance.now()
    expect(call(flood).messages).toBe(5000)
    expect(performance.now() - start).toBeLessThan(5000)
  })

  it('any order of messages gives a call, and counts them all', () => {
    const pool = [invite, answered(100), answered(180), answered(200), answered(487), ack, bye, byeOk, cancel]
    const more: MessageText[] = [
      ...pool,
      { ...invite, from: 'proxy' },
      answered(200, { toTag: 'c' }),
      { ...bye, toTag: 'c' },
    ]
    fc.assert(
      fc.property(fc.array(fc.constantFrom(...more), { minLength: 1, maxLength: 40, size: 'max' }), (messages) => {
        const given = call(messages)
        expect(given.messages).toBe(messages.length)
        if (!messages.includes(invite) && !messages.some(({ from }) => from === 'proxy'))
          expect(given.state).toBe('incomplete')
        if (given.state === 'completed') expect(given.endUs).toBeDefined()
      }),
    )
  })
})

describe('calls that were let go', () => {
  const other = { ...invite, callId: 'other' }
  const options: MessageText = { ...there, start: 'OPTIONS', cseq: '1 OPTIONS', callId: 'ping' }

  it('are gone, and what still comes of them is no call; others stay', () => {
    const table = observe([invite, other])
    table.release(new Set(['call-1']), 0)
    const late = captured(9, { ...there, start: 'BYE', cseq: '2 BYE' })
    expect(table.observe(late.message, late.context)).toBeUndefined()
    expect(table.calls.map(({ callId }) => callId)).toEqual(['other'])
    expect(table.evicted).toBe(0)
  })

  it('take what is no call and was silent with them', () => {
    const table = observe([options, invite, { ...options, callId: 'later' }])
    table.release(new Set(), 2e6)
    expect(table.get('later')).toMatchObject({ kind: 'out-of-call' })
    expect([table.size, table.calls.length]).toEqual([2, 1])
  })
})
