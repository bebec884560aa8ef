import { fileURLToPath } from 'node:url'
import { expect, test } from 'vitest'
import { applyFilters, checkFilters, type Filters } from '../../src/scan/filters.ts'
import { scan } from '../../src/scan/scan.ts'
import { callOf, frameAt, traceOf } from '../rules/media-trace.ts'

const INCIDENT = fileURLToPath(new URL('../../samples/incident.pcapng', import.meta.url))
const LEAK = 'incident-leak-94179215@203.0.113.22'

const TRUNK = { address: '198.51.100.20', port: 5060 }
const PROXY = { address: '203.0.113.1', port: 5060 }
const PHONE = { address: '203.0.113.10', port: 5060 }
const OTHER = { address: '203.0.113.99', port: 5060 }

const clear = (source: typeof TRUNK, destination: typeof TRUNK, seconds: number) =>
  ({ transport: 'udp', source, destination, messages: 1, registers: 0, at: [frameAt(1 + seconds, seconds)] }) as const
const paths = [
  { kind: 'request', source: PHONE, destination: PROXY, transport: 'udp' },
  { kind: 'request', source: PROXY, destination: TRUNK, transport: 'udp' },
] as const
const analysis = traceOf({
  calls: [callOf({ paths })],
  clearSip: [clear(PHONE, PROXY, 0), clear(PROXY, TRUNK, 1), clear(OTHER, TRUNK, 100)],
})
const time = (seconds: number) => new Date(frameAt(1, seconds).timeUs / 1000).toISOString()

test.each<[Filters, number]>([
  [{}, 3],
  [{ ip: PHONE.address }, 2],
  [{ ip: OTHER.address }, 1],
  [{ call: 'one' }, 2],
  [{ call: 'another' }, 0],
  [{ since: time(50) }, 1],
  [{ until: time(50) }, 2],
])(
  'hosts that SIP went between, of which %j lets through those themselves and those that carried a call',
  (filters, pairs) => {
    expect(applyFilters(analysis, filters).clearSip).toHaveLength(pairs)
  },
)

test('of a call that was let go before, the hosts that carried it are not known: none is left out', () => {
  expect(applyFilters(analysis, { call: 'another' }, true).clearSip).toHaveLength(3)
})

test('a source stays where it reached an address that is meant', async () => {
  const scanner = {
    address: OTHER.address,
    product: 'friendly-scanner',
    requests: 1,
    at: [frameAt(1)],
  }
  const peer = {
    source: OTHER.address,
    transport: 'udp',
    requests: 1,
    responses: 0,
    at: [frameAt(1)],
    responsesAt: [],
    lastAt: frameAt(1),
  }
  const signalling = {
    ...analysis.signalling,
    scanners: [scanner],
    peers: [{ ...peer, destination: TRUNK.address }],
  }
  const kept = (filters: Filters) => applyFilters({ ...analysis, signalling }, filters).signalling.scanners.length
  expect([kept({ ip: TRUNK.address }), kept({ ip: OTHER.address }), kept({ ip: PHONE.address })]).toEqual([1, 1, 0])
  expect([kept({ call: 'one' }), kept({ until: time(-1) })]).toEqual([0, 0])
})

test.each<[Filters]>([[{ ip: '203.0.113.22' }], [{ call: LEAK }], [{ from: '212@' }]])(
  'a report that is kept to %j says nothing of other hosts',
  async (filters) => {
    const { findings, calls } = await scan({ captures: [INCIDENT], filters, workers: 1 })
    expect(calls.map(({ callId }) => callId)).toEqual([LEAK])
    const hosts = findings.filter(({ rule }) => rule === 'sip-cleartext').map(({ evidence }) => evidence.hosts)
    expect(hosts).toEqual([['203.0.113.22', '198.51.100.20']])
  },
)

test('a time that ends before it begins is a mistake', () => {
  expect(() => checkFilters({ since: '2026-01-15T09:30:05Z', until: '2026-01-15T09:30:02Z' })).toThrow(
    '--until 2026-01-15T09:30:02Z: is before --since 2026-01-15T09:30:05Z',
  )
  expect(() => checkFilters({ since: '2026-01-15', until: '2026-01-15' })).not.toThrow()
})

test('what a filter cannot mean is said before anything is read', async () => {
  await expect(scan({ captures: ['nosuch.pcap'], filters: { ip: '192.0.2.0/99' } })).rejects.toThrow(
    '--ip 192.0.2.0/99',
  )
})
