import { grown } from '../bytes/grown-list.ts'
import { LIMITS } from '../limits/limits.ts'
import { beyond } from './beyond.ts'
import { readConnection } from './connection.ts'
import type { CryptoAttribute } from './crypto-attribute.ts'
import { parseCryptoLine } from './crypto-line.ts'
import type {
  Candidate,
  Codec,
  Connection,
  Direction,
  Fingerprint,
  MediaDescription,
  NoteAnomaly,
} from './description.ts'
import { type Keying, readKeying } from './keying.ts'
import { OnceLine, Role } from './line-cache.ts'
import type { Section } from './lines.ts'
import { type MediaFormat, readMediaLine } from './media-line.ts'
import { type Potential, readPotential } from './potential.ts'
import { readSectionFacts, type SectionFacts } from './section-facts.ts'
import { type TransformedSection, transformSection } from './transform-adapter.ts'
import { usualCryptoLine } from './usual-lines.ts'

const MAX_CRYPTO = LIMITS.sdpCrypto.most

/** What the media sections inherit from the session level. */
export interface SessionLevel {
  readonly keying: Keying
  readonly connection: Connection | undefined
  readonly transformed: TransformedSection
  readonly section: Section
}

/**
 * Reads one m= section: its own lines first, the session's where it has none (RFC 8866 §5.7, §6.7, RFC 8122 §5).
 *
 * @param isCut lines of it may be missing
 */
export function readMediaSection(
  index: number,
  section: Section,
  session: SessionLevel,
  isCut: boolean,
  note: NoteAnomaly,
): MediaDescription {
  const { port, format } = readMediaLine(section.lines[0])
  if (port === undefined || format.protocol === '' || format.formats.length === 0) {
    note('media-line-malformed')
  }
  const connection = readConnection(section) ?? session.connection
  if (!connection) note('connection-missing')
  const crypto = readCrypto(section, note)
  const ownKeying = readKeying(section)
  const keying = keyingOf(ownKeying, session.keying)
  const facts = readSectionFacts(format.formats, transformSection(section), session.transformed)
  if (format.isCut) note(beyond('sdpFormats'))
  if (ownKeying.isCut) note(beyond('sdpFingerprints'))
  if (facts.moreCandidates) note(beyond('sdpCandidates'))
  if (facts.moreSsrcs) note(beyond('sdpSsrcs'))
  const rejected = port === 0 && !facts.bundleOnly
  const described = new DescribedMedia(index, port ?? 0, connection, crypto, keying, format, facts, rejected, isCut)
  const potential = readPotential(section, session.section)
  if (potential?.isCut) note(beyond('sdpCapabilities'))
  if (potential !== undefined) described.asOffered = withPotential(described, potential)
  return described
}

function withPotential(described: DescribedMedia, potential: Potential): DescribedMedia {
  const { index, port, connection, keying, format, facts, rejected, isCut } = described
  const crypto = [...described.crypto, ...potential.crypto]
  const offered = new DescribedMedia(index, port, connection, crypto, keying, format, facts, rejected, isCut)
  offered.potentialProfiles = potential.profiles
  return offered
}

/** The session's keying counts where a section has none of its kind. */
function keyingOf(own: Keying, session: Keying): Keying {
  if (own === session) return own
  return {
    fingerprints: own.fingerprints.length > 0 ? own.fingerprints : session.fingerprints,
    keyMgmt: own.keyMgmt.length > 0 ? own.keyMgmt : session.keyMgmt,
    zrtpHash: own.zrtpHash || session.zrtpHash,
  }
}

/** An m= section. What devices say in every call alike is shared by all that say it. */
class DescribedMedia implements MediaDescription {
  readonly index: number
  readonly port: number
  readonly connection: Connection | undefined
  readonly crypto: readonly CryptoAttribute[]
  readonly rejected: boolean
  readonly isCut: boolean
  readonly keying: Keying
  readonly format: MediaFormat
  readonly facts: SectionFacts
  // Of the few that have any: declared, so that all others have one shape.
  declare potentialProfiles?: readonly string[]
  declare asOffered?: DescribedMedia

  constructor(
    index: number,
    port: number,
    connection: Connection | undefined,
    crypto: readonly CryptoAttribute[],
    keying: Keying,
    format: MediaFormat,
    facts: SectionFacts,
    rejected: boolean,
    isCut: boolean,
  ) {
    this.index = index
    this.port = port
    this.connection = connection
    this.crypto = crypto
    this.keying = keying
    this.format = format
    this.facts = facts
    this.rejected = rejected
    this.isCut = isCut
  }

  get kind(): string {
    return this.format.kind
  }

  get portCount(): number {
    return this.format.portCount
  }

  get protocol(): string {
    return this.format.protocol
  }

  get formats(): readonly string[] {
    return this.format.formats
  }

  get direction(): Direction {
    return this.facts.direction
  }

  get rtcp(): SectionFacts['rtcp'] {
    return this.facts.rtcp
  }

  get rtcpMux(): boolean {
    return this.facts.rtcpMux
  }

  get codecs(): readonly Codec[] {
    return this.facts.codecs
  }

  get fingerprints(): readonly Fingerprint[] {
    return this.keying.fingerprints
  }

  get keyMgmt(): readonly string[] {
    return this.keying.keyMgmt
  }

  get zrtpHash(): boolean {
    return this.keying.zrtpHash
  }

  get candidates(): readonly Candidate[] {
    return this.facts.candidates
  }

  get encryptedExtensions(): readonly number[] {
    return this.facts.encryptedExtensions
  }

  get ssrcs(): readonly number[] {
    return this.facts.ssrcs
  }
}

function readCrypto(section: Section, note: NoteAnomaly): readonly CryptoAttribute[] {
  let crypto: readonly CryptoAttribute[] = NO_CRYPTO
  if ((section.roles & Role.Crypto) === 0) return crypto
  for (const line of section.lines) {
    if (line.role !== Role.Crypto) continue
    if (crypto.length === MAX_CRYPTO) {
      note(beyond('sdpCrypto'))
      break
    }
    const usual = line instanceof OnceLine ? usualCryptoLine(line) : undefined
    const attribute = usual ?? parseCryptoLine(line.attribute, () => note(beyond('sdpKeys')))
    if (attribute.problem) note(`crypto-${attribute.problem}`)
    // RFC 4568 §4.1: an answer chooses by it.
    if (attribute.tag >= 0 && crypto.some(({ tag }) => tag === attribute.tag)) note('crypto-tag-repeated')
    crypto = grown(crypto, attribute)
  }
  return crypto
}

// Shared by all sections that have none.
const NO_CRYPTO: readonly CryptoAttribute[] = []
