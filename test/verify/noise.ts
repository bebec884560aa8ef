/** Octets that look like nothing, the same in every run. */
export function noise(length: number, seed: number): Uint8Array {
  return Uint8Array.from({ length }, (_, n) => Math.imul(n + 1, Math.imul(seed, 2) + 0x9e3779b1) >>> 24)
}
