import { describe, expect, it } from 'vitest'
import { Binder } from '../../src/media/binder.ts'
import { Keyring } from '../../src/media/keyring.ts'
import { scheduleOf } from '../../src/media/schedule.ts'
import { TrackedCalls } from '../sdp/tracked-calls.ts'
import { captured, type MessageText, PARTIES, type Party, sdp } from '../sip/call-trace.ts'
import { keyOctets } from './exchanges.ts'

/** base64 of 30 octets that are all `octet`. */
const key = (octet: number) => keyOctets(octet).toString('base64')
const FOREVER = Number.POSITIVE_INFINITY

/** The keys agreed for what `sender` sends to `receiver`, port 4000 each: first octet, agreement, from, until. */
function scheduleFor(sender: Party, receiver: Party, messages: readonly MessageText[]) {
  const binder = new Binder()
  const calls = new TrackedCalls({
    onOffer: (exchange) => binder.add(exchange),
    onAnswer: (exchange) => binder.add(exchange),
  })
  for (const [index, text] of messages.entries()) {
    const { message, context } = captured(index + 1, text)
    calls.observe(message, context)
  }
  calls.end()
  const binding = binder.bind({
    kind: 'rtp',
    source: `${PARTIES[sender].address}:4000`,
    destination: `${PARTIES[receiver].address}:4000`,
    ssrc: 1,
    capture: 0,
    firstPosition: messages.length,
    lastPosition: messages.length,
  })
  if (binding === undefined) throw new Error('not bound')
  const keyring = new Keyring(100, () => undefined)
  return scheduleOf(binding.lines, keyring).map(({ key: number, agreement, from, until }) => {
    return { octet: keyring.get(number).master.masterKey[0], agreement, from, until }
  })
}

const invite = (to: Party, octet: number, more: Partial<MessageText> = {}): MessageText => ({
  from: 'alice',
  to,
  start: 'INVITE',
  cseq: '1 INVITE',
  body: sdp('alice', { key: key(octet) }),
  ...more,
})
const answer = (from: Party, octet: number, more: Partial<MessageText> = {}): MessageText => ({
  from,
  to: 'alice',
  start: 200,
  cseq: '1 INVITE',
  toTag: from,
  body: sdp(from, { key: key(octet) }),
  ...more,
})

describe('a request that is sent again after a challenge (RFC 3261 §22.2)', () => {
  const challenge: MessageText = { from: 'bob', to: 'alice', start: 407, cseq: '1 INVITE', toTag: 'p' }
  const again = { cseq: '2 INVITE', branches: ['z9hG4bK2'] }

  it('keeps the key that both requests carry', () => {
    const messages = [invite('bob', 1), challenge, invite('bob', 1, again), answer('bob', 2, again)]
    expect(scheduleFor('alice', 'bob', messages)).toMatchObject([{ octet: 1, from: 0, until: FOREVER }])
    expect(scheduleFor('bob', 'alice', messages)).toMatchObject([{ octet: 2, from: 0, until: FOREVER }])
  })

  it('withdraws the key of the first where the second carries another', () => {
    const messages = [invite('bob', 1), challenge, invite('bob', 3, again), answer('bob', 2, again)]
    expect(scheduleFor('alice', 'bob', messages)).toMatchObject([
      { octet: 1, until: 1 },
      { octet: 3, until: FOREVER },
    ])
  })
})

describe('forks (RFC 3261 §16.7)', () => {
  it('keep the key of an offer that one branch refused and another answered', () => {
    const messages: MessageText[] = [
      invite('carol', 1, { branches: ['z9hG4bKc'] }),
      invite('bob', 1, { branches: ['z9hG4bKb'] }),
      { from: 'carol', to: 'alice', start: 486, cseq: '1 INVITE', branches: ['z9hG4bKc'], toTag: 'carol' },
      answer('bob', 2, { branches: ['z9hG4bKb'] }),
    ]
    expect(scheduleFor('alice', 'bob', messages)).toMatchObject([{ octet: 1, from: 0, until: FOREVER }])
  })

  it('answer with alternatives: none replaces the other', () => {
    const messages = [
      invite('proxy', 1),
      answer('bob', 2, { from: 'proxy', start: 183 }),
      answer('bob', 3, { from: 'proxy', toTag: 'b2' }),
    ]
    const found = scheduleFor('bob', 'alice', messages)
    expect(found.map(({ octet }) => octet).sort()).toEqual([2, 3])
    expect(new Set(found.map(({ agreement }) => agreement)).size).toBe(1)
  })
})

describe('re-INVITE (RFC 3264 §8)', () => {
  const second = { cseq: '2 INVITE', toTag: 'bob', branches: ['z9hG4bK2'] }
  const first = [invite('bob', 1), answer('bob', 2)]

  it('with a new key: a new agreement from the offer on, for both sides', () => {
    const messages = [
      ...first,
      { ...invite('bob', 5), ...second, body: sdp('alice', { version: 2, key: key(5) }) },
      { ...answer('bob', 6), ...second, body: sdp('bob', { version: 2, key: key(6) }) },
    ]
    expect(scheduleFor('alice', 'bob', messages)).toEqual([
      { octet: 1, agreement: 0, from: 0, until: FOREVER },
      { octet: 5, agreement: 8, from: 2, until: FOREVER },
    ])
    expect(scheduleFor('bob', 'alice', messages)).toEqual([
      { octet: 2, agreement: 0, from: 0, until: FOREVER },
      { octet: 6, agreement: 8, from: 2, until: FOREVER },
    ])
  })

  it('from the other side: who answered before offers now', () => {
    const messages: MessageText[] = [
      ...first,
      {
        ...{ from: 'bob', to: 'alice', start: 'INVITE', cseq: '7 INVITE', fromTag: 'bob', toTag: 'a' },
        branches: ['z9hG4bK7'],
        body: sdp('bob', { version: 2, key: key(6) }),
      },
      {
        ...{ from: 'alice', to: 'bob', start: 200, cseq: '7 INVITE', fromTag: 'bob', toTag: 'a' },
        branches: ['z9hG4bK7'],
        body: sdp('alice', { version: 2, key: key(5) }),
      },
    ]
    expect(scheduleFor('alice', 'bob', messages).map(({ octet, from }) => [octet, from])).toEqual([
      [1, 0],
      [5, 2],
    ])
    expect(scheduleFor('bob', 'alice', messages).map(({ octet, from }) => [octet, from])).toEqual([
      [2, 0],
      [6, 2],
    ])
  })

  it('that is refused withdraws its key, and the one after it goes on from the first', () => {
    const messages: MessageText[] = [
      ...first,
      { ...invite('bob', 5), ...second, body: sdp('alice', { version: 2, key: key(5) }) },
      { from: 'bob', to: 'alice', start: 488, ...second },
      { ...invite('bob', 1), ...second, cseq: '3 INVITE', branches: ['z9hG4bK3'] },
      { ...answer('bob', 2), ...second, cseq: '3 INVITE', branches: ['z9hG4bK3'] },
    ]
    expect(scheduleFor('alice', 'bob', messages)).toEqual([
      { octet: 1, agreement: 0, from: 0, until: FOREVER },
      { octet: 5, agreement: 8, from: 2, until: 3 },
    ])
  })
})
