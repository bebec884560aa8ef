import { byPosition } from '../../bytes/frame-ref.ts'
import { groupedBy } from '../../bytes/lists-by-key.ts'
import type { TraceFacts } from '../../model/analysis.ts'
import type { InviteTarget } from '../../sip/watch/facts.ts'

/** INVITEs between two hosts over TLS that are addressed alike. */
export interface TlsInvites {
  readonly source: string
  readonly destination: string
  readonly host: string
  readonly invites: number
  readonly at: InviteTarget['at']
}

/** INVITEs outside of dialogs, over TLS, that have a fault: once for each pair of hosts and host of the Request-URI. */
export function faultyTlsInvites(trace: TraceFacts, isFaulty: (target: InviteTarget) => boolean): TlsInvites[] {
  const faulty = trace.signalling.inviteTargets.filter(({ transport }) => transport === 'tls').filter(isFaulty)
  const alike = groupedBy(faulty, ({ source, destination, host }) => `${source} ${destination} ${host}`)
  return [...alike.values()].map((targets) => ({
    source: targets[0].source,
    destination: targets[0].destination,
    host: targets[0].host,
    invites: targets.reduce((sum, { invites }) => sum + invites, 0),
    at: targets.flatMap(({ at }) => at).sort(byPosition),
  }))
}
