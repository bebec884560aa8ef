import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { DtlsAssociations } from '../../src/tls/dtls-associations.ts'
import { DtlsMessageReader } from '../../src/tls/dtls-message-reader.ts'
import {
  clientHello,
  fragments,
  handshakeOf,
  identity,
  keyLogOf,
  materialOf,
  record,
  serverHello,
} from '../dtls/flight.ts'
import { frameAt, secretsOf } from './reading.ts'

const A = { address: '192.0.2.1', port: 1000 }
const B = { address: '192.0.2.2', port: 2000 }
const ONE = identity('one')

function table(keyLog = '') {
  const anomalies: string[] = []
  const associations = new DtlsAssociations(secretsOf(keyLog), {
    keyed: () => undefined,
    anomaly: (_, reason) => void anomalies.push(reason),
    limit: (name) => void anomalies.push(name),
  })
  return { associations, anomalies }
}

describe('DTLS associations', () => {
  test('in any order of datagrams the same keys come out', () => {
    const flight = handshakeOf(ONE, { size: 40 })
    fc.assert(
      fc.property(fc.shuffledSubarray([...flight.keys()], { minLength: flight.length }), (order) => {
        const { associations } = table(keyLogOf(ONE))
        for (const [n, at] of order.entries()) {
          const { sender, octets } = flight[at]
          associations.take(...(sender === 'client' ? ([A, B] as const) : ([B, A] as const)), octets, frameAt(n + 1))
        }
        const [one, ...more] = associations.between('192.0.2.1:1000', '192.0.2.2:2000')
        expect(more).toEqual([])
        expect(one.client).toBe('192.0.2.1:1000')
        expect(one.exportForSrtp(60)).toEqual(materialOf(ONE))
      }),
      { numRuns: 60 },
    )
  })

  test('both sides begin at once: the one that is answered counts', () => {
    const { associations } = table(keyLogOf(ONE))
    const two = identity('two')
    const hello = (who: typeof ONE) => record(22, fragments(1, 0, clientHello(who))[0])
    associations.take(A, B, hello(ONE), frameAt(1))
    associations.take(B, A, hello(two), frameAt(2))
    associations.take(B, A, record(22, fragments(2, 0, serverHello(ONE))[0]), frameAt(3))
    const [one] = associations.all
    expect([one.client, one.server]).toEqual(['192.0.2.1:1000', '192.0.2.2:2000'])
    expect(one.exportForSrtp(60)).toEqual(materialOf(ONE))
  })

  test('a fatal alert is an anomaly', () => {
    const { associations, anomalies } = table()
    associations.take(A, B, record(21, Buffer.from([2, 40])), frameAt(1))
    associations.take(A, B, record(21, Buffer.from([1, 0])), frameAt(2))
    expect(anomalies).toEqual(['dtls-fatal-alert-40'])
  })

  test('DTLS 1.3 is named, not read', () => {
    const { associations, anomalies } = table()
    associations.take(A, B, record(22, fragments(1, 0, clientHello(ONE))[0]), frameAt(1))
    const hello = serverHello(ONE)
    // supported_versions: DTLS 1.3 (RFC 9147 §5.3).
    const versions = Buffer.from([0, 43, 0, 2, 0xfe, 0xfc])
    const extended = Buffer.concat([hello.subarray(0, 38), Buffer.from([0, versions.length]), versions])
    associations.take(B, A, record(22, fragments(2, 0, extended)[0]), frameAt(2))
    expect(anomalies).toEqual(['dtls-1.3-not-read'])
    expect(associations.all).toEqual([])
  })
})

describe('hostile DTLS', () => {
  test('any octets: nothing is thrown', () => {
    const flight = handshakeOf(ONE, { size: 60 })
    const datagrams = fc.array(
      fc.oneof(
        fc.uint8Array({ maxLength: 200 }),
        fc.uint8Array({ maxLength: 200 }).map((octets) => record(22, octets)),
        fc.tuple(fc.nat(flight.length - 1), fc.nat(80), fc.nat(255)).map(([n, at, octet]) => {
          const octets = Buffer.from(flight[n].octets)
          octets[at % octets.length] = octet
          return octets
        }),
      ),
      { size: 'max', maxLength: 60 },
    )
    fc.assert(
      fc.property(datagrams, fc.infiniteStream(fc.boolean()), (all, ways) => {
        const { associations } = table(keyLogOf(ONE))
        for (const [n, octets] of all.entries()) {
          const [from, to] = ways.next().value ? [A, B] : [B, A]
          associations.take(from, to, octets, frameAt(n + 1))
        }
        for (const one of associations.all) one.exportForSrtp(60)
      }),
      { numRuns: 200 },
    )
  })

  test('a message that announces 2^24 octets, a fragment past its end, a record past the datagram', () => {
    const { associations, anomalies } = table()
    const long = Buffer.from(fragments(11, 0, Buffer.alloc(20))[0])
    long.writeUIntBE(0xffffff, 1, 3)
    associations.take(A, B, record(22, long), frameAt(1))
    const beyond = Buffer.from(fragments(11, 0, Buffer.alloc(20))[0])
    beyond.writeUIntBE(5, 6, 3)
    associations.take(A, B, record(22, beyond), frameAt(2))
    associations.take(A, B, record(22, beyond).subarray(0, 20), frameAt(3))
    expect(anomalies).toEqual(['dtlsMessageOctets', 'dtls-fragment-malformed', 'dtls-record-cut'])
  })

  test('fragments that never make a message take a bounded room', () => {
    const reader = new DtlsMessageReader(() => undefined)
    const [first] = fragments(11, 0, Buffer.alloc(60_000), 30_000)
    const fragment = Buffer.from(first.subarray(0, 13))
    fragment.writeUIntBE(1, 9, 3)
    for (let n = 0; n < 20_000; n++) {
      fragment.writeUInt16BE(n % 50, 4)
      fragment.writeUIntBE((n * 7) % 60_000, 6, 3)
      reader.push(fragment)
    }
    expect(reader.held).toBeLessThan(8 * 256 * 66)
  }, 60_000)

  test('flows from forged sources give way to those that come after', () => {
    const { associations, anomalies } = table(keyLogOf(ONE))
    const [part] = fragments(11, 0, Buffer.alloc(30_000), 1000)
    for (let n = 0; n < 30_000; n++) {
      const source = { address: `10.${n >> 16}.${(n >> 8) & 255}.${n & 255}`, port: 5 }
      associations.take(source, B, record(22, part), frameAt(n + 1))
    }
    expect(new Set(anomalies)).toEqual(new Set(['dtlsOctetsUnfinished']))
    expect(anomalies.length).toBeGreaterThan(20_000)
    for (const { sender, octets } of handshakeOf(ONE)) {
      associations.take(...(sender === 'client' ? ([A, B] as const) : ([B, A] as const)), octets, frameAt(1))
    }
    expect(associations.all[0].exportForSrtp(60)).toEqual(materialOf(ONE))
  })

  test('handshakes without end on one flow are counted, not kept', () => {
    const { associations, anomalies } = table()
    for (let n = 0; n < 100; n++) {
      const who = identity(`${n}`)
      for (const { sender, octets } of handshakeOf(who)) {
        associations.take(...(sender === 'client' ? ([A, B] as const) : ([B, A] as const)), octets, frameAt(n + 1))
      }
    }
    expect(associations.all).toHaveLength(64)
    expect(anomalies).toEqual(Array.from({ length: 36 }, () => 'dtlsAssociationsOfFlow'))
  })
})
