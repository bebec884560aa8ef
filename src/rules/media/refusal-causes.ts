import type { FrameRef } from '../../bytes/frame-ref.ts'
import {
  addressFamily,
  attribute,
  bandwidth,
  cryptoExtras,
  type LikelyCause,
  mediaType,
  noCodec,
  noKey,
  noSuite,
  notThisBody,
  srtpNotTaken,
  srtpRequired,
} from './likely-cause.ts'
import type { Abilities } from './media-abilities.ts'
import { listText, type RefusalTerms } from './refusal-terms.ts'

/** An offer that was refused, and what may have been the reason. */
export interface RefusedSession {
  /** Of the final response; undefined where it is an answer that declines each m= line. */
  readonly status: number | undefined
  /** What stands behind the status, where that says more. */
  readonly phrase?: string | undefined
  /** Warning of the refusal (RFC 3261 §20.43), as written. */
  readonly warning?: string | undefined
  /** Media types of its Accept, where it has one. */
  readonly accept?: readonly string[] | undefined
  /** What its body says would be taken. */
  readonly terms?: RefusalTerms | undefined
  /** The m= lines, as `audio RTP/SAVP`; whether there is RTP among them. */
  readonly lines: readonly string[]
  readonly hasRtp: boolean
  /** Whether each of the RTP lines leaves no choice (RTP/SAVP), each asks on RTP/AVP (best effort), or none asks for protection. */
  readonly allSecure: boolean
  readonly bestEffort: boolean
  readonly noneSecure: boolean
  /** Whether each of the RTP lines is RTP/SAVP(F), and none has a key or other keying. */
  readonly withoutKeys: boolean
  /** What every a=crypto line carries that not every side takes: `an MKI`, `KDR=1`. */
  readonly extras: readonly string[]
  /** Whether each of the RTP lines is keyed by DTLS alone, and is of a profile with feedback (RFC 5124). */
  readonly byDtls: boolean
  readonly withFeedback: boolean
  readonly suites: readonly string[]
  readonly codecs: readonly string[]
  /** c= is an IPv6 address, and the offer itself came over IPv4; or the reverse. */
  readonly otherFamily: boolean
}

type Hypothesis = (offer: RefusedSession, who: string, abilities: Abilities | undefined) => LikelyCause | undefined

