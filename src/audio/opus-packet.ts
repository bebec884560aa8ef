/** Samples at 48 kHz of the frames of a configuration: four of SILK, two of hybrid, four of CELT (RFC 6716 table 2). */
const SILK = [480, 960, 1920, 2880]
const HYBRID = [480, 960]
const CELT = [120, 240, 480, 960]
const DURATIONS = [...SILK, ...SILK, ...SILK, ...HYBRID, ...HYBRID, ...CELT, ...CELT, ...CELT, ...CELT]

/** 120 ms, the most that a packet may hold. */
const MOST_SAMPLES = 5760

/** What the first octet of a packet says, its table of contents (RFC 6716 §3.1): config (5 bits), s, c (2 bits). */
export interface OpusPacket {
  readonly toc: number
  readonly isStereo: boolean
  /** Samples at 48 kHz. */
  readonly frameSamples: number
  readonly samples: number
}

/** Reads how long a packet lasts, or nothing where it is none. */
export function parseOpusPacket(packet: Uint8Array): OpusPacket | undefined {
  if (packet.length === 0) return undefined
  const toc = packet[0]
  const code = toc & 3
  // One frame, two, two, or as many as the second octet says.
  const frames = code === 3 ? (packet[1] ?? 0) & 63 : Math.min(code + 1, 2)
  const frameSamples = DURATIONS[toc >> 3]
  const samples = frames * frameSamples
  if (samples === 0 || samples > MOST_SAMPLES) return undefined
  return { toc, isStereo: (toc & 4) !== 0, frameSamples, samples }
}

/**
 * Packets of empty frames: they have a decoder conceal what did not come (RFC 7845 §4.1), in the way of the packet before.
 *
 * @returns the packets with their samples; together what fits into the gap in whole frames
 */
export function concealingPackets(
  { toc, frameSamples }: OpusPacket,
  gap: number,
): [packet: Uint8Array, samples: number][] {
  const packets: [Uint8Array, number][] = []
  const most = Math.floor(MOST_SAMPLES / frameSamples)
  for (let left = Math.floor(gap / frameSamples); left > 0; left -= most) {
    const frames = Math.min(left, most)
    packets.push([Uint8Array.of(toc | 3, frames), frames * frameSamples])
  }
  return packets
}
