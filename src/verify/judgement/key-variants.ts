import type { KnownKey } from '../../media/keyring.ts'
import { type Authenticator, createAuthenticator } from '../../srtp/authenticator.ts'
import { LEAST_SAMPLE } from '../../srtp/least-sample.ts'
import { misreadAes192Keys } from '../../srtp/misread-aes-192.ts'
import { deriveSessionKeys, MAX_MKI_LENGTH, type MasterKey, type SessionKeys } from '../../srtp/session-keys.ts'
import { type CryptoSuite, SUITES } from '../../srtp/suites.ts'
import type { SampledPacket } from '../second-pass/resolution.ts'
import { holds } from './key-trial.ts'
import { isFarFromRandom, PayloadWitness } from './payload-witness.ts'

export type VariantKind =
  | 'wire-other-tag-length'
  | 'wire-other-suite'
  | 'wire-other-kdf'
  | 'wire-other-labels'
  | 'wire-mki'
  | 'wire-no-tag'
  | 'wire-other-tag'

/** The agreed key, used otherwise than agreed. */
export interface KeyVariant {
  readonly kind: VariantKind
  /** Octets of the tag (`wire-other-tag-length`). */
  readonly tagLength?: number
  /** The suite that its octets were split for (`wire-other-suite`). */
  readonly suite?: CryptoSuite
  /** n of the KDR=n that was agreed and is not followed: keys are derived once (`wire-other-kdf`). */
  readonly ignoredKdr?: number
  /** Octets of the MKI in the packets, 0 where a signalled one is left out (`wire-mki`). */
  readonly mkiLength?: number
  readonly authenticator: Authenticator
}

/** Tags that senders are known to use by mistake: 32 and 80 bits of HMAC-SHA1, whole and short tags of AES-GCM. */
const TAG_LENGTHS: Readonly<Record<CryptoSuite['authentication'], readonly number[]>> = {
  'hmac-sha1': [4, 10, 16, 8],
  gcm: [8, 16, 4],
  none: [4, 10, 16, 8],
}
/** Lengths of an MKI that senders use, before all others. */
const USUAL_MKI_LENGTHS = [1, 2, 4, 8]
const MKI_LENGTHS = [
  ...USUAL_MKI_LENGTHS,
  ...Array.from({ length: MAX_MKI_LENGTH }, (_, n) => n + 1).filter((length) => !USUAL_MKI_LENGTHS.includes(length)),
]
/** Packets under one key carry one MKI: so many of a sample must agree on its last octet. */
const SAME_MKI_SHARE = 0.75

/** Every way of the same kind in which a key may be used otherwise than agreed, one at a time. */
export const VARIANTS: readonly ((
  known: KnownKey,
  kind: 'rtp' | 'rtcp',
  sample: readonly SampledPacket[],
) => Iterable<KeyVariant>)[] = [otherTagLengths, otherSuites, otherDerivation, otherLabels, otherMki, noTag]

function* otherTagLengths({ master }: KnownKey, kind: 'rtp' | 'rtcp'): Generator<KeyVariant> {
  const keys = deriveSessionKeys(master)
  const agreed = kind === 'rtp' ? [keys.srtpTagLength] : keys.srtcpTagLengths
  for (const tagLength of TAG_LENGTHS[master.suite.authentication]) {
    if (agreed.includes(tagLength)) continue
    const { rcc: _, ...rest } = keys
    yield variant('wire-other-tag-length', withTag(rest, kind, tagLength), { tagLength })
  }
}

/**
 * The tag of both protocols. Where SRTP tells of it, SRTCP beside it may keep its own; SRTCP with its own tags tells of none: its key
 * may be one whose time is over.
 */
function withTag(keys: SessionKeys, kind: 'rtp' | 'rtcp', tagLength: number): SessionKeys {
  const own = kind === 'rtp' ? keys.suite.srtcpTagLengths.slice(0, 1) : []
  return { ...keys, srtpTagLength: tagLength, srtcpTagLengths: [tagLength, ...own] }
}

/** RFC 4568 §6.1: key and salt are one run of octets, and where one ends depends on the suite. */
function* otherSuites({ master }: KnownKey): Generator<KeyVariant> {
  const octets = new Uint8Array(master.masterKey.length + master.masterSalt.length)
  octets.set(master.masterKey)
  octets.set(master.masterSalt, master.masterKey.length)
  for (const suite of SUITES) {
    const { authentication, masterKeyLength, masterSaltLength } = suite
    const sameTags = authentication === master.suite.authentication && masterKeyLength === master.suite.masterKeyLength
    if (sameTags || !tellsApart(suite) || masterKeyLength + masterSaltLength > octets.length) continue
    const split: MasterKey = {
      ...master,
      suite,
      masterKey: octets.slice(0, masterKeyLength),
      masterSalt: octets.slice(masterKeyLength, masterKeyLength + masterSaltLength),
    }
    yield variant('wire-other-suite', deriveSessionKeys(split), { suite })
  }
}

