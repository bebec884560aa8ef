import { flowOf } from '../../media/observed-stream.ts'
import { MediaKind } from '../../rtp/media-kind.ts'
import { I, type StreamTable } from '../../rtp/stream-table.ts'
import type { FlowNeighbours } from './verdict.ts'

/** `formatEndpoint` texts. */
interface Flow {
  readonly source: string
  readonly destination: string
}

/** Tells for a pair of addresses, in either direction, whether DTLS or ZRTP was seen between them. */
export function keyedOtherwise(table: StreamTable): (flow: Flow) => FlowNeighbours {
  const seen = { dtls: new Set<string>(), zrtp: new Set<string>() }
  for (let id = 0; id < table.count; id++) {
    const kind = table.ints[table.intsAt(id) + I.Kind]
    if (kind !== MediaKind.Dtls && kind !== MediaKind.Zrtp) continue
    const { source, destination } = flowOf(table, id)
    const set = kind === MediaKind.Dtls ? seen.dtls : seen.zrtp
    set.add(`${source} ${destination}`)
    set.add(`${destination} ${source}`)
  }
  if (seen.dtls.size + seen.zrtp.size === 0) return () => NO_NEIGHBOURS
  return ({ source, destination }) => ({
    dtls: seen.dtls.has(`${source} ${destination}`),
    zrtp: seen.zrtp.has(`${source} ${destination}`),
  })
}

const NO_NEIGHBOURS: FlowNeighbours = { dtls: false, zrtp: false }
