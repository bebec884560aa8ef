import { createCipheriv, createHash, createHmac } from 'node:crypto'
import { describe, expect, test } from 'vitest'
import { readCertificate } from '../../src/tls/certificate.ts'
import { type CipherSuite, cipherSuite } from '../../src/tls/cipher-suites.ts'
import { EarlyData } from '../../src/tls/early-data.ts'
import type { TlsSender } from '../../src/tls/handshake-facts.ts'
import { HandshakeReader } from '../../src/tls/handshake-reader.ts'
import { expandLabel } from '../../src/tls/key-derivation.ts'
import { type Tls13Protection, tls13Protection } from '../../src/tls/record-protection.ts'
import { ContentType, type TlsRecord, TlsRecordReader } from '../../src/tls/record-reader.ts'
import { frameAt, read, secretsOf } from './reading.ts'
import { PAYLOAD, type Trace, trace } from './rfc8448.ts'

const NONE = new Uint8Array(0)
const hex = (text: string) => Buffer.from(text.replace(/\s/g, ''), 'hex')

const SIMPLE = trace('3-simple')

const secretsIn = (keyLog: string): Record<string, string> =>
  Object.fromEntries([...keyLog.matchAll(/^([A-Z_0-9]+) \S+ (\S+)$/gm)].map(([, label, secret]) => [label, secret]))

const secretOf = ({ keyLog }: Trace, sender: TlsSender): Buffer =>
  Buffer.from(secretsIn(keyLog)[`${sender.toUpperCase()}_HANDSHAKE_TRAFFIC_SECRET`], 'hex')

function recordsOf({ crossings }: Trace, senders: readonly TlsSender[]): TlsRecord[] {
  const records: TlsRecord[] = []
  for (const { sender, bytes } of crossings) {
    if (senders.includes(sender)) new TlsRecordReader((record) => records.push(record)).push(bytes)
  }
  return records
}

/** The messages that a side sends under its handshake secret, with their headers. */
function sealedMessages(one: Trace, sender: TlsSender): Buffer[] {
  const protection = tls13Protection(cipherSuite(0x1301) as CipherSuite, secretOf(one, sender)) as Tls13Protection
  const messages: Buffer[] = []
  const reader = new HandshakeReader((_, __, whole) => messages.push(Buffer.from(whole)))
  for (const record of recordsOf(one, [sender])) {
    if (record.type !== ContentType.ApplicationData || messages.at(-1)?.[0] === 20) continue
    const opened = protection.open(record)
    if (opened !== undefined) reader.push(opened.content)
  }
  return messages
}

/** The hellos as the transcript has them: the first of three is there by its hash (RFC 8446 §4.4.1). */
function clearTranscript(one: Trace): Buffer[] {
  const hellos = recordsOf(one, ['client', 'server'])
    .filter(({ type }) => type === ContentType.Handshake)
    .map(({ fragment }) => Buffer.from(fragment))
  if (hellos.length === 2) return hellos
  const [first, ...rest] = hellos
  return [Buffer.concat([Buffer.from([254, 0, 0, 32]), createHash('sha256').update(first).digest()]), ...rest]
}

/** RFC 8446 §4.4.4. */
function finishedOf(one: Trace, sender: TlsSender, transcript: readonly Buffer[]): Buffer {
  const key = expandLabel('sha256', secretOf(one, sender), 'finished', NONE, 32)
  const hash = createHash('sha256').update(Buffer.concat(transcript)).digest()
  return Buffer.concat([Buffer.from([20, 0, 0, 32]), createHmac('sha256', key).update(hash).digest()])
}

const said = (sender: TlsSender) => [sender, PAYLOAD] as const
const closed = (sender: TlsSender) => ({ sender, level: 1, description: 0 })
const RETRIED = [{ retried: true, clientHello: { groups: [29, 23, 24] }, serverHello: { group: 23 } }]

