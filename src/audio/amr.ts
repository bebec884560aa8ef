import type { Framing } from './framing.ts'
import type { FrameCodec } from './rtp-frame.ts'

/** Bits of a frame by its type (3GPP TS 26.101 table 1a, TS 26.201 table 1a): speech, then SID; 15 is no data. */
const NARROW_BITS = new Map([95, 103, 118, 134, 148, 159, 204, 244, 39].map((bits, type) => [type, bits]))
NARROW_BITS.set(15, 0)
const WIDE_BITS = new Map([132, 177, 253, 285, 317, 365, 397, 461, 477, 40].map((bits, type) => [type, bits]))
// SPEECH_LOST.
WIDE_BITS.set(14, 0)
WIDE_BITS.set(15, 0)

/** Of frames of AMR in storage (RFC 4867 §5.3): P, FT (4 bits), Q, P, P. In the table of contents, F stands in front. */
const FRAME_TYPE_SHIFT = 3
const WITHOUT_F = 0x7c
const NO_DATA = (15 << FRAME_TYPE_SHIFT) | 0x04

export const amrFraming = (codec: FrameCodec) => framing(codec, 'amr', '#!AMR\n', 8000, NARROW_BITS)
export const amrWidebandFraming = (codec: FrameCodec) => framing(codec, 'awb', '#!AMR-WB\n', 16000, WIDE_BITS)

/** RFC 4867 §8.1: without octet-align=1 the payload is bandwidth-efficient. CRCs and interleaving are not read. */
function framing(
  { fmtp = '' }: FrameCodec,
  ending: string,
  magic: string,
  clockRate: number,
  bits: ReadonlyMap<number, number>,
): Framing | undefined {
  const parameters = new Map(
    fmtp
      .toLowerCase()
      .split(';')
      .map((one) => one.trim().split('=', 2) as [string, string | undefined]),
  )
  const isSet = (name: string) => parameters.get(name) === '1'
  if (isSet('crc') || isSet('robust-sorting') || parameters.has('interleaving')) return undefined
  const read = isSet('octet-align') ? readOctetAligned : readBandwidthEfficient
  return {
    ending,
    magic: Buffer.from(magic, 'latin1'),
    clockRate,
    duration: clockRate / 50,
    erased: Uint8Array.of(NO_DATA),
    frames: (payload) => read(payload, bits),
  }
}

/**
 * RFC 4867 §4.4: the mode request in an octet, the table of contents in one for each frame, the frames in whole octets.
 *
 *  +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
 *  |  CMR  |R|R|R|R|F|  FT   |Q|P|P| ...
 *  +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
 */
function readOctetAligned(payload: Uint8Array, bits: ReadonlyMap<number, number>): Uint8Array[] | undefined {
  let at = 1
  while (at < payload.length && payload[at] & 0x80) at++
  const contents = payload.subarray(1, ++at)
  const frames: Uint8Array[] = []
  for (const entry of contents) {
    const length = bits.get((entry >> FRAME_TYPE_SHIFT) & 15)
    if (length === undefined) return undefined
    const end = at + Math.ceil(length / 8)
    if (end > payload.length) return undefined
    frames.push(Uint8Array.of(entry & WITHOUT_F, ...payload.subarray(at, end)))
    at = end
  }
  return frames.length > 0 ? frames : undefined
}

/** RFC 4867 §4.3: the same without padding between its parts: 4 bits, then 6 for each frame, then the frames' bits. */
function readBandwidthEfficient(payload: Uint8Array, bits: ReadonlyMap<number, number>): Uint8Array[] | undefined {
  const total = 8 * payload.length
  const bitAt = (at: number) => (payload[at >> 3] >> (7 - (at & 7))) & 1
  const read = (at: number, count: number) => {
    let value = 0
    for (let i = at; i < at + count; i++) value = (value << 1) | bitAt(i)
    return value
  }
  const contents: number[] = []
  let at = 4
  do {
    if (at + 6 > total) return undefined
    contents.push(read(at, 6))
    at += 6
  } while (contents[contents.length - 1] & 0x20)

  const frames: Uint8Array[] = []
  for (const entry of contents) {
    const length = bits.get((entry >> 1) & 15)
    if (length === undefined || at + length > total) return undefined
    const frame = new Uint8Array(1 + Math.ceil(length / 8))
    frame[0] = (entry << 2) & WITHOUT_F
    for (let i = 0; i < length; i++, at++) frame[1 + (i >> 3)] |= bitAt(at) << (7 - (i & 7))
    frames.push(frame)
  }
  return frames
}
