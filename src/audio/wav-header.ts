/** Octets before the samples: room for what RF64 needs is always kept. */
export const WAV_HEADER_LENGTH = 80

const CHANNELS = 2
const OCTETS_PER_SAMPLE = 2
/** What 32 bits cannot say stands elsewhere. */
const ELSEWHERE = 0xffffffff

/**
 * The header of a WAV file of two channels with 16 bits a sample. Over 4 GiB it is RF64 (EBU Tech 3306), whose chunk `ds64`
 * takes the place that a chunk `JUNK` has kept.
 *
 *   0  RIFF, octets that follow, WAVE          12 octets
 *  12  JUNK or ds64, 28 octets                 36
 *  48  fmt, 16 octets: PCM                     24
 *  72  data, octets of samples                  8
 *
 * @param rate samples a second
 * @param samples of each channel
 */
export function formatWavHeader(rate: number, samples: number): Uint8Array {
  const frame = CHANNELS * OCTETS_PER_SAMPLE
  const dataLength = samples * frame
  const riffLength = WAV_HEADER_LENGTH - 8 + dataLength
  const isLarge = riffLength >= ELSEWHERE
  const header = Buffer.alloc(WAV_HEADER_LENGTH)
  header.write(isLarge ? 'RF64' : 'RIFF', 0, 'latin1')
  header.writeUInt32LE(isLarge ? ELSEWHERE : riffLength, 4)
  header.write('WAVE', 8, 'latin1')
  header.write(isLarge ? 'ds64' : 'JUNK', 12, 'latin1')
  header.writeUInt32LE(28, 16)
  if (isLarge) {
    header.writeBigUInt64LE(BigInt(riffLength), 20)
    header.writeBigUInt64LE(BigInt(dataLength), 28)
    header.writeBigUInt64LE(BigInt(samples), 36)
  }
  header.write('fmt ', 48, 'latin1')
  header.writeUInt32LE(16, 52)
  header.writeUInt16LE(1, 56)
  header.writeUInt16LE(CHANNELS, 58)
  header.writeUInt32LE(rate, 60)
  header.writeUInt32LE(rate * frame, 64)
  header.writeUInt16LE(frame, 68)
  header.writeUInt16LE(8 * OCTETS_PER_SAMPLE, 70)
  header.write('data', 72, 'latin1')
  header.writeUInt32LE(isLarge ? ELSEWHERE : dataLength, 76)
  return header
}
