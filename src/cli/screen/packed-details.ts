import { deflateRawSync, inflateRawSync } from 'node:zlib'
import type { CallDetails, CallRow } from './call-row.ts'

/** A call's row with all that belongs to it in a tenth of the memory: thousands are kept, few are looked at. */
export function packedRow(row: CallRow): CallRow {
  if (row.details instanceof Uint8Array) return row
  return { ...row, details: deflateRawSync(JSON.stringify(row.details), { level: 1 }) }
}

export function detailsOf({ details }: CallRow): CallDetails {
  return details instanceof Uint8Array ? (JSON.parse(inflateRawSync(details).toString('utf8')) as CallDetails) : details
}
