import { useEffect, useMemo, useState } from 'preact/hooks'
import { Ladder } from '../ladder/ladder.tsx'
import type { CallDetail, PageReport } from '../report.ts'
import { Descriptions, type WantedFrame } from '../sdp/descriptions.tsx'

/** More legs than an SBC makes of a call. */
const MOST_LEGS = 8

interface Props {
  readonly report: PageReport
  readonly detail: CallDetail
}

/** Ladder and descriptions of a call; where it is one with others, over all of these legs. */
export function CallSignalling({ report, detail }: Props) {
  const [others, setOthers] = useState<readonly CallDetail[]>([])
  const [isAlone, setAlone] = useState(false)
  const [wanted, setWanted] = useState<WantedFrame>()
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
    <>
      <section aria-labelledby="call-ladder">
        <h2 id="call-ladder">Ladder</h2>
        {others.length > 0 && (
          <p>
            <button type="button" aria-pressed={isAlone} onClick={() => setAlone(!isAlone)}>
              This leg alone
            </button>
          </p>
        )}
        <Ladder {...source} onShowSdp={(frame) => setWanted({ frame })} />
      </section>
      <section aria-labelledby="call-sdp">
        <h2 id="call-sdp">Offer and answer</h2>
        <Descriptions {...source} wanted={wanted} />
      </section>
    </>
  )
}
