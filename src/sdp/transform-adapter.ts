import { parse } from 'sdp-transform'
import type { Direction } from './description.ts'
import type { Section } from './lines.ts'
import type { SectionFacts } from './section-facts.ts'

/** What sdp-transform makes of a section. Texts that look like numbers come as numbers. */
export interface TransformedSection {
  readonly direction?: Direction
  readonly rtp?: readonly { payload: unknown; codec: unknown; rate?: unknown; encoding?: unknown }[]
  readonly fmtp?: readonly { payload: unknown; config: unknown }[]
  readonly rtcp?: { port: unknown; address?: unknown }
  readonly rtcpMux?: string
  readonly setup?: unknown
  readonly mid?: unknown
  readonly label?: unknown
  readonly ptime?: unknown
  readonly icelite?: string
  readonly bundleOnly?: string
  readonly groups?: readonly { type: unknown; mids: unknown }[]
  readonly ssrcs?: readonly { id: unknown }[]
  readonly candidates?: readonly {
    component: unknown
    transport: unknown
    ip: unknown
    port: unknown
    type: unknown
  }[]
  /** Of a result that equal sections share: what was read of it, by the formats of the m= line. */
  readonly facts?: Map<readonly string[], SectionFacts>
}

/** Only what is used is handed over: the library tries some seventy expressions on every other line. */
const ATTRIBUTES = new Set([
  'rtpmap',
  'fmtp',
  'rtcp',
  'rtcp-mux',
  'setup',
  'mid',
  'label',
  'ptime',
  'ice-lite',
  'bundle-only',
  'group',
  'ssrc',
  'candidate',
  'sendrecv',
  'sendonly',
  'recvonly',
  'inactive',
])

/** Sections whose every line was compared by its octets; a device says the same in every call. */
const KNOWN = new Map<string, TransformedSection>()
const MOST_KNOWN = 512
const LONGEST_KEY = 512

/**
 * Runs sdp-transform over one section; the only place that knows the library. m=, c=, a=crypto, a=fingerprint,
 * a=key-mgmt and a=zrtp-hash are not handed over: it loses `m=audio 49170/2`, all session parameters but the first, and
 * all fingerprints but the last. The result may be shared by equal sections.
 */
export function transformSection(section: Section): TransformedSection {
  let key: string | undefined = ''
  const lines: string[] = []
  for (const { name, attribute, id } of section) {
    if (!ATTRIBUTES.has(name)) continue
    if (id === 0) key = undefined
    else if (key !== undefined) key += `${id} `
    lines.push(name, attribute)
  }
  if (lines.length === 0) return NOTHING
  const known = key === undefined ? undefined : KNOWN.get(key)
  if (known !== undefined) return known
  const transformed = transform(lines)
  if (key === undefined || key.length > LONGEST_KEY) return transformed
  const shared = { ...transformed, facts: new Map() }
  if (KNOWN.size >= MOST_KNOWN) KNOWN.clear()
  KNOWN.set(key, shared)
  return shared
}

/** Of a section that has none of these attributes. */
export const NOTHING: TransformedSection = {}

/** @param lines names and attributes in turn */
function transform(lines: readonly string[]): TransformedSection {
  const text: string[] = []
  for (let n = 0; n < lines.length; n += 2) {
    text.push(`a=${lines[n]}${lines[n + 1] === '' ? '' : `:${singleSpaced(lines[n + 1])}`}`)
  }
  return parse(text.join('\n')) as unknown as TransformedSection
}

function singleSpaced(text: string): string {
  return text.split(/[ \t]+/).join(' ')
}
