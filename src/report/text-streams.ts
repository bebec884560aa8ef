import { addressOf } from '../bytes/endpoint.ts'
import { greatest } from '../bytes/greatest.ts'
import type { Stream } from '../model/report.ts'
import { escapeText } from './escape.ts'
import { count, formatNumber, type Paint, type TextOptions, wrap } from './layout.ts'
import { turnText } from './turn-text.ts'

/** Jitter below this is heard by nobody. */
const LEAST_JITTER_MS = 5
/** Without --verbose, further streams of a call, or of none, are summed up. */
const MOST_STREAMS = 50

/**
 * The streams of a call, or those of none: what of them, from where to where, and what became of their packets. Both directions stand
 * together, RTP before RTCP; in a line each where all have room in one, otherwise in two.
 */
export function streamsLines(all: readonly Stream[], options: TextOptions, paint: Paint): string[] {
  const streams = options.verbose ? all : firstOf(all)
  const rest = all.length - streams.length
  return [
    ...linesOf(streams, options, paint),
    ...(rest > 0 ? [`  ${count(rest, 'more stream')}; --verbose shows all.`] : []),
  ]
}

/** Those of which not every packet verified come first. */
function firstOf(streams: readonly Stream[]): readonly Stream[] {
  if (streams.length <= MOST_STREAMS) return streams
  const sound = (stream: Stream) => stream.verified === stream.packets
  const chosen = [...streams.filter((stream) => !sound(stream)), ...streams.filter(sound)].slice(0, MOST_STREAMS)
  const shown = new Set(chosen)
  return streams.filter((stream) => shown.has(stream))
}

function linesOf(streams: readonly Stream[], options: TextOptions, paint: Paint): string[] {
  const ways = new Map<string, number>()
  for (const stream of streams) ways.set(wayOf(stream), (ways.get(wayOf(stream)) ?? 0) + 1)
  const rows = inPairs(streams).map((stream) => rowOf(stream, (ways.get(wayOf(stream)) ?? 0) > 1))
  const widths = COLUMNS.map((column) =>
    greatest(
      rows.map((row) => row[column].length),
      0,
    ),
  )
  const inOneLine = (row: Row) =>
    `${COLUMNS.map((column, n) => (n === COLUMNS.length - 1 ? row[column] : row[column].padEnd(widths[n]))).join('  ')}`
  const fit = rows.every((row) => inOneLine(row).length + MARKED <= options.width)
  return rows.flatMap((row) => {
    const lines = fit
      ? [`  ${row.mark} ${inOneLine(row)}`]
      : [
          ...wrap(`${row.what} ${row.way}`, options.width, `  ${row.mark} `, 6),
          ...wrap(row.facts, options.width, '      '),
        ]
    const why = row.why === undefined ? [] : wrap(row.why, options.width, '      ')
    return [...lines, ...why].map((line, n) => (n === 0 ? `  ${paint(row.ink, row.mark)}${line.slice(3)}` : line))
  })
}

/** Columns in front of the text of a line: the indent, the mark. */
const MARKED = 4
const COLUMNS = ['what', 'way', 'facts'] as const

interface Row extends Readonly<Record<(typeof COLUMNS)[number], string>> {
  readonly mark: string
  readonly ink: ReturnType<typeof verdictMark>[0]
  readonly why?: string
}

/** Streams that are alike in it are told apart by their SSRCs. */
function wayOf({ kind, src, dst }: Stream): string {
  return `${kind} ${src} > ${dst}`
}

function rowOf(stream: Stream, isOneOfSeveral: boolean): Row {
  const {
    kind,
    codec,
    codecs = codec === undefined ? [] : [codec],
    src,
    dst,
    suite,
    lost,
    packets,
    maxJitterMs,
    captureDuplicates,
    explanation,
  } = stream
  const [ink, mark] = verdictMark(stream)
  const facts = [
    isOneOfSeveral ? `SSRC ${stream.ssrc}` : '',
    suite ?? '',
    verdictText(stream),
    lost ? `${formatNumber(lost)} lost (${percent(lost, packets + lost)})` : '',
    maxJitterMs !== undefined && maxJitterMs >= LEAST_JITTER_MS ? `jitter up to ${maxJitterMs.toFixed(1)} ms` : '',
    captureDuplicates ? `seen twice: ${formatNumber(captureDuplicates)}` : '',
    stream.turn === undefined ? '' : turnText(stream.turn),
  ].filter((part) => part !== '')
  return {
    mark,
    ink,
    what: escapeText([kind.toUpperCase(), codecs.join(' then ')].filter((part) => part !== '').join(' ')),
    way: escapeText(`${src} > ${dst}`),
    facts: escapeText(facts.join(', ')),
    ...(explanation !== undefined && { why: escapeText(explanation.text) }),
  }
}

/** By m= line, RTP before RTCP, and what goes to and fro between two addresses together; otherwise as they began. */
function inPairs(streams: readonly Stream[]): Stream[] {
  const places = new Map<string, number>()
  const placeOf = ({ src, dst }: Stream) => {
    const pair = [src, dst].map(addressOf).sort().join(' ')
    const place = places.get(pair) ?? places.size
    places.set(pair, place)
    return place
  }
  return streams
    .map((stream) => ({ stream, order: [stream.mediaIndex ?? 0, placeOf(stream), stream.kind === 'rtp' ? 0 : 1] }))
    .sort((a, b) => a.order.map((key, n) => key - b.order[n]).find((difference) => difference !== 0) ?? 0)
    .map(({ stream }) => stream)
}

function percent(part: number, all: number): string {
  const share = (100 * part) / all
  return `${share < 10 ? share.toFixed(1) : share.toFixed(0)} %`
}

function verdictMark({ failed, plain, verified, packets }: Stream) {
  if (failed > 0) return ['red', 'x'] as const
  if (verified === packets) return ['green', '+'] as const
  return plain > 0 ? (['yellow', '!'] as const) : (['dim', '?'] as const)
}

function verdictText({ packets, verified, failed, plain, unverified, unverifiedReason }: Stream): string {
  const verdicts: readonly (readonly [number, string])[] = [
    [verified, 'verified'],
    [failed, 'failed'],
    [plain, 'in the clear'],
    [unverified, unverifiedReason === undefined ? 'unverified' : `unverified (${unverifiedReason})`],
  ]
  const seen = verdicts.filter(([n]) => n > 0)
  if (seen.length === 1) return `${packets === 1 ? '1' : `all ${formatNumber(packets)}`} ${seen[0][1]}`
  return `${seen.map(([n, verdict]) => `${formatNumber(n)} ${verdict}`).join(', ')} of ${formatNumber(packets)}`
}
