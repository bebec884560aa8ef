/** A HEP packet as an agent would send it. What is absent is left out. */
export interface WrittenHep {
  readonly source?: Uint8Array
  readonly destination?: Uint8Array | undefined
  readonly sourcePort?: number
  readonly destinationPort?: number
  readonly ipProtocol?: number
  readonly seconds?: number
  readonly microseconds?: number
  readonly protocolType?: number
  readonly key?: string
  readonly payload?: Uint8Array | undefined
  readonly compressedPayload?: Uint8Array
  /** Chunks that nobody here reads, before the others. */
  readonly others?: readonly Uint8Array[]
}

export function writeChunk(vendor: number, type: number, value: Uint8Array): Uint8Array {
  const head = Buffer.alloc(6)
  head.writeUInt16BE(vendor, 0)
  head.writeUInt16BE(type, 2)
  head.writeUInt16BE(6 + value.length, 4)
  return Buffer.concat([head, value])
}

export function writeHep(packet: WrittenHep): Buffer {
  const { source, destination, key } = packet
  const isIpv6 = source?.length === 16
  const values: readonly (readonly [type: number, value: Uint8Array | undefined])[] = [
    [1, source && Buffer.from([isIpv6 ? 10 : 2])],
    [2, unsigned(packet.ipProtocol, 1)],
    [isIpv6 ? 5 : 3, source],
    [isIpv6 ? 6 : 4, destination],
    [7, unsigned(packet.sourcePort, 2)],
    [8, unsigned(packet.destinationPort, 2)],
    [9, unsigned(packet.seconds, 4)],
    [10, unsigned(packet.microseconds, 4)],
    [11, unsigned(packet.protocolType, 1)],
    [12, unsigned(2001, 4)],
    [14, key === undefined ? undefined : Buffer.from(key)],
    [15, packet.payload],
    [16, packet.compressedPayload],
  ]
  const chunks = values.flatMap(([type, value]) => (value === undefined ? [] : [writeChunk(0, type, value)]))
  const body = Buffer.concat([...(packet.others ?? []), ...chunks])
  const head = Buffer.from('HEP3\0\0')
  head.writeUInt16BE(6 + body.length, 4)
  return Buffer.concat([head, body])
}

function unsigned(value: number | undefined, octets: number): Buffer | undefined {
  if (value === undefined) return undefined
  const buffer = Buffer.alloc(octets)
  buffer.writeUIntBE(value, 0, octets)
  return buffer
}
