import { useMemo } from 'preact/hooks'
import { reachedLimits } from '../../report/reached-limits.ts'
import { Calls } from '../calls/calls.tsx'
import { ALL_CALLS, type Selection } from '../calls/selection.ts'
import { FindingGroups } from '../findings/finding-groups.tsx'
import type { PageReport } from '../report.ts'
import { Anomalies } from './anomalies.tsx'
import { Captures } from './captures.tsx'
import { Limits } from './limits.tsx'
import { Orphans } from './orphans.tsx'
import { Policies } from './policies.tsx'
import { Summary } from './summary.tsx'
import { TlsPeers } from './tls-peers.tsx'

interface Props {
  readonly report: PageReport
  /** Another part of the page is looked at; this one keeps its state. */
  readonly isHidden: boolean
  readonly isPrinted: boolean
  readonly selection: Selection
  readonly onSelect: (selection: Selection) => void
  readonly onRows: (rows: readonly number[]) => void
}

/** The whole report: what is wrong first, then the calls, then what else there is. */
export function Overview({ report, isHidden, isPrinted, selection, onSelect, onRows }: Props) {
  // What no search changes is put together once: each letter of a search draws the table alone.
  const before = useMemo(() => <Before report={report} onSelect={onSelect} />, [report, onSelect])
  const behind = useMemo(() => <Behind report={report} />, [report])
  return (
    <main hidden={isHidden}>
      {before}
      <Calls report={report} selection={selection} onSelect={onSelect} onRows={onRows} isPrinted={isPrinted} />
      {behind}
    </main>
  )
}

function Before({ report, onSelect }: Pick<Props, 'report' | 'onSelect'>) {
  const showCalls = (group: number) => {
    onSelect({ ...ALL_CALLS, group })
    document.getElementById('calls')?.scrollIntoView()
  }
  return (
    <>
      <Summary report={report} />
      <section id="findings" aria-labelledby="findings-title">
        <h2 id="findings-title">Findings</h2>
        <FindingGroups report={report} onShowCalls={showCalls} />
      </section>
    </>
  )
}

function Behind({ report }: Pick<Props, 'report'>) {
  const { policies, policyNotShown = [], captures, tls = [], anomalies, orphans } = report.index
  const limits = reachedLimits(anomalies)
  return (
    <>
      {orphans.length > 0 && <Orphans report={report} />}
      {tls.length > 0 && <TlsPeers peers={tls} />}
      {policies !== undefined && <Policies policies={policies} notShown={policyNotShown} />}
      {limits.length > 0 && <Limits limits={limits} />}
      <Captures captures={captures} />
      {anomalies.length > 0 && <Anomalies anomalies={anomalies} captures={captures} />}
    </>
  )
}
