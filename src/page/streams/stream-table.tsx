import type { PageStream } from '../../report/html/page-index.ts'
import { formatNumber } from '../../report/layout.ts'
import { fatesText } from '../calls/columns.ts'
import { type FactColumn, FactsTable } from '../overview/facts-table.tsx'
import { timeOfDay } from '../words.ts'

const KEY_SOURCES = { sdp: 'SDP', 'keys-file': 'key file', tls: 'TLS', dtls: 'DTLS' } as const

const COLUMNS: readonly FactColumn<PageStream>[] = [
  { title: 'Stream', cell: ({ id, kind, codec = '' }) => `${id} ${kind.toUpperCase()} ${codec}` },
  { title: 'From', cell: ({ src, sender }) => (sender === undefined ? src : `${src} (${sender})`) },
  { title: 'To', cell: ({ dst }) => dst },
  { title: 'SSRC', cell: ({ ssrc }) => <code>{ssrc}</code> },
  { title: 'Packets', cell: (stream) => <Fates stream={stream} /> },
  { title: 'Lost', isNumber: true, cell: ({ lost }) => (lost === undefined ? '–' : formatNumber(lost)) },
  {
    title: 'Jitter',
    isNumber: true,
    cell: ({ maxJitterMs }) => (maxJitterMs === undefined ? '–' : `${maxJitterMs.toFixed(1)} ms`),
  },
  { title: 'Suite and key', cell: (stream) => keyText(stream) },
  { title: 'Frames', cell: ({ firstFrame, lastFrame }) => `${firstFrame} to ${lastFrame}` },
  { title: 'Time', cell: ({ firstTime, lastTime }) => `${timeOfDay(firstTime)} to ${timeOfDay(lastTime)}` },
]

/** Streams with what became of their packets. */
export function StreamTable({ label, streams }: { readonly label: string; readonly streams: readonly PageStream[] }) {
  return <FactsTable label={label} columns={COLUMNS} values={streams} />
}

/** Why packets of streams failed or could not be judged. */
export function StreamReasons({ streams }: { readonly streams: readonly PageStream[] }) {
  const explained = streams.flatMap(({ id, explanation, unverifiedReason }) => {
    const why = explanation?.text ?? unverifiedReason
    return why === undefined ? [] : { id, why }
  })
  if (explained.length === 0) return null
  return (
    <ul class="whys">
      {explained.map(({ id, why }) => (
        <li key={id}>
          <b>{id}</b>: {why}
        </li>
      ))}
    </ul>
  )
}

function Fates({ stream }: { readonly stream: PageStream }) {
  const { verified, failed, plain, unverified } = stream
  return (
    <span class={failed > 0 ? 'error' : plain > 0 ? 'warning' : undefined}>
      {fatesText([verified, failed, plain, unverified])}
    </span>
  )
}

function keyText({ suite, keySource, keyFingerprint, keyLabel }: PageStream): string {
  const key = keyFingerprint === undefined ? '' : `key ${keyFingerprint}`
  const source = keySource === undefined ? '' : `by ${KEY_SOURCES[keySource]}`
  return [suite ?? '', key, source, keyLabel ?? ''].filter((part) => part !== '').join(', ') || '–'
}
