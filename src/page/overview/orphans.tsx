import { useEffect, useState } from 'preact/hooks'
import type { PageStream } from '../../report/html/page-index.ts'
import { count } from '../../report/layout.ts'
import { Unprinted } from '../printing.tsx'
import type { PageReport } from '../report.ts'
import { StreamReasons, StreamTable } from '../streams/stream-table.tsx'

/** Streams that are drawn at first, and further ones at a time. */
const AT_A_TIME = 50

/** Media without signalling. */
export function Orphans({ report }: { readonly report: PageReport }) {
  const { orphans, leftOut } = report.index
  const [shown, setShown] = useState(AT_A_TIME)
  const [streams, setStreams] = useState<readonly PageStream[]>([])
  useEffect(() => {
    void report.streams.all(orphans.slice(0, shown)).then(setStreams)
  }, [report, orphans, shown])
  const rest = orphans.length - shown
  return (
    <section id="streams" aria-labelledby="streams-title">
      <h2 id="streams-title">Media without signalling</h2>
      <StreamTable label="Streams of no call" streams={streams} />
      <StreamReasons streams={streams} />
      {rest > 0 && (
        <>
          <button type="button" onClick={() => setShown(shown + AT_A_TIME)}>
            Show {Math.min(rest, AT_A_TIME)} of {count(rest, 'further stream')}
          </button>
          <Unprinted text={count(rest, 'further stream')} />
        </>
      )}
      {leftOut.orphans > 0 && <p class="calm">--format json has {count(leftOut.orphans, 'more stream')}.</p>}
    </section>
  )
}
