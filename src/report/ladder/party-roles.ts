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
  const legs = [...calls]
    .sort((a, b) => (a.startTime < b.startTime ? -1 : a.startTime > b.startTime ? 1 : 0))
    .map(invitesOf)
  const roles = new Map<number, PartyRole>()
  const [firstSenders, laterSenders] = [new Set<number>(), new Set<number>()]
  for (const [leg, invites] of legs.entries()) {
    const senders = leg === 0 ? firstSenders : laterSenders
    // A proxy of the leg sends on what it got.
    const got = new Set(invites.map(({ to }) => lifelineOf(to)))
    for (const { from } of invites) if (!got.has(lifelineOf(from))) senders.add(lifelineOf(from))
  }
  for (const [leg, invites] of legs.entries()) {
    const sent = new Set(invites.map(({ from }) => lifelineOf(from)))
    const got = new Set(invites.map(({ to }) => lifelineOf(to)))
    for (const line of sent) roles.set(line, got.has(line) ? 'proxy' : leg === 0 ? 'caller' : 'b2bua')
    for (const line of got) {
      if (sent.has(line)) continue
      // The first leg of several ends at what begins the next, though that may show another address.
      const goesOn = laterSenders.has(line) || (leg === 0 && legs.length > 1)
      roles.set(line, goesOn ? 'b2bua' : 'callee')
    }
  }
  for (const line of firstSenders) if (!laterSenders.has(line)) roles.set(line, 'caller')
  return roles
}

/** The INVITEs that set the call up: those before the first 2xx. */
function invitesOf({ ladder = [] }: Call): { readonly from: string; readonly to: string }[] {
  const answered = ladder.findIndex(({ label }) => /^2\d\d .*\(INVITE\)$/.test(label))
  return (answered < 0 ? ladder : ladder.slice(0, answered)).filter(({ label }) => label === 'INVITE')
}
