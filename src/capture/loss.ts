/** Octets of a capture that yielded no record. Only the first place is named; `count` and `bytes` cover all of them. */
export interface Loss {
  readonly reason: string
  /** Where the first loss began: an offset in the capture, after decompression. */
  readonly atByte: number
  readonly bytes?: number
  readonly count?: number
}

/** Why octets were lost, as the walkers' state holds it. 0 stands for "nothing was lost". */
export const LossReason = {
  /** The input ends inside a record: the capture was cut, or is still being written. */
  Cut: 1,
  /** What stands where a record should begin cannot be one. */
  Damaged: 2,
  /** A pcapng packet block whose fields contradict the length of the block. */
  Contradiction: 3,
  /** A pcapng packet block of an interface that the section does not describe. */
  UnknownInterface: 4,
} as const
export type LossReason = (typeof LossReason)[keyof typeof LossReason]

const TEXT: Readonly<Record<number, string>> = {
  [LossReason.Cut]: 'the capture ends inside a record',
  [LossReason.Damaged]: 'damaged: no record begins here',
  [LossReason.Contradiction]: 'damaged: a packet block contradicts its own length',
  [LossReason.UnknownInterface]: 'damaged: a packet block names an interface that was not described',
}

/** The reason in words, for the report. */
export function formatLossReason(reason: number): string {
  return TEXT[reason] ?? 'unknown'
}

/** What a walker lost and what its source lost, as one: octets lost up to where the compression broke off are the same loss. */
export function joinLosses(walked: Loss | undefined, source: Loss | undefined): Loss | undefined {
  if (walked === undefined || source === undefined) return walked ?? source
  const { atByte, bytes = 0, count } = walked
  if (count === 1 && atByte + bytes === source.atByte) return { ...walked, reason: source.reason }
  return walked
}

/** The loss of a file that had fewer octets when it was read than when it was opened. */
export function lossOfShrunkFile(sizeBytes: number): Loss {
  return { reason: 'the file shrank while it was read', atByte: sizeBytes }
}

/** The loss of a trace that was not judged to its end, for want of memory say; `leavesOutCalls`: signalling was missing for packets that had been met. */
export function lossAtBreakage(atByte: number, leavesOutCalls = false): Loss {
  const rest = leavesOutCalls ? 'and calls that were not over by then are left out' : 'or not all of it'
  return { reason: `the scan broke off: what follows was not judged, ${rest}`, atByte }
}
