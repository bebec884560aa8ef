import type { ArrowRow, MediaRow, MessageRow } from '../../report/ladder/ladder.ts'
import { mediaTexts } from '../../report/ladder/media-flows.ts'
import { durationText } from '../../report/ladder/times.ts'
import { turnText } from '../../report/turn-text.ts'
import { SeverityMark } from '../severity-mark.tsx'
import { clockOf } from './words.ts'

interface Props {
  readonly row: ArrowRow
  /** Shows the descriptions that the message is one of. */
  readonly onShowSdp?: ((frame: number) => void) | undefined
}

/** All that the ladder knows of one arrow. */
export function RowDetails({ row, onShowSdp }: Props) {
  return (
    <div class="row-details">
      {row.kind === 'message' ? <OfMessage row={row} onShowSdp={onShowSdp} /> : <OfStream row={row} />}
      {row.findings.map(({ severity, rule, kind, title }) => (
        <p key={`${rule} ${kind}`}>
          <SeverityMark severity={severity} />
          {title}
        </p>
      ))}
    </div>
  )
}

function OfMessage({ row, onShowSdp }: { readonly row: MessageRow; readonly onShowSdp: Props['onShowSdp'] }) {
  const { step, steps, timeUs, lastUs } = row
  const { frame, from, to, label, sdp, repeated } = step
  return (
    <p>
      <b>{label}</b>
      {repeated &&
        (steps.length > 1 ? `, sent again ${steps.length} times in ${durationText(lastUs - timeUs)}` : ', sent again')}
      {': '}
      {from} → {to}, {clockOf(row)} UTC, <code>frame.number == {frame}</code>
      {sdp && onShowSdp !== undefined && (
        <button type="button" onClick={() => onShowSdp(frame)}>
          Show SDP
        </button>
      )}
    </p>
  )
}

function OfStream({ row }: { readonly row: MediaRow }) {
  const { stream, rtcp } = row.flow
  const { id, ssrc, src, dst, turn, suite, firstFrame, lastFrame, jitterMs, explanation } = stream
  const facts = [
    mediaTexts(row.flow)[0],
    suite ?? '',
    jitterMs === undefined ? '' : `jitter ${jitterMs.toFixed(1)} ms`,
    `frames ${firstFrame} to ${lastFrame}`,
    turn === undefined ? '' : turnText(turn),
  ].filter((part) => part !== '')
  return (
    <>
      <p>
        <b>Stream {id}</b>: {src} → {dst}, {facts.join(', ')}, from {clockOf(row)} UTC, <code>rtp.ssrc == {ssrc}</code>
        {rtcp.length > 0 && `, with RTCP ${rtcp.map((one) => one.id).join(', ')}`}
      </p>
      {explanation !== undefined && <p>{explanation.text}</p>}
    </>
  )
}
