import type { RefObject } from 'preact'
import { useEffect, useState } from 'preact/hooks'
import { count } from '../../report/layout.ts'
import type { CallDetail, PageReport } from '../report.ts'
import { partId } from '../route.ts'
import { StreamTable } from '../streams/stream-table.tsx'
import { Timelines } from '../timeline/timelines.tsx'
import { CallFacts } from './call-facts.tsx'
import { CallFindings } from './call-findings.tsx'
import { CallSignalling } from './call-signalling.tsx'
import { CallSteps } from './call-steps.tsx'

interface Props {
  readonly report: PageReport
  readonly row: number
  /** Rows of the table as it is sorted and filtered. */
  readonly order: RefObject<readonly number[]>
  /** A stream or a finding of it that the address names. */
  readonly part: string | undefined
}

/** A call with all that is said of it: what was found beside what happened. */
export function CallView({ report, row, order, part }: Props) {
  const [detail, setDetail] = useState<CallDetail>()
  useEffect(() => {
    let isCurrent = true
    void report.call(row).then((read) => isCurrent && setDetail(read))
    return () => {
      isCurrent = false
    }
  }, [report, row])
  useEffect(() => {
    if (detail === undefined || part === undefined) return
    const place = document.getElementById(partId(part))
    place?.scrollIntoView({ block: 'center' })
    place?.focus({ preventScroll: true })
  }, [detail, part])
  if (detail === undefined) return <main aria-busy="true" class="call" />
  const { streams } = detail
  return (
    <main class="call">
      <CallSteps report={report} row={row} order={order} />
      <CallFacts report={report} detail={detail} />
      <div class="beside">
        <CallFindings report={report} detail={detail} part={part} />
        <div class="story">
          <CallSignalling report={report} detail={detail} />
          <Timelines report={report} detail={detail} part={part} />
        </div>
      </div>
      <section aria-labelledby="call-streams">
        <h2 id="call-streams">{count(streams.length, 'stream')}</h2>
        {streams.length === 0 ? (
          <p class="calm">No media of this call was captured.</p>
        ) : (
          <StreamTable label="Streams of the call" streams={streams} />
        )}
      </section>
    </main>
  )
}
