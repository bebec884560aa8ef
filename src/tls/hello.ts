import { LIMITS } from '../limits/limits.ts'
import { isGrease } from './cipher-suites.ts'
import { OctetCursor, uint16List } from './octet-cursor.ts'

/** ClientHello of TLS or DTLS, as far as it could be read (RFC 8446 §4.1.2, RFC 5246 §7.4.1.2, RFC 6347 §4.2.1). */
export interface ClientHello {
  readonly type: 'client-hello'
  /** legacy_version; what is meant is in `supportedVersions` where that is there. */
  readonly version: number
  readonly random: Uint8Array
  readonly sessionId: Uint8Array
  readonly cipherSuites: readonly number[]
  /** Of a list there was more than is read. */
  readonly listsTooLong: boolean
  readonly compressionMethods: readonly number[]
  readonly serverName?: string
  readonly supportedVersions: readonly number[]
  readonly groups: readonly number[]
  readonly signatureAlgorithms: readonly number[]
  readonly applicationProtocols: readonly string[]
  /** SRTP protection profiles offered (RFC 5764 §4.1.1). */
  readonly srtpProfiles: readonly number[]
  readonly extensions: ReadonlyMap<number, Uint8Array>
}

export interface ServerHello {
  readonly type: 'server-hello'
  /** The version negotiated: supported_versions where it is there, else legacy_version. */
  readonly version: number
  readonly random: Uint8Array
  readonly sessionId: Uint8Array
  readonly cipherSuite: number
  readonly compressionMethod: number
  /** The random says HelloRetryRequest (RFC 8446 §4.1.3): the client will say hello again. */
  readonly retry: boolean
  readonly group?: number
  readonly srtpProfile?: number
  readonly encryptThenMac: boolean
  readonly extendedMasterSecret: boolean
  /** Its random says that the server could do better than the version that it chose (RFC 8446 §4.1.3). */
  readonly downgraded: boolean
  readonly extensions: ReadonlyMap<number, Uint8Array>
}

/** Extension types (IANA, TLS ExtensionType Values). */
export const Extension = {
  ServerName: 0,
  SupportedGroups: 10,
  SignatureAlgorithms: 13,
  UseSrtp: 14,
  ApplicationProtocols: 16,
  EncryptThenMac: 22,
  ExtendedMasterSecret: 23,
  SessionTicket: 35,
  PreSharedKey: 41,
  EarlyData: 42,
  SupportedVersions: 43,
  KeyShare: 51,
  RenegotiationInfo: 0xff01,
} as const

/** SHA-256 of `HelloRetryRequest` (RFC 8446 §4.1.3). */
const RETRY_RANDOM = Buffer.from('cf21ad74e59a6111be1d8c021e65b891c2a211167abb8c5e079e09e2c8a8339c', 'hex')
/** `DOWNGRD`, and 1 for TLS 1.2, 0 below (RFC 8446 §4.1.3). */
const DOWNGRADE_SENTINELS = ['444f574e47524401', '444f574e47524400'].map((octets) => Buffer.from(octets, 'hex'))
const MOST_ENTRIES = LIMITS.helloListEntries.most
/** Extensions of a ClientHello that are lists of two-octet values. */
const LISTS: readonly number[] = [
  Extension.SupportedVersions,
  Extension.SupportedGroups,
  Extension.SignatureAlgorithms,
  Extension.UseSrtp,
]
const KNOWN_EXTENSIONS: ReadonlySet<number> = new Set(Object.values(Extension))

