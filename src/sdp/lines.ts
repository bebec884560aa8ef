import type { SdpAnomaly } from './description.ts'

/** A line `type=value`, white space at its ends removed. */
export interface SdpLine {
  readonly type: string
  readonly value: string
}

/** The lines before the first m=, or from one m= to the next. */
export type Section = readonly SdpLine[]

/** Ceilings: a description that exceeds one is read as far as the ceiling goes, and the excess is stated. */
const MAX_BYTES = 65_536
const MAX_LINE = 4096
const MAX_MEDIA = 64

/**
 * Cuts a description into the session section and the media sections (RFC 8866 §5). Lines end with CRLF, LF or CR.
 * With `cut`, a last line without its end is dropped: half a key reads like a wrong one.
 */
export function splitSections(bytes: Uint8Array, cut: boolean): { sections: Section[]; anomalies: SdpAnomaly[] } {
  const anomalies: SdpAnomaly[] = []
  const note = (reason: string, text: string): void => {
    if (!anomalies.some((anomaly) => anomaly.reason === reason)) anomalies.push({ reason, text })
  }
  const tooLong = bytes.length > MAX_BYTES
  if (tooLong) note('description-too-long', `The description has more than ${MAX_BYTES} octets; the rest was not read.`)
  const lines = decodeLines(bytes.subarray(0, MAX_BYTES), cut || tooLong)

  const sections: SdpLine[][] = [[]]
  for (const line of lines) {
    if (line.length > MAX_LINE) note('line-too-long', `A line has more than ${MAX_LINE} characters and was not read.`)
    else if (line[1] !== '=' || !isTypeCharacter(line.charCodeAt(0))) {
      note('line-unreadable', 'A line does not have the form <type>=<value> (RFC 8866 §5).')
    } else {
      const type = line[0]
      if (type === 'm') {
        if (sections.length > MAX_MEDIA) {
          note('too-many-media', `There are more than ${MAX_MEDIA} m= lines; the rest was not read.`)
          break
        }
        sections.push([])
      }
      sections[sections.length - 1].push({ type, value: line.slice(2).trim() })
    }
  }
  return { sections, anomalies }
}

/** Each line is decoded by itself, so that a kept value does not keep the whole body, and the keys in it, alive. */
function decodeLines(bytes: Uint8Array, cut: boolean): string[] {
  const buffer = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length)
  const lines: string[] = []
  let start = 0
  for (let end = 0; end < bytes.length; end++) {
    if (bytes[end] !== 0x0a && bytes[end] !== 0x0d) continue
    if (end > start) lines.push(buffer.toString('utf8', start, end))
    start = end + 1
  }
  if (!cut && start < bytes.length) lines.push(buffer.toString('utf8', start))
  return lines
}

function isTypeCharacter(code: number): boolean {
  return code >= 0x61 && code <= 0x7a
}

/** `rtpmap:0 PCMU/8000` → name `rtpmap`, value `0 PCMU/8000`; a flag has the value ''. Names in lower case. */
export function splitAttribute(value: string): { name: string; value: string } {
  const colon = value.indexOf(':')
  if (colon < 0) return { name: value.toLowerCase(), value: '' }
  return { name: value.slice(0, colon).trimEnd().toLowerCase(), value: value.slice(colon + 1).trimStart() }
}
