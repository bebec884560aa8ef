import { describe, expect, test } from 'vitest'
import type { SipPolicy } from '../../../src/policy/policy.ts'
import type { Rule } from '../../../src/rules/rule.ts'
import { requestUriForeignDomain } from '../../../src/rules/signalling/request-uri-foreign-domain.ts'
import { sipUriIpHost } from '../../../src/rules/signalling/sip-uri-ip-host.ts'
import { sipUriTransport } from '../../../src/rules/signalling/sip-uri-transport.ts'
import { type Said, Watched } from '../../sip/watch/watched.ts'
import { traceOf } from '../media-trace.ts'

const from = '203.0.113.5'
const to = '198.51.100.20'

const invite = (uri: string, more: Partial<Said> = {}): Said & { start: string } => ({
  from,
  to,
  callId: 'c',
  uri,
  ...more,
  start: 'INVITE',
})
const find = (rule: Rule, watched: Watched, sip: SipPolicy) =>
  rule.find(traceOf({ signalling: watched.watch.facts() }), { names: ['test'], sip })

describe('request-uri-foreign-domain', () => {
  const judged = (watched: Watched, sip: SipPolicy = { domains: ['voice.example.com'] }) =>
    find(requestUriForeignDomain, watched, sip)
  const answered = (uri: string, ...statuses: number[]) => judged(new Watched().exchange(invite(uri), ...statuses))

  test.each([[[200]], [[100, 180]], [[100]], [[404]], [[407]]])('answered with %j', (statuses) => {
    expect(answered(`sip:bob@${to}`, ...statuses)).toMatchObject([
      { severity: 'warning', frames: [1], evidence: { host: to, sources: [from], servers: [to] } },
    ])
  })

  test('dropped: silence, or 403, after a 100 too', () => {
    expect(answered(`sip:bob@${to}`)).toEqual([])
    expect(answered(`sip:bob@${to}`, 403)).toEqual([])
    expect(answered(`sip:bob@${to}`, 100, 403)).toEqual([])
  })

  test('hosts have no letter case, and may end in a point', () => {
    expect(answered('sip:bob@Voice.Example.com', 200)).toEqual([])
    expect(answered('sip:bob@voice.example.com.', 200)).toEqual([])
    expect(answered('sip:bob@other.example.com', 200)).toHaveLength(1)
  })

  test('a proxy puts the Contact of the callee there (RFC 3261 §16.5), and so does who is in a dialog', () => {
    const watched = new Watched().say(invite('sip:bob@voice.example.com'))
    watched.exchange(invite('sip:bob@192.0.2.9', { from: to, to: '192.0.2.9', branch: 'z9hG4bKproxy' }), 200)
    watched.say(invite('sip:bob@voice.example.com', { start: 200, method: 'INVITE', from: to, to: from }) as Said)
    watched.exchange(invite('sip:bob@192.0.2.9', { toTag: 'b', cseq: 2 }), 200)
    expect(judged(watched)).toEqual([])
  })

  test('nothing is asked for', () => {
    expect(judged(new Watched().exchange(invite(`sip:bob@${to}`), 200), {})).toEqual([])
  })
})

describe('sip-uri-ip-host', () => {
  const judged = (uri: string, transport: Said['transport'] = 'tls', sip: SipPolicy = { hostNames: true }) =>
    find(sipUriIpHost, new Watched().say(invite(uri, { transport })), sip)

  test.each([`sip:bob@${to};transport=tls`, 'sip:bob@[2001:db8::1]:5061', 'sips:198.51.100.20'])('%s', (uri) => {
    expect(judged(uri)).toHaveLength(1)
  })

  test('a name', () => expect(judged('sip:bob@sbc.example.com;transport=tls')).toEqual([]))
  test('not over TLS', () => expect(judged(`sip:bob@${to}`, 'udp')).toEqual([]))
  test('nothing is asked for', () => expect(judged(`sip:bob@${to}`, 'tls', {})).toEqual([]))
})

describe('sip-uri-transport', () => {
  const judged = (uri: string, sip: SipPolicy, transport: Said['transport'] = 'tls') =>
    find(sipUriTransport, new Watched().say(invite(uri, { transport })), sip).map(({ kind }) => kind)
  const TLS: SipPolicy = { uriTransportTls: true }
  const GROUP: SipPolicy = { uriParameters: ['tgrp', 'trunk-context'] }

  test('transport=tls is missing, or another', () => {
    expect(judged('sip:bob@sbc.example.com', TLS)).toEqual(['transport'])
    expect(judged('sip:bob@sbc.example.com;transport=tcp', TLS)).toEqual(['transport'])
    expect(judged('sip:bob@sbc.example.com;Transport=TLS', TLS)).toEqual([])
  })

  test('sips means TLS (RFC 3261 §26.2.2)', () => expect(judged('sips:bob@sbc.example.com', TLS)).toEqual([]))

  test('the trunk group is missing, or half of it (RFC 4904 §5)', () => {
    expect(judged('sip:+15550100@sbc.example.com;transport=tls', GROUP)).toEqual(['tgrp'])
    expect(judged('sip:+15550100;tgrp=a@sbc.example.com', GROUP)).toEqual(['tgrp'])
    expect(judged('sip:+15550100;tgrp=a;trunk-context=example.com@sbc.example.com', GROUP)).toEqual([])
    expect(judged('sip:+15550100@sbc.example.com;tgrp=a;trunk-context=example.com', GROUP)).toEqual([])
  })

  test('not over TLS', () => expect(judged('sip:bob@sbc.example.com', { ...TLS, ...GROUP }, 'udp')).toEqual([]))
  test('nothing is asked for', () => expect(judged('sip:bob@sbc.example.com', {})).toEqual([]))
})