/** In the order of their weight: what the refusal lists, what the trace shows, what the refusal says, what the offer looks like. */
const HYPOTHESES: readonly Hypothesis[] = [
  (offer, who) => byTerms(offer, who),
  ({ noneSecure, lines, phrase = '', warning = '' }, who) =>
    noneSecure && /\bsrtp\b|\bsecure media\b|\bmedia encryption\b/i.test(`${phrase} ${warning}`)
      ? srtpRequired(
          true,
          `${who} speaks of secure media in its refusal, and the offer is ${listText(lines)} without keys`,
        )
      : undefined,
  ({ status, accept }, who) =>
    status === 415 && accept !== undefined && !accept.some((type) => TAKES_SDP.has(type))
      ? notThisBody(true, who, accept)
      : undefined,
  ({ withoutKeys, lines }) => (withoutKeys ? noKey(lines) : undefined),
  ({ allSecure, lines }, who, abilities) =>
    allSecure && abilities?.plainAt !== undefined && abilities.secureAt === undefined
      ? srtpNotTaken(
          true,
          `${who} takes RTP in the clear elsewhere (${frameText(abilities.plainAt)}), and never SRTP; the offer is ${listText(lines)}`,
        )
      : undefined,
  ({ noneSecure, lines }, who, abilities) =>
    noneSecure && abilities?.secureAt !== undefined && abilities.plainAt === undefined
      ? srtpRequired(
          true,
          `${who} agrees on SRTP elsewhere (${frameText(abilities.secureAt)}), and never on RTP in the clear; the offer is ${listText(lines)} without keys`,
        )
      : undefined,
  ({ codecs }, who, abilities) =>
    codecs.length > 0 && isApart(codecs, abilities?.codecs)
      ? noCodec(
          true,
          `none of the offered codecs (${listText(codecs)}) is among those that ${who} names elsewhere (${listText(abilities?.codecs)})`,
        )
      : undefined,
  ({ suites, allSecure }, who, abilities) =>
    allSecure && suites.length > 0 && isApart(suites, abilities?.suites)
      ? noSuite(
          `none of the offered suites (${listText(suites)}) is one that ${who} agrees on elsewhere (${listText(abilities?.suites)})`,
          abilities?.suites ?? [],
        )
      : undefined,
  (offer, who) => {
    for (const code of warnCodes(offer.warning)) {
      const cause = WARNINGS.get(code)?.(offer, who)
      if (cause !== undefined) return cause
    }
    return undefined
  },
  ({ hasRtp, lines }, who) =>
    hasRtp ? undefined : mediaType(false, `the offer is ${listText(lines)}, which ${who} may not take`),
  (offer, who, abilities) =>
    offer.allSecure && abilities?.secureAt === undefined ? ofProtectionAlone(offer, who) : undefined,
  ({ allSecure, extras }, who, abilities) =>
    allSecure && extras.length > 0 && abilities?.takesExtras !== true ? cryptoExtras(extras, who) : undefined,
  ({ otherFamily, noneSecure }, who) =>
    otherFamily
      ? addressFamily(
          false,
          `c= is of another IP version than the packet that carried the offer, which ${who} may not have` +
            (noneSecure ? '; the offer is without keys too, and it may require SRTP' : ''),
        )
      : undefined,
  ({ status, accept }, who) => (status === 415 ? notThisBody(false, who, accept) : undefined),
  ({ bestEffort, codecs, lines }, who, abilities) =>
    bestEffort && abilities?.plainAt === undefined
      ? {
          name: 'srtp-required',
          sure: false,
          text:
            `the offer is ${listText(lines)} with keys (best effort), which a side without SRTP would take as plain RTP: ` +
            `${who} may take RTP/SAVP only, or none of ${listText(codecs)}`,
          remedy: 'Set the offering side to SRTP required, for this trunk or account: RTP/SAVP with a=crypto.',
        }
      : undefined,
  ({ noneSecure, codecs, lines }, who, abilities) =>
    noneSecure && abilities?.plainAt === undefined
      ? srtpRequired(
          false,
          `the offer is ${listText(lines)} without keys: ${who} may require SRTP, or takes none of ${listText(codecs)}`,
        )
      : undefined,
]

/** Types of Accept that a session description is of (RFC 3261 §20.1). */
const TAKES_SDP: ReadonlySet<string> = new Set(['application/sdp', 'application/*', '*/*'])

/** What the refusal lists (RFC 3261 §21.4.26), against the offer. */
function byTerms({ terms, lines, hasRtp, allSecure, noneSecure, ...offer }: RefusedSession, who: string) {
  if (terms === undefined) return undefined
  const takes = `${who} lists in its refusal what it would take, ${listText(terms.lines)}`
  if (lines.length > 0 && lines.every((line) => !terms.kinds.has(line.split(' ')[0]))) {
    return mediaType(true, `${takes}, and nothing of ${listText(lines)}`)
  }
  if (!hasRtp) return undefined
  if (noneSecure && terms.allSecure)
    return srtpRequired(true, `${takes}, and the offer is ${listText(lines)} without keys`)
  if (allSecure && terms.noneSecure) return srtpNotTaken(true, `${takes}, and the offer is ${listText(lines)}`)
  if (allSecure && offer.suites.length > 0 && isApart(offer.suites, new Set(terms.suites))) {
    return noSuite(
      `none of the offered suites (${listText(offer.suites)}) is one that ${who} lists in its refusal`,
      terms.suites,
    )
  }
  if (offer.codecs.length > 0 && isApart(offer.codecs, new Set(terms.codecs))) {
    const listed = listText(terms.codecs)
    return noCodec(
      true,
      `none of the offered codecs (${listText(offer.codecs)}) is one that ${who} lists in its refusal (${listed})`,
    )
  }
  return undefined
}

