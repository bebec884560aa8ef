import { byPosition } from '../../bytes/frame-ref.ts'
import { groupedBy } from '../../bytes/lists-by-key.ts'
import type { InviteTarget } from '../../sip/watch/facts.ts'
import { listed, MOST_LISTED } from '../listed.ts'
import { defineRule, finding, type RuleText } from '../rule.ts'
import { summedUp } from '../summed-up.ts'
import { shortened } from './shortened.ts'

const text: RuleText = {
  id: 'request-uri-foreign-domain',
  severity: 'warning',
  title: 'An INVITE for a foreign domain is not dropped',
  meaning:
    'Under a policy that lists domains: an INVITE was addressed to another host, often the bare IP address, and was taken ' +
    'up all the same. Scanners know the address only; whoever is meant to call knows the domain.',
  shows:
    'The host of the Request-URI where a call is seen first (a proxy may put a Contact there on later hops), and a response ' +
    'to it. Silence and 403 are as it should be.',
  causes: [
    'an SBC that looks at the user part only, or takes any host for its own',
    'a peer that is set up with an IP address in place of the domain',
    'a domain that the policy does not list: a second trunk, a new name, the domain of a peer that is called',
    'a hunt for toll fraud',
  ],
  remedy:
    'Let the SBC drop requests whose Request-URI host is none of its domains; let peers dial the domain; add wanted ' +
    'domains, those of called peers too, to the policy.',
  references: ['RFC 3261 §16.3', 'RFC 3261 §16.5', 'RFC 3261 §19.1.1'],
}

export const requestUriForeignDomain = defineRule(text, (trace, { sip: { domains } = {} }) => {
  if (domains === undefined) return {}
  const allowed = new Set(domains.map(nameOf))
  return {
    end: () => {
      const foreign = trace.signalling.inviteTargets.filter(
        (target) => target.firstOfCall && !allowed.has(nameOf(target.host)) && isTakenUp(target),
      )
      const describe = ([host, targets]: readonly [string, readonly InviteTarget[]]) => {
        const sources = [...new Set(targets.map(({ source }) => source))]
        const servers = [...new Set(targets.map(({ destination }) => destination))]
        const invites = targets.reduce((sum, one) => sum + one.invites, 0)
        return finding(text, trace, {
          detail: `${invites} ${invites === 1 ? 'INVITE' : 'INVITEs'} to ${shortened(host)} from ${listed(sources)} ${invites === 1 ? 'was' : 'were'} not dropped by ${listed(servers)}; the domains are ${listed(domains)}.`,
          at: targets.flatMap(({ at }) => at).sort(byPosition),
          evidence: {
            host: shortened(host),
            invites,
            sources: sources.slice(0, 20),
            servers: servers.slice(0, 20),
            domains: domains.slice(0, MOST_LISTED),
          },
        })
      }
      return summedUp([...groupedBy(foreign, ({ host }) => nameOf(host))], describe, (rest) =>
        finding(text, trace, {
          detail: `INVITEs to ${rest.length} more foreign hosts were not dropped.`,
          at: rest.map(([, targets]) => targets.flatMap(({ at }) => at).sort(byPosition)[0]),
          evidence: { hosts: rest.length },
        }),
      )
    },
  }
})

/** A 100 that no 403 follows is no silence. */
function isTakenUp({ answers, tryings, forbidden }: InviteTarget): boolean {
  return answers > 0 || tryings > forbidden
}

function nameOf(host: string): string {
  return (host.endsWith('.') ? host.slice(0, -1) : host).toLowerCase()
}
