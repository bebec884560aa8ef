/** What a report is about that is no call's own, as filters say. */
export interface Meant {
  /** Neither a Call-ID nor a party is asked for: what has no call may be meant too. */
  readonly isOfAnyCall: boolean
  /** Absent where every address is meant. */
  readonly isMeant?: ((address: string) => boolean) | undefined
  readonly sinceUs: number
  readonly untilUs: number
}
