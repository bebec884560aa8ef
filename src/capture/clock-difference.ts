/** By how much one capture's clock is ahead of another's, µs. */
export interface ClockDifference {
  readonly first: number
  readonly second: number
  readonly aheadUs: number
}
