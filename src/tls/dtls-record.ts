/** Content types of a DTLS record (RFC 6347 §4.1). */
export const ContentType = {
  ChangeCipherSpec: 20,
  Alert: 21,
  Handshake: 22,
} as const

/** One record; `fragment` is a view of the datagram. */
export interface DtlsRecord {
  readonly type: number
  /** 0 in the clear, 1 and more behind a ChangeCipherSpec. */
  readonly epoch: number
  readonly sequence: number
  readonly fragment: Uint8Array
}

const HEADER = 13

/**
 * Reads the records of a datagram, which hold together by nothing but their lengths. False where the last one is cut or
 * is no record.
 *
 * ```
 *  | type | version (2) | epoch (2) | sequence number (6) | length (2) | fragment …   (RFC 6347 §4.1)
 * ```
 */
export function readDtlsRecords(datagram: Uint8Array, onRecord: (record: DtlsRecord) => void): boolean {
  let at = 0
  while (at + HEADER <= datagram.length) {
    if (datagram[at + 1] !== 254) return false
    const length = datagram[at + 11] * 256 + datagram[at + 12]
    const end = at + HEADER + length
    if (end > datagram.length) return false
    onRecord({
      type: datagram[at],
      epoch: datagram[at + 3] * 256 + datagram[at + 4],
      sequence: uint48(datagram, at + 5),
      fragment: datagram.subarray(at + HEADER, end),
    })
    at = end
  }
  return at === datagram.length
}

function uint48(octets: Uint8Array, at: number): number {
  let value = 0
  for (let n = at; n < at + 6; n++) value = value * 256 + octets[n]
  return value
}
