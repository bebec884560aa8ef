import { useEffect, useMemo, useState } from 'preact/hooks'
import { Ladder } from '../ladder/ladder.tsx'
import type { CallDetail, PageReport } from '../report.ts'

/** More legs than an SBC makes of a call. */
const MOST_LEGS = 8

interface Props {
  readonly report: PageReport
  readonly detail: CallDetail
}

/** The ladder of a call; where it is one with others, over all of these legs. */
export function CallLadder({ report, detail }: Props) {
  const [others, setOthers] = useState<readonly CallDetail[]>([])
  const [isAlone, setAlone] = useState(false)
  const { joined, row } = detail
  useEffect(() => {
    let isCurrent = true
    const rows = (joined?.rows ?? []).filter((other) => other !== row).slice(0, MOST_LEGS - 1)
    void Promise.all(rows.map((other) => report.call(other))).then((read) => isCurrent && setOthers(read))
    return () => {
      isCurrent = false
    }
  }, [report, row, joined])
  const source = useMemo(() => {
    const legs = isAlone ? [detail] : [detail, ...others].sort((a, b) => (a.call.startTime < b.call.startTime ? -1 : 1))
    return {
      calls: legs.map(({ call }) => call),
      streams: legs.flatMap(({ streams }) => streams),
      findings: legs.flatMap(({ findings }) => findings),
    }
  }, [detail, others, isAlone])
  return (
    <section aria-labelledby="call-ladder">
      <h2 id="call-ladder">Ladder</h2>
      {others.length > 0 && (
        <p>
          <button type="button" aria-pressed={isAlone} onClick={() => setAlone(!isAlone)}>
            This leg alone
          </button>
        </p>
      )}
      <Ladder {...source} />
    </section>
  )
}
