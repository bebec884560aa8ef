import { useEffect, useLayoutEffect, useRef, useState } from 'preact/hooks'
import { CallView } from './call/call-view.tsx'
import { ALL_CALLS } from './calls/selection.ts'
import { Overview } from './overview/overview.tsx'
import { PageBar } from './page-bar.tsx'
import { usePrinting } from './printing.tsx'
import type { PageReport } from './report.ts'
import { parseRoute } from './route.ts'

/** The report, or the call that the address names. */
export function App({ report }: { readonly report: PageReport }) {
  const route = useRoute()
  const isPrinted = usePrinting()
  const [selection, setSelection] = useState(ALL_CALLS)
  const order = useRef<readonly number[]>([])
  const [noteOrder] = useState(() => (rows: readonly number[]) => {
    order.current = rows
  })
  const row = route.view === 'call' ? report.index.rows.callId.indexOf(route.callId) : -1
  const isCall = row >= 0
  // The report is as it was left when somebody comes back from a call; a call begins at its top.
  const left = useRef(0)
  useLayoutEffect(() => {
    if (isCall) {
      scrollTo(0, 0)
      return
    }
    if (route.view === 'report' && route.section !== undefined && route.section !== BACK) {
      document.getElementById(route.section)?.scrollIntoView()
    } else scrollTo(0, left.current)
  }, [isCall, route])
  useEffect(() => {
    const note = () => {
      if (!isCall) left.current = scrollY
    }
    addEventListener('scroll', note, { passive: true })
    return () => removeEventListener('scroll', note)
  }, [isCall])
  return (
    <>
      <PageBar
        top={`#${BACK}`}
        label="Parts of the report"
        parts={{ Findings: '#findings', Calls: '#calls', Captures: '#captures' }}
      />
      {route.view === 'call' && !isCall && (
        <p role="alert" class="warning">
          This report has no call {route.callId}.
        </p>
      )}
      <Overview
        report={report}
        isHidden={isCall}
        isPrinted={isPrinted && !isCall}
        selection={selection}
        onSelect={setSelection}
        onRows={noteOrder}
      />
      {route.view === 'call' && isCall && (
        <CallView key={row} report={report} row={row} order={order} part={route.part} />
      )}
      <footer>
        srtp-scan {report.index.tool.version}. This file holds the whole report and fetches nothing; it shows no key,
        only fingerprints.
      </footer>
    </>
  )
}

/** Leads back to the report, where it was left. */
const BACK = 'report'

function useRoute() {
  const [route, setRoute] = useState(() => parseRoute(location.hash))
  useEffect(() => {
    const changed = () => setRoute(parseRoute(location.hash))
    addEventListener('hashchange', changed)
    return () => removeEventListener('hashchange', changed)
  }, [])
  return route
}
