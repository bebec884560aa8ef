import { addToList } from '../bytes/lists-by-key.ts'
import type { Stream } from '../model/report.ts'
import type { LargeReport } from '../model/report-objects.ts'

/** The streams that findings name, by id: there may be very many others. */
export function namedStreams({ streams, findings }: LargeReport): Map<string, Stream> {
  const named = new Set<string>()
  for (const { streamId } of findings) if (streamId !== undefined) named.add(streamId)
  const known = new Map<string, Stream>()
  if (named.size === 0) return known
  for (const stream of streams) if (named.has(stream.id)) known.set(stream.id, stream)
  return known
}

/** The streams of calls, by Call-ID. */
export function streamsByCall({ streams }: Pick<LargeReport, 'streams'>): Map<string, Stream[]> {
  const byCall = new Map<string, Stream[]>()
  for (const stream of streams) {
    if (stream.callId === undefined) continue
    addToList(byCall, stream.callId, stream)
  }
  return byCall
}

/** A stream by what the wire shows of it: `RTP 0x1234abcd 192.0.2.10:16404 > 198.51.100.20:20004`. */
export function streamName({ kind, ssrc, src, dst }: Stream): string {
  return `${kind.toUpperCase()} ${ssrc} ${src} > ${dst}`
}
