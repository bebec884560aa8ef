import { parse } from 'sdp-transform'
import type { Direction } from './description.ts'
import { type Section, splitAttribute } from './lines.ts'

/** What sdp-transform makes of a section. Texts that look like numbers come as numbers. */
export interface TransformedSection {
  readonly connection?: { ip: unknown }
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

/**
 * Runs sdp-transform over one section; the only place that knows the library. m=, a=crypto, a=fingerprint, a=key-mgmt
 * and a=zrtp-hash are not handed over: it loses `m=audio 49170/2`, all session parameters but the first, and all
 * fingerprints but the last.
 */
export function transformSection(section: Section): TransformedSection {
  const lines = section.flatMap(({ type, value }) => {
    if (type === 'c') return [`${type}=${singleSpaced(value)}`]
    if (type !== 'a') return []
    const attribute = splitAttribute(value)
    if (!ATTRIBUTES.has(attribute.name)) return []
    return [`a=${attribute.name}${attribute.value === '' ? '' : `:${singleSpaced(attribute.value)}`}`]
  })
  return parse(lines.join('\n')) as unknown as TransformedSection
}

function singleSpaced(text: string): string {
  return text.split(/[ \t]+/).join(' ')
}
