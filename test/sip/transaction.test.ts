import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { TransactionTable } from '../../src/sip/transaction.ts'
import { captured, type MessageText, type Party } from './call-trace.ts'

const party = fc.constantFrom<Party>('alice', 'bob', 'proxy')
const message: fc.Arbitrary<MessageText> = fc
  .record({
    from: party,
    to: party,
    start: fc.constantFrom<string | number>('INVITE', 'BYE', 'CANCEL', 180, 200, 486),
    number: fc.integer({ min: 1, max: 2 }),
    method: fc.constantFrom('INVITE', 'BYE'),
    branch: fc.constantFrom('z9hG4bK1', 'z9hG4bK2'),
    toTag: fc.constantFrom(undefined, 'b', 'c'),
  })
  .map(({ number, method, branch, toTag, ...text }) => ({
    ...text,
    cseq: `${number} ${typeof text.start === 'string' ? text.start : method}`,
    branches: [branch],
    ...(toTag !== undefined && { toTag }),
  }))

/** What a table says of messages, after it has seen as many other transactions as given. */
function observed(messages: readonly MessageText[], others: number): unknown[] {
  let created = 0
  const table = new TransactionTable(() => created++)
  for (let n = 0; n < others; n++) {
    const other = captured(1, {
      from: 'carol',
      to: 'bob',
      start: 'INFO',
      cseq: `${n} INFO`,
      branches: [`z9hG4bKx${n}`],
    })
    table.observe(other.message, other.context, () => undefined)
  }
  return messages.map((text, index) => {
    const { message, context } = captured(index + 1, text)
    const { transaction, repeated } = table.observe(message, context, () => undefined)
    return { repeated, number: transaction.facts - others, method: transaction.method, source: transaction.source }
  })
}

describe('transactions of a Call-ID (RFC 3261 §17)', () => {
  it('few of them are found in a list as many are in a table', () => {
    fc.assert(
      fc.property(fc.array(message, { maxLength: 30, size: 'max' }), (messages) => {
        expect(observed(messages, 0)).toEqual(observed(messages, 100))
      }),
    )
  })

  it('a message that comes again is told, an ACK without a body excepted', () => {
    const invite: MessageText = { from: 'alice', to: 'bob', start: 'INVITE', cseq: '1 INVITE' }
    const ack: MessageText = { from: 'alice', to: 'bob', start: 'ACK', cseq: '1 ACK', branches: ['z9hG4bKack'] }
    const again = (text: MessageText) => (observed([text, text], 0)[1] as { repeated: boolean }).repeated
    expect([invite, ack, { ...ack, body: 'v=0\r\n' }].map(again)).toEqual([true, false, true])
  })
})
