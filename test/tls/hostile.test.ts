import fc from 'fast-check'
import { beforeAll, describe, expect, test } from 'vitest'
import { readClientHello, readServerHello } from '../../src/tls/hello.ts'
import { read, secretsOf } from './reading.ts'
import { type Crossing, type Recorded, record } from './recorded-connection.ts'

const only = (version: 'TLSv1.2' | 'TLSv1.3') => ({ minVersion: version, maxVersion: version })

/** A record in the clear. */
const recordOf = (type: number, fragment: Uint8Array, version = 3): Uint8Array =>
  Buffer.concat([Buffer.from([type, 3, version, fragment.length >> 8, fragment.length & 0xff]), fragment])

const fromClient = (...records: readonly Uint8Array[]): Crossing[] => allFromClient(records)

const allFromClient = (records: readonly Uint8Array[]): Crossing[] =>
  records.map((bytes) => ({ sender: 'client', bytes }))

describe('hostile TLS is data, never an exception', () => {
  let recorded: readonly Recorded[]
  beforeAll(async () => {
    recorded = [await record({ client: only('TLSv1.2') }), await record({ client: only('TLSv1.3') })]
  })

  test('any octet of a connection may be another', () => {
    fc.assert(
      fc.property(
        fc.nat(1),
        fc.array(fc.tuple(fc.nat(), fc.nat(255)), { minLength: 1, maxLength: 8 }),
        (which, changes) => {
          const { crossings, keyLog } = recorded[which]
          const copies = crossings.map(({ sender, bytes }) => ({ sender, bytes: Uint8Array.from(bytes) }))
          for (const [at, octet] of changes) {
            const { bytes } = copies[at % copies.length]
            bytes[at % bytes.length] = octet
          }
          const { said } = read(copies, secretsOf(keyLog))
          expect(said.length).toBeLessThanOrEqual(2)
        },
      ),
      { numRuns: 300 },
    )
  })

  test('any part of it may be missing', () => {
    fc.assert(
      fc.property(fc.nat(1), fc.nat(), fc.nat(2000), (which, from, length) => {
        const { crossings, keyLog } = recorded[which]
        const at = from % crossings.length
        const cut = crossings.map(({ sender, bytes }, n) => ({
          sender,
          bytes: n === at ? bytes.subarray(length) : bytes,
        }))
        read(cut, secretsOf(keyLog))
      }),
      { numRuns: 200 },
    )
  })

  test('octets without sense', () => {
    fc.assert(
      fc.property(fc.array(fc.uint8Array({ maxLength: 600 }), { maxLength: 10 }), fc.boolean(), (parts, framed) => {
        read(fromClient(...parts.map((part) => (framed ? recordOf(22, part) : part))), secretsOf(''))
        for (const part of parts) {
          readClientHello(part)
          readClientHello(part, true)
          readServerHello(part)
        }
      }),
      { numRuns: 500 },
    )
  })

  test('a message of 2^24 octets is not waited for', () => {
    const { anomalies, lost } = read(fromClient(recordOf(22, Buffer.from([1, 0xff, 0xff, 0xff, 0]))), secretsOf(''))
    expect(anomalies).toEqual(['tls-handshake-too-long'])
    expect(lost).toEqual(['client'])
  })

  test.each([
    ['a record longer than any may be (RFC 5246 §6.2.3)', Buffer.from([22, 3, 3, 0x48, 0x01])],
    ['a content type that there is not', recordOf(25, Buffer.alloc(3))],
    ['a version that there is not', Buffer.from([22, 2, 0, 0, 1, 0])],
  ])('%s ends the reading', (_, bytes) => {
    const { anomalies } = read([...fromClient(bytes), ...fromClient(recordOf(22, Buffer.alloc(4)))], secretsOf(''))
    expect(anomalies).toEqual(['tls-record-malformed'])
  })

  test('compression is stated (RFC 3749)', () => {
    const hello = Buffer.concat([Buffer.from([3, 3]), Buffer.alloc(32), Buffer.from([0, 0, 0x2f, 1])])
    const message = Buffer.concat([Buffer.from([2, 0, 0, hello.length]), hello])
    const { anomalies } = read([{ sender: 'server', bytes: recordOf(22, message) }], secretsOf(''))
    expect(anomalies).toEqual(['tls-compression'])
  })

  test('a handshake an octet a record is joined once, not again and again: that would take minutes', () => {
    const size = 200_000
    const message = Buffer.concat([Buffer.from([11, size >> 16, (size >> 8) & 0xff, size & 0xff]), Buffer.alloc(size)])
    const { facts } = read(
      allFromClient([...message].map((octet) => recordOf(22, Uint8Array.of(octet)))),
      secretsOf(''),
    )
    expect(facts.handshakes[0].certificates.client?.chain).toEqual([])
  })

  test('handshakes without end are kept to a number', () => {
    const hello = recordOf(
      22,
      Buffer.concat([Buffer.from([1, 0, 0, 41, 3, 3]), Buffer.alloc(32), Buffer.from([0, 0, 2, 0, 47, 1, 0])]),
    )
    const { facts } = read(allFromClient(Array.from({ length: 1000 }, () => hello)), secretsOf(''))
    expect(facts.handshakes.length).toBeLessThan(20)
  })
})
