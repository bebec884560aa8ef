/** What a line is read for; a bit each. */
export const Role = {
  /** Passed over. */
  None: 0,
  Origin: 1,
  Connection: 2,
  Crypto: 4,
  /** a=fingerprint, a=key-mgmt, a=zrtp-hash. */
  Keying: 8,
  /** What sdp-transform reads. */
  Attribute: 16,
  /** a=tcap, a=acap, a=pcfg (RFC 5939). */
  Capability: 32,
  /** k=. */
  Key: 64,
} as const

/** A line `type=value`, white space at its ends removed. */
export interface SdpLine {
  readonly type: string
  readonly value: string
  /** Of an a= line: `rtpmap:0 PCMU/8000` has the name `rtpmap`, in lower case, and the attribute `0 PCMU/8000`. */
  readonly name: string
  /** '' for a flag. */
  readonly attribute: string
  readonly role: number
  /** The same number, never 0, only where the octets are the same; 0 where they were not compared. */
  readonly id: number
}

/** Lines other than a= that are read. */
const TYPES: ReadonlyMap<string, number> = new Map([
  ['o', Role.Origin],
  ['c', Role.Connection],
  ['k', Role.Key],
])

const ATTRIBUTES: ReadonlyMap<string, number> = new Map([
  ['crypto', Role.Crypto],
  ...['fingerprint', 'key-mgmt', 'zrtp-hash'].map((name) => [name, Role.Keying] as const),
  ...['tcap', 'acap', 'pcfg'].map((name) => [name, Role.Capability] as const),
  ...[
    ...['rtpmap', 'fmtp', 'rtcp', 'rtcp-mux', 'bundle-only', 'group', 'ssrc', 'candidate'],
    ...['sendrecv', 'sendonly', 'recvonly', 'inactive'],
  ].map((name) => [name, Role.Attribute] as const),
])

/** RFC 6904 §4: of a=extmap only what is to be encrypted is asked for. */
const ENCRYPTED = 'urn:ietf:params:rtp-hdrext:encrypt '

function roleOf(name: string, attribute: string): number {
  if (name === 'extmap') return attribute.includes(ENCRYPTED) ? Role.Attribute : Role.None
  return ATTRIBUTES.get(name) ?? Role.None
}

/** Reads the line from `start` to `end`, whose type and equals sign were seen. */
export function readLine(octets: Buffer, start: number, end: number): SdpLine {
  const type = String.fromCharCode(octets[start])
  const value = octets.toString('utf8', start + 2, end).trim()
  if (type !== 'a') return { type, value, name: '', attribute: '', role: TYPES.get(type) ?? Role.None, id: 0 }
  const colon = value.indexOf(':')
  const name = (colon < 0 ? value : value.slice(0, colon).trimEnd()).toLowerCase()
  const attribute = colon < 0 ? '' : value.slice(colon + 1).trimStart()
  return { type, value, name, attribute, role: roleOf(name, attribute), id: 0 }
}

/** How lines begin whose values differ from call to call. */
export const CRYPTO = Buffer.from('a=crypto:')
const LETTER_A = 0x61
const LETTER_M = 0x6d
const LETTER_O = 0x6f

/** A line that is hardly said twice: its octets, which are not copied, and texts where they are asked for. */
export class OnceLine implements SdpLine {
  readonly octets: Buffer
  readonly start: number
  readonly end: number
  readonly role: number
  readonly id = 0

  /** @param role as `onceRole` gives it */
  constructor(octets: Buffer, start: number, end: number, role: number) {
    this.octets = octets
    this.start = start
    this.end = end
    this.role = role
  }

  get type(): string {
    return this.#read().type
  }

  get value(): string {
    return this.#read().value
  }

  get name(): string {
    return this.#read().name
  }

  get attribute(): string {
    return this.#read().attribute
  }

  #read(): SdpLine {
    return readLine(this.octets, this.start, this.end)
  }
}

/** The role of the o=, m= or a=crypto line that begins at `start`; undefined where it is another. */
export function onceRole(octets: Buffer, start: number): number | undefined {
  const type = octets[start]
  if (type === LETTER_O) return Role.Origin
  if (type === LETTER_M) return Role.None
  return type === LETTER_A && beginsCrypto(octets, start) ? Role.Crypto : undefined
}

function beginsCrypto(octets: Buffer, start: number): boolean {
  for (let n = 2; n < CRYPTO.length; n++) if (octets[start + n] !== CRYPTO[n]) return false
  return true
}

const SLOTS = 2048
/** Longer lines are hardly said twice. */
const LONGEST = 80

interface Slot {
  readonly octets: Uint8Array
  readonly line: SdpLine
}

/** The lines that were read last, by their octets. Lines that may hold a key are never kept. */
export class LineCache {
  readonly #slots: (Slot | undefined)[] = new Array(SLOTS).fill(undefined)
  #lines = 0

  /** @param hash of the octets from `start` to `end`, by `hashOctet` */
  get(octets: Buffer, start: number, end: number, hash: number): SdpLine {
    if (end - start > LONGEST) return readLine(octets, start, end)
    const place = (hash ^ (hash >>> 15)) & (SLOTS - 1)
    const slot = this.#slots[place]
    if (slot !== undefined && isSame(slot.octets, octets, start, end)) return slot.line
    const line = readLine(octets, start, end)
    if (!isKept(line)) return line
    this.#lines++
    const kept = { ...line, id: this.#lines }
    this.#slots[place] = { octets: new Uint8Array(octets.subarray(start, end)), line: kept }
    return kept
  }
}

/** FNV-1a, begun with `HASH_START`. */
export function hashOctet(hash: number, octet: number): number {
  return Math.imul(hash ^ octet, 0x01000193)
}

export const HASH_START = 0x811c9dc5

/** Addresses and attributes without keys are said again; o=, m= and what names a call or a candidate are not. */
function isKept({ type, name }: SdpLine): boolean {
  return type === 'a' ? !SAID_ONCE.has(name) : type !== 'o' && type !== 'm' && type !== 'k'
}

const SAID_ONCE = new Set([
  'crypto',
  'acap',
  'key-mgmt',
  'candidate',
  'ssrc',
  'fingerprint',
  'ice-ufrag',
  'ice-pwd',
  'rtcp',
])

function isSame(kept: Uint8Array, octets: Uint8Array, start: number, end: number): boolean {
  if (kept.length !== end - start) return false
  for (let n = 0; n < kept.length; n++) if (kept[n] !== octets[start + n]) return false
  return true
}
