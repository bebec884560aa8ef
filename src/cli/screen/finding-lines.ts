import type { Finding } from '../../model/report.ts'
import { shownText, wrapped } from '../../report/cells.ts'
import type { Paint } from './paint.ts'
import { SEVERITY } from './severity.ts'

/** The JSON report has more. */
const MOST_FRAMES = 8

/** A finding with its proof and its remedy. */
export function findingLines(finding: Finding, columns: number, paint: Paint): string[] {
  const { severity, rule, kind, title, detail, remedy, frames, references } = finding
  const { mark, ink } = SEVERITY[severity]
  const head = `${rule}${kind === undefined ? '' : ` (${kind})`}: ${title}`
  const proof =
    frames.length === 0
      ? ''
      : `${frames.length === 1 ? 'frame' : 'frames'} ${frames.slice(0, MOST_FRAMES).join(', ')}${frames.length > MOST_FRAMES ? ', ...' : ''}`
  return [
    ...wrapped(shownText(head), columns, ` ${mark} `).map((line) => paint(ink, line)),
    ...wrapped(shownText(detail), columns, '   '),
    ...wrapped(shownText(remedy), columns, '   mend:  '),
    ...(references.length === 0 ? [] : dim(wrapped(shownText(references.join(', ')), columns, '   see:   '), paint)),
    ...(proof === '' ? [] : dim(wrapped(proof, columns, '   proof: '), paint)),
  ]
}

function dim(lines: readonly string[], paint: Paint): string[] {
  return lines.map((line) => paint('dim', line))
}
