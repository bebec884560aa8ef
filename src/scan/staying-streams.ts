import { flowOf } from '../media/observed-stream.ts'
import { streamName } from '../model/streams.ts'
import { MediaKind } from '../rtp/media-kind.ts'
import { F, I, type StreamTable } from '../rtp/stream-table.ts'

/**
 * Which streams stay where those named by `gone` are let go of: those that `kept` names, and of all others those that
 * were heard since `quietUs`, µs. Flows that are no media (STUN, DTLS, ZRTP) stay as long as media between their ends does.
 */
export function stayingStreams(
  streams: StreamTable,
  gone: ReadonlySet<string>,
  kept: ReadonlySet<string>,
  quietUs: number,
): (id: number) => boolean {
  const goOn = new Set<string>()
  for (let id = 0; id < streams.count; id++) {
    if (!kept.has(streamName(streams, id))) continue
    const { source, destination } = flowOf(streams, id)
    goOn.add(`${source} ${destination}`).add(`${destination} ${source}`)
  }
  return (id) => {
    const name = streamName(streams, id)
    if (gone.has(name)) return false
    if (kept.has(name) || streams.floats[streams.floatsAt(id) + F.LastTimeUs] >= quietUs) return true
    const kind = streams.ints[streams.intsAt(id) + I.Kind]
    if (kind === MediaKind.Rtp || kind === MediaKind.Rtcp) return false
    const { source, destination } = flowOf(streams, id)
    return goOn.has(`${source} ${destination}`)
  }
}
