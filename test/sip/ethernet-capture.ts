/** One UDP datagram or TCP segment of a capture. */
export interface Payload {
  readonly protocol: 'udp' | 'tcp'
  /** `source port>destination port`, enough to tell directions within one of our captures. */
  readonly direction: string
  readonly sequence: number
  readonly bytes: Uint8Array
  readonly truncated: boolean
}

/**
 * Payloads of a classic capture over Ethernet and IPv4 or IPv6, a small reader for these tests only. Undefined where the
 * capture needs more: another link type, VLAN tags, IP fragments.
 */
export function readPayloads(file: Buffer): readonly Payload[] | undefined {
  const little = file[0] === 0xd4 || file[0] === 0x4d
  const u32 = (at: number) => (little ? file.readUInt32LE(at) : file.readUInt32BE(at))
  if (u32(20) !== 1) return undefined
  const payloads: Payload[] = []
  for (let at = 24; at + 16 <= file.length; at += 16 + u32(at + 8)) {
    const frame = file.subarray(at + 16, at + 16 + u32(at + 8))
    if (at + 16 + u32(at + 8) > file.length) break
    const etherType = frame.readUInt16BE(12)
    if (etherType === 0x8100) return undefined
    const ip = frame.subarray(14)
    let protocol = 0
    let headerLength = 0
    let total = 0
    if (etherType === 0x0800) {
      if ((ip.readUInt16BE(6) & 0x3fff) !== 0) return undefined
      protocol = ip[9]
      headerLength = (ip[0] & 15) * 4
      total = ip.readUInt16BE(2)
    } else if (etherType === 0x86dd) {
      if (ip[6] === 44) return undefined
      protocol = ip[6]
      headerLength = 40
      total = 40 + ip.readUInt16BE(4)
    }
    if (protocol !== 17 && protocol !== 6) continue
    const transport = ip.subarray(headerLength, total)
    if (transport.length < (protocol === 17 ? 8 : 14)) continue
    payloads.push({
      protocol: protocol === 17 ? 'udp' : 'tcp',
      direction: `${ip.subarray(12, headerLength === 40 ? 40 : 20).toString('hex')} ${transport.readUInt32BE(0)}`,
      sequence: protocol === 6 ? transport.readUInt32BE(4) : 0,
      bytes: transport.subarray(protocol === 17 ? 8 : (transport[12] >> 4) * 4),
      truncated: total > ip.length,
    })
  }
  return payloads
}
