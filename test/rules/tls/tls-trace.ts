import type { AnalysedChain, AnalysedHandshake, AnalysedTls } from '../../../src/model/tls-facts.ts'
import type { Certificate } from '../../../src/tls/certificate.ts'
import type { ClientHelloFacts, ServerHelloFacts, TlsSender } from '../../../src/tls/handshake-facts.ts'
import { frameAt } from '../media-trace.ts'

export const CLIENT = { address: '203.0.113.10', port: 40000 }
export const SERVER = { address: '198.51.100.20', port: 5061 }

const DAY_US = 86_400e6
/** When frames are, at second 0. */
const NOW_US = frameAt(1).timeUs

export const TLS_1_2 = 0x0303
export const TLS_1_3 = 0x0304
/** TLS_ECDHE_RSA_WITH_AES_256_GCM_SHA384, secp384r1. */
const USUAL_SUITE = 0xc030
const USUAL_GROUP = 24

/** A leaf of trunk.example.com, valid from 30 days before the capture to 200 days after it. */
export function certificateOf(changes: Partial<Certificate> & { from?: number; to?: number } = {}): Certificate {
  const { from = -30, to = 200, ...rest } = changes
  return {
    fingerprint: 'aa'.repeat(32),
    subject: 'CN=trunk.example.com',
    issuer: 'CN=Example Issuing CA, O=Example',
    commonName: 'trunk.example.com',
    issuerCommonName: 'Example Issuing CA',
    issuerOrganisation: 'Example',
    dnsNames: ['trunk.example.com'],
    uris: [],
    addresses: [],
    notBeforeUs: NOW_US + from * DAY_US,
    notAfterUs: NOW_US + to * DAY_US,
    serial: '1A',
    keyType: 'rsa',
    keyBits: 2048,
    isAuthority: false,
    selfSigned: false,
    logged: false,
    ...rest,
  }
}

export const SELF_SIGNED = certificateOf({ issuer: 'CN=trunk.example.com', selfSigned: true })
const ROOT = certificateOf({
  fingerprint: 'cc'.repeat(32),
  subject: 'CN=Example Issuing CA, O=Example',
  commonName: 'Example Issuing CA',
  organisation: 'Example',
  dnsNames: [],
  isAuthority: true,
  selfSigned: true,
  to: 3000,
})

/** A chain that ends in a root that was sent and nobody knows. */
export function chainOf(leaf: Certificate, changes: Partial<AnalysedChain> = {}): AnalysedChain {
  const path = leaf.selfSigned ? [leaf] : [leaf, ROOT]
  return {
    at: frameAt(3),
    certificates: path,
    path,
    root: path[path.length - 1],
    trustedBy: [],
    inOrder: true,
    revoked: [],
    ...changes,
  }
}

export function clientHello(changes: Partial<ClientHelloFacts> = {}): ClientHelloFacts {
  return {
    at: frameAt(1),
    version: TLS_1_2,
    supportedVersions: [],
    cipherSuites: [USUAL_SUITE],
    groups: [USUAL_GROUP],
    signatureAlgorithms: [0x0401],
    applicationProtocols: [],
    ...changes,
  }
}

export function serverHello(changes: Partial<ServerHelloFacts> = {}): ServerHelloFacts {
  return { at: frameAt(2), version: TLS_1_2, cipherSuite: USUAL_SUITE, ...changes }
}

/** A TLS 1.2 handshake with ECDHE that went well and showed a chain, seen without secrets. */
export function handshakeOf(changes: Partial<AnalysedHandshake> = {}): AnalysedHandshake {
  return {
    at: frameAt(1),
    clientHello: clientHello(),
    serverHello: serverHello(),
    keyExchange: { group: USUAL_GROUP },
    retried: false,
    resumed: false,
    certificates: { server: chainOf(certificateOf()) },
    alerts: [],
    finished: { client: frameAt(4), server: frameAt(5) },
    opened: false,
    ...changes,
  }
}

/** One that ended before the server said anything. */
export function unfinished(changes: Partial<AnalysedHandshake> = {}): AnalysedHandshake {
  const { serverHello: _, keyExchange: __, ...rest } = handshakeOf({ certificates: {}, finished: {} })
  return { ...rest, ...changes }
}

/** A connection from CLIENT to SERVER. */
export function tlsOf(handshake: AnalysedHandshake = handshakeOf(), changes: Partial<AnalysedTls> = {}): AnalysedTls {
  const spoke: TlsSender[] = handshake.finished.server === undefined ? [] : ['client', 'server']
  const { client = CLIENT, server = SERVER } = changes
  return {
    connection: `${client.address}:${client.port} > ${server.address}:${server.port}`,
    client,
    server,
    at: frameAt(1),
    lastAt: frameAt(6),
    fromStart: true,
    lost: false,
    handshakes: [handshake],
    spoke,
    targets: [],
    clear: {},
    ...changes,
  }
}

/** Handshakes that the shared facts say nothing against. */
export function withLeaf(
  changes: Parameters<typeof certificateOf>[0],
  chain: Partial<AnalysedChain> = {},
): AnalysedTls {
  return tlsOf(handshakeOf({ certificates: { server: chainOf(certificateOf(changes), chain) } }))
}