/** @param datagram DTLS: a cookie follows the session id */
export function readClientHello(body: Uint8Array, datagram = false): ClientHello | undefined {
  const cursor = new OctetCursor(body)
  const version = cursor.uint(2)
  const random = cursor.take(32)
  const sessionId = cursor.vector(1)
  if (datagram) cursor.vector(1)
  const suites = cursor.vector(2)
  const compressionMethods = [...cursor.vector(1)]
  if (cursor.failed) return undefined
  const extensions = readExtensions(cursor)
  const serverName = readServerName(extensions.get(Extension.ServerName))
  return {
    type: 'client-hello',
    version,
    random,
    sessionId,
    cipherSuites: readList(suites),
    compressionMethods,
    listsTooLong: isTooLong(suites) || LISTS.some((type) => isTooLong(extensions.get(type))),
    ...(serverName !== undefined && { serverName }),
    supportedVersions: listIn(extensions.get(Extension.SupportedVersions), 1),
    groups: listIn(extensions.get(Extension.SupportedGroups), 2),
    signatureAlgorithms: listIn(extensions.get(Extension.SignatureAlgorithms), 2),
    applicationProtocols: readProtocols(extensions.get(Extension.ApplicationProtocols)),
    srtpProfiles: listIn(extensions.get(Extension.UseSrtp), 2),
    extensions,
  }
}

export function readServerHello(body: Uint8Array): ServerHello | undefined {
  const cursor = new OctetCursor(body)
  const legacyVersion = cursor.uint(2)
  const random = cursor.take(32)
  const sessionId = cursor.vector(1)
  const cipherSuite = cursor.uint(2)
  const compressionMethod = cursor.uint(1)
  if (cursor.failed) return undefined
  const extensions = readExtensions(cursor)
  const chosen = extensions.get(Extension.SupportedVersions)
  const share = extensions.get(Extension.KeyShare)
  const [srtpProfile] = listIn(extensions.get(Extension.UseSrtp), 2)
  return {
    type: 'server-hello',
    version: chosen?.length === 2 ? chosen[0] * 256 + chosen[1] : legacyVersion,
    random,
    sessionId,
    cipherSuite,
    compressionMethod,
    retry: RETRY_RANDOM.equals(random),
    ...(share !== undefined && share.length >= 2 && { group: share[0] * 256 + share[1] }),
    ...(srtpProfile !== undefined && { srtpProfile }),
    encryptThenMac: extensions.has(Extension.EncryptThenMac),
    extendedMasterSecret: extensions.has(Extension.ExtendedMasterSecret),
    downgraded: DOWNGRADE_SENTINELS.some((sentinel) => sentinel.equals(random.subarray(-sentinel.length))),
    extensions,
  }
}

/** The extensions that are read here, by their type, the first of each. */
export function readExtensions(cursor: OctetCursor): Map<number, Uint8Array> {
  const extensions = new Map<number, Uint8Array>()
  if (cursor.left < 2) return extensions
  const list = new OctetCursor(cursor.vector(2))
  while (list.left >= 4) {
    const type = list.uint(2)
    const data = list.vector(2)
    if (list.failed) break
    if (KNOWN_EXTENSIONS.has(type) && !extensions.has(type)) extensions.set(type, data)
  }
  return extensions
}

/** Two-octet values in a vector whose length takes `width` octets. */
function listIn(data: Uint8Array | undefined, width: 1 | 2): number[] {
  return data === undefined ? [] : readList(new OctetCursor(data).vector(width))
}

function readList(octets: Uint8Array): number[] {
  return uint16List(octets.subarray(0, 2 * MOST_ENTRIES)).filter((value) => !isGrease(value))
}

/** @param list with its length in front, or without */
function isTooLong(list: Uint8Array | undefined): boolean {
  return list !== undefined && list.length > 2 * MOST_ENTRIES + 2
}

/** RFC 6066 §3: the name of type host_name. */
function readServerName(data: Uint8Array | undefined): string | undefined {
  if (data === undefined) return undefined
  const list = new OctetCursor(new OctetCursor(data).vector(2))
  while (list.left > 3) {
    const type = list.uint(1)
    const name = list.vector(2)
    if (type === 0 && name.length > 0 && name.length <= 255) return Buffer.from(name).toString('latin1')
  }
  return undefined
}

/** RFC 7301 §3.1. */
function readProtocols(data: Uint8Array | undefined): string[] {
  if (data === undefined) return []
  const list = new OctetCursor(new OctetCursor(data).vector(2))
  const names: string[] = []
  while (list.left > 0 && names.length < 32) names.push(Buffer.from(list.vector(1)).toString('latin1'))
  return names
}
