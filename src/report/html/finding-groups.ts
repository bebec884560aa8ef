import type { Finding } from '../../model/report.ts'
import type { FindingPlace } from '../finding-places.ts'
import { isConsequence } from '../finding-weight.ts'
import { sayingOf } from '../text-findings.ts'
import type { FindingGroup } from './page-index.ts'
import { shownText, shownValue } from './shown-value.ts'

const MOST_PEERS = 10

type Said = Pick<Finding, 'rule' | 'kind' | 'severity' | 'title' | 'remedy' | 'references'>

interface Group {
  readonly number: number
  readonly said: Said
  readonly isConsequence: boolean
  readonly findings: number[]
  readonly calls: Set<string>
  readonly peers: Map<string, number>
  firstTime?: string
  lastTime?: string
  count: number
}

/** Sums up findings that say the same, in the order in which the first of each came. */
export class FindingGroups {
  readonly #groups = new Map<string, Group>()

  /**
   * @param number the finding's in its blocks, if it is there
   * @returns the number of its group
   */
  add(finding: Finding, { time, addresses }: FindingPlace, number: number | undefined): number {
    const group = this.#groupOf(finding)
    group.count++
    if (finding.callId !== undefined) group.calls.add(finding.callId)
    if (time !== undefined) {
      if (group.firstTime === undefined || time < group.firstTime) group.firstTime = time
      if (group.lastTime === undefined || time > group.lastTime) group.lastTime = time
    }
    for (const address of addresses) group.peers.set(address, (group.peers.get(address) ?? 0) + 1)
    if (number !== undefined) group.findings.push(number)
    return group.number
  }

  result(): FindingGroup[] {
    return [...this.#groups.values()].map(
      ({ said, isConsequence, findings, calls, peers, count, firstTime, lastTime }) => {
        const addresses = [...peers].sort((a, b) => b[1] - a[1]).map(([address]) => shownText(address))
        return {
          ...shownValue(said),
          calls: calls.size,
          ...(firstTime !== undefined && { firstTime }),
          ...(lastTime !== undefined && { lastTime }),
          peers: addresses.slice(0, MOST_PEERS),
          morePeers: Math.max(0, addresses.length - MOST_PEERS),
          findings,
          count,
          ...(isConsequence && { isConsequence }),
        }
      },
    )
  }

  #groupOf(finding: Finding): Group {
    const key = sayingOf(finding)
    const known = this.#groups.get(key)
    if (known !== undefined) return known
    const { severity, rule, kind, title, remedy, references } = finding
    const said = { rule, ...(kind !== undefined && { kind }), severity, title, remedy, references }
    const number = this.#groups.size
    const group: Group = {
      number,
      said,
      isConsequence: isConsequence(finding),
      findings: [],
      calls: new Set(),
      peers: new Map(),
      count: 0,
    }
    this.#groups.set(key, group)
    return group
  }
}