/** The authentication key does not depend on the cipher: of the suites with one key length AES-CM stands for all. */
function tellsApart({ authentication, cipher }: CryptoSuite): boolean {
  return authentication === 'gcm' || (authentication === 'hmac-sha1' && cipher === 'aes-cm')
}

function* otherDerivation({ master }: KnownKey): Generator<KeyVariant> {
  const keys = misreadAes192Keys(master)
  if (keys !== undefined) yield variant('wire-other-kdf', keys, {})
  const { rederivation, ...once } = deriveSessionKeys(master)
  if (rederivation !== undefined) yield variant('wire-other-kdf', once, { ignoredKdr: rederivation.kdr })
}

/** RFC 3711 §4.3.2: SRTP has labels 0 to 2, SRTCP 3 to 5. A context of one of them that protects both has the keys of one. */
function* otherLabels({ master }: KnownKey, kind: 'rtp' | 'rtcp'): Generator<KeyVariant> {
  const { rederivation: _, srtp, srtcp, ...keys } = deriveSessionKeys(master)
  const one = kind === 'rtp' ? srtcp : srtp
  yield variant('wire-other-labels', { ...keys, srtp: one, srtcp: one }, {})
}

function* otherMki(
  { master }: KnownKey,
  kind: 'rtp' | 'rtcp',
  sample: readonly SampledPacket[],
): Generator<KeyVariant> {
  const { mki: _, ...keys } = deriveSessionKeys(master)
  if (keys.mkiLength > 0) yield variant('wire-mki', { ...keys, mkiLength: 0 }, { mkiLength: 0 })
  const tagLength = kind === 'rtp' ? keys.srtpTagLength : keys.srtcpTagLengths[0]
  // Behind the tag under AES-GCM, in front of it otherwise.
  const behind = master.suite.authentication === 'gcm' ? 0 : tagLength
  if (!sameOctet(sample, behind + 1)) return
  for (const mkiLength of MKI_LENGTHS) yield variant('wire-mki', { ...keys, mkiLength }, { mkiLength })
}

/** So many octets of tags, or of what stands in their place, tell which of both they are. */
const LEAST_TRAILING = 64

/**
 * What packets decrypt to proves the key where no tag does: that they carry none, or one that is not made of them under this key.
 * Not of AES-GCM, of which the tag is a part.
 */
function* noTag({ master }: KnownKey, kind: 'rtp' | 'rtcp', sample: readonly SampledPacket[]): Generator<KeyVariant> {
  const { rcc, ...keys } = deriveSessionKeys(master)
  const { authentication, cipher } = master.suite
  if (authentication !== 'hmac-sha1' || cipher === 'null' || rcc !== undefined) return
  // A key whose time is over, or has not come, is used as it was agreed.
  if (holds(createAuthenticator(keys), kind, sample)) return
  const without = new PayloadWitness({ ...keys, srtpTagLength: 0, srtcpTagLengths: [0] })
  const withTags = new PayloadWitness(keys)
  if (kind === 'rtcp') {
    yield { kind: 'wire-no-tag', authenticator: without }
    yield { kind: 'wire-other-tag', authenticator: withTags }
    return
  }
  const tagLength = keys.srtpTagLength
  if (!keys.srtpEncrypted || tagLength === 0) return
  const trailing = trailingOctets(without, sample, tagLength)
  if (trailing.length < LEAST_TRAILING) return
  yield isFarFromRandom(trailing)
    ? { kind: 'wire-no-tag', authenticator: without }
    : { kind: 'wire-other-tag', authenticator: withTags }
}

/** The last octets of each payload, where most of the first ones tell that this is the key. */
function trailingOctets(witness: PayloadWitness, sample: readonly SampledPacket[], count: number): number[] {
  const octets: number[] = []
  for (const [n, { bytes, roc }] of sample.entries()) {
    const payload = witness.payloadOf(bytes, 0, bytes.length, roc)
    if (payload !== undefined) octets.push(...payload.subarray(-count))
    else if (octets.length === 0 && n >= LEAST_SAMPLE) break
  }
  return octets
}

/** Whether the octet `fromEnd` octets before the end is the same in most packets. */
function sameOctet(sample: readonly SampledPacket[], fromEnd: number): boolean {
  const counts = new Map<number | undefined, number>()
  for (const { bytes } of sample) {
    const octet = bytes[bytes.length - fromEnd]
    counts.set(octet, (counts.get(octet) ?? 0) + 1)
  }
  return Math.max(...counts.values()) >= sample.length * SAME_MKI_SHARE
}

function variant(kind: VariantKind, keys: SessionKeys, what: Partial<KeyVariant>): KeyVariant {
  return { kind, ...what, authenticator: createAuthenticator(keys) }
}
