import { expect, test } from 'vitest'
import { ClockLog } from '../../src/scan/clock-log.ts'
import type { MessageContext } from '../../src/sip/context.ts'
import type { MessageFacts } from '../../src/sip/message-facts.ts'
import { emptyRingRecord, type RingRecord } from '../../src/verify/first-pass/signalling-ring.ts'

const datagram = (text: string, capture: number, seconds: number): RingRecord => {
  const payload = Buffer.from(text.padEnd(64, '.'))
  return { ...emptyRingRecord(), payload, announcedLength: payload.length, capture, timeUs: seconds * 1e6 }
}
const message = (facts: Partial<MessageFacts>): MessageFacts =>
  ({ method: 'INVITE', cseq: 1, callId: 'a', fromTag: 'f', ...facts }) as MessageFacts
const seenBy = (capture: number, seconds: number) => ({ at: { capture, timeUs: seconds * 1e6 } }) as MessageContext

test('the same octets in two captures, by the number of the first', () => {
  const log = new ClockLog()
  log.datagram(datagram('one', 1, 10))
  log.datagram(datagram('one', 0, 13))
  log.datagram(datagram('other', 0, 14))
  expect(log.samples()).toEqual([{ first: 0, second: 1, copies: [-3e6], requests: [], responses: [] }])
})

test('the same request at another place of a TCP stream is no copy', () => {
  const log = new ClockLog()
  log.segment({ ...datagram('GET /health', 0, 10), tcpSequence: 0xffff_fff0 })
  log.segment({ ...datagram('GET /health', 1, 310), tcpSequence: 77 })
  expect(log.samples()).toEqual([])
  log.segment({ ...datagram('GET /health', 1, 13), tcpSequence: 0xffff_fff0 })
  expect(log.samples()).toEqual([{ first: 0, second: 1, copies: [3e6], requests: [], responses: [] }])
})

test('what was sent again, is short or cut says nothing', () => {
  const log = new ClockLog()
  for (const seconds of [10, 10.5]) log.datagram(datagram('one', 0, seconds))
  log.datagram(datagram('one', 1, 12))
  for (const capture of [0, 1]) {
    log.datagram({ ...datagram('cut', capture, 20), announcedLength: 200 })
    log.datagram({ ...datagram('', capture, 20), payload: Buffer.from('\r\n\r\n'), announcedLength: 4 })
  }
  expect(log.samples()).toEqual([])
})

test('messages on both sides of a proxy; 100 and CANCEL are of one hop (RFC 3261 §16.2, §16.10)', () => {
  const log = new ClockLog()
  const facts = [{}, { status: 100 }, { status: 200, toTag: 't' }, { method: 'CANCEL' }]
  for (const one of facts) {
    log.message(message(one), seenBy(0, 10))
    log.message(message(one), seenBy(1, 13))
  }
  expect(log.samples()).toEqual([{ first: 0, second: 1, copies: [], requests: [3e6], responses: [3e6] }])
})

test('beyond its room it looks at the same things of every capture', () => {
  const log = new ClockLog()
  for (const capture of [0, 1]) {
    for (let n = 0; n < 70_000; n++) log.datagram(datagram(`message ${n}`, capture, n + 5 * capture))
  }
  const [{ copies }] = log.samples()
  expect(copies).toHaveLength(1024)
  expect(new Set(copies)).toEqual(new Set([5e6]))
})
