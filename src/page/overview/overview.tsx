import type { PageReport } from '../report.ts'
import { callHash } from '../route.ts'

export function Overview({ report }: { readonly report: PageReport }) {
  const { rows, groups, totals } = report.index
  return (
    <main>
      <h1>
        {totals.calls} calls, {totals.findings.error} errors
      </h1>
      <ul>
        {groups.map(({ rule, kind = '', title, count }) => (
          <li key={rule + kind}>
            {rule} {count}: {title}
          </li>
        ))}
      </ul>
      <table>
        <tbody>
          {rows.callId.map((callId, row) => (
            <tr key={callId}>
              <td>
                <a href={callHash(callId)}>{rows.startTime[row]}</a>
              </td>
              <td>{rows.from[row]}</td>
              <td>{rows.to[row]}</td>
            </tr>
          ))}
        </tbody>
      </table>
    </main>
  )
}
