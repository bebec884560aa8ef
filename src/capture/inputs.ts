import { readdirSync, type Stats, statSync } from 'node:fs'
import { join } from 'node:path'
import type { Readable } from 'node:stream'
import { CaptureError, unreadable } from './capture-error.ts'
import { type CaptureInput, identifyFile, identifyStream, identifyUrl } from './capture-input.ts'
import { isCaptureUrl } from './capture-url.ts'
import { expandPattern, isPattern, leadsToDirectory } from './glob.ts'

/** The inputs in the order in which they were named; the contents of a directory or pattern by name. */
export interface ResolvedInputs {
  readonly inputs: readonly CaptureInput[]
  /** What in a directory or pattern is named like a capture and is none, or leads to no file: each with a line that says why. */
  readonly ignored: readonly { readonly path: string; readonly reason: string }[]
}

/** Names by which a file in a directory is taken for a capture, or missed as one. */
export const NAMED_LIKE_CAPTURES = /\.(pcap|pcapng|cap|dmp)\d*(\.gz|\.zst)?$/i

/**
 * Finds the captures that the arguments name: files, directories (the captures in them, not below), patterns
 * (glob.ts), http and https URLs, and `-` for standard input. What is named twice is read once.
 *
 * @param stdin read where `-` is named
 * @param placeOf where an argument lies that is named otherwise; a file or an object keeps the name
 * @throws CaptureError where an argument does not lead to a capture
 */
export async function resolveInputs(
  paths: readonly string[],
  stdin: Readable = process.stdin,
  placeOf: (named: string) => string = (named) => named,
): Promise<ResolvedInputs> {
  const inputs: CaptureInput[] = []
  const ignored: { path: string; reason: string }[] = []
  const seen = new Set<string>()

  const take = async (path: string, stats: Stats, named = path): Promise<void> => {
    const identity = `${stats.dev}:${stats.ino}`
    if (stats.isFile() && stats.ino !== 0 && seen.has(identity)) return
    const input = stats.isFile() ? await identifyFile(path, stats.size) : await identifyStream(path)
    seen.add(identity)
    inputs.push({ ...input, path: named })
  }

  /** Takes the captures among files that nobody named one by one; says whether there were any. */
  const choose = async (files: readonly string[]): Promise<boolean> => {
    let any = false
    for (const path of files) {
      try {
        const stats = linkedTo(path)
        if (!stats.isFile()) continue
        await take(path, stats)
        any = true
      } catch (error) {
        if (!(error instanceof CaptureError)) throw error
        if (!NAMED_LIKE_CAPTURES.test(path)) continue
        if (!LEFT_OUT.has(error.code)) throw error
        ignored.push({ path, reason: error.message })
      }
    }
    return any
  }

  for (const named of paths) {
    const path = placeOf(named)
    if (path === '-') {
      if (!seen.has(path)) inputs.push(await identifyStream('-', stdin))
      seen.add(path)
      continue
    }
    if (isCaptureUrl(path)) {
      if (!seen.has(path)) inputs.push({ ...(await identifyUrl(path)), ...(path !== named && { path: named }) })
      seen.add(path)
      continue
    }
    const stats = statOf(path)
    if (stats === undefined) {
      const matches = expandPattern(path)
      const files = matches.flatMap((match) => (leadsToDirectory(match) ? list(match) : [match]))
      if (!(await choose(files))) throw noneIn(path, matches.length === 0 ? 'nothing matches' : 'no capture matches')
    } else if (stats.isDirectory()) {
      if (!(await choose(list(path)))) throw noneIn(path, 'no capture in this directory')
    } else await take(path, stats, named)
  }
  return { inputs, ignored }
}

/** What holds no packets. Any other error is one of a capture, without which the trace would be another. */
const LEFT_OUT: ReadonlySet<string> = new Set([
  'SRTP_SCAN_NO_CAPTURE',
  'SRTP_SCAN_CAPTURE_EMPTY',
  'SRTP_SCAN_CAPTURE_NOT_FOUND',
])

/** What a directory's entry stands for. @throws CaptureError where a link leads nowhere, or the file has gone since */
function linkedTo(path: string): Stats {
  try {
    return statSync(path)
  } catch (cause) {
    throw unreadable(path, cause)
  }
}

/** Undefined where a path does not exist and may be a pattern. */
function statOf(path: string): Stats | undefined {
  try {
    return statSync(path)
  } catch (cause) {
    if (isPattern(path) && (cause as NodeJS.ErrnoException).code !== 'EACCES') return undefined
    throw unreadable(path, cause)
  }
}

function list(directory: string): readonly string[] {
  try {
    return readdirSync(directory)
      .sort()
      .map((name) => join(directory, name))
  } catch (cause) {
    throw unreadable(directory, cause)
  }
}

function noneIn(path: string, what: string): CaptureError {
  const right = 'pcap and pcapng files are read, plain or compressed with gzip or zstd'
  return new CaptureError('SRTP_SCAN_CAPTURE_NOT_FOUND', path, `${what}; ${right}`)
}
