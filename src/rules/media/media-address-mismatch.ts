import { addressOf, formatEndpoint } from '../../bytes/endpoint.ts'
import type { AnalysedCall, AnalysedStream, TraceFacts } from '../../model/analysis.ts'
import type { Finding } from '../../model/report.ts'
import { classifyAddress } from '../../net/addresses.ts'
import { firstOf } from '../agreement.ts'
import { isSameFamily } from '../private-space.ts'
import { defineRule, finding, NO_FINDINGS, type RuleText } from '../rule.ts'

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
    'a sender that does not follow a re-INVITE, or a 200 behind a 183, to a new address',
  ],
  remedy:
    'Let the peer answer to where packets come from (symmetric RTP, comedia), or describe the address that is used.',
  references: ['RFC 4961 §3', 'RFC 3264 §5.1'],
}

const MOVED_REMEDY =
  'Have the sender follow the last description to the address that it names. Where that is a 200 behind a 183, have the ' +
  'answerer repeat the description of its 183 (RFC 3261 §13.2.1), or move by a re-INVITE.'

interface Mismatch {
  readonly stream: AnalysedStream
  readonly what: 'source' | 'destination'
  readonly observed: string
  readonly agreed: string
  /** A re-INVITE, or a 200 behind a 183, answered then and took the address out of use. */
  readonly movedUs?: number
}

export const mediaAddressMismatch = defineRule(text, (trace) => {
  const described = new Map<number, Described>()
  const end = (): Finding[] => {
    const found = trace.streams.filter(isElsewhere).flatMap((stream) => mismatchesOf(stream, described))
    // Where a peer answers to the place that packets come from, both directions tell of one and the same address.
    return firstOf(found, ({ stream: { call, report }, agreed, observed }) =>
      [call, report.mediaIndex, agreed, observed].join(' '),
    ).map((mismatch) => describe(trace, mismatch))
  }
  return {
    call: (call, index, streams) => {
      if (streams.some(isElsewhere)) described.set(index, describedBy(call))
      return NO_FINDINGS
    },
    end,
  }
})

/** Not between the two places that were agreed last. */
function isElsewhere({ report, agreedSource, agreedDestination }: AnalysedStream): boolean {
  if (report.kind !== 'rtp') return false
  return (agreedSource ?? report.src) !== report.src || (agreedDestination ?? report.dst) !== report.dst
}

function describe(trace: TraceFacts, { stream, what, observed, agreed, movedUs }: Mismatch): Finding {
  const { report, firstAt, lastAt } = stream
  const where =
    movedUs === undefined
      ? `(first in frame ${report.firstFrame})`
      : `${Math.round((lastAt.timeUs - movedUs) / 1e5) / 10} s before frame ${report.lastFrame}, which still uses the old address`
  return finding(text, trace, {
    detail:
      what === 'source'
        ? `RTP from ${report.src} to ${report.dst}: its sender described ${agreed} ${where}.`
        : `RTP from ${report.src} is sent to ${report.dst}: its receiver described ${agreed} ${where}.`,
    remedy: movedUs === undefined ? undefined : MOVED_REMEDY,
    callId: report.callId,
    streamId: report.id,
    at: [movedUs === undefined ? firstAt : lastAt],
    evidence: { [what]: observed, agreed },
  })
}

function mismatchesOf(stream: AnalysedStream, described: ReadonlyMap<number, Described>): Mismatch[] {
  const { report, call, agreedSource, agreedDestination, onWire = [] } = stream
  if (call === undefined) return []
  // Carried by TURN (RFC 8656), a client whose allocation was not captured stands for the address that it was allocated.
  const standIns = onWire.map(formatEndpoint)
  const known = described.get(call)
  if (known?.byIce.has(report.mediaIndex ?? -1)) return []
  const sides = [
    { what: 'source', observed: report.src, agreed: agreedSource },
    { what: 'destination', observed: report.dst, agreed: agreedDestination },
  ] as const
  return sides.flatMap(({ what, observed, agreed }) => {
    if (agreed === undefined || agreed === observed || standIns.includes(observed)) return []
    if (!isComparable(agreed, observed)) return []
    const moved = known === undefined ? undefined : movedFrom(observed, agreed, stream, known)
    return moved === NOT_MOVED ? [] : [{ stream, what, observed, agreed, ...moved }]
  })
}

