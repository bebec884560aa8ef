import { describe, expect, test } from 'vitest'
import { tlsPeers } from '../../src/model/tls-peers.ts'
import { CLIENT, handshakeOf, SERVER, tlsOf } from '../rules/tls-trace.ts'

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

  test('1,000 are listed; what is beyond is counted, each once', () => {
    const connections = Array.from({ length: 1003 }, (_, n) =>
      tlsOf(handshakeOf(), { server: { ...SERVER, port: 2000 + n } }),
    )
    const { peers, beyond } = tlsPeers([...connections, ...connections], [], false)
    expect(peers).toHaveLength(1000)
    expect(beyond).toBe(3)
  })
})
