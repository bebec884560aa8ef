import { oggCrc } from '../../src/audio/ogg-page.ts'

export interface OggPage {
  readonly kind: number
  readonly granule: number
  readonly serial: number
  readonly sequence: number
  readonly packets: readonly Buffer[]
}

/** Reads the pages of a file that has nothing else, and only whole packets (RFC 3533 §6); throws where it is none. */
export function readOgg(octets: Buffer): OggPage[] {
  const pages: OggPage[] = []
  for (let at = 0; at < octets.length; ) {
    if (octets.toString('latin1', at, at + 4) !== 'OggS' || octets[at + 4] !== 0) throw new Error(`no page at ${at}`)
    const segments = octets.subarray(at + 27, at + 27 + octets[at + 26])
    let start = at + 27 + segments.length
    const packets: Buffer[] = []
    let length = 0
    for (const segment of segments) {
      length += segment
      if (segment === 255) continue
      packets.push(octets.subarray(start, start + length))
      start += length
      length = 0
    }
    const page = Buffer.from(octets.subarray(at, start))
    page.writeUInt32LE(0, 22)
    if (oggCrc(page) !== octets.readUInt32LE(at + 22) || length !== 0) throw new Error(`a damaged page at ${at}`)
    pages.push({
      kind: octets[at + 5],
      granule: Number(octets.readBigUInt64LE(at + 6)),
      serial: octets.readUInt32LE(at + 14),
      sequence: octets.readUInt32LE(at + 18),
      packets,
    })
    at = start
  }
  return pages
}
