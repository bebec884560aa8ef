import { wrapped } from '../../report/cells.ts'
import type { Paint } from './paint.ts'

const KEYS: readonly (readonly [string, string])[] = [
  ['Up Down j k', 'move; PgUp PgDn Space by a page, Home End g G to the ends'],
  ['Enter', 'details of the chosen row; there Left and Right lead to the row before and after'],
  ['Esc', 'back; in the list it ends the filter'],
  ['Tab 1 2 3', 'calls; streams that no call was found for; findings that are about no single call'],
  ['/', 'filter: words that a row has to have in its parties, Call-ID, addresses or rules'],
  ['o', 'order: newest first, worst first, longest first'],
  ['p', 'pause: the picture stands, the scan goes on'],
  ['s', 'save the report as it is now'],
  ['q', 'back from a page; in the list it ends the scan, with the full report'],
  ['Ctrl-C', 'ends the scan, with the full report; once more ends at once'],
]

const COLUMNS: readonly (readonly [string, string])[] = [
  ['ok/bad', 'packets of one side that verified, and that failed: > of the offerer, < of the answerer'],
  ['12 plain 12p', 'packets in the clear; +2 plain: beside others that are protected'],
  ['12 ? 12?', 'packets that could not be judged: no key, or cut by the snap length'],
  ['x ! i', 'the worst finding is an error, a warning, an info; +2: two more'],
  ['SRTP', 'with the suite and how its keys came: sdes, dtls, zrtp; mixed: SRTP and RTP in one call'],
  ['drops', 'packets lost before they could be read, where the source can tell'],
]

const NAME_COLUMNS = 14

export function helpLines(columns: number, paint: Paint): string[] {
  const table = (rows: typeof KEYS) =>
    rows.flatMap(([name, meaning]) => wrapped(meaning, columns, ` ${name}`.padEnd(NAME_COLUMNS)))
  return [paint('bold', 'Keys'), ...table(KEYS), '', paint('bold', 'What the columns say'), ...table(COLUMNS)]
}
