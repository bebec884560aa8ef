import { useEffect, useState } from 'preact/hooks'
import type { CallDetail, PageReport } from '../report.ts'

/** A call with all that is said of it. */
export function CallView({ report, row }: { readonly report: PageReport; readonly row: number }) {
  const [detail, setDetail] = useState<CallDetail>()
  useEffect(() => {
    let current = true
    void report.call(row).then((read) => current && setDetail(read))
    return () => {
      current = false
    }
  }, [report, row])
  if (detail === undefined) return <main aria-busy="true" />
  const { call, streams, findings } = detail
  return (
    <main>
      <a href="#calls">All calls</a>
      <h1>
        {call.from} to {call.to}
      </h1>
      <p>Call-ID {call.callId}</p>
      <ul>
        {findings.map(({ rule, detail: text }) => (
          <li key={rule + text}>
            {rule}: {text}
          </li>
        ))}
      </ul>
      <ul>
        {streams.map(({ id, src, dst }) => (
          <li key={id}>
            {src} to {dst}
          </li>
        ))}
      </ul>
    </main>
  )
}
