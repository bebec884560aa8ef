import { compareText } from '../../bytes/compare-text.ts'
import { addressOf } from '../../bytes/endpoint.ts'
import { addToList } from '../../bytes/lists-by-key.ts'
import type { Call, LadderStepReport } from '../../model/report.ts'
import { type PartyRole, partyRoles } from './party-roles.ts'

/** A party of a call: a vertical line of its ladder. */
export interface Lifeline {
  /** `192.0.2.1:5060`; an address alone where it sends from several ports. */
  readonly name: string
  /** Its transport addresses, as the steps have them. */
  readonly endpoints: readonly string[]
  readonly role?: PartyRole
}

/** Ports that hosts take for connections they open. */
const FIRST_EPHEMERAL_PORT = 32_768

/** The parties of calls that are one, in the order in which they first appear. */
export function lifelinesOf(calls: readonly Call[]): Lifeline[] {
  const steps = stepsInOrder(calls)
  const endpoints = [...new Set(steps.flatMap(({ from, to }) => [from, to]))]
  const groups = new Map<string, string[]>()
  const leaderOf = portLeaders(endpoints, steps)
  for (const endpoint of endpoints) {
    const leader = leaderOf(endpoint)
    addToList(groups, leader, endpoint)
  }
  const lines = [...groups.values()].map((group) => ({
    name: group.length === 1 ? group[0] : addressOf(group[0]),
    endpoints: group,
  }))
  const roles = partyRoles(calls, (endpoint) => lines.findIndex((line) => line.endpoints.includes(endpoint)))
  return lines.map((line, n) => {
    const role = roles.get(n)
    return role === undefined ? line : { ...line, role }
  })
}

/** The messages of all calls in the order of their times. */
function stepsInOrder(calls: readonly Call[]): LadderStepReport[] {
  const steps = calls.flatMap(({ ladder = [] }) => ladder)
  return calls.length === 1 ? steps : steps.sort((a, b) => compareText(a.time, b.time))
}

/**
 * Which endpoint stands for each. A host that opens connections sends from a new port each time and is one party all the
 * same; two user agents on one host are two, and so are endpoints that send to each other.
 */
function portLeaders(endpoints: readonly string[], steps: readonly LadderStepReport[]): (endpoint: string) => string {
  const invited = new Set(steps.filter(({ label }) => label === 'INVITE').map(({ to }) => to))
  const toItself = new Set(
    steps.filter(({ from, to }) => addressOf(from) === addressOf(to)).map(({ from }) => addressOf(from)),
  )
  const leaders = new Map<string, string>()
  for (const [address, own] of byAddress(endpoints)) {
    if (own.length === 1 || toItself.has(address)) continue
    const isConnection = (endpoint: string) => portOf(endpoint) >= FIRST_EPHEMERAL_PORT && !invited.has(endpoint)
    const [first, ...others] = own.filter((endpoint) => !isConnection(endpoint))
    if (others.length > 0) continue
    for (const endpoint of own) leaders.set(endpoint, first ?? own[0])
  }
  return (endpoint) => leaders.get(endpoint) ?? endpoint
}

function portOf(endpoint: string): number {
  return Number(endpoint.slice(endpoint.lastIndexOf(':') + 1))
}

function byAddress(endpoints: readonly string[]): Map<string, string[]> {
  const groups = new Map<string, string[]>()
  for (const endpoint of endpoints) {
    const address = addressOf(endpoint)
    groups.set(address, [...(groups.get(address) ?? []), endpoint])
  }
  return groups
}