/** The codes of all values of Warning: a quoted text may hold whatever it likes. */
function warnCodes(warning = ''): readonly number[] {
  const unquoted = warning.replace(/"(?:[^"\\]|\\.)*"?/g, '')
  return unquoted.split(',').flatMap((value) => {
    const code = /^\s*(\d{3})(?!\d)/.exec(value)?.[1]
    return code === undefined ? [] : [Number(code)]
  })
}

/** RFC 3261 §20.43. */
const WARNINGS: ReadonlyMap<number, (offer: RefusedSession, who: string) => LikelyCause | undefined> = new Map([
  [300, (_, who) => addressFamily(true, `${who} has no network of the offered kind`)],
  [301, (_, who) => addressFamily(true, `${who} does not take addresses of the offered kind`)],
  [302, (offer, who) => ofTransport(offer, who)],
  [303, (_, who) => bandwidth(`${who} does not understand the units of b=`)],
  [304, (offer, who) => ofMediaType(offer, who)],
  [
    305,
    ({ codecs }, who) => noCodec(true, `not all of the offered codecs (${listText(codecs)}) are available at ${who}`),
  ],
  [306, (_, who) => attribute(`${who} does not understand an attribute of the offer`)],
  [307, (_, who) => attribute(`${who} does not understand a parameter of the offer`)],
  [370, (_, who) => bandwidth(`${who} has not the bandwidth that the offer asks for`)],
])

/** "Incompatible transport protocol": RTP/SAVP to who has RTP/AVP only, or the reverse. */
function ofTransport({ allSecure, noneSecure, lines }: RefusedSession, who: string): LikelyCause | undefined {
  const text = `${who} does not take the transport of ${listText(lines)}`
  if (allSecure) return srtpNotTaken(true, text)
  return noneSecure ? srtpRequired(false, `${text}: it may require SRTP`) : undefined
}

/** "Media type not available": what some say of RTP/SAVP too. */
function ofMediaType({ allSecure, lines }: RefusedSession, who: string): LikelyCause {
  const text = `${who} has no media of the offered kind (${listText(lines)})`
  return allSecure ? srtpNotTaken(false, `${text}: SRTP is likely off there`) : mediaType(true, text)
}

/** An offer that leaves no choice: protection, the way it is keyed, or the profile may be what is not taken. */
function ofProtectionAlone({ lines, byDtls, withFeedback, extras }: RefusedSession, who: string): LikelyCause {
  const offered = `the offer is ${listText(lines)} and nothing else`
  if (byDtls) {
    const text = `${offered}, keyed by DTLS: ${who} likely takes SRTP by a=crypto only, or has SRTP off`
    return {
      ...srtpNotTaken(false, text),
      remedy: 'Switch DTLS-SRTP on at the refusing side, or offer RTP/SAVP with a=crypto.',
    }
  }
  const profile = withFeedback ? ', or it takes RTP/SAVP without feedback only' : ''
  const cause = srtpNotTaken(false, `${offered}: SRTP is likely off at ${who}${profile}`)
  if (extras.length === 0) return cause
  const { text, remedy } = cryptoExtras(extras, who)
  return { ...cause, text: `${cause.text}, or ${text}`, remedy: `${cause.remedy} ${remedy}` }
}

/** What an offer was likely refused for. */
export function likelyCause(offer: RefusedSession, who: string, abilities: Abilities | undefined): LikelyCause {
  for (const hypothesis of HYPOTHESES) {
    const cause = hypothesis(offer, who, abilities)
    if (cause !== undefined) return cause
  }
  const text = `What of ${listText(offer.lines)} it could not take does not show in this trace`
  return {
    name: 'open',
    sure: false,
    text,
    remedy: 'Compare codecs, SRTP and suites of both sides, and the log of the refusing one.',
  }
}

/** Whether something is known of the other side, and nothing of it is offered. */
function isApart(offered: readonly string[], known: ReadonlySet<string> | undefined): boolean {
  if (known === undefined || known.size === 0) return false
  const names = new Set([...known].map((name) => name.toLowerCase()))
  return !offered.some((name) => names.has(name.toLowerCase()))
}

function frameText({ frame }: FrameRef): string {
  return `frame ${frame}`
}
