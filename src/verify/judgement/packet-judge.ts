import type { RecordCursor } from '../../capture/record.ts'
import { microsecondsOf } from '../../capture/walker-state.ts'
import type { Datagram } from '../../net/datagram.ts'
import { isPlainRtcp, MediaKind, mediaKind } from '../../rtp/media-kind.ts'
import type { StreamTable } from '../../rtp/stream-table.ts'
import type { Authenticator } from '../../srtp/authenticator.ts'
import type { TriedKey } from '../second-pass/resolution.ts'
import type { StepOutcome } from '../second-pass/resolved-steps.ts'
import { StreamResolver } from '../second-pass/resolver.ts'
import type { StreamIndex } from '../stream-index.ts'
import type { JudgedStream } from './judged-stream.ts'
import { wholeStream } from './plan.ts'

/** What came of one packet. */
export interface JudgedPacket {
  /** Its place in the trace. */
  readonly position: number
  readonly stream: JudgedStream
  readonly outcome: StepOutcome
  /** Under what it verified, or would have but for the tag that it has not; good until the stream's next packet. */
  readonly tried: TriedKey | undefined
}

/**
 * Tells of every packet what the scan found about it. The packets of a trace are met once more, in its order, after it
 * was judged: each stream by the resolver that the second pass has, from its first packet on, and by what was said of the
 * stream as a whole. The counts are those of the scan: what the first pass verifies the resolver verifies too
 * (docs/decisions/decrypt.md).
 */
export class PacketJudge {
  readonly #index: StreamIndex
  readonly #streams = new Map<
    number,
    { readonly stream: JudgedStream; readonly resolver: StreamResolver | undefined }
  >()

  /** @param judgement of the streams that are of interest */
  constructor(
    index: StreamIndex,
    table: StreamTable,
    authenticators: (key: number) => Authenticator,
    judgement: Iterable<JudgedStream>,
  ) {
    this.#index = index
    for (const stream of judgement) {
      const job = wholeStream(table, stream.plan)
      const resolver = job === undefined ? undefined : new StreamResolver(job, authenticators)
      this.#streams.set(stream.plan.stream.id, { stream, resolver })
    }
  }

  /** @returns undefined for what is no packet of any of the streams */
  judge(position: number, cursor: RecordCursor, datagram: Datagram): JudgedPacket | undefined {
    const { bytes, offset, length, announcedLength } = datagram
    const kind = mediaKind(bytes, offset, length, announcedLength)
    if (kind !== MediaKind.Rtp && kind !== MediaKind.Rtcp) return undefined
    const found = this.#streams.get(this.#index.find(kind, datagram, position))
    if (found === undefined) return undefined
    const { stream, resolver } = found
    const { verdict } = stream
    if (verdict.plain === verdict.packets) return { position, stream, outcome: 'plain', tried: undefined }
    if (resolver === undefined) {
      const isPlain = kind === MediaKind.Rtcp && isPlainRtcp(bytes, offset, length)
      return { position, stream, outcome: isPlain ? 'plain' : 'unjudged', tried: undefined }
    }
    const timeUs = microsecondsOf(cursor)
    const outcome = resolver.packet(position, timeUs, cursor.frame, bytes, offset, length, announcedLength)
    // A stream without failures has packets in the clear where its tags do not verify.
    const isPlain = outcome === 'failed' && verdict.failed === 0
    const tried = resolver.tried.key > 0 ? resolver.tried : undefined
    return { position, stream, outcome: isPlain ? 'plain' : outcome, tried }
  }
}
