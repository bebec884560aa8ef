/** A line of a description, and what part of it it is in. */
export interface SdpLine {
  readonly text: string
  /** Place in the description. */
  readonly index: number
  /** Place of its m= section; -1 before the first. */
  readonly section: number
  /** What it is: `m`, `c`, `a=crypto`, `a=rtpmap`. */
  readonly kind: string
  /** What stands behind its `=`, and of an attribute behind its `:`. */
  readonly value: string
}

/** A line of the offer beside the line of the answer that says the same of the same. */
export interface LinePair {
  readonly offer?: SdpLine
  readonly answer?: SdpLine
}

export function sdpLines(lines: readonly string[]): SdpLine[] {
  let section = -1
  return lines.map((text, index) => {
    const [, type = '', value = ''] = /^([a-z])=(.*)$/s.exec(text) ?? []
    if (type === 'm') section++
    if (type !== 'a') return { text, index, section, kind: type, value }
    const end = value.search(/[:\s]|$/)
    return { text, index, section, kind: `a=${value.slice(0, end).toLowerCase()}`, value: value.slice(end + 1).trim() }
  })
}

const DIRECTIONS: ReadonlySet<string> = new Set(['a=sendrecv', 'a=sendonly', 'a=recvonly', 'a=inactive'])
/** Attributes that are told apart by their first word: a payload type, a tag. */
const NUMBERED: ReadonlySet<string> = new Set(['a=rtpmap', 'a=fmtp', 'a=rtcp-fb', 'a=crypto', 'a=extmap'])

/** What a line of the other side is looked for by. */
function keyOf({ kind, value }: SdpLine): string {
  if (DIRECTIONS.has(kind)) return 'direction'
  if (NUMBERED.has(kind)) return `${kind} ${value.split(/[ /]/, 1)[0]}`
  return kind === 'b' ? `b ${value.split(':', 1)[0]}` : kind
}

/**
 * Offer and answer line by line: sections beside each other by their number (RFC 3264 §6), in them lines by what they are
 * about. The offer's lines stay in their order; what only the answer says stands behind what it follows there.
 */
export function alignLines(offer: readonly SdpLine[], answer: readonly SdpLine[]): LinePair[] {
  const last = Math.max(-1, ...offer.map(({ section }) => section), ...answer.map(({ section }) => section))
  const pairs: LinePair[] = []
  for (let section = -1; section <= last; section++) {
    const of = (lines: readonly SdpLine[]) => lines.filter((line) => line.section === section)
    pairs.push(...alignSection(of(offer), of(answer)))
  }
  return pairs
}

function alignSection(offer: readonly SdpLine[], answer: readonly SdpLine[]): LinePair[] {
  const waiting = new Map<string, SdpLine[]>()
  for (const line of answer) waiting.set(keyOf(line), [...(waiting.get(keyOf(line)) ?? []), line])
  const pairs: { offer?: SdpLine; answer?: SdpLine }[] = offer.map((line) => {
    const other = waiting.get(keyOf(line))?.shift()
    return other === undefined ? { offer: line } : { offer: line, answer: other }
  })
  for (const [n, line] of answer.entries()) {
    if (pairs.some((pair) => pair.answer === line)) continue
    const before = n === 0 ? -1 : pairs.findIndex((pair) => pair.answer === answer[n - 1])
    pairs.splice(before + 1, 0, { answer: line })
  }
  return pairs
}