describe('RFC 8448: traces of TLS 1.3, record by record', () => {
  test.each([
    ['§3, simple', '3-simple', [said('client'), said('server')], [{ resumed: false, serverHello: { group: 29 } }]],
    [
      '§4, resumed, with early data under its own secret',
      '4-resumed',
      [['client', `ABCDEF${PAYLOAD}`], said('server')],
      [{ resumed: true, certificates: {} }],
    ],
    ['§5, HelloRetryRequest', '5-hello-retry-request', [], RETRIED],
    ['§6, client authentication', '6-client-authentication', [], [{ resumed: false, retried: false }]],
    ['§7, compatibility mode', '7-compatibility-mode', [], [{ resumed: false, retried: false }]],
  ] as const)('%s', (_, name, heard, handshakes) => {
    const { crossings, keyLog } = trace(name)
    const { said, anomalies, lost, facts } = read(crossings, secretsOf(keyLog))
    expect(said).toEqual(heard)
    expect([...anomalies, ...lost]).toEqual([])
    expect(facts.handshakes).toMatchObject(handshakes)
    expect(facts.handshakes).toMatchObject([
      {
        opened: true,
        clientHello: { serverName: 'server', cipherSuites: [0x1301, 0x1303, 0x1302], supportedVersions: [0x0304] },
        serverHello: { version: 0x0304, cipherSuite: 0x1301 },
        finished: { client: {}, server: {} },
        alerts: [closed('client'), closed('server')],
      },
    ])
  })

  test('certificates of both sides, and that one was asked for (§6)', () => {
    const { crossings, keyLog } = trace('6-client-authentication')
    const [{ certificates, certificateRequest }] = read(crossings, secretsOf(keyLog)).facts.handshakes
    const names = [certificates.server, certificates.client].map(
      (one) => readCertificate(one?.chain[0] ?? NONE)?.facts.commonName,
    )
    expect(names).toEqual(['ecdsa256', 'client'])
    expect(certificateRequest?.frame).toBe(3)
  })

  test.each([
    ['3-simple', [8, 11, 15, 20], [20]],
    ['4-resumed', [8, 20], [20]],
    ['5-hello-retry-request', [8, 11, 15, 20], [20]],
    ['6-client-authentication', [8, 13, 11, 15, 20], [11, 15, 20]],
    ['7-compatibility-mode', [8, 11, 15, 20], [20]],
  ] as const)(
    '%s: the handshake messages under its handshake secrets, and their Finished',
    (name, servers, clients) => {
      const one = trace(name)
      const [server, client] = [sealedMessages(one, 'server'), sealedMessages(one, 'client')]
      expect(server.map(([type]) => type)).toEqual(servers)
      expect(client.map(([type]) => type)).toEqual(clients)
      const before = [...clearTranscript(one), ...server]
      expect(server.at(-1)).toEqual(finishedOf(one, 'server', before.slice(0, -1)))
      // EndOfEarlyData stands before it, under the secret of early data (RFC 8446 §4.4).
      const early = name === '4-resumed' ? [Buffer.from([5, 0, 0, 0])] : []
      expect(client.at(-1)).toEqual(finishedOf(one, 'client', [...before, ...early, ...client.slice(0, -1)]))
    },
  )

  test('early data without its secret is named, and skipped (RFC 8446 §4.2.10)', () => {
    const { crossings, keyLog } = trace('4-resumed')
    const { said: heard, anomalies } = read(crossings, secretsOf(keyLog.replace(/^CLIENT_EARLY.*$/m, '')))
    expect(heard).toEqual([said('client'), said('server')])
    expect(anomalies).toEqual(['tls-early-data-not-read'])
  })

  test('early data that the server does not take is said again: it does not count', () => {
    // It opens, and waits for a word of the server that does not come.
    const { crossings, keyLog } = trace('4-resumed')
    const refused = new EarlyData(Buffer.from(secretsIn(keyLog).CLIENT_EARLY_TRAFFIC_SECRET, 'hex'), [0x1301], {
      onEarly: () => expect.unreachable(),
      onUnread: () => expect.unreachable(),
      onBeyond: () => expect.unreachable(),
    })
    const push = (octets: Uint8Array) => new TlsRecordReader((one) => refused.push(one, frameAt(2))).push(octets)
    push(crossings[1].bytes)
    push(crossings[5].bytes)
  })

  test('a record that was changed does not open, and nothing after it is believed', () => {
    const changed = SIMPLE.crossings.map(({ sender, bytes }, n) => {
      const copy = Uint8Array.from(bytes)
      if (n === 5) copy[20] ^= 1
      return { sender, bytes: copy }
    })
    const { said: heard, anomalies, lost } = read(changed, secretsOf(SIMPLE.keyLog))
    expect(heard).toEqual([said('server')])
    expect(anomalies).toEqual(['tls-record-not-authentic'])
    expect(lost).toEqual(['client'])
  })

  test('behind Finished a record that does not open is no early data', () => {
    const { crossings, keyLog } = trace('4-resumed')
    const changed = crossings.map(({ sender, bytes }, n) => {
      const copy = Uint8Array.from(bytes)
      if (n === 6) copy[20] ^= 1
      return { sender, bytes: copy }
    })
    expect(read(changed, secretsOf(keyLog)).anomalies).toEqual(['tls-record-not-authentic'])
  })

  test('keys and vectors of the traffic secrets (RFC 8446 §7.3)', () => {
    const secret = hex('b67b7d690cc16c4e75e54213cb2d37b4e9c912bcded9105d42befd59d391ad38')
    expect(expandLabel('sha256', secret, 'key', NONE, 16).toString('hex')).toBe('3fce516009c21727d0f2e4e86ee403bc')
    expect(expandLabel('sha256', secret, 'iv', NONE, 12).toString('hex')).toBe('5d313eb2671276ee13000b30')
  })
})

describe('KeyUpdate of TLS 1.3 (RFC 8446 §4.6.3, §7.2)', () => {
  /** A record of the server after `update` under its next secret, sealed here by node:crypto alone. */
  function sealed(secret: Uint8Array, sequence: number, type: number, content: Uint8Array): Uint8Array {
    const inner = Buffer.concat([content, Buffer.from([type])])
    const header = Buffer.from([23, 3, 3, 0, inner.length + 16])
    const nonce = expandLabel('sha256', secret, 'iv', NONE, 12)
    nonce[11] ^= sequence
    const cipher = createCipheriv('aes-128-gcm', expandLabel('sha256', secret, 'key', NONE, 16), nonce)
    cipher.setAAD(header)
    return Buffer.concat([header, cipher.update(inner), cipher.final(), cipher.getAuthTag()])
  }

  test('each side changes its own keys', () => {
    const secret = hex('a11af9f05531f856ad47116b45a950328204b4f44bfb6b3a4b4f1f3fcb631643')
    const next = expandLabel('sha256', secret, 'traffic upd', NONE, 32)
    const update = sealed(secret, 2, 22, Buffer.from([24, 0, 0, 1, 0]))
    const after = sealed(next, 0, 23, Buffer.from('after'))
    const crossings = [
      ...SIMPLE.crossings.slice(0, 7),
      ...[update, after].map((bytes) => ({ sender: 'server' as const, bytes })),
    ]
    const { said, anomalies } = read(crossings, secretsOf(SIMPLE.keyLog))
    expect(anomalies).toEqual([])
    expect(said.at(-1)).toEqual(['server', `${PAYLOAD}after`])
  })
})
