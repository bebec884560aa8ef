import { inOnePiece } from '../bytes/one-piece.ts'

/** The texts of the seconds that were asked for last. */
const SECONDS: { second: number; text: string }[] = []
const KEPT = 256

/**
 * ISO 8601 in UTC with microseconds, as every time of the report: `2026-01-15T09:00:00.000123Z`.
 *
 * @param timeUs microseconds since 1970; the fraction is cut off
 */
export function formatTime(timeUs: number): string {
  const whole = Math.floor(timeUs)
  const second = Math.floor(whole / 1e6)
  const text = secondText(second)
  return text === undefined
    ? '1970-01-01T00:00:00.000000Z'
    : inOnePiece(`${text}${(whole - second * 1e6).toString().padStart(6, '0')}Z`)
}

/** The same in words, to the millisecond and without the day: `09:00:00.000 UTC`. */
export function formatClock(timeUs: number): string {
  return `${formatTime(timeUs).slice(11, 23)} UTC`
}

/** The day alone: `2026-01-15`. */
export function formatDay(timeUs: number): string {
  return formatTime(timeUs).slice(0, 10)
}

/** Up to the point; the times of a call are mostly those of a few seconds. */
function secondText(second: number): string | undefined {
  const place = second % KEPT
  const known = SECONDS[place]
  if (known?.second === second) return known.text
  const date = new Date(second * 1000)
  if (Number.isNaN(date.getTime())) return undefined
  // The date's own text has milliseconds, which are zero here.
  const text = date.toISOString().slice(0, -4)
  if (place >= 0) SECONDS[place] = { second, text }
  return text
}
