import type { FrameRef } from '../../bytes/frame-ref.ts'
import { groupedBy } from '../../bytes/lists-by-key.ts'
import type {
  AnalysedCall,
  AnalysedExchange,
  AnalysedStream,
  DescribedFact,
  DescribedMedia,
  StreamLine,
} from '../../model/analysis.ts'
import type { Codec } from '../../sdp/description.ts'
import { isRtp } from '../agreement.ts'
import { hopOf } from '../hop-of.ts'

/** The payload types that the receiver of a stream wants by one exchange, and how long that holds. */
export interface WantedTypes {
  readonly types: ReadonlySet<number>
  readonly codecs: readonly Codec[]
  /** The description that says so first. */
  readonly at: FrameRef
  /** When a later exchange was answered that says otherwise. */
  readonly untilUs: number
}

/**
 * Whether a stream belongs to one m= line, which its receiver described once, with a codec for each of its payload types:
 * so it is with most, and there is nothing more to ask of them.
 */
export function isWantedThroughout(
  { lines, report: { payloadTypes = [] }, payloadTypeUses }: AnalysedStream,
  { exchanges }: AnalysedCall,
): boolean {
  if (lines.length !== 1) return false
  const { exchange, index } = lines[0]
  const descriptions = receiversOf(exchanges[exchange], lines)
  const media = descriptions.length === 1 ? descriptions[0].media[index] : undefined
  if (media === undefined || media.rejected || !isRtp(media)) return false
  for (const type of payloadTypes) if (!hasCodec(media, type)) return false
  for (const { payloadType } of payloadTypeUses) if (!hasCodec(media, payloadType)) return false
  return true
}

function hasCodec({ codecs }: DescribedMedia, type: number): boolean {
  return codecs.some(({ payloadType }) => payloadType === type)
}

/**
 * What the party that the streams of these lines are sent to has described (RFC 3264 §5.1, §6.1: each side receives by the numbers that it
 * lists itself), exchange by exchange. Nothing where a description cannot be judged.
 */
export function wantedTypes(lines: AnalysedStream['lines'], call: AnalysedCall): readonly WantedTypes[] {
  // RTP may come through one m= line or, bundled, through several.
  const named = groupedBy(lines, ({ exchange }) => exchange)
  const wanted: WantedTypes[] = []
  for (const hop of byHop(call, [...named.keys()])) {
    for (const [n, exchange] of hop.entries()) {
      const descriptions = receiversOf(call.exchanges[exchange], named.get(exchange) ?? [])
      // What it asked for is not in the capture.
      if (call.exchanges[exchange].session.offerSeen === false && descriptions[0] === call.exchanges[exchange].offer)
        return []
      const one = typesOf(descriptions, named.get(exchange) ?? [])
      if (one === undefined) continue
      if (one.types.size === 0) return []
      wanted.push({ ...one, untilUs: supersededUs(call, hop.slice(n + 1)) })
    }
  }
  return wanted
}

/** A proxy may pass a description on with fewer codecs; what was said on another hop is none the less wanted. */
function byHop({ exchanges }: AnalysedCall, indices: readonly number[]): number[][] {
  const inOrder = indices.toSorted((a, b) => a - b)
  return [...groupedBy(inOrder, (index) => hopOf(exchanges[index].offer)).values()]
}

function receiversOf({ offer, answers }: AnalysedExchange, lines: readonly StreamLine[]): readonly DescribedFact[] {
  return lines[0]?.sender === 'offerer' ? answers : [offer]
}

function typesOf(
  descriptions: readonly DescribedFact[],
  lines: readonly StreamLine[],
): Omit<WantedTypes, 'untilUs'> | undefined {
  const media = descriptions.flatMap((described) => {
    const named = described.bundles ? described.media : lines.flatMap(({ index }) => described.media[index] ?? [])
    return named.filter((one) => !one.rejected && isRtp(one))
  })
  if (media.length === 0) return undefined
  return {
    types: new Set(media.flatMap(({ payloadTypes }) => payloadTypes)),
    codecs: media.flatMap(({ codecs }) => codecs),
    at: descriptions[0].at,
  }
}

/** An offer that was refused changes nothing (RFC 3264 §8). */
function supersededUs({ exchanges }: AnalysedCall, later: readonly number[]): number {
  for (const index of later) {
    const { session, answers } = exchanges[index]
    const answer = answers.at(-1)
    if (session.outcome === 'answered' && answer !== undefined) return answer.at.timeUs
  }
  return Number.POSITIVE_INFINITY
}
