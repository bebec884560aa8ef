import { createHash } from 'node:crypto'

/** Characters of a Call-ID that a file name shows, at most. */
const MOST_CHARACTERS = 80

/**
 * What the files of a call are called, without ending: when its media began, and its Call-ID. Whatever a sender wrote
 * there, the name is one segment of a path, of ASCII, and short; a digest tells apart what looks the same in it.
 *
 * @param startUs microseconds since 1970 UTC
 */
export function fileStem(startUs: number, callId: string): string {
  const shown = callId.replace(/[^A-Za-z0-9@._-]/g, '_').slice(0, MOST_CHARACTERS)
  const digest = shown === callId ? '' : `~${createHash('sha256').update(callId).digest('hex').slice(0, 8)}`
  return `${timeOf(startUs)}_${shown}${digest}`
}

/** ISO 8601 without what file systems refuse: 20260115T093001Z. */
function timeOf(startUs: number): string {
  const ms = Math.floor(startUs / 1000)
  // Years of four digits.
  if (!(ms >= 0 && ms < 253_402_300_800_000)) return 'unknown-time'
  return `${new Date(ms).toISOString().slice(0, 19).replace(/[-:]/g, '')}Z`
}
