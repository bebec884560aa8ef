import type { TraceFacts } from '../model/analysis.ts'
import type { IcmpErrorRun } from '../model/icmp-errors.ts'
import type { RequestKind, UnansweredRequests } from '../sip/watch/facts.ts'

/** A router looks for a host for some seconds before it says that there is none. */
const SAID_WITHIN_US = 5_000_000
/** Requests of which sip-undelivered tells. */
const TOLD_AS_UNDELIVERED: ReadonlySet<RequestKind> = new Set(['invite', 'register'])
/** Of one datagram for what it is, not of those behind it. */
const OF_SOME_ONLY: ReadonlySet<IcmpErrorRun['kind']> = new Set(['too-big', 'fragments-missing'])

/** The ICMP errors that requests without an answer got up to the last of them. */
export function refusalOf({ icmp }: TraceFacts, one: UnansweredRequests): IcmpErrorRun | undefined {
  const { transport, source, destination: address, port, lastAt } = one
  if (transport !== 'udp') return undefined
  const runs = port === undefined ? icmp.runs : icmp.about({ destination: { address, port } })
  return runs.findLast(
    (run) =>
      run.transport === 'udp' &&
      run.source.address === source &&
      run.destination.address === address &&
      !OF_SOME_ONLY.has(run.kind) &&
      run.first.timeUs <= lastAt.timeUs + SAID_WITHIN_US &&
      run.last.timeUs >= lastAt.timeUs - SAID_WITHIN_US,
  )
}

/** Whether sip-undelivered says of these requests why nobody answers. */
export function isToldAsUndelivered(trace: TraceFacts, one: UnansweredRequests): boolean {
  return TOLD_AS_UNDELIVERED.has(one.kind) && refusalOf(trace, one) !== undefined
}
