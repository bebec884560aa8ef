import type { TraceFacts } from '../../model/analysis.ts'
import { type IcmpErrorRun, isOfAll } from '../../model/icmp-errors.ts'
import type { RequestKind, UnansweredRequests } from '../../sip/watch/facts.ts'

/** A router looks for a host for some seconds before it says that there is none. */
export const SAID_WITHIN_US = 5_000_000
/** Requests of which sip-undelivered tells. */
const TOLD_AS_UNDELIVERED: ReadonlySet<RequestKind> = new Set(['invite', 'register'])

/** The ICMP errors that requests without an answer got up to the last of them. */
export function refusalOf({ icmp }: TraceFacts, one: UnansweredRequests): IcmpErrorRun | undefined {
  const { transport, source, destination, port, lastAt } = one
  if (transport !== 'udp') return undefined
  return icmp
    .between(source, destination)
    .findLast(
      (run) =>
        run.transport === 'udp' &&
        (port === undefined || run.destination.port === port) &&
        isOfAll(run) &&
        run.first.timeUs <= lastAt.timeUs + SAID_WITHIN_US &&
        run.last.timeUs >= lastAt.timeUs - SAID_WITHIN_US,
    )
}

/**
 * Whether sip-undelivered says of these requests why nobody answers.
 *
 * @param searching of whom it says nothing
 */
export function isToldAsUndelivered(
  trace: TraceFacts,
  one: UnansweredRequests,
  searching: ReadonlySet<string>,
): boolean {
  return TOLD_AS_UNDELIVERED.has(one.kind) && !searching.has(one.source) && refusalOf(trace, one) !== undefined
}
