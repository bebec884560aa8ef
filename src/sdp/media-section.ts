import type { Draft } from '../sip/message.ts'
import { readCodecs } from './codecs.ts'
import { readAddress, readConnection } from './connection.ts'
import type { CryptoAttribute } from './crypto-attribute.ts'
import { parseCryptoLine } from './crypto-line.ts'
import type { Candidate, Connection, MediaDescription, SdpAnomaly } from './description.ts'
import { type Keying, readKeying } from './keying.ts'
import type { Section } from './lines.ts'
import { parseMediaLine } from './media-line.ts'
import { type TransformedSection, transformSection } from './transform-adapter.ts'

const MAX_CRYPTO = 64
const MAX_CANDIDATES = 128
const MAX_SSRCS = 128

/** What the media sections inherit from the session level. */
export interface SessionLevel extends Keying {
  readonly connection?: Connection
  readonly transformed: TransformedSection
}

/** Reads one m= section: its own lines first, the session's where it has none (RFC 8866 §5.7, §6.7, RFC 8122 §5). */
export function readMediaSection(
  index: number,
  section: Section,
  session: SessionLevel,
  note: (anomaly: SdpAnomaly) => void,
): MediaDescription {
  const line = parseMediaLine(section[0].value)
  if (line.port === undefined || line.protocol === '' || line.formats.length === 0) {
    note({ reason: 'media-line-malformed', text: 'An m= line lacks its port, protocol or formats (RFC 8866 §5.14).' })
  }
  const transformed = transformSection(section)
  const keying = readKeying(section)
  const connection = readConnection(section) ?? session.connection
  if (!connection) note({ reason: 'connection-missing', text: 'An m= section has no c= line (RFC 8866 §5.7).' })
  const setup = transformed.setup ?? session.transformed.setup
  const ptime = Number(transformed.ptime)
  const rtcp = readRtcp(transformed)
  const media: Draft<MediaDescription> = {
    index,
    kind: line.kind,
    port: line.port ?? 0,
    portCount: line.portCount,
    protocol: line.protocol,
    formats: line.formats,
    direction: transformed.direction ?? session.transformed.direction ?? 'sendrecv',
    rtcpMux: transformed.rtcpMux !== undefined,
    codecs: readCodecs(line.formats, transformed),
    crypto: readCrypto(section, note),
    fingerprints: keying.fingerprints.length > 0 ? keying.fingerprints : session.fingerprints,
    keyMgmt: keying.keyMgmt.length > 0 ? keying.keyMgmt : session.keyMgmt,
    zrtpHash: keying.zrtpHash || session.zrtpHash,
    candidates: readCandidates(transformed),
    ssrcs: readSsrcs(transformed),
    rejected: line.port === 0 && transformed.bundleOnly === undefined,
  }
  if (connection !== undefined) media.connection = connection
  if (rtcp !== undefined) media.rtcp = rtcp
  if (setup !== undefined) media.setup = String(setup)
  if (transformed.mid !== undefined) media.mid = String(transformed.mid)
  if (transformed.label !== undefined) media.label = String(transformed.label)
  if (transformed.ptime !== undefined && ptime > 0) media.ptime = ptime
  return media
}

function readCrypto(section: Section, note: (anomaly: SdpAnomaly) => void): readonly CryptoAttribute[] {
  let crypto: readonly CryptoAttribute[] = NO_CRYPTO
  for (const { name, attribute: value } of section) {
    if (name !== 'crypto') continue
    if (crypto.length === MAX_CRYPTO) {
      note({ reason: 'too-many-crypto', text: `An m= section has more than ${MAX_CRYPTO} a=crypto lines.` })
      break
    }
    const attribute = parseCryptoLine(value)
    if (attribute.problem) {
      note({
        reason: `crypto-${attribute.problem}`,
        text: `An a=crypto line breaks RFC 4568 §9: ${attribute.problem}.`,
      })
    }
    crypto = [...crypto, attribute]
  }
  return crypto
}

function readRtcp({ rtcp }: TransformedSection): MediaDescription['rtcp'] {
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
    return [
      {
        address,
        port,
        component: Number(candidate.component),
        type: String(candidate.type).toLowerCase(),
        transport: String(candidate.transport).toLowerCase(),
      },
    ]
  })
}

function readSsrcs({ ssrcs }: TransformedSection): readonly number[] {
  if (ssrcs === undefined) return NO_SSRCS
  const distinct = new Set<number>()
  for (const { id } of ssrcs) {
    const ssrc = Number(id)
    if (id !== '' && ssrc >= 0 && ssrc <= 0xffffffff && distinct.size < MAX_SSRCS) distinct.add(ssrc)
  }
  return [...distinct]
}

// Shared by all sections that have none.
const NO_CRYPTO: readonly CryptoAttribute[] = []
const NO_CANDIDATES: readonly Candidate[] = []
const NO_SSRCS: readonly number[] = []
