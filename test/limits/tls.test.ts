import { createCipheriv } from 'node:crypto'
import { describe, expect, test } from 'vitest'
import { DEFAULT_MEMORY_MB, LIMITS, type LimitName } from '../../src/limits/limits.ts'
import { TLS_LIMITS } from '../../src/limits/tls-limits.ts'
import { TlsLog } from '../../src/scan/tls-log.ts'
import { EarlyData } from '../../src/tls/early-data.ts'
import { expandLabel } from '../../src/tls/key-derivation.ts'
import { KeyLog } from '../../src/tls/key-log.ts'
import { SessionSecrets } from '../../src/tls/session-secrets.ts'
import { TlsConnection } from '../../src/tls/tls-connection.ts'
import { writePcapng } from '../capture/capture-writer.ts'
import { clientHello, record as dtlsRecord, fragments, handshakeOf, identity, serverHello } from '../dtls/flight.ts'
import { ethernet, ipv4, udp } from '../net/frame-builder.ts'
import { frameAt } from '../tls/reading.ts'
import { differentCertificates, possibleIssuers, stapledResponses } from './certificate-floods.ts'
import { captureOf, reachedIn, scanned } from './limited-scan.ts'
import { inSegments, Sender } from './tcp-sender.ts'

type Reached = Partial<Record<LimitName, number>>

const MIB = 1 << 20
const repeated = <T>(times: number, of: (n: number) => T): T[] => Array.from({ length: times }, (_, n) => of(n))
const u16 = (value: number) => Buffer.from([value >> 8, value & 255])
const u24 = (value: number) => Buffer.from([value >> 16, (value >> 8) & 255, value & 255])

/** Content in TLS records in the clear. */
function records(type: number, content: Buffer): Buffer {
  const parts: Buffer[] = []
  for (let at = 0; at < content.length; at += 16_384) {
    const part = content.subarray(at, at + 16_384)
    parts.push(Buffer.from([type, 3, 3]), u16(part.length), part)
  }
  return Buffer.concat(parts)
}

const message = (type: number, body: Buffer) =>
  records(22, Buffer.concat([Buffer.from([type]), u24(body.length), body]))
const chain = (...certificates: Buffer[]) => {
  const list = Buffer.concat(certificates.flatMap((one) => [u24(one.length), one]))
  return Buffer.concat([u24(list.length), list])
}
const helloOf = (suites: Buffer) =>
  message(
    1,
    Buffer.concat([
      Buffer.from([3, 3]),
      Buffer.alloc(32, 7),
      Buffer.from([0]),
      u16(suites.length),
      suites,
      Buffer.from([1, 0]),
    ]),
  )
const HELLO = helloOf(u16(0xc02f))

const SERVER_HELLO = message(
  2,
  Buffer.concat([Buffer.from([3, 3]), Buffer.alloc(32, 8), Buffer.from([0]), u16(0xc02f), Buffer.from([0])]),
)

async function ofTls(connections: readonly (readonly Buffer[])[], maxMemoryMb = DEFAULT_MEMORY_MB): Promise<Reached> {
  const frames = connections.flatMap((said, n) => inSegments(new Sender(20_000 + n), Buffer.concat(said)).frames)
  return reachedIn(await scanned(captureOf(frames), { maxMemoryMb }))
}

/** Datagrams between the ports of a client and of a server. */
interface Datagram {
  readonly fromClient: boolean
  readonly octets: Buffer
  readonly port?: number
}

async function ofDtls(datagrams: readonly Datagram[], maxMemoryMb = DEFAULT_MEMORY_MB): Promise<Reached> {
  const frames = datagrams.map(({ fromClient, octets, port = 30_000 }) => {
    const [sourcePort, destinationPort] = fromClient ? [port, 40_000] : [40_000, port]
    const [source, destination] = fromClient ? ['192.0.2.1', '192.0.2.2'] : ['192.0.2.2', '192.0.2.1']
    return ethernet(ipv4(udp(octets, { sourcePort, destinationPort }), { source, destination }))
  })
  return reachedIn(await scanned(captureOf(frames), { maxMemoryMb }))
}

const fromClient = (octets: Buffer, port?: number): Datagram => ({
  fromClient: true,
  octets,
  ...(port !== undefined && { port }),
})
const CERTIFICATE = 11
/** One octet of a message of 60,000. */
const part = (sequence: number, at: number) => {
  const octets = Buffer.from(fragments(CERTIFICATE, sequence, Buffer.alloc(60_000))[0].subarray(0, 13))
  octets.writeUIntBE(at, 6, 3)
  octets.writeUIntBE(1, 9, 3)
  return dtlsRecord(22, octets)
}
const handshake = (name: string, port: number): Datagram[] =>
  handshakeOf(identity(name)).map(({ sender, octets }) => ({ fromClient: sender === 'client', octets, port }))

