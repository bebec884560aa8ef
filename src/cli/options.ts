import { extname } from 'node:path'
import { FORMATS, type FormatName } from '../report/formats.ts'
import { UsageError } from '../scan/usage-error.ts'
import { REPEATABLE } from './scan-options.ts'

/** Where a report goes; without a path, to standard output. */
export interface Target {
  readonly format: FormatName
  readonly path?: string
}

/**
 * Pairs the n-th --format with the n-th --output. Without any, text goes to standard output; an output without a
 * format of its own has the one that its name ends with, and is JSON where that says nothing; a format without an output goes to standard output, which takes one report only.
 */
export function targetsOf(formats: readonly string[], outputs: readonly string[]): Target[] {
  const named = formats.map(formatName)
  const length = Math.max(named.length, outputs.length, 1)
  const targets = Array.from({ length }, (_, n): Target => {
    const path = outputs[n]
    const format = named[n] ?? (path === undefined || path === '-' ? 'text' : formatOf(path))
    return path === undefined || path === '-' ? { format } : { format, path }
  })
  if (targets.filter(({ path }) => path === undefined).length > 1) {
    throw new UsageError('--format: two reports cannot share standard output; give each an --output')
  }
  return targets
}

/** Who names a file `report.html` wants a page. */
const ENDINGS: Readonly<Record<string, FormatName>> = {
  '.htm': 'html',
  '.html': 'html',
  '.jsonl': 'ndjson',
  '.ndjson': 'ndjson',
  '.sarif': 'sarif',
  '.txt': 'text',
  '.xml': 'junit',
}

function formatOf(path: string): FormatName {
  return ENDINGS[extname(path).toLowerCase()] ?? 'json'
}

export function formatName(text: string): FormatName {
  if (Object.hasOwn(FORMATS, text)) return text as FormatName
  throw new UsageError(`--format ${text}: no such format; ${Object.keys(FORMATS).join(', ')} are`)
}

/** A whole number of an option, within limits. */
export function wholeNumber(
  option: string,
  value: number | undefined,
  least: number,
  most: number,
): number | undefined {
  if (value === undefined) return undefined
  if (Number.isInteger(value) && value >= least && value <= most) return value
  throw new UsageError(`${option}: a whole number from ${least} to ${most} is wanted`)
}

/** The members that are given: what is undefined is left out. */
export function given<T extends object>(members: T): { [K in keyof T]?: Exclude<T[K], undefined> } {
  return Object.fromEntries(Object.entries(members).filter(([, value]) => value !== undefined)) as never
}

/**
 * What yargs takes without a word: an option that is given twice, of which it makes a list that would pass for no value at
 * all, and an empty value, which a shell's variable leaves that is not set.
 */
export function checkGiven(args: object): void {
  for (const [name, value] of Object.entries(args)) {
    if (name === '_' || name.length === 1) continue
    const option = `--${name.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`)}`
    if ([value].flat().includes('')) {
      throw new UsageError(`${name === 'captures' ? 'a name' : option}: is empty; give it a value, or leave it out`)
    }
    if (Array.isArray(value) && !REPEATABLE.has(name)) throw new UsageError(`${option}: is given more than once`)
  }
}
