import { describe, expect, test } from 'vitest'
import { TcpFlag } from '../../../src/net/datagram.ts'
import type { Policy } from '../../../src/policy/policy.ts'
import { strangerAnswered } from '../../../src/rules/signalling/stranger-answered.ts'
import { Watched } from '../../sip/watch/watched.ts'
import { frameAt, traceOf } from '../media-trace.ts'

const OWN = '198.51.100.20'
const PEER = '203.0.113.5'
const STRANGER = '192.0.2.66'
const POLICY: Policy = {
  names: ['test'],
  strangersDropped: true,
  networks: { signalling: ['198.51.100.0/24', '203.0.113.0/24'] },
}

const call = (from: string, ...statuses: number[]) =>
  new Watched().exchange({ from, to: OWN, start: 'INVITE', callId: 'c' }, ...statuses)
const find = (watched: Watched, policy = POLICY) =>
  strangerAnswered.find(traceOf({ signalling: watched.watch.facts() }), policy)

function segment(flags: number, port: number, destination = STRANGER): Watched {
  const watched = new Watched()
  watched.watch.segment(flags, { address: OWN, port }, { address: destination, port: 40000 }, frameAt(2))
  return watched
}

describe('stranger-answered', () => {
  test.each([100, 200, 403])('a response: %i', (status) => {
    expect(find(call(STRANGER, status))).toMatchObject([
      { severity: 'warning', frames: [2], evidence: { address: STRANGER, answeredBy: [OWN] } },
    ])
  })

  test('more hosts that answer than a sentence names are counted', () => {
    const watched = new Watched()
    for (let n = 1; n <= 7; n++)
      watched.exchange({ from: STRANGER, to: `198.51.100.${n}`, start: 'INVITE', callId: `c${n}` }, 403)
    const [found] = find(watched)
    expect(found.detail).toMatch(/got 7 SIP responses from (198\.51\.100\.\d, ){4}198\.51\.100\.5 and 2 more\.$/)
  })

  test('silence', () => expect(find(call(STRANGER))).toEqual([]))

  test('a peer is no stranger', () => expect(find(call(PEER, 200))).toEqual([]))

  test('what a stranger answers to us', () => {
    const watched = new Watched().exchange({ from: OWN, to: STRANGER, start: 'INVITE', callId: 'c' }, 200)
    expect(find(watched)).toEqual([])
  })

  test.each([
    ['SYN-ACK', TcpFlag.Syn | TcpFlag.Ack],
    ['RST', TcpFlag.Rst | TcpFlag.Ack],
  ])('%s from a SIP port (RFC 9293 §3.5)', (what, flags) => {
    expect(find(segment(flags, 5061))).toMatchObject([{ evidence: { answers: { [what]: 1 } } }])
    expect(find(segment(flags, 5061, PEER))).toEqual([])
    expect(find(segment(flags, 443))).toEqual([])
    expect(find(segment(flags, 443), { ...POLICY, sip: { port: 443 } })).toHaveLength(1)
  })

  test('any other segment', () => expect(find(segment(TcpFlag.Ack, 5061))).toEqual([]))

  test('nothing is asked for', () => {
    expect(find(call(STRANGER, 200), { ...POLICY, strangersDropped: false })).toEqual([])
    expect(find(call(STRANGER, 200), { names: ['test'], strangersDropped: true })).toEqual([])
  })
})
