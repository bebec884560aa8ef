import type { SessionKeys } from './session-keys.ts'

/** Octets of a rollover counter. */
export const ROC_LENGTH = 4

/** What stands behind the payload of an SRTP packet beside the MKI: octets of the carried rollover counter, and of the MAC. */
export interface Trailer {
  readonly carried: number
  readonly mac: number
}

/** RFC 4771 §2: in every R-th packet the tag is the ROC and, but for mode 3, a MAC that is 4 octets shorter; mode 2 has one in all others too. */
export function trailerOf({ rcc, srtpTagLength }: SessionKeys, bytes: Uint8Array, offset: number): Trailer {
  if (rcc === undefined) return { carried: 0, mac: srtpTagLength }
  const sequence = (bytes[offset + 2] << 8) | bytes[offset + 3]
  if (sequence % rcc.rate !== 0) return { carried: 0, mac: rcc.mode === 2 ? srtpTagLength : 0 }
  return { carried: ROC_LENGTH, mac: rcc.mode === 3 ? 0 : Math.max(0, srtpTagLength - ROC_LENGTH) }
}

/** The rollover counter at `offset`, in network order. */
export function readCarriedRoc(bytes: Uint8Array, offset: number): number {
  return ((bytes[offset] << 24) | (bytes[offset + 1] << 16) | (bytes[offset + 2] << 8) | bytes[offset + 3]) >>> 0
}
