import { compareText } from '../../bytes/compare-text.ts'
import type { Call } from '../../model/report.ts'

/** `b2bua`: ends one leg and begins another, as an SBC does. */
export type PartyRole = 'caller' | 'proxy' | 'b2bua' | 'callee'

export const ROLE_TEXTS: Readonly<Record<PartyRole, string>> = {
  caller: 'caller',
  proxy: 'proxy',
  b2bua: 'SBC (B2BUA)',
  callee: 'callee',
}

/**
 * Roles by the ways of the first INVITEs: who only sends them calls, who only gets them is called, who does both in one
 * Call-ID is a proxy, and in two a B2BUA.
 *
 * @param calls the legs of one call
 * @param lifelineOf the lifeline of an endpoint
 * @returns by lifeline, for those whose role is known
 */
export function partyRoles(calls: readonly Call[], lifelineOf: (endpoint: string) => number): Map<number, PartyRole> {
  const legs = [...calls].sort((a, b) => compareText(a.startTime, b.startTime)).map((call) => legOf(call, lifelineOf))
  const begun = legs.map(({ sent, got }) => [...sent].filter((line) => !got.has(line)))
  const beginsLater = new Set(begun.slice(1).flat())
  const roles = new Map<number, PartyRole>()
  for (const [n, { sent, got }] of legs.entries()) {
    const first = n === 0
    for (const line of sent) roles.set(line, got.has(line) ? 'proxy' : first ? 'caller' : 'b2bua')
    for (const line of got) {
      if (sent.has(line)) continue
      // The first leg of several ends at what begins the next, though that may show another address.
      const goesOn = beginsLater.has(line) || (first && legs.length > 1)
      roles.set(line, goesOn ? 'b2bua' : 'callee')
    }
  }
  for (const line of begun[0] ?? []) if (!beginsLater.has(line)) roles.set(line, 'caller')
  return roles
}

/** Who sent the INVITEs of a leg and who got them, by lifeline: a proxy did both. */
interface Leg {
  readonly sent: ReadonlySet<number>
  readonly got: ReadonlySet<number>
}

function legOf(call: Call, lifelineOf: (endpoint: string) => number): Leg {
  const invites = invitesOf(call)
  return {
    sent: new Set(invites.map(({ from }) => lifelineOf(from))),
    got: new Set(invites.map(({ to }) => lifelineOf(to))),
  }
}

/** The INVITEs that set the call up: those before the first 2xx. */
function invitesOf({ ladder = [] }: Call): { readonly from: string; readonly to: string }[] {
  const answered = ladder.findIndex(({ label }) => /^2\d\d .*\(INVITE\)$/.test(label))
  return (answered < 0 ? ladder : ladder.slice(0, answered)).filter(({ label }) => label === 'INVITE')
}