/** What a connection with a key log that grows says, counted by the limits that its anomalies tell of. */
function anomaliesOf(secrets: SessionSecrets, connections: number, sealed: number): Reached {
  const reached: Reached = {}
  for (let n = 0; n < connections; n++) {
    const connection = new TlsConnection(secrets, {
      onApplicationData: () => undefined,
      onLost: () => undefined,
      onAnomaly: (reason) => {
        const [name] = Object.entries(LIMITS).find(([, { anomaly }]) => anomaly.reason === reason) as [
          LimitName,
          unknown,
        ]
        reached[name] = (reached[name] ?? 0) + 1
      },
    })
    connection.push('client', HELLO, frameAt(1))
    connection.push('server', SERVER_HELLO, frameAt(1))
    connection.push('client', records(20, Buffer.from([1])), frameAt(2))
    for (let m = 0; m < sealed; m++) connection.push('client', records(23, Buffer.alloc(16_384)), frameAt(3))
  }
  return reached
}

const growing = (maxMemoryMb = DEFAULT_MEMORY_MB) =>
  new SessionSecrets({ keyLog: new KeyLog({ grows: true }), privateKeys: [] }, maxMemoryMb * MIB)

/** Early data as a client seals it under TLS 1.3 (RFC 8446 §5.2). */
function sealedEarlyData(secret: Buffer, count: number): Buffer[] {
  const [key, iv] = [
    expandLabel('sha256', secret, 'key', Buffer.alloc(0), 16),
    expandLabel('sha256', secret, 'iv', Buffer.alloc(0), 12),
  ]
  return repeated(count, (n) => {
    const nonce = Buffer.from(iv)
    nonce[11] ^= n
    const inner = Buffer.concat([Buffer.alloc(16_000, 0x20), Buffer.from([23])])
    const cipher = createCipheriv('aes-128-gcm', key, nonce)
    cipher.setAAD(Buffer.concat([Buffer.from([23, 3, 3]), u16(inner.length + 16)]))
    return Buffer.concat([cipher.update(inner), cipher.final(), cipher.getAuthTag()])
  })
}

async function ofKeyLog(text: string, maxMemoryMb: number): Promise<Reached> {
  const body = Buffer.alloc(8 + text.length)
  body.writeUInt32LE(0x544c534b, 0)
  body.writeUInt32LE(text.length, 4)
  body.write(text, 8, 'latin1')
  const capture = writePcapng([
    {
      blocks: [
        { kind: 'interface', description: { linkType: 1 } },
        { kind: 'other', type: 10, body },
      ],
    },
  ])
  return reachedIn(await scanned(capture, { maxMemoryMb }))
}

const secretLine = (n: number) => `CLIENT_RANDOM ${n.toString(16).padStart(64, '0')} ${'0'.repeat(96)}\n`

const ENDS = { client: { address: '192.0.2.1', port: 1 }, server: { address: '192.0.2.2', port: 5061 }, synSeen: true }

/** What reaches each limit, and how much it drops. */
const REACHING: Readonly<
  Record<keyof typeof TLS_LIMITS, () => readonly [dropped: number, Reached | Promise<Reached>]>
