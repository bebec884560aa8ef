import { lstatSync, readdirSync, statSync } from 'node:fs'
import { isAbsolute, join, sep } from 'node:path'

/** More matches than this are refused by taking no further ones. */
const MAX_MATCHES = 100_000

/** Whether a path asks for expansion. */
export function isPattern(path: string): boolean {
  return /[*?[]/.test(path)
}

/**
 * One path segment against a pattern with `*`, `?`, `[a-z]`, `[!a-z]`; a leading dot is matched by a dot only.
 * At most pattern × name steps: on a mismatch only the last `*` takes one more character.
 */
export function matchesSegment(pattern: string, name: string): boolean {
  if (name.startsWith('.') && !pattern.startsWith('.')) return false
  let p = 0
  let n = 0
  let star = -1
  let taken = 0
  while (n < name.length) {
    if (pattern[p] === '*') {
      star = p++
      taken = n
      continue
    }
    const after = matchCharacter(pattern, p, name[n])
    if (after > 0) {
      p = after
      n++
    } else if (star >= 0) {
      p = star + 1
      n = ++taken
    } else return false
  }
  while (pattern[p] === '*') p++
  return p === pattern.length
}

/** Where the pattern goes on after `character` was matched at `p`, or 0. */
function matchCharacter(pattern: string, p: number, character: string): number {
  if (p >= pattern.length) return 0
  if (pattern[p] === '?') return p + 1
  const close = pattern[p] === '[' ? pattern.indexOf(']', p + (/[!^]/.test(pattern[p + 1] ?? '') ? 3 : 2)) : -1
  if (close < 0) return pattern[p] === character ? p + 1 : 0
  const negated = pattern[p + 1] === '!' || pattern[p + 1] === '^'
  let found = false
  for (let i = p + (negated ? 2 : 1); i < close; i++) {
    const range = pattern[i + 1] === '-' && i + 2 < close
    if (pattern[i] <= character && character <= pattern[range ? i + 2 : i]) found = true
    if (range) i += 2
  }
  return found === negated ? 0 : close + 1
}

/**
 * The files and directories that a pattern names, sorted. `**` stands for any number of directories (links to
 * directories are not followed by it). What cannot be listed is passed over.
 */
export function expandPattern(pattern: string): readonly string[] {
  const segments = pattern.split(sep === '\\' ? /[\\/]/ : '/').filter((segment) => segment !== '')
  const found = new Set<string>()
  const visited = new Set<string>()
  const open: { readonly directory: string; readonly at: number }[] = [
    { directory: isAbsolute(pattern) ? sep : '', at: 0 },
  ]
  for (let place = open.pop(); place !== undefined && found.size < MAX_MATCHES; place = open.pop()) {
    const { directory, at } = place
    const key = `${at} ${directory}`
    if (visited.has(key)) continue
    visited.add(key)
    if (at === segments.length) {
      if (directory !== '' && exists(directory)) found.add(directory)
      continue
    }
    const segment = segments[at]
    if (segment === '**') {
      open.push({ directory, at: at + 1 })
      for (const entry of list(directory)) {
        if (entry.directory && !entry.name.startsWith('.')) open.push({ directory: join(directory, entry.name), at })
      }
    } else if (!isPattern(segment)) open.push({ directory: join(directory, segment), at: at + 1 })
    else {
      for (const { name } of list(directory)) {
        if (matchesSegment(segment, name)) open.push({ directory: join(directory, name), at: at + 1 })
      }
    }
  }
  return [...found].sort()
}

/** Whether there is a directory, or a link to one. */
export function leadsToDirectory(path: string): boolean {
  try {
    return statSync(path).isDirectory()
  } catch {
    return false
  }
}

/** So does a link that leads nowhere: whoever reads it says so. */
function exists(path: string): boolean {
  try {
    lstatSync(path)
    return true
  } catch {
    return false
  }
}

function list(directory: string): readonly { readonly name: string; readonly directory: boolean }[] {
  try {
    const entries = readdirSync(directory === '' ? '.' : directory, { withFileTypes: true })
    return entries.map((entry) => ({ name: entry.name, directory: entry.isDirectory() }))
  } catch {
    return []
  }
}
