import { describe, expect, test } from 'vitest'
import { scan } from '../../src/scan/scan.ts'
import {
  clientHello,
  dtls13,
  fragments,
  handshakeOf,
  identity,
  keyLogOf,
  materialOf,
  record,
  serverHello,
} from './flight.ts'
import { captureOf, keyLogFile, mastersOf, mediaUnder, type Sent, streamsOf } from './media-capture.ts'

const SUITE = 'AES_CM_128_HMAC_SHA1_80'
const ONE = identity('one')
const TWO = identity('two')
const mastersOne = mastersOf(SUITE, materialOf(ONE))
const mastersTwo = mastersOf(SUITE, materialOf(TWO))
const MEDIA = mediaUnder(mastersOne, 1, 10)

/** Verified, failed and unverified packets of the client's and of the server's stream. */
async function outcome(sent: readonly Sent[], keyLog: string) {
  const { streams } = await streamsOf(captureOf(sent), keyLog)
  const of = (who: string) => streams.find(({ sender, kind }) => sender === who && kind === 'rtp')
  return ['client', 'server'].map((who) => [of(who)?.verified, of(who)?.failed, of(who)?.unverified])
}

const all = [
  [10, 0, 0],
  [10, 0, 0],
]

describe('handshakes on the media port (RFC 6347 §4.2)', () => {
  const flight = handshakeOf(ONE)
  const small = handshakeOf(ONE, { size: 20 })
  test.each<[string, readonly Sent[]]>([
    ['in order, with a cookie', flight],
    ['in order, without a cookie', flight.filter((_, n) => n !== 1 && n !== 2)],
    ['in fragments of 20 octets', small],
    ['every datagram twice', flight.flatMap((one) => [one, one])],
    ['fragments backwards within the trace', [...small].reverse()],
    ['retransmitted whole', [...flight, ...flight]],
    ['the first try lost in part, sent again', [...small.filter((_, n) => n % 3 > 0), ...small]],
    ['sent again in other fragments', [...small.filter((_, n) => n % 2 > 0), ...handshakeOf(ONE, { size: 33 })]],
    ['the certificate lost', flight.filter(({ octets }) => octets[13] !== 11)],
    ['both changes of keys lost', flight.filter(({ octets }) => octets[0] === 22 && octets[4] === 0)],
  ])('%s', async (_, sent) => {
    expect(await outcome([...sent, ...MEDIA], keyLogOf(ONE))).toEqual(all)
  })

  describe('DTLS 1.3 hides its keys (RFC 9147 §5)', () => {
    const hidden: Sent[] = [
      { sender: 'client', octets: record(22, fragments(1, 0, clientHello(TWO))[0]) },
      { sender: 'server', octets: record(22, fragments(2, 0, dtls13(serverHello(TWO)))[0]) },
    ]
    const REASON = 'the keys were agreed by DTLS 1.3, which is not read'
    const reasons = async (sent: readonly Sent[], keyLog: string) => {
      const { streams, anomalies } = await scan({ captures: [captureOf(sent)], ...keyLogFile(keyLog) })
      expect(anomalies.filter(({ reason }) => reason === 'dtls-1.3-not-read')).toMatchObject([{ count: 1 }])
      return streams.map(({ verified, failed, unverified, unverifiedReason }) => [
        ...[verified, failed, unverified],
        unverifiedReason,
      ])
    }

    test('media is unverified, with that reason', async () => {
      const expected = [0, 0, 10, REASON]
      expect(await reasons([...hidden, ...MEDIA], keyLogOf(TWO))).toEqual([expected, expected])
    })

    test('and keys of a handshake before it are over', async () => {
      const later = mediaUnder(mastersTwo, 11, 5)
      const expected = [10, 0, 5, REASON]
      expect(await reasons([...flight, ...MEDIA, ...hidden, ...later], keyLogOf(ONE))).toEqual([expected, expected])
    })
  })

  test('several records in a datagram', async () => {
    const server = flight.filter(({ sender }) => sender === 'server').map(({ octets }) => octets)
    const client = flight.filter(({ sender }) => sender === 'client').map(({ octets }) => octets)
    const sent: Sent[] = [
      { sender: 'client', octets: Buffer.concat(client.slice(0, 2)) },
      { sender: 'server', octets: Buffer.concat(server) },
      { sender: 'client', octets: Buffer.concat(client.slice(2)) },
    ]
    expect(await outcome([...sent, ...MEDIA], keyLogOf(ONE))).toEqual(all)
  })

  test('a ServerHello that is lost: nothing is said of the media', async () => {
    const sent = flight.filter(({ octets }) => octets[13] !== 2)
    expect(await outcome([...sent, ...MEDIA], keyLogOf(ONE))).toEqual([
      [0, 0, 10],
      [0, 0, 10],
    ])
  })

  test('no secret: unverified; of another run: unverified, and an anomaly', async () => {
    const { streams, anomalies } = await streamsOf(captureOf([...flight, ...MEDIA]), keyLogOf(TWO))
    expect(streams.map(({ verified, unverified }) => [verified, unverified])).toEqual([
      [0, 10],
      [0, 10],
    ])
    expect(anomalies.map(({ reason }) => reason)).toEqual(['key-log-matches-nothing'])
  })

  test('a profile that was not offered, and one that nobody knows: no keys', async () => {
    const none = [
      [0, 0, 10],
      [0, 0, 10],
    ]
    expect(await outcome([...handshakeOf(ONE, { profile: 1, offered: [7] }), ...MEDIA], keyLogOf(ONE))).toEqual(none)
    expect(await outcome([...handshakeOf(ONE, { profile: 0x99 }), ...MEDIA], keyLogOf(ONE))).toEqual(none)
  })

  test('an MKI of use_srtp stands in every packet (RFC 5764 §4.1.3)', async () => {
    const mki = Buffer.from('c0ffee', 'hex')
    const masters = { client: { ...mastersOne.client, mki }, server: { ...mastersOne.server, mki } }
    const sent = [...handshakeOf(ONE, { mki }), ...mediaUnder(masters, 1, 10)]
    expect(await outcome(sent, keyLogOf(ONE))).toEqual(all)
  })

  test('media under keys that nobody agreed on fails', async () => {
    const sent = [...flight, ...mediaUnder(mastersTwo, 1, 10)]
    expect(await outcome(sent, keyLogOf(ONE))).toEqual([
      [0, 10, 0],
      [0, 10, 0],
    ])
  })
})

