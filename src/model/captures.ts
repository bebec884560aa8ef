import type { CaptureInput } from '../capture/capture-input.ts'
import type { InputFacts } from '../capture/input-records.ts'
import { formatLinkType } from '../capture/link-types.ts'
import { microsecondsOf } from '../capture/walker-state.ts'
import { Decode } from '../net/datagram.ts'
import { type Control, MAX_CAPTURES } from '../verify/control.ts'
import type { CaptureReport } from './report.ts'
import { formatTime } from './time.ts'

/** What is said of each input, in their order. */
export function describeCaptures(
  inputs: readonly CaptureInput[],
  facts: readonly InputFacts[],
  control: Control,
): CaptureReport[] {
  // Those that are counted together have no numbers of their own: drop-counts.ts tells of them.
  const apart = facts.length > MAX_CAPTURES ? MAX_CAPTURES - 1 : facts.length
  const decoded = (index: number, decode: number) => (index < apart ? control.decoded(index, decode) : 0)
  return facts.map((fact, index) => {
    const { earliest, latest, lost, droppedFrames } = fact
    const { clock } = inputs[index]
    return {
      path: inputs[index].path,
      format: inputs[index].format,
      linkTypes: fact.linkTypes.map(formatLinkType),
      frames: fact.frames,
      bytes: fact.bytes,
      ...(earliest !== undefined && { firstTime: formatTime(microsecondsOf(earliest)) }),
      ...(latest !== undefined && { lastTime: formatTime(microsecondsOf(latest)) }),
      ...(clock !== undefined &&
        clock.aheadUs !== 0 && { clock: { aheadSeconds: Math.round(clock.aheadUs / 1e3) / 1e3, of: clock.of } }),
      truncatedFrames: fact.truncatedFrames,
      malformedFrames: decoded(index, Decode.Malformed),
      undecodedFrames: decoded(index, Decode.UnknownLinkType),
      ...(droppedFrames !== undefined && { droppedFrames }),
      ...(lost !== undefined && { lost }),
    }
  })
}
