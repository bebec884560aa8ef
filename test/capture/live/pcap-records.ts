/** The records of a little-endian pcap stream, read straight from its description and not by the tool's own reader. */
export function readPcap(octets: Buffer) {
  const records: { timeUs: number; originalLength: number; bytes: Buffer }[] = []
  for (let at = 24; at < octets.length; ) {
    const length = octets.readUInt32LE(at + 8)
    if (at + 16 + length > octets.length) throw new RangeError(`a record is cut at ${at}`)
    records.push({
      timeUs: octets.readUInt32LE(at) * 1e6 + octets.readUInt32LE(at + 4),
      originalLength: octets.readUInt32LE(at + 12),
      bytes: octets.subarray(at + 16, at + 16 + length),
    })
    at += 16 + length
  }
  if (octets.readUInt32LE(0) !== 0xa1b2c3d4) throw new RangeError('no pcap stream')
  return { linkType: octets.readUInt32LE(20), records }
}
