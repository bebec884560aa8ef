/** m= (RFC 8866 §5.14). */
export interface MediaLine {
  readonly kind: string
  /** Absent where it cannot be read. */
  readonly port?: number
  readonly portCount: number
  readonly protocol: string
  readonly formats: readonly string[]
}

const MAX_FORMATS = 256

/** Reads `audio 49170/2 RTP/SAVP 0 8`. What is missing at the end stays empty, so that a cut line keeps its place. */
export function parseMediaLine(value: string): MediaLine {
  const [kind, portField = '', protocol = '', ...formats] = value.split(/[ \t]+/)
  const match = /^(\d{1,5})(?:\/(\d{1,5}))?$/.exec(portField)
  const port = match ? Number(match[1]) : -1
  return {
    kind,
    ...(port >= 0 && port <= 0xffff && { port }),
    portCount: match?.[2] === undefined ? 1 : Number(match[2]),
    protocol,
    formats: formats.slice(0, MAX_FORMATS),
  }
}
