import { expect, test } from 'vitest'
import type { Binding } from '../../src/media/binding.ts'
import type { AnalysedCall } from '../../src/model/analysis.ts'
import { senderOf } from '../../src/scan/caller-side.ts'
import type { Exchange } from '../../src/sdp/exchange.ts'

const caller = { address: '203.0.113.5', port: 5060 }
const callee = { address: '198.51.100.7', port: 5060 }
const call = {
  paths: [
    { kind: 'request', source: caller, destination: callee, transport: 'udp' },
    { kind: 'response', source: callee, destination: caller, transport: 'udp' },
  ],
} as unknown as AnalysedCall

function exchange(offerer: 'caller' | 'callee', previous?: Exchange): Exchange {
  const hop = offerer === 'caller' ? { offerer: caller, answerer: callee } : { offerer: callee, answerer: caller }
  const one = { hop, offererTag: offerer, previous }
  return { ...one, first: previous?.first ?? one } as unknown as Exchange
}

const binding = (sender: 'offerer' | 'answerer', of: Exchange) =>
  ({ lines: [{ exchange: of, index: 0, sender }] }) as unknown as Binding

test.each([
  ['the INVITE', exchange('caller'), 'caller'],
  ['the response to an INVITE without one (RFC 3264 §4)', exchange('callee'), 'callee'],
  ["the caller's re-INVITE", exchange('caller', exchange('caller')), 'caller'],
  ["the callee's re-INVITE", exchange('callee', exchange('caller')), 'callee'],
  ["the caller's re-INVITE, where the first offer was the callee's", exchange('caller', exchange('callee')), 'caller'],
] as const)('where %s offers, the %s', (_, of, offerer) => {
  const answerer = offerer === 'caller' ? 'callee' : 'caller'
  expect(senderOf(binding('offerer', of), call)).toBe(offerer)
  expect(senderOf(binding('answerer', of), call)).toBe(answerer)
})

test('where nothing tells, who offers has called', () => {
  expect(senderOf(binding('offerer', exchange('callee')), undefined)).toBe('caller')
})
