import { X509Certificate } from 'node:crypto'
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { readCertificate } from '../../src/tls/certificate.ts'
import { DtlsAssociations } from '../../src/tls/dtls-associations.ts'
import { KeyLog } from '../../src/tls/key-log.ts'
import { ocspStatus, ocspUnproven } from '../../src/tls/ocsp.ts'
import { listUnproven, readRevocationList } from '../../src/tls/revocation.ts'
import { INTERMEDIATE, LEAF, OCSP_RESPONSE, REVOCATION_LIST, ROOT } from '../../test/tls/authority-credentials.ts'
import { ECDSA, RSA } from '../../test/tls/credentials.ts'
import { read, secretsOf } from '../../test/tls/reading.ts'
import { type Crossing, type Recorded, record } from '../../test/tls/recorded-connection.ts'
import { trace } from '../../test/tls/rfc8448.ts'
import { readScript, writeScript } from '../script.ts'
import { seedDatagrams } from '../seed-captures.ts'
import { type FuzzTarget, promise, promiseSame } from '../target.ts'

const TRACES = [
  '3-simple',
  '4-resumed',
  '5-hello-retry-request',
  '6-client-authentication',
  '7-compatibility-mode',
] as const
/** Of the connections that this process makes as seeds; an input that is taken elsewhere is read without it. */
let keyLog = TRACES.map((name) => trace(name).keyLog).join('\n')

function scriptOf(crossings: readonly Crossing[]): Uint8Array {
  return writeScript(crossings.map(({ sender, bytes }) => ({ label: sender === 'client' ? 0 : 1, bytes })))
}

/** A TLS connection: segments, the label's lowest bit says whose. */
export const tls: FuzzTarget = {
  name: 'tls',
  seeds: async () => {
    const recorded: Recorded[] = []
    for (const version of ['TLSv1.2', 'TLSv1.3'] as const) {
      recorded.push(await record({ client: { minVersion: version, maxVersion: version } }))
    }
    keyLog = [keyLog, ...recorded.map((one) => one.keyLog)].join('\n')
    return [...TRACES.map((name) => trace(name).crossings), ...recorded.map(({ crossings }) => crossings)].map(scriptOf)
  },
  run(input) {
    const crossings = [...readScript(input)].map(
      ({ label, bytes }): Crossing => ({ sender: label & 1 ? 'server' : 'client', bytes }),
    )
    const whole = read(crossings, secretsOf(keyLog))
    const cut = crossings.flatMap(({ sender, bytes }) =>
      halves(bytes).map((half): Crossing => ({ sender, bytes: half })),
    )
    promiseSame(read(cut, secretsOf(keyLog)).said, whole.said, 'how a stream is cut makes no difference')
  },
}

function halves(bytes: Uint8Array): Uint8Array[] {
  const middle = bytes.length >> 1
  return middle === 0 ? [bytes] : [bytes.slice(0, middle), bytes.slice(middle)]
}

/** Datagrams of DTLS, the label's lowest bit says whose. */
export const dtls: FuzzTarget = {
  name: 'dtls',
  seeds: () => {
    const datagrams = seedDatagrams()
      .filter(({ transport, payload }) => transport === 'udp' && payload[0] >= 20 && payload[0] <= 25)
      .map(({ payload, ports: [source, destination] }) => ({ label: source < destination ? 0 : 1, bytes: payload }))
    return Array.from({ length: Math.ceil(datagrams.length / 6) }, (_, n) =>
      writeScript(datagrams.slice(n * 6, n * 6 + 12)),
    )
  },
  run(input) {
    const associations = new DtlsAssociations(secretsOf(keyLog), { keyed() {}, anomaly() {}, limit() {} })
    const ends = [
      { address: '192.0.2.1', port: 4000 },
      { address: '192.0.2.2', port: 4002 },
    ]
    let frame = 0
    for (const { label, bytes } of readScript(input)) {
      const at = { position: frame, capture: 0, frame: ++frame, timeUs: frame * 1000 }
      associations.take(ends[label & 1], ends[1 - (label & 1)], bytes, at)
    }
    promise(associations.all.length <= frame, 'no more associations than datagrams')
  },
}

const der = (pem: string) => new Uint8Array(new X509Certificate(pem).raw)

const derOf = (pem: string) => new Uint8Array(Buffer.from(pem.replaceAll(/-----[^-]+-----|\s/g, ''), 'base64'))
const ISSUER = readCertificate(der(INTERMEDIATE))

/** Certificates, lists of revoked ones and OCSP responses: the same octets as each of them. */
export const x509: FuzzTarget = {
  name: 'x509',
  seeds: () => [
    ...[ROOT, INTERMEDIATE, LEAF, RSA.cert, ECDSA.cert].map(der),
    derOf(REVOCATION_LIST),
    new Uint8Array(OCSP_RESPONSE),
  ],
  run(input) {
    const certificate = readCertificate(input)
    if (certificate !== undefined) JSON.stringify(certificate.facts)
    const list = readRevocationList(input, 'x.crl')
    if (list !== undefined) listUnproven(list, ISSUER?.x509.publicKey)
    ocspStatus(input, '0308a2')
    ocspUnproven(input, '0308a2', ISSUER, 0)
  },
}

/** A key log is the user's own file, but it may be cut, doubled, or another file by mistake. */
export const keylog: FuzzTarget = {
  name: 'keylog',
  seeds: () => {
    const folder = join(import.meta.dirname, '../../test/tls/rfc8448')
    return readdirSync(folder).map((name) => new Uint8Array(readFileSync(join(folder, name)).subarray(0, 1500)))
  },
  words: ['CLIENT_RANDOM ', 'CLIENT_TRAFFIC_SECRET_0 ', 'EXPORTER_SECRET ', '#', '\n', '\r\n', ' '],
  run(input) {
    const text = Buffer.from(input).toString('latin1')
    const log = new KeyLog()
    log.add(text)
    log.add(text)
  },
}
