import { type Difference, differences } from './differences.ts'
import type { Facts } from './facts.ts'
import { ownFacts } from './own-facts.ts'
import type { Reason } from './reason.ts'
import { reasonOf } from './reasons.ts'
import { tsharkFacts } from './tshark.ts'

/** What came of holding srtp-scan against tshark on one capture. */
export interface Comparison {
  readonly capture: string
  readonly facts: Facts
  readonly differences: readonly { readonly difference: Difference; readonly reason?: Reason }[]
}

/**
 * Asks both about a capture.
 *
 * @param tlsKeyLog what opens TLS for both
 * @throws where one of them cannot read it
 */
export async function compare(capture: string, tlsKeyLog?: string): Promise<Comparison> {
  const ours = await ownFacts(capture, tlsKeyLog === undefined ? [] : [tlsKeyLog])
  const theirs = await tsharkFacts(capture, tlsKeyLog)
  return {
    capture,
    facts: ours,
    differences: differences(ours, theirs).map((difference) => {
      const reason = reasonOf(difference, ours, theirs)
      return { difference, ...(reason !== undefined && { reason }) }
    }),
  }
}

export function unexplained({ differences }: Comparison): readonly Difference[] {
  return differences.filter(({ reason }) => reason === undefined).map(({ difference }) => difference)
}
