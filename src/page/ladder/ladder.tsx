import { useMemo, useRef, useState } from 'preact/hooks'
import { type LadderSource, ladderOf } from '../../report/ladder/ladder.ts'
import { legName } from '../../report/ladder/words.ts'
import { count } from '../../report/layout.ts'
import { useWidth } from '../use-width.ts'
import { LadderPicture } from './ladder-picture.tsx'
import { LadderTable } from './ladder-table.tsx'
import { layOut } from './layout.ts'
import { RowDetails } from './row-details.tsx'

interface Props extends Pick<LadderSource, 'calls' | 'streams' | 'findings'> {
  /** Shows the descriptions that a message is one of, by its frame. */
  readonly onShowSdp?: (frame: number) => void
}

/** The messages of a call, or of the legs that are one, with its streams: who sent what to whom, and when. */
export function Ladder({ calls, streams, findings = [], onShowSdp }: Props) {
  const [isUnfolded, setUnfolded] = useState(false)
  const [isTable, setTable] = useState(false)
  const [selected, setSelected] = useState(-1)
  const place = useRef<HTMLDivElement>(null)
  const width = useWidth(place, 960)
  const ladder = useMemo(
    () => ladderOf({ calls, streams, findings, unfolded: isUnfolded }),
    [calls, streams, findings, isUnfolded],
  )
  const layout = useMemo(() => layOut(ladder, width), [ladder, width])
  const foldable = calls.some(({ ladder: steps = [] }) => steps.filter(({ repeated }) => repeated).length > 1)
  const row = ladder.rows[selected]
  return (
    <div class="ladder" ref={place}>
      <div class="tools">
        <p class="about">
          In the order of events, not to scale: a break says how long nothing came. A band is a stream, the bar beside
          the lifeline of its sender the time it ran.
          {calls.length > 1 && ` Legs: ${calls.map(({ callId }, n) => `${legName(n)} ${callId}`).join(', ')}.`}
        </p>
        {foldable && (
          <button
            type="button"
            aria-pressed={isUnfolded}
            onClick={() => {
              setSelected(-1)
              setUnfolded(!isUnfolded)
            }}
          >
            Each retransmission
          </button>
        )}
        <button type="button" aria-pressed={isTable} onClick={() => setTable(!isTable)}>
          As a table
        </button>
      </div>
      {isTable ? (
        <LadderTable ladder={ladder} />
      ) : (
        <LadderPicture ladder={ladder} layout={layout} selected={selected} onSelect={setSelected} />
      )}
      {!isTable && row !== undefined && row.kind !== 'gap' && <RowDetails row={row} onShowSdp={onShowSdp} />}
      {ladder.messagesLeft > 0 && (
        <p class="about">{count(ladder.messagesLeft, 'message')} more: of each call the first 500 are kept.</p>
      )}
      {ladder.streamsLeft > 0 && <p class="about">{count(ladder.streamsLeft, 'stream')} more.</p>}
    </div>
  )
}
