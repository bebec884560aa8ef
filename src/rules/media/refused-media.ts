import type { AnalysedStream, DescribedMedia } from '../../model/analysis.ts'
import { type IcmpErrorRun, type IcmpErrors, isOfAll } from '../../model/icmp-errors.ts'
import type { Period } from './call-media.ts'

/** What ICMP says of the media of one direction. */
export interface RefusedMedia {
  readonly run: IcmpErrorRun
  readonly sinceUs: number
}

/**
 * A telephone may open its port a moment after the answer, and close it with the BYE: what is refused then is missed by
 * nobody. Hosts send about one error a second (RFC 1812 §4.3.2.8): so many of them are no accident, and where they end, the
 * next one would have come by then.
 */
const LEAST_US = 2_000_000
const LEAST_ERRORS = 3
const GOES_ON_US = 5_000_000
/** What is sent elsewhere for longer is heard there. */
const ELSEWHERE_US = 2_000_000

/** Since when all that is sent in one direction is refused, up to its end, within a period in which it was to be heard. */
export function refusedMedia(
  icmp: IcmpErrors,
  streams: readonly AnalysedStream[],
  active: () => readonly Period[],
): RefusedMedia | undefined {
  if (icmp.runs.length === 0 || streams.length === 0) return undefined
  const refused = flowsOf(streams).map((flow) => ({ flow, refusal: refusedFlow(icmp, flow, active) }))
  const first = refused
    .flatMap(({ refusal }) => refusal ?? [])
    .reduce<RefusedMedia | undefined>((a, b) => (a !== undefined && a.sinceUs <= b.sinceUs ? a : b), undefined)
  if (first === undefined) return undefined
  const isHeardElsewhere = refused.some(
    ({ flow, refusal }) => refusal === undefined && flow.lastUs - first.sinceUs > ELSEWHERE_US,
  )
  return isHeardElsewhere ? undefined : first
}

/**
 * The same of media that was not captured itself, toward an end that was described. Who rejects the packets of one sender may
 * take those of another; a host on which nothing listens takes none.
 */
export function refusedUnseen(
  icmp: IcmpErrors,
  { connectionAddress: address, port }: DescribedMedia,
  sender: DescribedMedia,
  active: () => readonly Period[],
): RefusedMedia | undefined {
  if (icmp.runs.length === 0 || address === undefined) return undefined
  const periods = active()
  const runs = icmp
    .about({ destination: { address, port } }, periods[0]?.fromUs, periods.at(-1)?.untilUs)
    .filter(({ by, source }) => by === address || source.address === sender.connectionAddress)
  return ofRuns(runs, periods, Number.POSITIVE_INFINITY)
}

/** What a sender was told as it sent its last packets: it may have given up for that. */
export function refusedAtTheEnd(icmp: IcmpErrors, streams: readonly AnalysedStream[]): IcmpErrorRun | undefined {
  const last = streams.reduce((a, b) => (b.lastAt.timeUs > a.lastAt.timeUs ? b : a))
  const { source, destination, lastAt } = last
  const runs = icmp.about({ source, destination }, lastAt.timeUs - LEAST_US, lastAt.timeUs + LEAST_US)
  return runs.find((run) => isOfAll(run) && lastAt.timeUs - run.last.timeUs <= LEAST_US)
}

interface Flow {
  readonly stream: AnalysedStream
  readonly lastUs: number
}

function flowsOf(streams: readonly AnalysedStream[]): readonly Flow[] {
  const flows = new Map<string, Flow>()
  for (const stream of streams) {
    const { src, dst } = stream.report
    const known = flows.get(`${src} ${dst}`)
    const lastUs = Math.max(stream.lastAt.timeUs, known?.lastUs ?? Number.NEGATIVE_INFINITY)
    flows.set(`${src} ${dst}`, { stream, lastUs })
  }
  return [...flows.values()]
}

function refusedFlow(
  icmp: IcmpErrors,
  { stream: { source, destination }, lastUs }: Flow,
  active: () => readonly Period[],
): RefusedMedia | undefined {
  const runs = icmp.about({ source, destination })
  return runs.length === 0 ? undefined : ofRuns(runs, active(), lastUs)
}

function ofRuns(
  runs: readonly IcmpErrorRun[],
  periods: readonly Period[],
  lastSentUs: number,
): RefusedMedia | undefined {
  for (const { fromUs, untilUs } of periods) {
    const endUs = Math.min(untilUs, lastSentUs)
    for (const run of runs) {
      if (!isOfAll(run) || run.count < LEAST_ERRORS || endUs - run.last.timeUs > GOES_ON_US) continue
      const sinceUs = Math.max(run.first.timeUs, fromUs)
      if (Math.min(run.last.timeUs, endUs) - sinceUs >= LEAST_US) return { run, sinceUs }
    }
  }
  return undefined
}
