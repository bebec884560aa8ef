import type { Call, Finding, Severity } from '../model/report.ts'
import { escapeText } from './escape.ts'
import { type Ink, type Paint, type TextOptions, wrap } from './layout.ts'

const INKS: Readonly<Record<Severity, Ink>> = { error: 'red', warning: 'yellow', info: 'blue' }

/** Findings in their order: what, where, proof and remedy. */
export function findingLines(
  findings: readonly Finding[],
  calls: ReadonlyMap<string, Call>,
  options: TextOptions,
  paint: Paint,
): string[] {
  return findings.flatMap((finding) => {
    const { severity, rule, kind, title, detail, remedy, callId, frames, references } = finding
    const head = `${severity} ${rule}${kind === undefined ? '' : ` (${kind})`}: ${title}`
    const where = [callId === undefined ? '' : callText(callId, calls), framesText(frames)].filter(
      (part) => part !== '',
    )
    return [
      ...wrap(head, options.width, '', 2).map((line, n) =>
        n === 0 ? line.replace(severity, paint(INKS[severity], severity)) : line,
      ),
      ...wrap(escapeText(detail), options.width, '  '),
      ...(where.length === 0
        ? []
        : wrap(escapeText(where.join('; ')), options.width, '  where: ', 9).map((line) => paint('dim', line))),
      ...wrap(remedy, options.width, '  mend:  ', 9),
      ...wrap(references.join(', '), options.width, '  see:   ', 9).map((line) => paint('dim', line)),
      '',
    ]
  })
}

function callText(callId: string, calls: ReadonlyMap<string, Call>): string {
  const call = calls.get(callId)
  return call === undefined ? `call ${callId}` : `call ${callId} of ${call.startTime.slice(11, 19)}`
}

/** `frames 9, 10, 11, …`: the first few. */
function framesText(frames: readonly number[]): string {
  if (frames.length === 0) return ''
  const shown = frames.slice(0, 6).join(', ')
  return `${frames.length === 1 ? 'frame' : 'frames'} ${shown}${frames.length > 6 ? ', …' : ''}`
}
