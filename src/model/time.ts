/**
 * ISO 8601 in UTC with microseconds, as every time of the report: `2026-01-15T09:00:00.000123Z`.
 *
 * @param timeUs microseconds since 1970; the fraction is cut off
 */
export function formatTime(timeUs: number): string {
  const whole = Math.floor(timeUs)
  const seconds = Math.floor(whole / 1e6)
  const micros = whole - seconds * 1e6
  const date = new Date(seconds * 1000)
  if (Number.isNaN(date.getTime())) return '1970-01-01T00:00:00.000000Z'
  // The date's own text has milliseconds, which are zero here.
  return `${date.toISOString().slice(0, -4)}${micros.toString().padStart(6, '0')}Z`
}
