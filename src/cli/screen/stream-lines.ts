import type { Stream } from '../../model/report.ts'
import { shownText, wrapped } from '../../report/cells.ts'
import { formatNumber } from '../../report/layout.ts'
import type { Ink, Paint } from './paint.ts'

/** A stream: from where to where, what became of its packets, how well they came, and why they fail. */
export function streamLines(stream: Stream, columns: number, paint: Paint): string[] {
  const { mark, ink } = markOf(stream)
  const what = [
    stream.kind.toUpperCase(),
    stream.sender ?? '',
    `${stream.src} > ${stream.dst}`,
    stream.codecs?.join(' then ') ?? stream.codec ?? '',
    stream.ssrc,
  ]
  const body = (text: string) => (text === '' ? [] : wrapped(shownText(text), columns, '     '))
  return [
    ...wrapped(shownText(listed(what, ' ')), columns, ` ${mark} `, 5).map((line) => paint(ink, line)),
    ...body(fateText(stream)),
    ...body(keyText(stream)),
    ...body(qualityText(stream)),
    ...(stream.explanation === undefined ? [] : body(`why: ${stream.explanation.text}`)),
  ]
}

function markOf({ failed, verified, packets, plain }: Stream): { mark: string; ink: Ink } {
  if (failed > 0) return { mark: 'x', ink: 'red' }
  if (verified === packets) return { mark: '+', ink: 'green' }
  return plain > 0 ? { mark: '!', ink: 'yellow' } : { mark: '?', ink: 'bold' }
}

function fateText({
  packets,
  verified,
  failed,
  plain,
  unverified,
  unverifiedReason,
  firstFailedFrame,
}: Stream): string {
  const reason = unverifiedReason === undefined ? '' : ` (${unverifiedReason})`
  const since = firstFailedFrame === undefined ? '' : ` (first in frame ${firstFailedFrame})`
  return listed([
    `${formatNumber(packets)} packets`,
    verified > 0 ? `${formatNumber(verified)} verified` : '',
    failed > 0 ? `${formatNumber(failed)} failed${since}` : '',
    plain > 0 ? `${formatNumber(plain)} in the clear` : '',
    unverified > 0 ? `${formatNumber(unverified)} unverified${reason}` : '',
  ])
}

const KEY_SOURCES: Readonly<Record<NonNullable<Stream['keySource']>, string>> = {
  sdp: 'key from SDP',
  'keys-file': 'key from the keys file',
  tls: 'key from SDP inside TLS',
  dtls: 'key from DTLS',
}

function keyText({ suite, keySource, keyFingerprint, keyLabel, roc }: Stream): string {
  const source = keySource === undefined ? '' : KEY_SOURCES[keySource]
  const name = [keyFingerprint ?? '', keyLabel ?? ''].filter((part) => part !== '').join(' ')
  return listed([
    suite ?? '',
    source === '' ? '' : `${source}${name === '' ? '' : ` (fingerprint ${name})`}`,
    roc === undefined || (roc.first === 0 && roc.last === 0) ? '' : `rollover counter ${roc.first} to ${roc.last}`,
  ])
}

function qualityText(stream: Stream): string {
  const { lost, duplicates, reordered, replayed, captureDuplicates, jitterMs, maxJitterMs, firstTime, lastTime } =
    stream
  const counts: readonly (readonly [number | undefined, string])[] = [
    [duplicates, 'duplicates'],
    [reordered, 'reordered'],
    [replayed, 'replayed'],
    [captureDuplicates, 'seen twice'],
  ]
  const jitter = jitterMs === undefined ? '' : `jitter ${jitterMs.toFixed(1)} ms`
  return listed([
    `${firstTime.slice(11, 19)} to ${lastTime.slice(11, 19)}`,
    lost === undefined ? '' : `${formatNumber(lost)} lost`,
    jitter === '' || maxJitterMs === undefined ? jitter : `${jitter} (${maxJitterMs.toFixed(1)} at most)`,
    ...counts.map(([n, what]) => (n === undefined || n === 0 ? '' : `${formatNumber(n)} ${what}`)),
  ])
}

function listed(parts: readonly string[], between = ', '): string {
  return parts.filter((part) => part !== '').join(between)
}
