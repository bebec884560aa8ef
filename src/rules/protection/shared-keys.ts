import { addToList, groupedBy } from '../../bytes/lists-by-key.ts'
import type { AnalysedStream, TraceFacts } from '../../model/analysis.ts'
import { ownedOf } from '../streams-by-call.ts'

/** Streams of RTP by the key that they verified under, named by fingerprint; both in the order of their first packets. */
export type StreamsOfKeys = ReadonlyMap<string, readonly AnalysedStream[]>

/** The keys that several RTP streams of a trace verified under: most serve one. */
export function streamsOfSharedKeys({ streams }: Pick<TraceFacts, 'streams'>): StreamsOfKeys {
  const rtp = streams.filter(({ report }) => report.kind === 'rtp')
  const used = new Set<string>()
  const shared = new Set<string>()
  for (const { verifiedUnder } of rtp) {
    for (const { fingerprint } of verifiedUnder) {
      if (used.has(fingerprint)) shared.add(fingerprint)
      else used.add(fingerprint)
    }
  }
  const byKey = new Map<string, AnalysedStream[]>()
  if (shared.size === 0) return byKey
  for (const stream of rtp) {
    for (const { fingerprint } of stream.verifiedUnder) {
      if (!shared.has(fingerprint)) continue
      addToList(byKey, fingerprint, stream)
    }
  }
  return byKey
}

/** Two streams of one call that were sent in opposite directions, the first such pair. */
export function oppositeStreams(streams: readonly AnalysedStream[]): [AnalysedStream, AnalysedStream] | undefined {
  const flows = new Map<string, AnalysedStream>()
  const roles = new Map<string, AnalysedStream>()
  for (const stream of streams) {
    const { call, report, lines } = stream
    const { src, dst, sender } = report
    const session = `${call} ${lines.at(-1)?.exchange} ${report.mediaIndex}`
    const byRole = call === undefined ? undefined : roles.get(`${session} ${peer(sender)}`)
    // Who offered first may answer a later offer: the roles change, and the direction does not.
    const other = flows.get(`${call} ${dst} ${src}`) ?? (byRole?.report.src === src ? undefined : byRole)
    if (other !== undefined) return [other, stream]
    flows.set(`${call} ${src} ${dst}`, stream)
    if (lines.length > 0) roles.set(`${session} ${sender}`, stream)
  }
  return undefined
}

function peer(side: AnalysedStream['report']['sender']): AnalysedStream['report']['sender'] {
  return side === 'offerer' ? 'answerer' : 'offerer'
}

/** Calls under one key that are looked at in pairs. */
const MOST_CALLS = 64
/** A relay that has two Call-IDs for a call sets both legs up together, and ends them together. */
const TOGETHER_US = 2_000_000

/**
 * The calls, by index, that each use a key for media of their own: of legs of one call, and of calls between which a
 * relay passes media or key on, only the first counts. In the order of their first packets.
 */
export function callsOfTheirOwn(streams: readonly AnalysedStream[], { joined }: Pick<TraceFacts, 'joined'>): number[] {
  const byCall = groupedBy(ownedOf(streams), ({ call }) => call)
  if (byCall.size < 2) return [...byCall.keys()]
  const groupOf = new Map(joined.flatMap(({ calls }, group) => calls.map((call) => [call, group] as const)))
  const own: number[] = []
  const others: number[] = []
  for (const [call, ofCall] of byCall) {
    const group = groupOf.get(call)
    const known = own.slice(0, MOST_CALLS)
    const isLeg = [...known, ...others.slice(-MOST_CALLS)].some(
      (one) =>
        (group !== undefined && groupOf.get(one) === group) || isPassedOn(byCall.get(one) as AnalysedStream[], ofCall),
    )
    if (isLeg) others.push(call)
    else own.push(call)
  }
  return own
}

/** Whether the streams of one call are those of another behind a relay: the same packets, or the key went on with the call. */
function isPassedOn(one: readonly AnalysedStream[], other: readonly AnalysedStream[]): boolean {
  return one.some((a) =>
    other.some(
      (b) => (a.report.ssrc === b.report.ssrc && overlap(a, b)) || (isChained(one, other, a, b) && areTogether(a, b)),
    ),
  )
}

function overlap(a: AnalysedStream, b: AnalysedStream): boolean {
  return a.firstAt.timeUs <= b.lastAt.timeUs && b.firstAt.timeUs <= a.lastAt.timeUs
}

function areTogether(a: AnalysedStream, b: AnalysedStream): boolean {
  return (
    Math.abs(a.firstAt.timeUs - b.firstAt.timeUs) < TOGETHER_US &&
    Math.abs(a.lastAt.timeUs - b.lastAt.timeUs) < TOGETHER_US
  )
}

/** One stream ends where the other begins, and neither call shows both sides of that host by itself. */
function isChained(
  one: readonly AnalysedStream[],
  other: readonly AnalysedStream[],
  a: AnalysedStream,
  b: AnalysedStream,
): boolean {
  const [relay, first, second] =
    a.destination.address === b.source.address ? [b.source.address, one, other] : [a.source.address, other, one]
  if (relay !== a.destination.address && relay !== b.destination.address) return false
  return (
    !first.some(({ source }) => source.address === relay) &&
    !second.some(({ destination }) => destination.address === relay)
  )
}
