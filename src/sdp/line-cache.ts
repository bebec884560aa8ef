/** A line `type=value`, white space at its ends removed. */
export interface SdpLine {
  readonly type: string
  readonly value: string
  /** Of an a= line: `rtpmap:0 PCMU/8000` has the name `rtpmap`, in lower case, and the attribute `0 PCMU/8000`. */
  readonly name: string
  /** '' for a flag. */
  readonly attribute: string
  /** The same number, never 0, only where the octets are the same; 0 where they were not compared. */
  readonly id: number
}

/** Reads the line from `start` to `end`, whose type and equals sign were seen. */
export function readLine(octets: Buffer, start: number, end: number, id = 0): SdpLine {
  const type = String.fromCharCode(octets[start])
  const value = octets.toString('utf8', start + 2, end).trim()
  if (type !== 'a') return { type, value, name: '', attribute: '', id }
  const colon = value.indexOf(':')
  if (colon < 0) return { type, value, name: value.toLowerCase(), attribute: '', id }
  const name = value.slice(0, colon).trimEnd().toLowerCase()
  return { type, value, name, attribute: value.slice(colon + 1).trimStart(), id }
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

  get(octets: Buffer, start: number, end: number): SdpLine | undefined {
    if (end - start > LONGEST) return undefined
    const place = hashOf(octets, start, end) & (SLOTS - 1)
    const slot = this.#slots[place]
    if (slot !== undefined && isSame(slot.octets, octets, start, end)) return slot.line
    const line = readLine(octets, start, end, this.#lines + 1)
    if (!isKept(line)) return undefined
    this.#lines++
    this.#slots[place] = { octets: new Uint8Array(octets.subarray(start, end)), line }
    return line
  }
}

/** Addresses and attributes without keys are said again; o=, m= and what names a call or a candidate are not. */
function isKept({ type, name }: SdpLine): boolean {
  return type === 'a' ? !SAID_ONCE.has(name) : type !== 'o' && type !== 'm' && type !== 'k'
}

const SAID_ONCE = new Set(['crypto', 'key-mgmt', 'candidate', 'ssrc', 'fingerprint', 'ice-ufrag', 'ice-pwd', 'rtcp'])

/** FNV-1a. */
function hashOf(octets: Uint8Array, start: number, end: number): number {
  let hash = 0x811c9dc5
  for (let at = start; at < end; at++) hash = Math.imul(hash ^ octets[at], 0x01000193)
  return hash ^ (hash >>> 15)
}

function isSame(kept: Uint8Array, octets: Uint8Array, start: number, end: number): boolean {
  if (kept.length !== end - start) return false
  for (let n = 0; n < kept.length; n++) if (kept[n] !== octets[start + n]) return false
  return true
}
