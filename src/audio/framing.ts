import { amrFraming, amrWidebandFraming } from './amr.ts'
import type { FrameCodec } from './rtp-frame.ts'

/** How a codec of frames that all last as long is kept in a file, one frame after the other. */
export interface Framing {
  /** Of the file's name. */
  readonly ending: string
  /** What the file begins with. */
  readonly magic: Uint8Array
  /** Hz of the RTP timestamps. */
  readonly clockRate: number
  /** Of a frame, in that clock. */
  readonly duration: number
  /** A frame that says that nothing came. */
  readonly erased: Uint8Array
  /** The frames of a payload as the file keeps them, or nothing where it is no such payload. */
  frames(payload: Uint8Array): Uint8Array[] | undefined
}

/** RFC 3551 §4.5.6: frames of 10 octets, and a last one of 2 that describes noise. All zeros is an erased frame to decoders. */
const G729: Framing = {
  ending: 'g729',
  magic: new Uint8Array(0),
  clockRate: 8000,
  duration: 80,
  erased: new Uint8Array(10),
  frames(payload) {
    const speech = cut(payload.subarray(0, payload.length - (payload.length % 10)), 10)
    if (payload.length % 10 === 2) return [...speech, this.erased]
    return payload.length % 10 === 0 && speech.length > 0 ? speech : undefined
  },
}

/** RFC 3952 §4.2 and §5: frames of 20 or 30 ms, whose last bit is set where a frame was lost (RFC 3951 §3.8). */
function ilbc(milliseconds: 20 | 30): Framing {
  const length = milliseconds === 20 ? 38 : 50
  const erased = new Uint8Array(length)
  erased[length - 1] = 1
  return {
    ending: 'lbc',
    magic: Buffer.from(`#!iLBC${milliseconds}\n`, 'latin1'),
    clockRate: 8000,
    duration: 8 * milliseconds,
    erased,
    frames: (payload) => (payload.length > 0 && payload.length % length === 0 ? cut(payload, length) : undefined),
  }
}

/** By the names of RFC 3551 and of the codecs' own payload formats. */
const FRAMINGS: ReadonlyMap<string, (codec: FrameCodec) => Framing | undefined> = new Map([
  ['g729', () => G729],
  ['ilbc', ({ fmtp = '' }: FrameCodec) => ilbc(/(^|[;\s])mode=20(;|\s|$)/i.test(fmtp) ? 20 : 30)],
  ['amr', amrFraming],
  ['amr-wb', amrWidebandFraming],
])

/** How a codec's frames are kept, or nothing where it is not one of these, or its parameters are beyond them. */
export function framingOf(codec: FrameCodec): Framing | undefined {
  if ((codec.channels ?? 1) !== 1) return undefined
  return FRAMINGS.get(codec.name.toLowerCase())?.(codec)
}

function cut(octets: Uint8Array, length: number): Uint8Array[] {
  return Array.from({ length: octets.length / length }, (_, i) => octets.subarray(i * length, (i + 1) * length))
}
