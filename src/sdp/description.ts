import type { CryptoAttribute } from './crypto-attribute.ts'
import type { OtherKey } from './other-keys.ts'

/** RFC 3264 §5.1: whether the describing party sends, receives, both or neither. */
export type Direction = 'sendrecv' | 'sendonly' | 'recvonly' | 'inactive'

/** `name`: a host name, or text that is no address. */
export type AddressKind = 'ip4' | 'ip6' | 'name'

/** Takes down what is wrong with a session description: a stable name in kebab-case. */
export type NoteAnomaly = (reason: string) => void

/** The address of c= (RFC 8866 §5.7), or of o= (§5.2). IPv6 addresses in the canonical text of RFC 5952. */
export interface Connection {
  readonly address: string
  readonly addressKind: AddressKind
}

/** a=rtpmap with its a=fmtp, or the static assignment of RFC 3551 §6. */
export interface Codec {
  readonly payloadType: number
  readonly name: string
  /** Hz. 0 where it is not stated. */
  readonly clockRate: number
  readonly channels?: number
  readonly fmtp?: string
}

/** a=fingerprint (RFC 8122 §5). Hash function in lower case, octets in upper-case hex with colons. */
export interface Fingerprint {
  readonly hash: string
  readonly value: string
}

/** a=candidate (RFC 8839 §5.1). */
export interface Candidate {
  readonly address: string
  readonly port: number
  /** 1 RTP, 2 RTCP. */
  readonly component: number
}

/** a=rtcp (RFC 3605). */
export interface RtcpAttribute {
  readonly port: number
  readonly address?: string
}

/** An m= section with what it inherits from the session level. */
export interface MediaDescription {
  /** 0-based place in the description: offer and answer correspond by it (RFC 3264 §6). */
  readonly index: number
  /** `audio`, `video`, `image`, … as written. */
  readonly kind: string
  readonly port: number
  /** `m=audio 49170/2`: number of RTP port pairs. */
  readonly portCount: number
  /** The profile as written: `RTP/SAVP`. */
  readonly protocol: string
  readonly formats: readonly string[]
  /** Its own c=, else the session's. Absent where neither is given. */
  readonly connection?: Connection | undefined
  readonly direction: Direction
  /** a=rtcp (RFC 3605), as far as stated. */
  readonly rtcp?: RtcpAttribute | undefined
  readonly rtcpMux: boolean
  /** In the order of `formats`; dynamic payload types without a=rtpmap are left out. */
  readonly codecs: readonly Codec[]
  /** a=crypto lines in order, undecodable ones included. */
  readonly crypto: readonly CryptoAttribute[]
  readonly fingerprints: readonly Fingerprint[]
  /** Key management protocols of a=key-mgmt (RFC 4567 §3.1), lower case: `mikey`. */
  readonly keyMgmt: readonly string[]
  /** True where a=zrtp-hash is present (RFC 6189 §8). */
  readonly zrtpHash: boolean
  readonly candidates: readonly Candidate[]
  /** Numbers of the RTP header extensions that SRTP encrypts (RFC 6904 §4). */
  readonly encryptedExtensions: readonly number[]
  /** a=ssrc (RFC 5576 §4.1), each once. */
  readonly ssrcs: readonly number[]
  /** Port 0: refused or ended (RFC 3264 §6); with a=bundle-only (RFC 9143 §6) it is neither. */
  readonly rejected: boolean
  /** The capture, or a limit, ends within it: what it does not say it may have said in lines that are missing. */
  readonly isCut: boolean
  /** Profiles that may be answered instead of `protocol` (RFC 5939); of an offer only. */
  readonly potentialProfiles?: readonly string[] | undefined
  /** The section as an offer means it, where it has potential configurations: see `asOffer`. */
  readonly asOffered?: MediaDescription | undefined
}

/** A session description of RFC 8866, as far as it could be understood. Immutable. */
export interface SessionDescription {
  readonly kind: 'description'
  /** The address of o=. */
  readonly origin?: Connection | undefined
  /** What each a=group is for (RFC 5888 §5): `BUNDLE`, `LS`. */
  readonly groups: readonly string[]
  readonly media: readonly MediaDescription[]
  /** What is wrong with it, each once. */
  readonly anomalies: readonly string[]
  /** Keys beside those of the a=crypto lines of its m= sections. */
  readonly otherKeys?: readonly OtherKey[]
}
