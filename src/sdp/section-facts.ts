import { LIMITS } from '../limits/limits.ts'
import { readCodecs } from './codecs.ts'
import { readAddress } from './connection.ts'
import type { Candidate, Codec, Direction, RtcpAttribute } from './description.ts'
import { NOTHING, type TransformedSection } from './transform-adapter.ts'

const MAX_CANDIDATES = LIMITS.sdpCandidates.most
const MAX_SSRCS = LIMITS.sdpSsrcs.most
/** Lists of formats that are kept for one section. */
const MOST_KNOWN = 16

/** What an m= section says in its attributes, all but its keying; the same object for equal sections. */
export interface SectionFacts {
  readonly direction: Direction
  readonly rtcp: RtcpAttribute | undefined
  readonly rtcpMux: boolean
  readonly codecs: readonly Codec[]
  readonly candidates: readonly Candidate[]
  readonly ssrcs: readonly number[]
  readonly encryptedExtensions: readonly number[]
  readonly bundleOnly: boolean
  /** There are more than these. */
  readonly moreCandidates: boolean
  readonly moreSsrcs: boolean
}

/** @param session the session level, whose direction holds where the section has none */
export function readSectionFacts(
  formats: readonly string[],
  section: TransformedSection,
  session: TransformedSection,
): SectionFacts {
  const shared = session === NOTHING ? section.facts : undefined
  const known = shared?.get(formats)
  if (known !== undefined) return known
  const facts = factsOf(formats, section, session)
  if (shared !== undefined && shared.size < MOST_KNOWN) shared.set(formats, facts)
  return facts
}

function factsOf(formats: readonly string[], section: TransformedSection, session: TransformedSection): SectionFacts {
  const ssrcs = readSsrcs(section)
  return {
    direction: section.direction ?? session.direction ?? 'sendrecv',
    rtcp: readRtcp(section),
    rtcpMux: section.rtcpMux !== undefined,
    codecs: readCodecs(formats, section),
    candidates: readCandidates(section),
    ssrcs: ssrcs.length > MAX_SSRCS ? ssrcs.slice(0, MAX_SSRCS) : ssrcs,
    encryptedExtensions: readEncryptedExtensions(section, session),
    bundleOnly: section.bundleOnly !== undefined,
    moreCandidates: (section.candidates?.length ?? 0) > MAX_CANDIDATES,
    moreSsrcs: ssrcs.length > MAX_SSRCS,
  }
}

function readRtcp({ rtcp }: TransformedSection): RtcpAttribute | undefined {
  const port = Number(rtcp?.port)
  if (!rtcp || rtcp.port === '' || !(port >= 0 && port <= 0xffff)) return undefined
  const address = rtcp.address === undefined ? undefined : readAddress(String(rtcp.address))?.address
  return { port, ...(address !== undefined && { address }) }
}

function readCandidates({ candidates }: TransformedSection): readonly Candidate[] {
  if (candidates === undefined) return NO_CANDIDATES
  return candidates.slice(0, MAX_CANDIDATES).flatMap((candidate): Candidate[] => {
    const address = readAddress(String(candidate.ip))?.address
    const port = Number(candidate.port)
    if (address === undefined || !(port >= 0 && port <= 0xffff)) return []
    return [{ address, port, component: Number(candidate.component) }]
  })
}

/** One more than are kept, at most. */
function readSsrcs({ ssrcs }: TransformedSection): readonly number[] {
  if (ssrcs === undefined) return NO_SSRCS
  const distinct = new Set<number>()
  for (const { id } of ssrcs) {
    const ssrc = Number(id)
    if (id !== '' && ssrc >= 0 && ssrc <= 0xffffffff && distinct.size <= MAX_SSRCS) distinct.add(ssrc)
  }
  return [...distinct]
}

/** Of the two-byte form of RFC 8285 §4.3; each once, so there are no more. Those of the session hold for all its media (§5). */
const LARGEST_EXTENSION = 255

function readEncryptedExtensions(section: TransformedSection, session: TransformedSection): readonly number[] {
  if (section.ext === undefined && session.ext === undefined) return NO_EXTENSIONS
  const ids = [...(session.ext ?? []), ...(section.ext ?? [])]
    .map(({ value }) => Number(value))
    .filter((id) => id >= 1 && id <= LARGEST_EXTENSION)
  return [...new Set(ids)]
}

// Shared by all sections that have none.
const NO_EXTENSIONS: readonly number[] = []
const NO_CANDIDATES: readonly Candidate[] = []
const NO_SSRCS: readonly number[] = []
