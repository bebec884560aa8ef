import type { SdpAnomaly } from './description.ts'
import { LineCache, readLine, type SdpLine } from './line-cache.ts'

/** The lines before the first m=, or from one m= to the next. */
export type Section = readonly SdpLine[]

/** Ceilings: a description that exceeds one is read as far as the ceiling goes, and the excess is stated. */
const MAX_BYTES = 65_536
const MAX_LINE = 4096
const MAX_MEDIA = 64

const LINE_FEED = 0x0a
const RETURN = 0x0d
const EQUALS = 0x3d

/** Most lines of a trace are those of a few devices, said over and over. */
const CACHE = new LineCache()

/**
 * Cuts a description into the session section and the media sections (RFC 8866 §5). Lines end with CRLF, LF or CR.
 * With `cut`, a last line without its end is dropped: half a key reads like a wrong one. Each line is decoded by itself,
 * so that a kept value does not keep the whole body, and the keys in it, alive.
 */
export function splitSections(bytes: Uint8Array, cut: boolean): { sections: Section[]; anomalies: SdpAnomaly[] } {
  const anomalies: SdpAnomaly[] = []
  const note = (reason: string, text: string): void => {
    if (!anomalies.some((anomaly) => anomaly.reason === reason)) anomalies.push({ reason, text })
  }
  const tooLong = bytes.length > MAX_BYTES
  if (tooLong) note('description-too-long', `The description has more than ${MAX_BYTES} octets; the rest was not read.`)
  const end = Math.min(bytes.length, MAX_BYTES)
  const octets = Buffer.from(bytes.buffer, bytes.byteOffset, end)
  const sections: SdpLine[][] = [[]]
  for (let start = 0; start < end; ) {
    let lineEnd = start
    while (lineEnd < end && octets[lineEnd] !== LINE_FEED && octets[lineEnd] !== RETURN) lineEnd++
    if (lineEnd === end && (cut || tooLong)) break
    if (lineEnd > start) {
      const line = lineOf(octets, start, lineEnd)
      if (line === undefined) {
        note('line-unreadable', 'A line does not have the form <type>=<value> (RFC 8866 §5).')
      } else if (line === TOO_LONG) {
        note('line-too-long', `A line has more than ${MAX_LINE} characters and was not read.`)
      } else {
        if (line.type === 'm') {
          if (sections.length > MAX_MEDIA) {
            note('too-many-media', `There are more than ${MAX_MEDIA} m= lines; the rest was not read.`)
            break
          }
          sections.push([])
        }
        sections[sections.length - 1].push(line)
      }
    }
    start = lineEnd + 1
  }
  return { sections, anomalies }
}

const TOO_LONG = Symbol('a line that is too long')

function lineOf(octets: Buffer, start: number, end: number): SdpLine | typeof TOO_LONG | undefined {
  // Octets are no fewer than characters.
  if (end - start > MAX_LINE && octets.toString('utf8', start, end).length > MAX_LINE) return TOO_LONG
  const type = octets[start]
  if (type < 0x61 || type > 0x7a || octets[start + 1] !== EQUALS || start + 1 === end) return undefined
  return CACHE.get(octets, start, end) ?? readLine(octets, start, end)
}
