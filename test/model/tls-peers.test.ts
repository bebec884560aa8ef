import { describe, expect, test } from 'vitest'
import type { Finding } from '../../src/model/report.ts'
import { tlsPeers } from '../../src/model/tls-peers.ts'
import { frameAt } from '../rules/media-trace.ts'
import {
  CLIENT,
  certificateOf,
  chainOf,
  handshakeOf,
  SERVER,
  serverHello,
  TLS_1_3,
  tlsOf,
  unfinished,
} from '../rules/tls/tls-trace.ts'

describe('the TLS peers of a report', () => {
  test('what differs only in the client is one; clients beyond 20 are counted', () => {
    const connections = Array.from({ length: 30 }, (_, n) =>
      tlsOf(handshakeOf(), { client: { ...CLIENT, address: `203.0.113.${n % 25}` } }),
    )
    const { peers, beyond } = tlsPeers(connections, [], false)
    expect(peers).toMatchObject([{ handshakes: 30, moreClients: 5 }])
    expect(peers[0].clients).toHaveLength(20)
    expect(beyond).toBe(0)
    expect(tlsPeers(connections.slice(0, 20), [], false).peers[0]).not.toHaveProperty('moreClients')
  })

  test('what is found is said of the peers that it is about', () => {
    const leaf = certificateOf({ subject: 'CN=other.example.com', fingerprint: 'ab', dnsNames: ['other.example.com'] })
    const connections = [
      tlsOf(),
      tlsOf(handshakeOf({ serverHello: serverHello({ version: TLS_1_3 }), certificates: {} })),
      tlsOf(handshakeOf({ certificates: { server: chainOf(leaf) } })),
      tlsOf(unfinished()),
    ]
    const server = '198.51.100.20:5061'
    const found = (rule: string, evidence: Finding['evidence'], kind?: string) =>
      ({ rule, evidence, ...(kind && { kind }) }) as Finding
    const findings = [
      found('tls-self-signed', { server, side: 'server', subject: 'CN=trunk.example.com' }),
      found('tls-certificate-dates', { server, side: 'client', subject: 'CN=phone' }, 'expired'),
      found('tls-version', { server, version: 'TLS 1.3' }, 'policy'),
      found('tls-handshake-failed', { server, serverShowed: {} }, 'other'),
      found('tls-split-brain', { name: 'other.example.com' }),
      found('tls-mutual', { server: '198.51.100.21:5061' }, 'missing'),
      found('sip-cleartext', { server }),
    ]
    expect(tlsPeers(connections, findings, false).peers.map((peer) => peer.findings)).toEqual([
      ['tls-self-signed'],
      ['tls-version (policy)'],
      ['tls-split-brain'],
      ['tls-handshake-failed (other)'],
    ])
  })

  test('a connection that was joined behind its handshake, and one of which octets are missing', () => {
    const joined = tlsOf(handshakeOf(), { handshakes: [], fromStart: false })
    const cut = tlsOf(unfinished(), { lost: true })
    const clear = tlsOf(handshakeOf(), { handshakes: [], clear: { client: frameAt(1) } })
    const resumed = tlsOf(handshakeOf({ certificates: {}, resumed: true }), { lost: true })
    const { peers } = tlsPeers([joined, cut, clear, resumed], [], false)
    expect(peers.map(({ handshakes, certificates }) => [handshakes, certificates])).toEqual([
      [1, 'not-captured'],
      [1, 'none'],
    ])
    expect(tlsPeers([joined], [], false).peers).toMatchObject([{ handshakes: 0, certificates: 'not-captured' }])
  })

  test('1,000 are listed; what is beyond is counted, each once', () => {
    const connections = Array.from({ length: 1003 }, (_, n) =>
      tlsOf(handshakeOf(), { server: { ...SERVER, port: 2000 + n } }),
    )
    const { peers, beyond } = tlsPeers([...connections, ...connections], [], false)
    expect(peers).toHaveLength(1000)
    expect(beyond).toBe(3)
  })
})
