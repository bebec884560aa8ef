import { UsageError } from '../../scan/usage-error.ts'

/** Where a worker finds what the submitter names by another path or URL. */
export interface StorageMapping {
  readonly from: string
  readonly to: string
}

/** `FROM=TO`, split at the first `=` that does not belong to a query. @throws UsageError */
export function parseMapping(text: string): StorageMapping {
  const at = text.indexOf('=')
  if (at > 0 && at < text.length - 1) return { from: text.slice(0, at), to: text.slice(at + 1) }
  throw new UsageError(`--map ${text}: FROM=TO is wanted, as in --map /captures=/mnt/captures`)
}

/**
 * The place with its longest known prefix replaced. A prefix ends where a name in the path ends: `/cap` is none of
 * `/captures/a.pcap`.
 */
export function mapPlace(place: string, mappings: readonly StorageMapping[]): string {
  const fitting = mappings.filter(({ from }) => isPrefix(from, place))
  if (fitting.length === 0) return place
  const { from, to } = fitting.reduce((best, other) => (other.from.length > best.from.length ? other : best))
  const rest = place.slice(from.length)
  return `${to.endsWith('/') && rest.startsWith('/') ? to.slice(0, -1) : to}${joint(from, to, rest)}${rest}`
}

function isPrefix(prefix: string, place: string): boolean {
  if (!place.startsWith(prefix)) return false
  return prefix.endsWith('/') || place.length === prefix.length || place[prefix.length] === '/'
}

/** `--map /a/=/b` means `/b/…`. */
function joint(from: string, to: string, rest: string): string {
  return from.endsWith('/') && !to.endsWith('/') && rest !== '' ? '/' : ''
}