describe('a handshake that follows another on the same flow', () => {
  const both = keyLogOf(ONE) + keyLogOf(TWO)
  const again = (first: Sent[], second: Sent[]) => [...handshakeOf(ONE), ...first, ...handshakeOf(TWO), ...second]

  test('its keys replace the ones before', async () => {
    expect(await outcome(again(MEDIA, mediaUnder(mastersTwo, 11, 10)), both)).toEqual([
      [20, 0, 0],
      [20, 0, 0],
    ])
  })

  test('a sender that never changes over fails from 2 s after it', async () => {
    // 20 ms a datagram: 150 packets of each side go on for 6 s.
    const [client, server] = await outcome(again(MEDIA, mediaUnder(mastersOne, 11, 150)), both)
    for (const [verified = 0, failed = 0] of [client, server]) {
      expect(verified + failed).toBe(160)
      expect(failed).toBeGreaterThan(95)
      expect(verified).toBeGreaterThan(50)
    }
  })

  test.each([
    ['the first', keyLogOf(ONE), 10],
    ['the second', keyLogOf(TWO), 20],
  ])('with the secret of %s only, the rest is not judged', async (_, keyLog, known) => {
    const sent = again(MEDIA, mediaUnder(mastersTwo, 11, 20))
    const expected = [known, 0, 30 - known]
    expect(await outcome(sent, keyLog)).toEqual([expected, expected])
  })

  test('is the same with any slabs, threads and pipes', async () => {
    const path = captureOf(again(mediaUnder(mastersOne, 1, 300), mediaUnder(mastersTwo, 301, 300)))
    const reference = await streamsOf(path, both)
    expect(reference.streams.map(({ verified }) => verified)).toEqual([600, 600])
    for (const options of [{ slabBytes: 64 << 10 }, { slabBytes: 64 << 10, workers: 3 }]) {
      expect(await streamsOf(path, both, options)).toEqual(reference)
    }
    const { createReadStream } = await import('node:fs')
    const piped = { captures: ['-'], stdin: createReadStream(path), slabBytes: 64 << 10 }
    expect(await streamsOf(path, both, piped)).toEqual(reference)
  })
})
