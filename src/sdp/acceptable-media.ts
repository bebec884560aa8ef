import type { Codec, MediaDescription, SessionDescription } from './description.ts'

/**
 * An m= line of what a refusal says that its sender would take (RFC 3261 §21.4.26, RFC 3264 §9): port 0 says nothing
 * there, and keys are of no use. Without them.
 */
export interface AcceptableMedia {
  readonly kind: string
  readonly protocol: string
  readonly codecs: readonly Codec[]
  /** Suites of its a=crypto lines, as written. */
  readonly suites: readonly string[]
  /** It asks for keys of any sort. */
  readonly isKeyed: boolean
}

export function acceptableMedia({ media }: SessionDescription): readonly AcceptableMedia[] {
  return media.map(acceptable)
}

function acceptable(media: MediaDescription): AcceptableMedia {
  const { kind, protocol, codecs, crypto, fingerprints, zrtpHash, keyMgmt } = media
  return {
    kind,
    protocol,
    codecs,
    suites: [...new Set(crypto.flatMap(({ suite }) => (suite === '' ? [] : [suite])))],
    isKeyed: crypto.length > 0 || fingerprints.length > 0 || zrtpHash || keyMgmt.length > 0,
  }
}
