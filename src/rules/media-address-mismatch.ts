import type { AnalysedCall, AnalysedStream } from '../model/analysis.ts'
import type { Finding } from '../model/report.ts'
import { firstOf } from './agreement.ts'
import { isSameFamily } from './private-space.ts'
import { defineRule, finding, type RuleText } from './rule.ts'

const text: RuleText = {
  id: 'media-address-mismatch',
  severity: 'warning',
  title: 'Media comes from another address than the agreed one',
  meaning:
    'The sender is not where its description says: symmetric NAT, a relay, or a second interface. A strict peer drops it.',
  shows:
    'Packets whose source is not the c= and m= of their sender, or whose destination is not that of their receiver.',
  causes: [
    'a NAT that maps ports',
    'media relayed by a host that signalling does not name',
    'a host that sends from another interface',
  ],
  remedy:
    'Let the peer answer to where packets come from (symmetric RTP, comedia), or describe the address that is used.',
  references: ['RFC 4961 §3', 'RFC 3264 §5.1'],
}

interface Mismatch {
  readonly stream: AnalysedStream
  readonly what: 'source' | 'destination'
  readonly observed: string
  readonly agreed: string
}

export const mediaAddressMismatch = defineRule(text, (trace) => {
  const withMedia = new Set(trace.streams.map(({ call }) => call))
  const described = new Map<number, Described>()
  const end = (): Finding[] => {
    const found = trace.streams.flatMap((stream) => mismatchesOf(stream, described))
    // Where a peer answers to the place that packets come from, both directions tell of one and the same address.
    return firstOf(found, ({ stream: { call, report }, agreed, observed }) =>
      [call, report.mediaIndex, agreed, observed].join(' '),
    ).map(({ stream: { report, firstAt }, what, observed, agreed }) =>
      finding(text, trace, {
        detail:
          what === 'source'
            ? `RTP from ${report.src} to ${report.dst}: its sender described ${agreed} (first in frame ${report.firstFrame}).`
            : `RTP from ${report.src} is sent to ${report.dst}: its receiver described ${agreed} (first in frame ${report.firstFrame}).`,
        ...(report.callId !== undefined && { callId: report.callId }),
        streamId: report.id,
        at: [firstAt],
        evidence: { [what]: observed, agreed },
      }),
    )
  }
  return {
    call: (call, index) => {
      if (withMedia.has(index)) described.set(index, describedBy(call))
      return []
    },
    end,
  }
})

function mismatchesOf(stream: AnalysedStream, described: ReadonlyMap<number, Described>): Mismatch[] {
  const { report, call, agreedSource, agreedDestination } = stream
  if (report.kind !== 'rtp' || call === undefined) return []
  const known = described.get(call)
  if (known?.byIce.has(report.mediaIndex ?? -1)) return []
  const sides = [
    { what: 'source', observed: report.src, agreed: agreedSource },
    { what: 'destination', observed: report.dst, agreed: agreedDestination },
  ] as const
  return sides.flatMap(({ what, observed, agreed }) => {
    if (agreed === undefined || known?.endpoints.has(observed) || !isComparable(agreed, observed)) return []
    return [{ stream, what, observed, agreed }]
  })
}

/**
 * A description names where its side receives. Toward a peer of the other address family a dual-stack host sends from its
 * address of that family, which no description names; and an unspecified address (hold) names nothing.
 */
function isComparable(agreed: string, observed: string): boolean {
  return (
    isSameFamily(agreed.replace(/:\d+$/, ''), observed.replace(/:\d+$/, '')) && !/^(0\.0\.0\.0|\[::\]):/.test(agreed)
  )
}

interface Described {
  /** Every endpoint that a description of the call names, at whatever time: m= lines and ICE candidates. */
  readonly endpoints: ReadonlySet<string>
  /** m= lines whose addresses ICE found out: a pair that its checks learned of is as good as one that was described. */
  readonly byIce: ReadonlySet<number>
}

/** RFC 8445 §7.3.1.3: behind a NAT checks arrive from addresses that no candidate names. */
function describedBy({ report }: AnalysedCall): Described {
  const endpoints = new Set<string>()
  const byIce = new Set<number>()
  for (const { media } of report.sessions) {
    for (const { index, offer, answer } of media) {
      for (const side of [offer, answer]) {
        if (side === undefined) continue
        endpoints.add(side.endpoint)
        for (const candidate of side.candidates ?? []) endpoints.add(candidate)
      }
      if (offer?.candidates !== undefined && answer?.candidates !== undefined) byIce.add(index)
    }
  }
  return { endpoints, byIce }
}
