import { type Endpoint, formatEndpoint } from '../bytes/endpoint.ts'
import { lastBegun } from '../bytes/last-begun.ts'
import { addToList } from '../bytes/lists-by-key.ts'
import { flowName, type IcmpErrorRun } from '../net/icmp-log.ts'
import type { IcmpErrorReport } from './report.ts'
import { formatTime } from './time.ts'

export type { IcmpErrorRun }

/** UDP datagrams that are asked about: all that went somewhere, or those of one sender. */
export interface Refused {
  readonly source?: Endpoint | undefined
  readonly destination: Endpoint
}

const NONE: readonly IcmpErrorRun[] = []

/** Runs about one destination that are looked at, whoever sent there: anybody may have sent from thousands of ports. */
const MOST_TOWARD = 256

/** What ICMP says of the datagrams of a trace that did not arrive. Immutable. */
export class IcmpErrors {
  /** In the order of their first frames. */
  readonly runs: readonly IcmpErrorRun[]
  readonly #byFlow = new Map<string, IcmpErrorRun[]>()
  readonly #byDestination = new Map<string, IcmpErrorRun[]>()
  readonly #byHosts = new Map<string, IcmpErrorRun[]>()

  constructor(runs: readonly IcmpErrorRun[]) {
    this.runs = runs
    for (const run of runs) {
      addToList(this.#byFlow, flowName(run.source, run.destination), run)
      addToList(this.#byDestination, formatEndpoint(run.destination), run)
      addToList(this.#byHosts, `${run.source.address} ${run.destination.address}`, run)
    }
  }

  /** The runs of errors about such datagrams that were under way between two times, µs, both included. */
  about(
    { source, destination }: Refused,
    fromUs = Number.NEGATIVE_INFINITY,
    untilUs = Number.POSITIVE_INFINITY,
  ): readonly IcmpErrorRun[] {
    const known =
      source === undefined ? this.#toward(destination, untilUs) : this.#byFlow.get(flowName(source, destination))
    if (known === undefined) return NONE
    return known.filter((run) => run.transport === 'udp' && run.first.timeUs <= untilUs && run.last.timeUs >= fromUs)
  }

  #toward(destination: Endpoint, untilUs: number): readonly IcmpErrorRun[] | undefined {
    const known = this.#byDestination.get(formatEndpoint(destination))
    return known && lastBegun(known, untilUs, MOST_TOWARD, ({ first }) => first.timeUs)
  }

  /** The runs of errors about what one host sent to another, whatever the ports. */
  between(source: string, destination: string): readonly IcmpErrorRun[] {
    return this.#byHosts.get(`${source} ${destination}`) ?? NONE
  }
}

/** Whether an error speaks of a way or its end: not of one datagram alone, for its size or for a fragment of it. */
export function isOfAll({ kind }: IcmpErrorRun): boolean {
  return kind !== 'too-big' && kind !== 'fragments-missing'
}

/** As the report has them. `severalCaptures`: frames are numbered within one of several. */
export function describeIcmpErrors({ runs }: IcmpErrors, severalCaptures: boolean): IcmpErrorReport[] {
  return runs.map(({ by, kind, type, code, transport, source, destination, mtu, count, first, last }) => ({
    by,
    kind,
    icmpType: type,
    icmpCode: code,
    transport,
    src: formatEndpoint(source),
    dst: formatEndpoint(destination),
    ...(mtu !== undefined && { mtu }),
    errors: count,
    ...(severalCaptures && { capture: first.capture }),
    firstFrame: first.frame,
    ...(last.capture !== first.capture && { lastCapture: last.capture }),
    lastFrame: last.frame,
    firstTime: formatTime(first.timeUs),
    lastTime: formatTime(last.timeUs),
  }))
}
