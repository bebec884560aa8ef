import type { Endpoint } from '../bytes/endpoint.ts'

/** The two hosts that something went between, whichever way: the same for all of a hop. */
export function hopOf({ source, destination }: Hop): string {
  return [source.address, destination.address].sort().join(' ')
}

export interface Hop {
  readonly source: Endpoint
  readonly destination: Endpoint
}
