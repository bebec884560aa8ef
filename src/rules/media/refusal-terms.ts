import type { AnalysedExchange } from '../../model/analysis.ts'
import { codecsOf } from './media-abilities.ts'

/** What a refusal says that its sender would take (RFC 3261 §21.4.26). */
export interface RefusalTerms {
  /** The m= lines, as `audio RTP/SAVP`. */
  readonly lines: readonly string[]
  readonly kinds: ReadonlySet<string>
  /** Whether each, or none, of the lines asks for protection. */
  readonly allSecure: boolean
  readonly noneSecure: boolean
  readonly codecs: readonly string[]
  readonly suites: readonly string[]
}

/** Undefined where the refusal has no description, or one that says the offer again: whoever writes that refuses it all the same. */
export function refusalTerms({ acceptable = [], session }: AnalysedExchange): RefusalTerms | undefined {
  if (acceptable.length === 0) return undefined
  const offered = session.media.flatMap(({ kind, offer }) =>
    offer === undefined ? [] : [nameOf(kind, offer.profile, offer.codecs, suitesOf(offer))],
  )
  const named = acceptable.map(({ kind, profile, codecs, suites }) => nameOf(kind, profile, codecs, suites))
  if (named.every((name) => offered.includes(name))) return undefined
  const secure = acceptable.filter(({ asksForSecurity }) => asksForSecurity).length
  return {
    lines: [...new Set(acceptable.map(({ kind, profile }) => `${kind} ${profile}`))],
    kinds: new Set(acceptable.map(({ kind }) => kind)),
    allSecure: secure === acceptable.length,
    noneSecure: secure === 0,
    codecs: [...new Set(acceptable.flatMap(codecsOf))],
    suites: [...new Set(acceptable.flatMap(({ suites }) => suites))],
  }
}

/** `audio RTP/SAVP, suites AES_CM_128_HMAC_SHA1_80, codecs PCMU/8000`. */
export function termsText({ lines, codecs, suites }: RefusalTerms): string {
  return [
    listText(lines),
    ...(suites.length > 0 ? [`suites ${listText(suites)}`] : []),
    ...(codecs.length > 0 ? [`codecs ${listText(codecs)}`] : []),
  ].join('; ')
}

/** For the evidence of a finding. */
export function termsEvidence(terms: RefusalTerms | undefined): Readonly<Record<string, readonly string[]>> {
  if (terms === undefined) return {}
  const { lines, codecs, suites } = terms
  return { takesMedia: lines, takesCodecs: codecs, takesSuites: suites }
}

/** Some of a list. */
export function listText(texts: Iterable<string> = []): string {
  const all = [...texts]
  return all.length > MOST_LISTED ? `${all.slice(0, MOST_LISTED).join(', ')} and more` : all.join(', ')
}

const MOST_LISTED = 6

function nameOf(kind: string, profile: string, codecs: readonly string[], suites: readonly string[]): string {
  return [kind, profile, codecs.join(), suites.join()].join(' ')
}

function suitesOf({ crypto }: { readonly crypto: readonly { readonly suite: string }[] }): readonly string[] {
  return [...new Set(crypto.map(({ suite }) => suite))]
}
