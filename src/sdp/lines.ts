import { LIMITS } from '../limits/limits.ts'
import { beyond } from './beyond.ts'
import { KnownAttributes } from './known-attributes.ts'
import { HASH_START, hashOctet, LineCache, OnceLine, onceRole, Role, type SdpLine } from './line-cache.ts'

/** The lines before the first m=, or from one m= to the next. */
export class Section {
  readonly lines: SdpLine[] = []
  /** Roles that any of its lines has. */
  roles: number = Role.None
  /** Tells sections apart by their attributes; undefined where a line of them was not compared by its octets. */
  attributes: KnownAttributes | undefined = KnownAttributes.none()

  add(line: SdpLine): void {
    this.lines.push(line)
    this.roles |= line.role
    if (line.role === Role.Attribute) this.attributes = this.attributes?.and(line)
  }
}

/** A description that exceeds one is read as far as the ceiling goes, and the excess is stated. */
const MAX_BYTES = LIMITS.sdpOctets.most
const MAX_LINES = LIMITS.sdpLines.most
const MAX_LINE = LIMITS.sdpLine.most
const MAX_MEDIA = LIMITS.sdpMedia.most

const LINE_FEED = 0x0a
const RETURN = 0x0d
const EQUALS = 0x3d
const MEDIA = 0x6d

/** Most lines of a trace are those of a few devices, said over and over. */
const CACHE = new LineCache()

/** A description in sections. `isCut`: lines of the last one, and sections behind it, may be missing. */
export interface Sections {
  readonly sections: Section[]
  readonly anomalies: Set<string>
  readonly isCut: boolean
}

/**
 * Cuts a description into the session section and the media sections (RFC 8866 §5). Lines end with CRLF, LF or CR.
 * With `cut`, a last line without its end is dropped: half a key reads like a wrong one. Each line is decoded by itself,
 * so that a kept value does not keep the whole body, and the keys in it, alive.
 */
export function splitSections(bytes: Uint8Array, cut: boolean): Sections {
  const anomalies = new Set<string>()
  const tooLong = bytes.length > MAX_BYTES
  if (tooLong) anomalies.add(beyond('sdpOctets'))
  const end = Math.min(bytes.length, MAX_BYTES)
  const octets = Buffer.isBuffer(bytes) ? bytes : Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length)
  let isCut = cut || tooLong
  let lines = 0
  let section = new Section()
  const sections = [section]
  for (let start = 0; start < end; ) {
    let hash = HASH_START
    let lineEnd = start
    const once = onceRole(octets, start)
    if (once !== undefined) lineEnd = afterLine(octets, start, end)
    else {
      for (; lineEnd < end && octets[lineEnd] !== LINE_FEED && octets[lineEnd] !== RETURN; lineEnd++) {
        hash = hashOctet(hash, octets[lineEnd])
      }
    }
    if (lineEnd === end && (cut || tooLong)) break
    const first = start
    start = lineEnd + 1
    if (lineEnd === first) continue
    if (lines++ === MAX_LINES) {
      anomalies.add(beyond('sdpLines'))
      isCut = true
      break
    }
    if (isTooLong(octets, first, lineEnd)) {
      anomalies.add(beyond('sdpLine'))
    } else if (!isLine(octets, first, lineEnd)) {
      anomalies.add('line-unreadable')
    } else {
      if (octets[first] === MEDIA) {
        if (sections.length > MAX_MEDIA) {
          anomalies.add(beyond('sdpMedia'))
          break
        }
        section = new Section()
        sections.push(section)
      }
      section.add(
        once === undefined ? CACHE.get(octets, first, lineEnd, hash) : new OnceLine(octets, first, lineEnd, once),
      )
    }
  }
  return { sections, anomalies, isCut }
}

function afterLine(octets: Buffer, start: number, end: number): number {
  let at = start
  while (at < end && octets[at] !== LINE_FEED && octets[at] !== RETURN) at++
  return at
}

/** Octets are no fewer than characters. */
function isTooLong(octets: Buffer, start: number, end: number): boolean {
  return end - start > MAX_LINE && octets.toString('utf8', start, end).length > MAX_LINE
}

function isLine(octets: Buffer, start: number, end: number): boolean {
  const type = octets[start]
  return type >= 0x61 && type <= 0x7a && octets[start + 1] === EQUALS && start + 1 < end
}
