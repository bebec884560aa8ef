import type { CaptureStream } from '../../capture/capture-stream.ts'
import type { InputFacts, OnKeyLog, RecordSource } from '../../capture/input-records.ts'
import { MERGED_HEADER, MergedField } from '../../capture/merged-record.ts'
import { MergedStream } from '../../capture/merged-stream.ts'
import { FileOctets } from '../../capture/octet-source.ts'
import { TLS_KEY_LOG } from '../../capture/record.ts'
import { ScratchReader } from '../../capture/scratch-file.ts'
import type { CaptureTime } from '../../capture/walker-state.ts'

/** What is known of a lean trace once it is written. */
export interface LeanFindings {
  readonly facts: InputFacts
  /** Time of the first record; absent where there is none. */
  readonly first?: CaptureTime
  /** Octets in front of it: secrets that the part begins with. */
  readonly headBytes: number
  /** There are secrets behind records too. */
  readonly hasLaterSecrets: boolean
}

/** The lean trace of a part. */
export interface LeanTrace extends LeanFindings {
  /** Number of the part in the set. */
  readonly part: number
  readonly place: string
}

/**
 * The records of all parts in the order in which MergedStream brings those of the captures. Parts that follow one another
 * are read one after the other, as they are; those that overlap in time are merged.
 */
export async function openLeanStream(traces: readonly LeanTrace[], onKeyLog: OnKeyLog): Promise<CaptureStream> {
  for (const trace of traces) announceSecrets(trace, onKeyLog)
  const groups = groupsOf(traces.filter(({ first }) => first !== undefined))
  let open: Segment | undefined
  return {
    format: 'merged',
    async fill(target) {
      let filled = 0
      while (filled < target.length) {
        if (open === undefined) {
          const group = groups.shift()
          if (group === undefined) break
          open = group.length === 1 ? alone(group[0], onKeyLog) : await merged(group, onKeyLog)
        }
        const got = await open.fill(target.subarray(filled))
        filled += got
        if (got > 0) continue
        open.close()
        open = undefined
      }
      return filled
    },
    facts: () => traces.map(({ facts }) => facts),
    close: () => open?.close(),
  }
}

type Segment = Pick<CaptureStream, 'close'> & { fill(target: Uint8Array): Promise<number> | number }

/** In the order of their first records; a group ends where the next part begins behind all of its records. */
function groupsOf(traces: readonly LeanTrace[]): LeanTrace[][] {
  const isPlain = traces.every(({ hasLaterSecrets, facts }) => !hasLaterSecrets && facts.latest !== undefined)
  // Secrets are heard as they come up in a merge; times that are not known say nothing of the order.
  if (!isPlain) return traces.length === 0 ? [] : [[...traces]]
  const inOrder = [...traces].sort((a, b) => compareTimes(timeOf(a), timeOf(b)) || a.part - b.part)
  const groups: LeanTrace[][] = []
  let latest: CaptureTime | undefined
  let lastPart = -1
  for (const trace of inOrder) {
    const order = latest === undefined ? -1 : compareTimes(latest, timeOf(trace))
    const follows = order < 0 || (order === 0 && lastPart < trace.part)
    if (follows) groups.push([trace])
    else (groups.at(-1) as LeanTrace[]).push(trace)
    const end = trace.facts.latest as CaptureTime
    if (latest === undefined || compareTimes(latest, end) < 0) latest = end
    lastPart = Math.max(lastPart, trace.part)
  }
  // Ties within a group go by the numbers of the parts.
  return groups.map((group) => group.sort((a, b) => a.part - b.part))
}

function timeOf({ first }: LeanTrace): CaptureTime {
  return first as CaptureTime
}

function compareTimes(a: CaptureTime, b: CaptureTime): number {
  return a.seconds - b.seconds || a.nanoseconds - b.nanoseconds
}

function alone(trace: LeanTrace, onKeyLog: OnKeyLog): Segment {
  announceSecrets(trace, onKeyLog)
  const reader = new ScratchReader(trace.place, trace.headBytes)
  return { fill: (target) => reader.read(target), close: () => reader.close() }
}

function merged(group: readonly LeanTrace[], onKeyLog: OnKeyLog): Promise<Segment> {
  const sources = group.map(({ part, place }): RecordSource => {
    const open = () => new FileOctets(place)
    return { path: place, format: 'merged', compression: 'none', reopenable: true, capture: part, open }
  })
  return MergedStream.open(sources, onKeyLog)
}

/** Hands on the TLS key logs that a part begins with. */
function announceSecrets({ place, headBytes }: LeanTrace, onKeyLog: OnKeyLog): void {
  if (headBytes === 0) return
  const head = new Uint8Array(headBytes)
  const reader = new ScratchReader(place, 0)
  reader.read(head)
  reader.close()
  const view = new DataView(head.buffer)
  for (let at = 0; at < headBytes; ) {
    const end = at + MERGED_HEADER + view.getUint32(at + MergedField.Kept, true)
    const left = view.getUint32(at + MergedField.Original, true)
    const type = view.getUint32(at + MergedField.LinkType, true)
    if (type === TLS_KEY_LOG) onKeyLog(head.subarray(at + MERGED_HEADER, end), left)
    at = end
  }
}
