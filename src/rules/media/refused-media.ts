import { formatEndpoint } from '../../bytes/endpoint.ts'
import type { AnalysedStream, DescribedMedia } from '../../model/analysis.ts'
import { type IcmpErrorRun, type IcmpErrors, isOfAll } from '../../model/icmp-errors.ts'
import { formatClock } from '../../model/time.ts'
import type { Period } from './call-media.ts'
import { icmpName } from './icmp-words.ts'

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

/** `198.51.100.20 answers with ICMP port unreachable, …`: what is wrong, as far as the error tells. */
export function refusalText(run: IcmpErrorRun): string {
  const { by, kind, destination } = run
  const isReceiver = by === destination.address
  const at = formatEndpoint(destination)
  const said = `with ${icmpName(run)} (${framesText(run)})`
  switch (kind) {
    case 'port-unreachable':
      return isReceiver
        ? `${by} answers it ${said}: nothing listens on ${at}, or a firewall or NAT there rejects it`
        : `${by} answers it ${said} in place of ${destination.address}: a firewall on the way to ${at} rejects it, or a NAT leads to a closed port`
    case 'prohibited':
      return `${by} rejects it ${said}: a firewall does not let it through to ${at}`
    case 'host-unreachable':
      return `${by} says ${said} that it does not get to ${destination.address}: nobody answers there, or no route leads there`
    case 'network-unreachable':
      return `${by} says ${said} that it has no route to ${destination.address}`
    case 'ttl-exceeded':
      return `${by} drops it ${said} on its way to ${destination.address}: it goes in a circle, or was sent with too small a TTL`
    case 'too-big':
      return `${by} drops it ${said}: it is larger than the next link takes${run.mtu === undefined ? '' : `, ${run.mtu} octets`}`
    case 'fragments-missing':
      return `${by} says ${said} that fragments of it were lost on the way`
    default:
      return `${by} says ${said} that it does not get to ${at}`
  }
}

/** Rotated files count their frames each from one: where the errors go on through several, the times tell. */
function framesText({ first, last }: IcmpErrorRun): string {
  if (first.capture !== last.capture) {
    return `first at ${formatClock(first.timeUs)}, last at ${formatClock(last.timeUs)}`
  }
  return first.frame === last.frame ? `frame ${first.frame}` : `first in frame ${first.frame}, last in ${last.frame}`
}

const PORT_REMEDY =
  'Look at the receiver for what listens on that port while the call runs (ss -lunp): a media process that ended, or sits on ' +
  'another address; then at the firewall of that host, for rules that reject (iptables, nftables: REJECT).'

const REMEDIES: Readonly<Partial<Record<IcmpErrorRun['kind'], string>>> = {
  'port-unreachable': PORT_REMEDY,
  prohibited: 'Let the media ports of the receiver through at the firewall that sends these errors.',
  'host-unreachable':
    'Look whether the receiver is up and has the address that it described; if so, at the router that sends these errors: ARP ' +
    'or neighbour discovery finds nobody there.',
  'network-unreachable': 'Give the router that sends these errors a route to the network of the receiver.',
  'ttl-exceeded':
    'Follow the way to the receiver with traceroute from the sender: two routers that send to one another make a circle.',
}

/** What to change; nothing where the error does not say it. */
export function refusalRemedy({ kind, by, destination }: IcmpErrorRun): string | undefined {
  if (kind === 'port-unreachable' && by !== destination.address) {
    return 'Look at the firewall or NAT that sends these errors: what it does with UDP to that address and port.'
  }
  return REMEDIES[kind]
}

/** Of a run, for evidence. */
export function refusalEvidence(run: IcmpErrorRun): object {
  const { by, kind, type, code, source, destination, count, first, last, mtu } = run
  return {
    by,
    kind,
    type,
    code,
    source: formatEndpoint(source),
    destination: formatEndpoint(destination),
    errors: count,
    ...(mtu !== undefined && { mtu }),
    firstFrame: first.frame,
    ...(first.capture === last.capture && { lastFrame: last.frame }),
  }
}
