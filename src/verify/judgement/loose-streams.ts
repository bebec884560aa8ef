import { LIMITS } from '../../limits/limits.ts'
import { MediaKind } from '../../rtp/media-kind.ts'
import { hangsTogether } from '../../rtp/stream-statistics.ts'
import { I, type StreamTable } from '../../rtp/stream-table.ts'

/**
 * Streams of RTP that do not hang together, by the port that they go to: what is described there is named by
 * signalling, and a flood of single packets from everywhere would all be its media.
 */
export class LooseStreams {
  readonly #table: StreamTable
  readonly #seen = new Uint16Array(1 << 16)
  #packets = 0

  constructor(table: StreamTable) {
    this.#table = table
  }

  /** Packets of streams that were too many. */
  get packets(): number {
    return this.#packets
  }

  /** Asked once for each stream, in their order. */
  isBeyond(id: number): boolean {
    const { ints } = this.#table
    const i = this.#table.intsAt(id)
    if (ints[i + I.Kind] !== MediaKind.Rtp || hangsTogether(this.#table, id)) return false
    const port = ints[i + I.Ports] & 0xffff
    if (this.#seen[port] < LIMITS.looseStreamsToOnePort.most) {
      this.#seen[port]++
      return false
    }
    this.#packets += ints[i + I.Packets]
    return true
  }
}
