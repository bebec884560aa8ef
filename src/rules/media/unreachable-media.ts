import { formatEndpoint } from '../../bytes/endpoint.ts'
import type { AnalysedCall, AnalysedStream } from '../../model/analysis.ts'
import { isPrivate } from '../private-space.ts'
import type { CallMedia } from './call-media.ts'

/** The private address that one direction is sent to alone, where the peer's packets come from elsewhere. */
export function unreachableTarget(
  { ofCall }: CallMedia,
  streams: readonly AnalysedStream[],
  back: readonly AnalysedStream[],
): string | undefined {
  const { address } = streams[0].destination
  if (!isPrivate(address) || streams.some(({ destination }) => destination.address !== address)) return undefined
  // A private source on either side: the capture stands within that network, where the address is good.
  if (streams.some(isFromPrivate)) return undefined
  return back.some(isFromPrivate) && !isStoppedAtNat(ofCall, streams, back) ? undefined : address
}

/**
 * A NAT of which both sides were captured shows what leaves it twice, from the private and from the public address. What
 * comes in by it is seen twice as well, and toward the public address too.
 */
function isStoppedAtNat(
  ofCall: readonly AnalysedStream[],
  streams: readonly AnalysedStream[],
  back: readonly AnalysedStream[],
): boolean {
  const within = ssrcsOf(back.filter(isFromPrivate))
  if (!back.some((stream) => !isFromPrivate(stream) && within.has(stream.report.ssrc))) return false
  const coming = ssrcsOf(streams)
  return !ofCall.some(({ report, destination }) => coming.has(report.ssrc) && !isPrivate(destination.address))
}

function ssrcsOf(streams: readonly AnalysedStream[]): ReadonlySet<string> {
  return new Set(streams.map(({ report }) => report.ssrc))
}

/**
 * Another port of the receiver's host that one direction is sent to alone, where the receiver sends from the very port
 * that it described: it listens there. A NAT or a relay would show in its own packets.
 */
export function strayPort(
  { exchanges }: AnalysedCall,
  streams: readonly AnalysedStream[],
  back: readonly AnalysedStream[],
): { readonly sent: string; readonly described: string } | undefined {
  const [{ report, destination, agreedDestination: described }] = streams
  if (described === undefined || described === report.dst) return undefined
  if (described !== formatEndpoint({ ...destination, port: Number(described.slice(described.lastIndexOf(':') + 1)) })) {
    return undefined
  }
  const goThere = streams.every((stream) => stream.report.dst === report.dst)
  if (!goThere || !back.every(({ report: { src } }) => src === described)) return undefined
  const isNamed = exchanges.some(({ offer, answers, session }) => {
    const media = [offer, ...answers].flatMap((one) => one.media)
    return (
      media.some((one) => one.connectionAddress === destination.address && one.port === destination.port) ||
      session.media.some((one) => one.offer?.candidates !== undefined || one.answer?.candidates !== undefined)
    )
  })
  return isNamed ? undefined : { sent: report.dst, described }
}

function isFromPrivate({ source }: AnalysedStream): boolean {
  return isPrivate(source.address)
}