/** Packets under way while a party moves to another address. */
const GRACE_US = 2_000_000
const NOT_MOVED = 'not moved'

/**
 * When the party whose address a stream uses moved away from it, and where to: by a re-INVITE, or by a 200 that answers otherwise
 * than the 183, where the stream goes on there for more than 2 s; NOT_MOVED while a description stands for the address, nothing
 * where none ever named it.
 */
function movedFrom(
  observed: string,
  agreed: string,
  { lines, lastAt }: AnalysedStream,
  known: Described,
): Required<Pick<Mismatch, 'agreed' | 'movedUs'>> | typeof NOT_MOVED | undefined {
  const named = known.endpoints.get(observed)
  if (named === undefined) return undefined
  const isOver = (movedUs: number | undefined) => movedUs !== undefined && lastAt.timeUs > movedUs + GRACE_US
  const { replaced } = named
  if (replaced !== undefined && isComparable(replaced.agreed, observed))
    return isOver(replaced.movedUs) ? replaced : NOT_MOVED
  const current = lines.at(-1)?.exchange ?? 0
  const movedUs = named.exchange < current ? known.answeredUs[current] : undefined
  return movedUs !== undefined && isOver(movedUs) ? { agreed, movedUs } : NOT_MOVED
}

/**
 * A description names where its side receives. Toward a peer of the other address family a dual-stack host sends from its
 * address of that family, which no description names; an unspecified address (hold) names nothing; and which address a host
 * name stands for (RFC 8866 §5.7) no packet says.
 */
function isComparable(agreed: string, observed: string): boolean {
  const address = addressOf(agreed)
  const kind = classifyAddress(address)
  return kind !== undefined && kind !== 'unspecified' && isSameFamily(address, addressOf(observed))
}

/** The last exchange that names an endpoint, and, where only an answer that was replaced does, what the last answer says instead, and when. */
interface Named {
  readonly exchange: number
  readonly replaced?: Required<Pick<Mismatch, 'agreed' | 'movedUs'>> | undefined
}

interface Described {
  /** Every endpoint that a description of the call names: m= lines and ICE candidates. */
  readonly endpoints: ReadonlyMap<string, Named>
  /** When each re-INVITE was answered. */
  readonly answeredUs: readonly (number | undefined)[]
  /** m= lines whose addresses ICE found out: a pair that its checks learned of is as good as one that was described. */
  readonly byIce: ReadonlySet<number>
}

/** RFC 8445 §7.3.1.3: behind a NAT checks arrive from addresses that no candidate names. */
function describedBy({ exchanges }: AnalysedCall): Described {
  const endpoints = new Map<string, Named>()
  const byIce = new Set<number>()
  for (const [n, { session, answers }] of exchanges.entries()) {
    // A 183 may name a server of announcements, and the 200 the party that answers.
    const movedUs = answers.at(-1)?.at.timeUs
    for (const { media } of answers.slice(0, -1)) {
      for (const { index, connectionAddress: address, port } of media) {
        const answer = session.media[index]?.answer
        const isReplaced = answer !== undefined && !answer.rejected && movedUs !== undefined
        const replaced = isReplaced ? { agreed: answer.endpoint, movedUs } : undefined
        if (address !== undefined) endpoints.set(formatEndpoint({ address, port }), { exchange: n, replaced })
      }
    }
    for (const { index, offer, answer } of session.media) {
      for (const side of [offer, answer]) {
        if (side === undefined) continue
        endpoints.set(side.endpoint, { exchange: n })
        for (const candidate of side.candidates ?? []) endpoints.set(candidate, { exchange: n })
      }
      if (offer?.candidates !== undefined && answer?.candidates !== undefined) byIce.add(index)
    }
  }
  const answeredUs = exchanges.map(({ session, answers, renegotiates }) =>
    renegotiates && session.outcome === 'answered' ? answers.at(-1)?.at.timeUs : undefined,
  )
  return { endpoints, answeredUs, byIce }
}
