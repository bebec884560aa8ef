import { useEffect, useState } from 'preact/hooks'
import { CallView } from './call/call-view.tsx'
import { Overview } from './overview/overview.tsx'
import type { PageReport } from './report.ts'
import { parseRoute } from './route.ts'

/** The report, or the call that the address names. */
export function App({ report }: { readonly report: PageReport }) {
  const [route, setRoute] = useState(() => parseRoute(location.hash))
  useEffect(() => {
    const changed = () => setRoute(parseRoute(location.hash))
    addEventListener('hashchange', changed)
    return () => removeEventListener('hashchange', changed)
  }, [])
  const row = route.view === 'call' ? report.index.rows.callId.indexOf(route.callId) : -1
  return row >= 0 ? <CallView key={row} report={report} row={row} /> : <Overview report={report} />
}
