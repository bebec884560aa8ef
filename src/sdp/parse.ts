import { LIMITS } from '../limits/limits.ts'
import type { Malformed } from '../sip/message.ts'
import { beyond } from './beyond.ts'
import { readAddress, readConnection } from './connection.ts'
import type { Connection, NoteAnomaly, SessionDescription } from './description.ts'
import { readKeying } from './keying.ts'
import { OnceLine, Role } from './line-cache.ts'
import { type Section, splitSections } from './lines.ts'
import { readMediaSection, type SessionLevel } from './media-section.ts'
import { readOtherKeys } from './other-keys.ts'
import { type TransformedSection, transformSection } from './transform-adapter.ts'
import { usualOrigin } from './usual-lines.ts'
import { countWords, lastWord } from './words.ts'

const MAX_GROUPS = LIMITS.sdpGroups.most
const NO_GROUPS: readonly string[] = []
const NO_ANOMALIES: readonly string[] = []

/**
 * Reads a session description (RFC 8866). Unknown lines are passed over and missing ones tolerated; octets that hold no
 * `type=value` line at all are `Malformed`. With `cut` (the capture does not hold all octets) the last line is dropped
 * where its end is missing. The octets are not kept.
 */
export function parseSdp(bytes: Uint8Array, cut = false): SessionDescription | Malformed {
  const { sections, anomalies, isCut } = splitSections(bytes, cut)
  if (sections.length === 1 && sections[0].lines.length === 0) {
    return {
      kind: 'malformed',
      reason: 'not-sdp',
      text: 'No line has the form <type>=<value> (RFC 8866 §5).',
      offset: 0,
    }
  }
  const note: NoteAnomaly = (reason) => void anomalies.add(reason)
  const [section, ...media] = sections
  const transformed = transformSection(section)
  const connection = readConnection(section)
  const session: SessionLevel = { keying: readKeying(section), transformed, connection, section }
  const origin = readOrigin(section)
  if (session.keying.isCut) note(beyond('sdpFingerprints'))
  if ((transformed.groups?.length ?? 0) > MAX_GROUPS) note(beyond('sdpGroups'))
  if (section.lines[0]?.type !== 'v') note('version-missing')
  if (!origin) note('origin-missing')
  // RFC 4568 §4: it belongs to the media level only.
  if ((section.roles & Role.Crypto) !== 0) note('crypto-at-session-level')
  const otherKeys = readOtherKeys(sections, note)
  return {
    kind: 'description',
    origin,
    groups: readGroups(transformed),
    media: media.map((lines, index) =>
      readMediaSection(index, lines, session, isCut && index === media.length - 1, note),
    ),
    anomalies: anomalies.size === 0 ? NO_ANOMALIES : [...anomalies],
    ...(otherKeys !== undefined && { otherKeys }),
  }
}

/** o=: its last word. It has six, or more where senders put spaces into the username. */
function readOrigin({ lines, roles }: Section): Connection | undefined {
  if ((roles & Role.Origin) === 0) return undefined
  const line = lines.find(({ role }) => role === Role.Origin)
  const usual = line instanceof OnceLine ? usualOrigin(line) : undefined
  if (usual !== undefined) return readAddress(usual)
  const value = line?.value ?? ''
  return countWords(value) < 6 ? undefined : readAddress(lastWord(value))
}

function readGroups({ groups }: TransformedSection): readonly string[] {
  return groups === undefined ? NO_GROUPS : groups.slice(0, MAX_GROUPS).map(({ type }) => String(type))
}