> = {
  tlsHandshakeOctets: () => [1, ofTls([[HELLO, records(22, Buffer.concat([Buffer.from([11]), u24(262_145)]))]])],
  helloListEntries: () => [2, ofTls([[helloOf(Buffer.alloc(1030, 0xc0)), helloOf(Buffer.alloc(60_000, 0xc0))]])],
  tlsTranscriptOctets: () => [1, ofTls([[HELLO, ...repeated(4, () => message(11, Buffer.alloc(200_000)))]])],
  tlsEarlyDataOctets: () => {
    const secret = Buffer.alloc(32, 5)
    let beyond = 0
    const listener = { onEarly: () => undefined, onUnread: () => undefined, onBeyond: () => void beyond++ }
    const early = new EarlyData(secret, [0x1301], listener)
    for (const fragment of sealedEarlyData(secret, 6)) early.push({ type: 23, version: 0x0303, fragment }, frameAt(1))
    return [2, { tlsEarlyDataOctets: beyond }]
  },
  tlsRecordsHeldOctets: () => [1, anomaliesOf(growing(), 1, 70)],
  tlsRecordsHeldOctetsInAll: () => [2, anomaliesOf(growing(1), 3, 3)],
  tlsSecrets: () => [44, ofKeyLog(repeated(300, secretLine).join(''), 1)],
  keyLogLineOctets: () => [2, ofKeyLog(`${'x'.repeat(300_000)}\n${secretLine(1)}${'y'.repeat(100_000)}\n`, 1)],
  tlsSessions: () => {
    const secrets = new SessionSecrets({ keyLog: new KeyLog(), privateKeys: [] })
    for (let n = 0; n < 10_003; n++) secrets.keep(Buffer.alloc(48), Buffer.from(`${n}`))
    return [3, reachedOnly(secrets.dropped)]
  },
  tlsConnectionsJudged: () => {
    const log = new TlsLog()
    for (let n = 0; n < 10_003; n++) log.open(ENDS, frameAt(n))
    return [3, reachedOnly(log.dropped)]
  },
  tlsConnectionsUnanswered: () => {
    const frames = repeated(1002, (n) => new Sender(10_000 + n).send(OPTIONS)).flatMap((sender) => sender.frames)
    return [2, scanned(captureOf(frames)).then(reachedIn)]
  },
  tlsHandshakesOfConnection: () => [2, ofTls([repeated(10, () => HELLO)])],
  tlsAlertsOfHandshake: () => [2, ofTls([[HELLO, ...repeated(10, () => records(21, Buffer.from([1, 0])))]])],
  tlsCertificatesOfChain: () => [1, ofTls([[HELLO, message(11, chain(...repeated(20, () => Buffer.alloc(3, 1))))]])],
  tlsCertificateOctets: () => [
    2,
    ofTls(
      repeated(3, (n) => [HELLO, message(11, chain(Buffer.alloc(20_000, n)))]),
      1,
    ),
  ],
  certificatesRead: () => [32, differentCertificates(258)],
  certificateSignatures: () => [89, possibleIssuers(91)],
  stapledResponses: () => [3, stapledResponses(4099)],
  dtlsMessageOctets: () => {
    const long = Buffer.from(fragments(CERTIFICATE, 0, Buffer.alloc(20))[0])
    long.writeUIntBE(65_537, 1, 3)
    return [1, ofDtls([fromClient(dtlsRecord(22, long))])]
  },
  dtlsMessagesUnfinished: () => [2, ofDtls(repeated(10, (n) => fromClient(part(n, 0))))],
  dtlsFragmentsOfMessage: () => [2, ofDtls(repeated(258, (n) => fromClient(part(0, 2 * n))))],
  dtlsMessagesEarly: () => [
    2,
    ofDtls(repeated(10, (n) => fromClient(dtlsRecord(22, fragments(CERTIFICATE, n, Buffer.alloc(20))[0])))),
  ],
  dtlsTranscriptOctets: () => {
    const who = identity('one')
    const said = (type: number, sequence: number, body: Buffer) => dtlsRecord(22, fragments(type, sequence, body)[0])
    const long = (sequence: number) => fromClient(said(CERTIFICATE, sequence, Buffer.alloc(40_000)))
    const hellos = [
      fromClient(said(1, 0, clientHello(who))),
      { fromClient: false, octets: said(2, 0, serverHello(who)) },
    ]
    return [1, ofDtls([...hellos, long(1), long(2), long(3)])]
  },
  dtlsFlows: () => [
    4,
    ofDtls(
      repeated(20, (n) => fromClient(part(0, 0), 30_000 + n)),
      1,
    ),
  ],
  dtlsOctetsUnfinished: () => {
    const early = dtlsRecord(22, fragments(CERTIFICATE, 1, Buffer.alloc(5000))[0])
    return [
      2,
      ofDtls(
        repeated(3, (n) => fromClient(early, 30_000 + n)),
        1,
      ),
    ]
  },
  dtlsAssociations: () => [3, ofDtls(repeated(67, (n) => handshake(`${n}`, 30_000 + n)).flat(), 1)],
  dtlsAssociationsOfFlow: () => [2, ofDtls(repeated(66, (n) => handshake(`${n}`, 30_000)).flat())],
}

const OPTIONS =
  'OPTIONS sip:a@192.0.2.2 SIP/2.0\r\nVia: SIP/2.0/TCP 192.0.2.1;branch=z9hG4bK1\r\nFrom: <sip:b@192.0.2.1>;tag=1\r\n' +
  'To: <sip:a@192.0.2.2>\r\nCall-ID: one\r\nCSeq: 1 OPTIONS\r\nMax-Forwards: 70\r\nContent-Length: 0\r\n\r\n'

function reachedOnly(dropped: Reached): Reached {
  return Object.fromEntries(Object.entries(dropped).filter(([, count]) => count > 0))
}

describe('limits of TLS and DTLS', () => {
  test.each(Object.keys(TLS_LIMITS) as (keyof typeof TLS_LIMITS)[])('%s', async (name) => {
    const [dropped, reached] = REACHING[name]()
    expect(await reached).toMatchObject({ [name]: dropped })
  })
})
