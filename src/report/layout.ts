import type { Severity } from '../model/report.ts'
import { columnsOf } from './cells.ts'

/** The first line of a report that may be sent away. */
export const ANONYMIZED = 'Anonymised: numbers, names, addresses and hosts are replaced.'

/** Says of a report that it leaves something out, and by what options. */
export function keptToText(keptTo: readonly string[]): string {
  return `Some is left out, by ${keptTo.join(', ')}`
}

/** How a text report is set. */
export interface TextOptions {
  /** Columns. */
  readonly width: number
  readonly color: boolean
  /** Findings only. */
  readonly quiet: boolean
  /** Sessions, every call and the anomalies too. */
  readonly verbose: boolean
}

const CODES = { bold: '1', dim: '2', red: '31', green: '32', yellow: '33', blue: '34' } as const
export type Ink = keyof typeof CODES

export const SEVERITY_INKS: Readonly<Record<Severity, Ink>> = { error: 'red', warning: 'yellow', info: 'blue' }

/** Paints text, or leaves it as it is. */
export type Paint = (ink: Ink, text: string) => string

export function painter(color: boolean): Paint {
  return color ? (ink, text) => `\u001b[${CODES[ink]}m${text}\u001b[0m` : (_, text) => text
}

/** A space at which no line is broken. */
export const NO_BREAK = '\u00a0'

/**
 * Breaks text at spaces into lines of at most `width` columns; a longer word stands alone. The first line begins with
 * `first`, the others with as many spaces as `rest` says.
 */
export function wrap(text: string, width: number, first: string, rest = first.length): string[] {
  const lines: string[] = []
  let line = first
  let columns = first.length
  let empty = true
  for (const word of text.split(' ')) {
    if (word === '') continue
    const wide = columnsOf(word)
    if (!empty && columns + 1 + wide > width) {
      lines.push(line)
      line = ' '.repeat(rest)
      columns = rest
      empty = true
    }
    line += empty ? word : ` ${word}`
    columns += empty ? wide : 1 + wide
    empty = false
  }
  lines.push(line)
  return lines.map((broken) => broken.replaceAll(NO_BREAK, ' '))
}

/** `1 call`, `2 calls`, `1,234 packets`. */
export function count(n: number, one: string, many = `${one}s`): string {
  return `${formatNumber(n)} ${n === 1 ? one : many}`
}

/** Digits in groups of three, the same in every locale. */
export function formatNumber(n: number): string {
  return n.toString().replace(/\B(?=(\d{3})+$)/g, ',')
}
