import { parse } from 'sdp-transform'
import type { Direction } from './description.ts'
import { Role, type SdpLine } from './line-cache.ts'
import type { Section } from './lines.ts'
import type { SectionFacts } from './section-facts.ts'

/** What sdp-transform makes of a section. Texts that look like numbers come as numbers. */
export interface TransformedSection {
  readonly direction?: Direction
  readonly rtp?: readonly { payload: unknown; codec: unknown; rate?: unknown; encoding?: unknown }[]
  readonly fmtp?: readonly { payload: unknown; config: unknown }[]
  readonly rtcp?: { port: unknown; address?: unknown }
  readonly rtcpMux?: string
  readonly bundleOnly?: string
  readonly groups?: readonly { type: unknown }[]
  readonly ssrcs?: readonly { id: unknown }[]
  readonly ext?: readonly { value: unknown }[]
  readonly candidates?: readonly {
    component: unknown
    ip: unknown
    port: unknown
  }[]
  /** Of a result that equal sections share: what was read of it, by the formats of the m= line. */
  readonly facts?: Map<readonly string[], SectionFacts>
}

/** Of a section that has none of these attributes. */
export const NOTHING: TransformedSection = {}

/**
 * Runs sdp-transform over one section; the only place that knows the library. Only what is used is handed over: it
 * tries some seventy expressions on every other line. m=, c=, a=crypto, a=fingerprint, a=key-mgmt and a=zrtp-hash are
 * read elsewhere: it loses `m=audio 49170/2`, all session parameters but the first, and all fingerprints but the last.
 * The result may be shared by sections that say the same.
 */
export function transformSection({ lines, roles, attributes }: Section): TransformedSection {
  if ((roles & Role.Attribute) === 0) return NOTHING
  if (attributes === undefined) return transform(lines)
  attributes.transformed ??= { ...transform(lines), facts: new Map() }
  return attributes.transformed
}

function transform(lines: readonly SdpLine[]): TransformedSection {
  const text: string[] = []
  for (const { name, attribute, role } of lines) {
    if (role === Role.Attribute) text.push(`a=${name}${attribute === '' ? '' : `:${singleSpaced(attribute)}`}`)
  }
  return parse(text.join('\n')) as unknown as TransformedSection
}

function singleSpaced(text: string): string {
  return text.split(/[ \t]+/).join(' ')
}
