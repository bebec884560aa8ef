import { groupedBy } from '../../bytes/lists-by-key.ts'
import { Remembered } from '../../bytes/remembered.ts'
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

/** Lists of lines whose hops are kept at a time: thousands of streams may share one. */
const MOST_LISTS = 64

/**
 * Where signalling goes by several hops and media does not, the receiver has the keys of its own hop. All packets of a stream verify
 * under a key of the sender's hop, and a proxy or B2BUA gave the receiver others (RFC 4568 §7.1 leaves them to the ends).
 */
export class ChangedKeys {
  readonly #call: AnalysedCall
  readonly #ends = new Remembered<AnalysedStream['lines'], EndHops>(MOST_LISTS)

  constructor(call: AnalysedCall) {
    this.#call = call
  }

  of({ lines, verifiedUnder, match, report }: AnalysedStream): ChangedKey | undefined {
    if (lines.length < 2 || match !== 'both' || report.kind !== 'rtp') return undefined
    if (report.verified === 0 || report.verified < report.packets) return undefined
    const { own, given, told } = this.#ends.of(lines, () => endHopsOf(this.#call, lines))
    if (told === undefined || verifiedUnder.some(({ fingerprint }) => given.has(fingerprint))) return undefined
    const isUsed = (fingerprint: string) => verifiedUnder.some((one) => one.fingerprint === fingerprint)
    const used = own.find(({ keys }) => keys.some(isUsed))
    return used && { own: used.fact, told }
  }
}

/** What was given for streams on the hop of their sender and on that of their receiver. */
interface EndHops {
  /** By the first line: a key of a re-INVITE may have come by the receiver's hop in packets that the capture lacks. */
  readonly own: readonly DescribedKeys[]
  /** Fingerprints of the keys that the receiver was given. */
  readonly given: ReadonlySet<string>
  /** The first description that gave it some; nothing where it may have been given more than the capture has. */
  readonly told: DescribedFact | undefined
}

const NO_HOPS: EndHops = { own: [], given: new Set(), told: undefined }

function endHopsOf(call: AnalysedCall, lines: AnalysedStream['lines']): EndHops {
  const path = pathOf(lines.map((line) => ({ ...line, exchange: call.exchanges[line.exchange] })))
  if (path === undefined) return NO_HOPS
  const [ofSender, ofReceiver] =
    lines[0].sender === 'offerer' ? [path[0], path[path.length - 1]] : [path[path.length - 1], path[0]]
  const given = ofReceiver.flatMap(descriptionsOf)
  if (given.some(({ isCut }) => isCut)) return NO_HOPS
  return {
    own: descriptionsOf(ofSender[0]),
    given: new Set(given.flatMap(({ keys }) => keys)),
    told: given.find(({ keys }) => keys.length > 0)?.fact,
  }
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

/** A description, the keys in it, and whether there may be more of them. */
interface DescribedKeys {
  readonly fact: DescribedFact
  readonly keys: readonly string[]
  readonly isCut: boolean
}

/** What the sender of a stream gave by a line. */
function descriptionsOf({ exchange: { offer, answers }, index, sender }: PlacedLine): readonly DescribedKeys[] {
  return (sender === 'offerer' ? [offer] : answers).map((fact) => {
    const { keyFingerprints = NONE, isCut = true } = fact.media[index] ?? {}
    return { fact, keys: keyFingerprints, isCut }
  })
}

const NONE: readonly string[] = []
