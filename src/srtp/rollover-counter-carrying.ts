import type { RolloverCounterCarrying } from './session-keys.ts'

/** Octets of a rollover counter. */
export const ROC_LENGTH = 4

/** Whether the packet at `offset` carries the rollover counter (RFC 4771 §2). */
export function carriesRoc(rcc: RolloverCounterCarrying, bytes: Uint8Array, offset: number): boolean {
  return ((bytes[offset + 2] << 8) | bytes[offset + 3]) % rcc.rate === 0
}

/** The rollover counter at `offset`, in network order. */
export function readCarriedRoc(bytes: Uint8Array, offset: number): number {
  return ((bytes[offset] << 24) | (bytes[offset + 1] << 16) | (bytes[offset + 2] << 8) | bytes[offset + 3]) >>> 0
}
