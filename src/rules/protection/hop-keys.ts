import { groupedBy } from '../../bytes/lists-by-key.ts'
import type { AnalysedCall, AnalysedExchange, AnalysedStream, DescribedFact, StreamLine } from '../../model/analysis.ts'
import { hopOf } from '../hop-of.ts'

/** A key that a hop changed on its way to the receiver of what is sent under it. */
export interface ChangedKey {
  /** The description that gave the key which the stream goes under. */
  readonly own: DescribedFact
  /** What the receiver was given instead. */
  readonly told: DescribedFact
}

/** A line of a stream with the exchange that it is of. */
interface PlacedLine extends Omit<StreamLine, 'exchange'> {
  readonly exchange: AnalysedExchange
}

/**
 * Where signalling goes by several hops and media does not, the receiver has the keys of its own hop. All packets of a stream verify
 * under a key of the sender's hop, and a proxy or B2BUA gave the receiver others (RFC 4568 §7.1 leaves them to the ends).
 */
export function changedKeyOf(call: AnalysedCall, stream: AnalysedStream): ChangedKey | undefined {
  const { lines, verifiedUnder, match, report } = stream
  if (lines.length < 2 || match !== 'both' || report.kind !== 'rtp') return undefined
  if (report.verified === 0 || report.verified < report.packets) return undefined
  const path = pathOf(lines.map((line) => ({ ...line, exchange: call.exchanges[line.exchange] })))
  if (path === undefined) return undefined
  const [ofSender, ofReceiver] =
    lines[0].sender === 'offerer' ? [path[0], path[path.length - 1]] : [path[path.length - 1], path[0]]
  const isUsed = (fingerprint: string) => verifiedUnder.some((one) => one.fingerprint === fingerprint)
  const given = ofReceiver.flatMap(descriptionsOf)
  if (given.some(({ keys, isCut }) => isCut || keys.some(isUsed))) return undefined
  const told = given.find(({ keys }) => keys.length > 0)?.fact
  // A key of a re-INVITE may have come by the receiver's hop in packets that the capture lacks.
  const own = descriptionsOf(ofSender[0]).find(({ keys }) => keys.some(isUsed))?.fact
  return told === undefined || own === undefined ? undefined : { own, told }
}

/**
 * The lines by hop, from that of the offerer to that of the answerer: the offer comes by each in turn, and the answer back. Nothing
 * where there is one hop, where they do not follow one another so, or where one of them takes the media elsewhere.
 */
function pathOf(lines: readonly PlacedLine[]): readonly (readonly PlacedLine[])[] | undefined {
  const answered = lines.filter(
    ({ exchange: { session, answers } }) => session.outcome === 'answered' && answers.length > 0,
  )
  const hops = groupedBy(answered, ({ exchange }) => hopOf(exchange.offer))
  if (hops.size < 2) return undefined
  const path = [...hops.values()]
  const firsts = path.map(([first]) => first)
  const [{ sender, index, exchange }] = firsts
  const media = exchange.session.media[index]
  const isSame = firsts.every((one) => {
    const other = one.exchange.session.media[one.index]
    const areSameEnds =
      other?.offer?.endpoint === media?.offer?.endpoint && other?.answer?.endpoint === media?.answer?.endpoint
    return areSameEnds && one.sender === sender && !one.exchange.renegotiates
  })
  if (!isSame) return undefined
  path.sort(([a], [b]) => a.exchange.offer.at.position - b.exchange.offer.at.position)
  const answers = path.map(([{ exchange }]) => exchange.answers[0].at)
  const isPath = answers.every(
    ({ position, capture }, n) => n === 0 || (capture === answers[0].capture && position < answers[n - 1].position),
  )
  return isPath ? path : undefined
}

/** What the sender of a stream gave by a line, the keys in it, and whether there may be more of them. */
function descriptionsOf({ exchange: { offer, answers }, index, sender }: PlacedLine) {
  return (sender === 'offerer' ? [offer] : answers).map((fact) => {
    const { keyFingerprints = NONE, isCut = true } = fact.media[index] ?? {}
    return { fact, keys: keyFingerprints, isCut }
  })
}

const NONE: readonly string[] = []
