import { createHash } from 'node:crypto'
import { isCaptureUrl } from '../capture/capture-url.ts'
import type { FormatName } from '../report/formats.ts'

/** Endings of report files where they are others than the format's name. */
const ENDINGS: Readonly<Partial<Record<string, string>>> = { text: 'txt', junit: 'xml' }

/** Names that are the batch's own, in its folder. */
const RESERVED = ['summary', 'state', 'as-one']

/** Octets that a folder or file may be named by, with room for an ending. */
const MOST_OCTETS = 200

export function reportFileName(name: string, format: FormatName): string {
  return `${name}.${ENDINGS[format] ?? format}`
}

/**
 * Names for the reports of captures, without endings: each capture's path below the folder that all files share, or all
 * objects. A capture that was reported on before keeps its name, whatever else there is now; no two have the same.
 *
 * @param captures absolute paths and URLs
 * @param known names by capture, of an earlier run
 */
export function reportNames(captures: readonly string[], known: ReadonlyMap<string, string>): Map<string, string> {
  const names = new Map<string, string>()
  const taken = new Set(RESERVED)
  for (const [capture, name] of known) {
    taken.add(name.toLowerCase())
    names.set(capture, name)
  }
  const [ofFiles, ofObjects] = [false, true].map((kind) =>
    sharedFolder(captures.filter((capture) => isCaptureUrl(capture) === kind).map(segmentsOf)),
  )
  for (const capture of captures) {
    if (names.has(capture)) continue
    const shared = isCaptureUrl(capture) ? ofObjects : ofFiles
    const wanted = segmentsOf(capture).slice(shared).map(shortened).join('/')
    names.set(capture, freeName(wanted, taken))
  }
  return names
}

/**
 * Names that say nothing of what captures are called, and are the same in every run.
 *
 * @param wanted what each is called instead
 */
export function otherNames(captures: readonly string[], wanted: readonly string[]): Map<string, string> {
  const taken = new Set(RESERVED)
  return new Map(captures.map((capture, n) => [capture, freeName(wanted[n], taken)]))
}

function freeName(wanted: string, taken: Set<string>): string {
  let name = wanted
  for (let next = 2; taken.has(name.toLowerCase()); next++) name = `${wanted}~${next}`
  taken.add(name.toLowerCase())
  return name
}

/** The folders and the file; of a URL the host comes first, and that there was a query is left out. */
function segmentsOf(capture: string): string[] {
  const path = isCaptureUrl(capture) ? capture.replace(/^[a-z]+:\/\//i, '').replace(/\?…(?=$|~)/, '') : capture
  return path.split(/[\\/]/).filter((segment) => !['', '.', '..'].includes(segment))
}

/** How many folders all paths begin with. */
function sharedFolder(paths: readonly (readonly string[])[]): number {
  const [first = []] = paths
  let shared = Math.max(0, first.length - 1)
  for (const path of paths) {
    shared = Math.min(shared, Math.max(0, path.length - 1))
    for (let n = 0; n < shared; n++) if (path[n] !== first[n]) shared = n
  }
  return shared
}

function shortened(segment: string): string {
  if (Buffer.byteLength(segment) <= MOST_OCTETS) return segment
  const digest = createHash('sha256').update(segment).digest('hex').slice(0, 12)
  return `${Buffer.from(segment)
    .subarray(0, MOST_OCTETS - 16)
    .toString('utf8')
    .replace(/\uFFFD+$/, '')}~${digest}`
}
