import { LIMITS } from '../../limits/limits.ts'
import type { TraceFacts } from '../../model/analysis.ts'
import type { Finding } from '../../model/report.ts'
import { formatDay } from '../../model/time.ts'
import type { Policy } from '../../policy/policy.ts'
import type { OnRuleLimit } from '../finding-room.ts'
import { finding, type RuleText } from '../rule.ts'
import { summedUp } from '../summed-up.ts'
import { namesOf } from './certificate-names.ts'
import { meantName } from './meant-name.ts'
import { chainsOf, type Shown } from './tls-peers.ts'

/** Changes of a name that are told. */
const MOST_TURNS = 100

/** One name, and the leaves that were served for it as they took turns. */
export interface ServedName {
  readonly name: string
  /** In order of time; two that follow each other are different. */
  readonly turns: readonly Shown[]
}

/**
 * The leaves served by name: never by address, where many names may live. A server with an RSA and an ECDSA certificate
 * shows each to the clients that fit it, so that keys of different types are names apart.
 */
export function servedNames(trace: TraceFacts, policy: Policy, onLimit: OnRuleLimit): ServedName[] {
  const names = new Map<string, { name: string; turns: Shown[] }>()
  const inOrder = [...chainsOf(trace, ['server'])].sort((a, b) => a.chain.at.position - b.chain.at.position)
  for (const shown of inOrder) {
    const name = (meantName(shown, policy)?.name ?? namesOf(shown.leaf)[0])?.toLowerCase()
    if (name === undefined) continue
    const key = `${name} ${shown.leaf.keyType}`
    const known = names.get(key)
    if (known === undefined) {
      if (names.size < LIMITS.servedNames.most) names.set(key, { name, turns: [shown] })
      else onLimit('servedNames')
    } else if (known.turns.at(-1)?.leaf.fingerprint !== shown.leaf.fingerprint && known.turns.length < MOST_TURNS) {
      known.turns.push(shown)
    }
  }
  return [...names.values()].filter(({ turns }) => turns.length > 1)
}

/** Leaves alternate, or an older one follows a newer: nodes that do not serve the same. */
export function isSplit({ turns }: ServedName): boolean {
  const seen = new Set<string>()
  return turns.some(({ leaf }, index) => {
    const again = seen.has(leaf.fingerprint)
    seen.add(leaf.fingerprint)
    return again || (index > 0 && leaf.notBeforeUs < turns[index - 1].leaf.notBeforeUs)
  })
}

/** Names that a rule tells of one by one; the others are counted. */
const MOST_TOLD = 100

/** A finding for each name, and one that counts those beyond. */
export function toldOf(
  text: RuleText,
  trace: TraceFacts,
  served: readonly ServedName[],
  tell: (name: ServedName) => Finding,
): Finding[] {
  const tellRest = (rest: readonly ServedName[]) =>
    finding(text, trace, {
      detail: `The same with ${rest.length} more names.`,
      at: rest.flatMap(({ turns }) => turns.map(({ chain }) => chain.at)),
      evidence: { names: rest.length },
    })
  return summedUp(served, tell, tellRest, MOST_TOLD)
}

/** What a finding says of a turn. */
export function turnEvidence({ tls, leaf, chain }: Shown): Readonly<Record<string, unknown>> {
  return {
    frame: chain.at.frame,
    server: tls.server.address,
    subject: leaf.subject,
    issuer: leaf.issuer,
    serial: leaf.serial,
    certificate: leaf.fingerprint.slice(0, 16),
    notBefore: formatDay(leaf.notBeforeUs),
  }
}
