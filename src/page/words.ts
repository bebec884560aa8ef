import type { Severity } from '../model/report.ts'
import { formatNumber } from '../report/layout.ts'

/** A sign beside the colour, and the word that a screen reader says. */
export const SEVERITY_WORDS: Readonly<Record<Severity, { readonly sign: string; readonly many: string }>> = {
  error: { sign: '✕', many: 'errors' },
  warning: { sign: '!', many: 'warnings' },
  info: { sign: 'i', many: 'notes' },
}

/** `2026-01-15 09:30:00.100` of an ISO 8601 time in UTC. */
export function timeText(time: string): string {
  return time.slice(0, 23).replace('T', ' ')
}

/** `09:30:00`: where the date is said beside it. */
export function timeOfDay(time: string): string {
  return time.slice(11, 19)
}

/**
 * `2026-01-15 09:30:00 to 09:31:10`; the second date where it is another, and none of `day`, where that is said
 * elsewhere.
 */
export function spanText(first: string | undefined, last: string | undefined, day = ''): string {
  if (first === undefined) return ''
  const from = momentText(first, day)
  if (last === undefined || last.slice(0, 19) === first.slice(0, 19)) return from
  return `${from} to ${momentText(last, first.slice(0, 10))}`
}

function momentText(time: string, day: string): string {
  return time.startsWith(day) && day !== '' ? timeOfDay(time) : time.slice(0, 19).replace('T', ' ')
}

/** The date of all times, where it is one. */
export function onlyDay(times: readonly string[]): string {
  const [first = ''] = times
  const day = first.slice(0, 10)
  return times.every((time) => time.startsWith(day)) ? day : ''
}

/** `8.1 s`, `2 min 5 s`, `1 h 2 min`. */
export function durationText(seconds: number): string {
  if (seconds < 60) return `${seconds.toFixed(1)} s`
  const whole = Math.round(seconds)
  if (whole < 3600) return `${Math.floor(whole / 60)} min ${whole % 60} s`
  return `${formatNumber(Math.floor(whole / 3600))} h ${Math.floor(whole / 60) % 60} min`
}

/** `1.4 MB` of octets. */
export function sizeText(bytes: number): string {
  const units = ['octets', 'kB', 'MB', 'GB', 'TB']
  let size = bytes
  let unit = 0
  for (; size >= 1000 && unit < units.length - 1; unit++) size /= 1000
  return `${unit === 0 ? size : size.toFixed(1)} ${units[unit]}`
}

/** `alice@example.com` of `sip:alice@example.com;user=phone`: what tells parties apart. */
export function partyText(uri: string): string {
  return uri.replace(/^sips?:/i, '').replace(/[;?].*$/s, '') || uri
}

/** What a call and its streams are on the wire, in words: see CallColumns.security. */
export const SECURITY: Readonly<Record<string, string>> = {
  srtp: 'SRTP',
  rtp: 'RTP, plain',
  mixed: 'SRTP and plain',
  '': '–',
}

export const KEYING: Readonly<Record<string, string>> = { sdes: 'SDES', dtls: 'DTLS', zrtp: 'ZRTP', '': '–' }

/** The address of a section of an RFC: `RFC 4568 §5.1.2`. */
export function referenceUrl(reference: string): string | undefined {
  const [, number, section] = /^RFC (\d+)(?: §([\d.]+))?/.exec(reference) ?? []
  if (number === undefined) return undefined
  return `https://www.rfc-editor.org/rfc/rfc${number}${section === undefined ? '' : `#section-${section.replace(/[.]$/, '')}`}`
}
