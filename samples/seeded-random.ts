import { createHash } from 'node:crypto'

/** `length` octets that follow from the label alone: the same on every machine and every day. */
export function seededOctets(label: string, length: number): Buffer {
  const blocks: Buffer[] = []
  for (let i = 0; i * 32 < length; i++) blocks.push(createHash('sha256').update(`${label}/${i}`).digest())
  return Buffer.concat(blocks).subarray(0, length)
}

/** An integer from `least` to `most`, both included, that follows from the label alone. */
export function seededInteger(label: string, least: number, most: number): number {
  return least + Math.floor((seededOctets(label, 4).readUInt32BE() / 2 ** 32) * (most - least + 1))
}

/** Lower-case hexadecimal text of `digits` digits that follows from the label alone. */
export function seededHex(label: string, digits: number): string {
  return seededOctets(label, Math.ceil(digits / 2))
    .toString('hex')
    .slice(0, digits)
}

/** A generator of 32-bit numbers (xorshift, period 2^32 - 1), for where hashing each value would cost too much. */
export function seededGenerator(label: string): () => number {
  let state = seededOctets(label, 4).readUInt32BE() || 1
  return () => {
    state ^= state << 13
    state ^= state >>> 17
    state ^= state << 5
    return state >>> 0
  }
}
