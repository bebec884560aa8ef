import type { Finding } from '../../model/report.ts'
import type { ArrowRow, Ladder } from '../../report/ladder/ladder.ts'
import { type MediaFate, mediaTexts } from '../../report/ladder/media-flows.ts'
import { durationText } from '../../report/ladder/times.ts'
import { count } from '../../report/layout.ts'
import type { ArrowBox } from './layout.ts'

/** A sign beside the colour of what became of a stream. */
export const FATE_SIGNS: Readonly<Record<MediaFate, string>> = {
  verified: '✓',
  failed: '✕',
  plain: '!',
  unverified: '?',
}

/** An arrow's name: what it says to who sees it, then what its place shows. */
export function rowText({ row, label, since, frame }: ArrowBox): string {
  const found = foundText(row.findings)
  if (row.kind === 'media') {
    const { stream } = row.flow
    const [all] = mediaTexts(row.flow)
    return `${namely(label.text, all)}, ${stream.src} to ${stream.dst}, from ${since} s on, frame ${frame}${found}`
  }
  const { step, steps, timeUs, lastUs } = row
  const times = steps.length > 1 ? ` ${count(steps.length, 'time')} in ${durationText(lastUs - timeUs)}` : ''
  const again = step.repeated ? `, sent again${times}` : ''
  const said = step.sdp ? `${label.text} SDP` : label.text
  return `${namely(said, step.label)}${again}, ${step.from} to ${step.to}, at ${since} s, frame ${frame}${found}`
}

function namely(shown: string, all: string): string {
  return shown.startsWith(all) ? shown : `${shown}: ${all}`
}

function foundText(findings: readonly Finding[]): string {
  return findings.length === 0
    ? ''
    : `; ${count(findings.length, 'finding')}: ${findings.map(({ title }) => title).join(', ')}`
}

/** What a ladder has. */
export function ladderText({ rows, lifelines, legs }: Ladder): string {
  const messages = rows.reduce((sum, row) => sum + (row.kind === 'message' ? row.steps.length : 0), 0)
  const streams = rows.filter(({ kind }) => kind === 'media').length
  const ofLegs = legs > 1 ? `, ${count(legs, 'leg')}` : ''
  return `${count(messages, 'message')} and ${count(streams, 'stream')} between ${count(lifelines.length, 'party', 'parties')}${ofLegs}`
}

/** `Time` of a row as the report has it, without the date. */
export function clockOf(row: ArrowRow): string {
  const time = row.kind === 'message' ? row.step.time : row.flow.stream.firstTime
  return time.slice(11, 26)
}
