import { describe, expect, test } from 'vitest'
import type { AnalysedCall } from '../../../src/model/analysis.ts'
import { sipPortPolicy } from '../../../src/rules/signalling/sip-port-policy.ts'
import { CALLEE, CALLER, callOf, traceOf } from '../media-trace.ts'

/** A call whose INVITE went from one port to another. */
function calling(from: number, to: number, transport: 'tls' | 'udp' = 'tls'): AnalysedCall {
  const [source, destination] = [
    { address: CALLER.address, port: from },
    { address: CALLEE.address, port: to },
  ]
  return callOf({ paths: [{ kind: 'request', source, destination, transport }] })
}

const found = (...calls: readonly AnalysedCall[]) =>
  sipPortPolicy.find(traceOf({ calls }), { names: ['mine'], sip: { port: 5061 } })

describe('sip-port-policy', () => {
  test('SIP over TLS at another port, once for two hosts', () => {
    const [one, ...rest] = found(calling(40000, 5060), calling(40001, 5060))
    expect(rest).toEqual([])
    expect(one).toMatchObject({ severity: 'warning', callId: 'one', evidence: { allowed: 5061, ports: [40000, 5060] } })
  })

  test('silent at the port of the policy, in either direction, and for SIP in the clear', () => {
    expect(found(calling(40000, 5061), calling(5061, 40000), calling(40000, 5060, 'udp'))).toEqual([])
  })

  test('silent without a policy', () => {
    expect(sipPortPolicy.find(traceOf({ calls: [calling(40000, 5060)] }))).toEqual([])
  })
})
