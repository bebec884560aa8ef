import type { DescribedFact } from '../model/analysis.ts'

/** The two hosts that a description went between, whoever sent it: the same for all of a hop. */
export function hopOf({ source, destination }: DescribedFact): string {
  return [source.address, destination.address].sort().join(' ')
}
