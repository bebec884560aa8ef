import { LIMITS } from '../limits/limits.ts'
import type { Datagram } from './datagram.ts'
import { Decode, Payload } from './datagram.ts'
import { step } from './decode.ts'
import { FragmentTable } from './fragments.ts'
import { Layer, LayerCursor, type Next } from './layer.ts'
import { outermostLayer } from './link.ts'

/** A header on the way to the innermost datagram: what it is, and the offset of its first octet. */
export interface PassedHeader {
  readonly layer: Layer
  readonly offset: number
}

/** Sixteen encapsulations of a few headers each, as the decoder has it. */
const MAX_STEPS = LIMITS.headersOfFrame.most

/**
 * The headers of a frame from the outermost to the UDP header, by the same steps as FrameDecoder's, for whoever changes
 * what they hold. Not for fragments.
 */
export class HeaderPath {
  readonly #cursor = new LayerCursor()
  readonly #fragments = new FragmentTable(new SharedArrayBuffer(FragmentTable.byteLength), 0)

  get datagram(): Datagram {
    return this.#cursor.datagram
  }

  /** @returns undefined where the frame holds no whole datagram of UDP */
  of(frame: Uint8Array, linkType: number): PassedHeader[] | undefined {
    const cursor = this.#cursor
    const { datagram } = cursor
    cursor.begin(frame, 0, frame.length, 0)
    datagram.transportOffset = -1
    const path: PassedHeader[] = []
    let next: Next = outermostLayer(linkType)
    for (let steps = 0; next >= Layer.Ethernet; steps++) {
      if (steps === MAX_STEPS) return undefined
      const layer = next as Layer
      const before = datagram.transportOffset
      if (layer !== Layer.Udp) path.push({ layer, offset: cursor.offset })
      next = step(layer, cursor, this.#fragments)
      // UDP is stepped over together with the header before it where that is IP. An exported PDU has no header of it.
      const isUdp = datagram.payload === Payload.Udp && layer !== Layer.ExportedPdu
      if (isUdp && datagram.transportOffset !== before) {
        path.push({ layer: Layer.Udp, offset: datagram.transportOffset })
      }
    }
    return next === Decode.Ok && datagram.payload === Payload.Udp && !datagram.reassembled ? path : undefined
  }
}
