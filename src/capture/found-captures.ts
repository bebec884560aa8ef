import { readdirSync, type Stats, statSync } from 'node:fs'
import { join } from 'node:path'
import { CaptureError, unreadable } from './capture-error.ts'
import { identifyFile } from './capture-input.ts'
import { isCaptureUrl } from './capture-url.ts'
import { expandPattern, isPattern, leadsToDirectory } from './glob.ts'
import { NAMED_LIKE_CAPTURES } from './inputs.ts'

/** Captures that are traces of their own, in the order in which they were named. */
export interface FoundCaptures {
  readonly captures: readonly FoundCapture[]
  /** Arguments that lead to no capture, and directories that cannot be listed. */
  readonly failed: readonly CaptureError[]
}

export interface FoundCapture {
  readonly path: string
  /** Absent where it is on a server. */
  readonly sizeBytes?: number
}

/**
 * Finds the captures that the arguments name: files, URLs, patterns (glob.ts), and directories with all below them but
 * what is hidden; links to directories are not followed. Files that are named one by one, or like captures, are taken
 * unseen: whoever reads them says what is wrong with them. Any file is taken once.
 *
 * @param except a directory whose contents are no captures
 */
export async function findCaptures(paths: readonly string[], except: string): Promise<FoundCaptures> {
  const captures: FoundCapture[] = []
  const failed: CaptureError[] = []
  const excluded = statOf(except)
  const seen = new Set<string>(excluded === undefined ? [] : [identityOf(except, excluded)])

  const isNew = (name: string): boolean => !seen.has(name) && seen.add(name) !== undefined

  const take = (path: string, stats: Stats): void => {
    if (isNew(identityOf(path, stats))) captures.push({ path, sizeBytes: stats.size })
  }

  /** Takes the captures among what nobody named one by one; says whether there were any, here or before. */
  const choose = async (paths: readonly string[]): Promise<boolean> => {
    let any = false
    // The last one is looked at first: what a directory holds comes before what stands behind it.
    const open = [...paths].reverse()
    for (let path = open.pop(); path !== undefined; path = open.pop()) {
      let stats: Stats
      try {
        stats = statSync(path)
      } catch (cause) {
        // A link that leads nowhere, or what has gone since the directory was read.
        if (!NAMED_LIKE_CAPTURES.test(path)) continue
        failed.push(unreadable(path, cause))
        any = true
        continue
      }
      if (stats.isDirectory()) {
        if (isNew(identityOf(path, stats))) for (const held of list(path, failed).reverse()) open.push(held)
        else any = true
      } else if (stats.isFile() && (NAMED_LIKE_CAPTURES.test(path) || (await isCapture(path, stats.size)))) {
        take(path, stats)
        any = true
      }
    }
    return any
  }

  for (const path of paths) {
    if (isCaptureUrl(path)) {
      if (isNew(path)) captures.push({ path })
      continue
    }
    try {
      const stats = statSync(path)
      if (!stats.isDirectory()) take(path, stats)
      else if (!(await choose([path]))) failed.push(none(path, 'no capture in this directory or below'))
    } catch (cause) {
      if (!isPattern(path)) failed.push(unreadable(path, cause))
      else if (!(await choose(expandPattern(path)))) failed.push(none(path, 'no capture matches'))
    }
  }
  return { captures, failed }
}

function identityOf(path: string, { dev, ino }: Stats): string {
  return ino === 0 ? path : `${dev}:${ino}`
}

function statOf(path: string): Stats | undefined {
  return statSync(path, { throwIfNoEntry: false })
}

/** What a directory holds, by name; hidden files and links to directories are left out. */
function list(directory: string, failed: CaptureError[]): string[] {
  try {
    return readdirSync(directory, { withFileTypes: true })
      .filter(({ name }) => !name.startsWith('.'))
      .map((entry) => ({ path: join(directory, entry.name), isLink: entry.isSymbolicLink() }))
      .filter(({ path, isLink }) => !isLink || !leadsToDirectory(path))
      .map(({ path }) => path)
      .sort()
  } catch (cause) {
    failed.push(unreadable(directory, cause))
    return []
  }
}

async function isCapture(path: string, sizeBytes: number): Promise<boolean> {
  try {
    await identifyFile(path, sizeBytes)
    return true
  } catch (error) {
    if (error instanceof CaptureError) return false
    throw error
  }
}

function none(path: string, what: string): CaptureError {
  const right = 'pcap and pcapng files are read, plain or compressed with gzip or zstd'
  return new CaptureError('SRTP_SCAN_CAPTURE_NOT_FOUND', path, `${what}; ${right}`)
}
