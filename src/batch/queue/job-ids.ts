import { createHash } from 'node:crypto'

/**
 * Names a batch by where its reports go and what it goes by: whoever submits the same again joins what is under way
 * instead of having it done twice. 16 hex digits.
 */
export function batchId(place: string, optionsDigest: string): string {
  return digest([place, optionsDigest])
}

/** Names one job of a batch by its kind and by what tells it from others: its name, its capture, the capture's content. */
export function jobId(batch: string, kind: string, parts: readonly string[]): string {
  return `${batch}-${kind}-${digest(parts)}`
}

function digest(parts: readonly string[]): string {
  return createHash('sha256').update(JSON.stringify(parts)).digest('hex').slice(0, 16)
}
