import type { FrameRef } from '../bytes/frame-ref.ts'
import { I, type StreamTable } from './stream-table.ts'

/**
 * SRTCP indexes that come again (RFC 3711 §3.4: each packet has one more than the one before, as long as the key holds). They are
 * noted as the packets are met, when nobody knows yet how long tags are: so at each place where the index may stand, of which the
 * key tells the right one in the end.
 *
 * ```
 *  HMAC   … | E bit and index | tag of 10 or 4 octets      RFC 3711 §3.4
 *  AEAD   … | tag | E bit and index                        RFC 7714 §9.2
 * ```
 *
 * An index is compared with the stream's first one and its last: so one that stays as it is shows, and one that begins anew. Two
 * packets are told apart by four octets of their tags; a packet that was captured twice is one, also where its index came again.
 */

/** Octets from the beginning of the index to the end of the packet, and where four of the tag's stand, from the index. */
const PLACES = [
  { fromEnd: 14, tag: 4 },
  { fromEnd: 8, tag: 4 },
  { fromEnd: 4, tag: -4 },
] as const
/** The first header stands before any trailer. */
const LEAST = 8

/** Words of a place: indexes are 1 + the number, 0 where none came yet. */
const W = { First: 0, FirstTag: 1, Last: 2, LastTag: 3, Again: 4, AgainTag: 5, Frame: 6, Capture: 7 } as const
const WORDS = 8
/** Of RTCP nobody keeps a ring of recent packets: in its words stand these, place by place. */
const INDEXES = I.Recent
export const SRTCP_INDEX_WORDS = PLACES.length * WORDS

/** @param bytes a whole SRTCP packet at [offset, offset + length) */
export function noteSrtcpIndex(
  { ints }: StreamTable,
  i: number,
  { bytes, offset, length }: { readonly bytes: Uint8Array; readonly offset: number; readonly length: number },
  { frame, capture }: FrameOfCapture,
): void {
  for (let n = 0; n < PLACES.length; n++) {
    const { fromEnd, tag } = PLACES[n]
    const at = offset + length - fromEnd
    if (at + Math.min(tag, 0) < offset + LEAST) continue
    const w = i + INDEXES + n * WORDS
    const index = ((word(bytes, at) & 0x7fff_ffff) + 1) | 0
    const proof = word(bytes, at + tag)
    if (ints[w + W.First] === 0) {
      ints[w + W.First] = index
      ints[w + W.FirstTag] = proof
    } else if (isAgain(ints, w + W.First, index, proof) || isAgain(ints, w + W.Last, index, proof)) {
      if (ints[w + W.Again] === 0) {
        ints[w + W.Frame] = frame
        ints[w + W.Capture] = capture
      }
      if (ints[w + W.Again] === 0 || ints[w + W.AgainTag] !== proof) ints[w + W.Again]++
      ints[w + W.AgainTag] = proof
    }
    ints[w + W.Last] = index
    ints[w + W.LastTag] = proof
  }
}

/** The same index and other octets. */
function isAgain(ints: Int32Array, w: number, index: number, proof: number): boolean {
  return ints[w] === index && ints[w + 1] !== proof
}

type FrameOfCapture = Pick<FrameRef, 'capture' | 'frame'>

/** Packets with an index that was used before, and the first of them. */
export interface IndexAgain {
  readonly packets: number
  readonly at: FrameOfCapture
}

/** @param fromEnd octets from the beginning of the index to the end of the packet */
export function srtcpIndexAgain({ ints }: StreamTable, i: number, fromEnd: number): IndexAgain | undefined {
  const n = PLACES.findIndex((place) => place.fromEnd === fromEnd)
  const w = i + INDEXES + n * WORDS
  if (n < 0 || ints[w + W.Again] === 0) return undefined
  return { packets: ints[w + W.Again], at: { capture: ints[w + W.Capture], frame: ints[w + W.Frame] >>> 0 } }
}

function word(bytes: Uint8Array, at: number): number {
  return (bytes[at] << 24) | (bytes[at + 1] << 16) | (bytes[at + 2] << 8) | bytes[at + 3]
}
