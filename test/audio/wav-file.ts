/** A WAV file of two channels with 16 bits, read by its chunks. */
export interface WavFile {
  readonly rate: number
  readonly left: Int16Array
  readonly right: Int16Array
}

export function readWav(octets: Buffer): WavFile {
  const text = (at: number) => octets.toString('latin1', at, at + 4)
  if (text(0) !== 'RIFF' || text(8) !== 'WAVE') throw new Error('no WAV file')
  if (octets.readUInt32LE(4) !== octets.length - 8) throw new Error('the length in the header is wrong')
  let rate = 0
  for (let at = 12; at + 8 <= octets.length; ) {
    const length = octets.readUInt32LE(at + 4)
    if (text(at) === 'fmt ') {
      if (
        octets.readUInt16LE(at + 8) !== 1 ||
        octets.readUInt16LE(at + 10) !== 2 ||
        octets.readUInt16LE(at + 22) !== 16
      )
        throw new Error('not 16-bit PCM in two channels')
      rate = octets.readUInt32LE(at + 12)
    }
    if (text(at) === 'data') {
      if (at + 8 + length !== octets.length) throw new Error('the length of the samples is wrong')
      const channel = (offset: number) =>
        Int16Array.from({ length: length / 4 }, (_, i) => octets.readInt16LE(at + 8 + 4 * i + offset))
      return { rate, left: channel(0), right: channel(2) }
    }
    at += 8 + length
  }
  throw new Error('no samples')
}
