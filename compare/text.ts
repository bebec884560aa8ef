import { escapeText } from '../src/report/escape.ts'
import { count, wrap } from '../src/report/layout.ts'
import { type Comparison, unexplained } from './comparison.ts'
import type { Difference } from './differences.ts'

const COLUMNS = 100

const NAMES: Readonly<Record<Difference['kind'], string>> = {
  frames: 'frames',
  sip: 'SIP',
  packets: 'RTP packets',
  lost: 'RTP lost',
  tls: 'TLS handshakes',
}

/** One capture: what was held against each other, and each difference with its reason. */
export function formatComparison(comparison: Comparison): string {
  const { capture, facts, differences } = comparison
  const held = [
    count(facts.frames, 'frame'),
    count(facts.sip.length, 'SIP message'),
    count(facts.streams.size, 'RTP stream'),
    count(
      [...facts.tls.values()].reduce((sum, n) => sum + n, 0),
      'TLS handshake',
    ),
  ]
  const verdict = differences.length === 0 ? 'no difference' : count(differences.length, 'difference')
  return [
    ...wrap(escapeText(`${capture}: ${held.join(', ')}: ${verdict}`), COLUMNS, '', 2),
    ...differences.flatMap(({ difference: { kind, what, ours, theirs, onlyOurs = [], onlyTheirs = [] }, reason }) => [
      ...wrap(
        escapeText([NAMES[kind], what, `${ours} here, ${theirs} in tshark`].filter(Boolean).join(' ')),
        COLUMNS,
        '  - ',
      ),
      ...wrap(
        escapeText(reason === undefined ? unexplainedText(onlyOurs, onlyTheirs) : `${reason.rule}: ${reason.text}`),
        COLUMNS,
        '    ',
      ),
    ]),
  ]
    .map((line) => `${line}\n`)
    .join('')
}

function unexplainedText(onlyOurs: readonly number[], onlyTheirs: readonly number[]): string {
  const where = [
    onlyOurs.length > 0 ? `only here in frames ${onlyOurs.slice(0, 6).join(', ')}` : '',
    onlyTheirs.length > 0 ? `only in tshark in frames ${onlyTheirs.slice(0, 6).join(', ')}` : '',
  ].filter(Boolean)
  return ['UNEXPLAINED', ...where].join('; ')
}

/** All of them in a line. */
export function formatSum(comparisons: readonly Comparison[]): string {
  const open = comparisons.reduce((sum, one) => sum + unexplained(one).length, 0)
  const all = comparisons.reduce((sum, { differences }) => sum + differences.length, 0)
  return `${count(comparisons.length, 'capture')}: ${count(all - open, 'difference')} explained, ${open} unexplained\n`
}
