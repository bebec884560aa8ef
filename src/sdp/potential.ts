import { LIMITS } from '../limits/limits.ts'
import type { CryptoAttribute } from './crypto-attribute.ts'
import { parseCryptoLine } from './crypto-line.ts'
import type { SessionDescription } from './description.ts'
import { Role, type SdpLine } from './line-cache.ts'
import type { Section } from './lines.ts'

/** What an m= section of an offer may become by its potential configurations (RFC 5939 §3.5.1). */
export interface Potential {
  /** a=tcap (§3.4.2). */
  readonly profiles: readonly string[]
  /** The a=crypto lines among its attribute capabilities: a=acap (§3.4.1). */
  readonly crypto: readonly CryptoAttribute[]
  /** There are more of either than are read. */
  readonly isCut: boolean
}

const MOST = LIMITS.sdpCapabilities.most

/** Nothing where the section has no a=pcfg: a capability alone is none that may be taken. */
export function readPotential(section: Section, session: Section): Potential | undefined {
  if ((section.roles & Role.Capability) === 0 || !section.lines.some(({ name }) => name === 'pcfg')) return undefined
  const lines = [...session.lines, ...section.lines].filter(({ role }) => role === Role.Capability)
  const profiles = lines.flatMap(profilesOf)
  const crypto = lines.flatMap(cryptoOf)
  return {
    profiles: profiles.slice(0, MOST),
    crypto: crypto.slice(0, MOST),
    isCut: profiles.length > MOST || crypto.length > MOST,
  }
}

/** `a=tcap:1 RTP/SAVP RTP/SAVPF` numbers its profiles from 1 on. */
function profilesOf({ name, attribute }: SdpLine): string[] {
  return name === 'tcap' ? attribute.split(' ').slice(1) : []
}

/** `a=acap:1 crypto:1 AES_CM_128_HMAC_SHA1_80 inline:…` */
function cryptoOf({ name, attribute }: SdpLine): CryptoAttribute[] {
  const capability = name === 'acap' ? /^\d+ +crypto:/i.exec(attribute) : null
  return capability === null ? [] : [parseCryptoLine(attribute.slice(capability[0].length))]
}

/**
 * A description as the offer that it is: what its potential configurations offer may be answered like what its lines
 * do. In an answer they say nothing (RFC 5939 §3.6.2).
 */
export function asOffer(description: SessionDescription): SessionDescription {
  if (!description.media.some(({ asOffered }) => asOffered !== undefined)) return description
  return { ...description, media: description.media.map((media) => media.asOffered ?? media) }
}
