import { expect, test } from 'vitest'
import { applyFilters, type Filters } from '../../src/scan/filters.ts'
import { callOf, frameAt, traceOf } from '../rules/media-trace.ts'
import { CLIENT, handshakeOf, SERVER, tlsOf } from '../rules/tls/tls-trace.ts'

const OTHER = { address: '203.0.113.99', port: 40001 }
const paths = [{ kind: 'request', source: SERVER, destination: CLIENT, transport: 'tls' }] as const
const trunk = tlsOf()
const other = tlsOf(handshakeOf(), { client: OTHER, at: frameAt(1, 100), lastAt: frameAt(2, 110) })
const analysis = traceOf({ calls: [callOf({ paths })], tls: [trunk, other] })

const kept = (filters: Filters) => applyFilters(analysis, filters).tls.map(({ client }) => client.address)
const time = (seconds: number) => new Date(frameAt(1, seconds).timeUs / 1000).toISOString()

test.each<[Filters, string[]]>([
  [{}, [CLIENT.address, OTHER.address]],
  [{ ip: '203.0.113.99' }, [OTHER.address]],
  [{ ip: '203.0.113.10/32' }, [CLIENT.address]],
  [{ ip: '192.0.2.0/24', call: 'nobody' }, []],
  [{ since: time(105) }, [OTHER.address]],
  [{ call: 'one' }, [CLIENT.address]],
  [{ call: 'another' }, []],
])('TLS connections that pass %j: those themselves, and those that carried a call that does', (filters, addresses) => {
  expect(kept(filters)).toEqual(addresses)
})

test('until', () => expect(kept({ until: time(50) })).toEqual([CLIENT.address]))
