import { describe, expect, test } from 'vitest'
import type { Analysis } from '../../src/model/analysis.ts'
import type { PolicyNotShown } from '../../src/model/report.ts'
import { notShown } from '../../src/policy/not-shown.ts'
import { PACK_NAMES } from '../../src/policy/pack-names.ts'
import { packOf } from '../../src/policy/packs.ts'
import { mergePolicies, readPolicy } from '../../src/policy/policy-document.ts'
import { askedBy, STATEMENTS } from '../../src/policy/statements.ts'
import { RULES } from '../../src/rules/catalogue.ts'
import { CALLEE, CALLER, callOf, hop, streamOf, traceOf } from '../rules/media-trace.ts'
import { agreement, callWith, line } from '../rules/protection/agreed-suites.ts'
import { handshakeOf, serverHello, TLS_1_3, tlsOf, unfinished } from '../rules/tls/tls-trace.ts'

const JUDGED = new Set(RULES.map(({ text }) => text.id))
const ALL = new Set(Object.values(STATEMENTS).flatMap(({ judgedBy }) => judgedBy))
const SUITE = 'AES_CM_128_HMAC_SHA1_80'

function of(document: unknown, facts: Partial<Analysis>, judged: ReadonlySet<string> = ALL): PolicyNotShown[] {
  return notShown(mergePolicies([readPolicy(document, 'mine.json')]), traceOf(facts), judged)
}

const paths = (hidden: readonly PolicyNotShown[]) => hidden.map(({ statement }) => statement)

describe('statements that a trace cannot show', () => {
  const empty = { sipMessages: 0 }

  test.each(PACK_NAMES)('%s, in an empty trace: all of them, and what is left to the user', (name) => {
    const policy = mergePolicies([packOf(name)])
    const hidden = notShown(policy, traceOf(empty), ALL)
    expect(paths(hidden)).toEqual([...askedBy(policy).map(({ path }) => path), ...Object.keys(policy.userGives ?? {})])
  })

  test('a codec needs a session, a suite one with SRTP', () => {
    const asks = { codecs: ['PCMU'], srtp: { suites: [SUITE], oneSuiteAnswered: true } }
    expect(paths(of(asks, empty))).toEqual(['srtp.suites', 'srtp.oneSuiteAnswered', 'codecs'])
    const secured = callWith(agreement([line(1, SUITE)], [line(1, SUITE, 9)]))
    expect(of(asks, { calls: [secured] })).toEqual([])
    const file = streamOf({ call: undefined, report: { suite: SUITE, verified: 9 } })
    expect(paths(of(asks, { streams: [file] }))).toEqual(['srtp.oneSuiteAnswered', 'codecs'])
    const refused = callOf({ exchanges: [hop({ outcome: 'refused' })], state: 'failed' })
    expect(of(asks, { calls: [refused] })).toHaveLength(3)
  })

  test('a port needs a session, or RTP alone', () => {
    const asks = { mediaPorts: { from: 1, to: 2 } }
    expect(of(asks, empty)).toHaveLength(1)
    expect(of(asks, { ...empty, streams: [streamOf({ call: undefined })] })).toEqual([])
  })

  test('REGISTER and WebSocket need one', () => {
    const asks = { sip: { registerTls: true, webSocketTls: true } }
    expect(of(asks, {})).toEqual([
      { statement: 'sip.registerTls', reason: 'no REGISTER could be read' },
      { statement: 'sip.webSocketTls', reason: 'no SIP over WebSocket could be read' },
    ])
    const clear = { source: CALLER, destination: CALLEE, messages: 1, registers: 1, at: [] }
    expect(of(asks, { clearSip: [{ ...clear, transport: 'ws' }] })).toEqual([])
  })

  test('Request-URIs of a TLS trunk need one', () => {
    const asks = { sip: { hostNames: true, uriTransportTls: true, uriParameters: ['tgrp'] } }
    expect(of(asks, { calls: [callOf()] })).toHaveLength(3)
    const [path] = callOf().paths
    expect(of(asks, { calls: [callOf({ paths: [{ ...path, transport: 'tls' }] })] })).toEqual([])
  })

  test('without networks nobody is a stranger', () => {
    expect(paths(of({ strangersDropped: true }, {}))).toEqual(['strangersDropped'])
    expect(of({ strangersDropped: true, networks: { signalling: ['192.0.2.1'] } }, {})).toEqual([])
  })

  test('TLS: without a handshake, and as long as no rule judges it', () => {
    const asks = { tls: { versions: ['TLS 1.3'] } }
    expect(of(asks, {})).toEqual([{ statement: 'tls.versions', reason: 'no TLS handshake was captured' }])
    expect(of(asks, { tls: [tlsOf()] })).toEqual([])
    expect(of(asks, { tls: [tlsOf(unfinished())] })).toHaveLength(1)
    expect(of(asks, { tls: [tlsOf()] }, new Set())).toEqual([
      { statement: 'tls.versions', reason: 'no rule judges it yet' },
    ])
  })

  test('certificates: TLS 1.3 hides them without secrets', () => {
    const asks = { tls: { marginDays: 30 } }
    const hidden = tlsOf(handshakeOf({ certificates: {}, serverHello: serverHello({ version: TLS_1_3 }) }))
    expect(of(asks, { tls: [hidden] })[0].reason).toContain('TLS 1.3 hides them')
    expect(of(asks, { tls: [hidden, tlsOf()] })).toEqual([])
  })

  test('what the user has given is not left open', () => {
    const open = { userGives: { 'networks.media': 'yours' } }
    expect(of(open, {})).toEqual([{ statement: 'networks.media', reason: 'left to you, and not given: yours' }])
    expect(of({ ...open, networks: { media: ['192.0.2.1'] } }, { streams: [streamOf()] })).toEqual([])
  })

  test('a statement that asks for nothing hides nothing', () => {
    expect(of({ srtp: { required: false } }, empty)).toEqual([])
  })
})

test('every rule that judges a statement is in the catalogue, but for those of TLS', () => {
  expect([...ALL].filter((id) => !JUDGED.has(id) && !id.startsWith('tls-'))).toEqual([])
})
