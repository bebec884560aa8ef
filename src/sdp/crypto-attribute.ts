/** Why a line cannot be used as it stands. Whether suite and key length agree is not judged here. */
export type CryptoProblem =
  | 'tag-invalid'
  | 'suite-missing'
  | 'key-missing'
  | 'key-method-unknown'
  | 'key-undecodable'
  | 'key-masked'

/** One `inline:` key of RFC 4568 §6.1. */
export interface CryptoKey {
  /** Master key and master salt, concatenated: a copy for whoever asks. Absent where the base64 cannot be decoded. */
  readonly keyBytes?: Uint8Array
  /** Its octets. */
  readonly keyLength?: number
  /**
   * `key-masked`: the capture shows something else in its place (masked-key.ts). Where that can be decoded it is here all the
   * same: a sender without randomness may have given it.
   */
  readonly problem?: 'key-undecodable' | 'key-method-unknown' | 'key-masked'
  /** Packets, from `2^n` or decimal. Absent where none, or none that can be read, is given. */
  readonly lifetime?: number | undefined
  /** The value in `length` octets, in network order, as it stands in a packet. */
  readonly mki?: { readonly value: Uint8Array; readonly length: number } | undefined
  /** FEC_KEY (RFC 4568 §6.3.5): its sender protects forward error correction by it, and the media itself by the others. */
  readonly isForFec?: boolean
}

/** RFC 4568 §6.3. */
export interface SessionParameters {
  /** KDR=n means a key derivation rate of 2^n packets; n stands here. */
  readonly kdr?: number
  readonly unencryptedSrtp: boolean
  readonly unencryptedSrtcp: boolean
  readonly unauthenticatedSrtp: boolean
  readonly fecOrder?: 'FEC_SRTP' | 'SRTP_FEC'
  /** Packets. */
  readonly wsh?: number
  /** The parameters as written; the values of FEC_KEY and of unknown parameters are left out, for they may be keys. */
  readonly raw: readonly string[]
}

/** An a=crypto line (RFC 4568 §4, §9.1). */
export interface CryptoAttribute {
  /** -1 where it cannot be read. */
  readonly tag: number
  /** As written; '' where it is missing. */
  readonly suite: string
  /** Those of FEC_KEY behind the others. */
  readonly keys: readonly CryptoKey[]
  readonly sessionParameters: SessionParameters
  /** The first problem of the line or of its keys. */
  readonly problem?: CryptoProblem
}
