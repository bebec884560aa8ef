import type { AnalysedCall, AnalysedStream } from '../model/analysis.ts'
import { IcmpErrors } from '../model/icmp-errors.ts'
import type { Meant } from './meant.ts'

/** Hosts that calls go between, with what they describe: what ICMP says of datagrams between them is about these calls. */
export class HostsOfCalls {
  readonly #hosts = new Set<string>()

  add({ paths, exchanges }: Pick<AnalysedCall, 'paths' | 'exchanges'>, streams: readonly AnalysedStream[]): void {
    const hosts = this.#hosts
    for (const { source, destination } of [...paths, ...streams]) hosts.add(source.address).add(destination.address)
    for (const { media } of exchanges.flatMap(({ offer, answers }) => [offer, ...answers])) {
      for (const { connectionAddress } of media) if (connectionAddress !== undefined) hosts.add(connectionAddress)
    }
  }

  hasBoth(a: string, b: string): boolean {
    return this.#hosts.has(a) && this.#hosts.has(b)
  }
}

/** What ICMP says between the hosts of the calls that stay, and what passes the filter for whatever is no call's own. */
export function filteredIcmp(
  { runs }: IcmpErrors,
  hosts: HostsOfCalls,
  { isOfAnyCall, isMeant, sinceUs, untilUs }: Meant,
): IcmpErrors {
  return new IcmpErrors(
    runs.filter(({ by, source, destination, first, last }) => {
      if (first.timeUs > untilUs || last.timeUs < sinceUs) return false
      if (hosts.hasBoth(source.address, destination.address)) return true
      return isOfAnyCall && (isMeant === undefined || [by, source.address, destination.address].some(isMeant))
    }),
  )
}
