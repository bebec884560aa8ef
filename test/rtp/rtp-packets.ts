import { formatRtp } from '../../samples/rtp-packet.ts'
import type { seededGenerator } from '../../samples/seeded-random.ts'
import { MediaKind } from '../../src/rtp/media-kind.ts'
import type { Arrival } from '../../src/rtp/stream-statistics.ts'
import { type StreamKey, StreamTable } from '../../src/rtp/stream-table.ts'

export function newTable(capacity = 8): StreamTable {
  return new StreamTable(new SharedArrayBuffer(StreamTable.byteLength(capacity)), 0, capacity)
}

/** The key of a flow between two IPv4 (4 octets) or IPv6 (16 octets) addresses. */
export function flowKey(
  ssrc: number,
  source: readonly number[] = [192, 0, 2, 1],
  destination: readonly number[] = [192, 0, 2, 2],
  ports: readonly [number, number] = [4000, 5000],
  kind: MediaKind = MediaKind.Rtp,
): StreamKey {
  return {
    kind,
    ssrc: ssrc | 0,
    bytes: Uint8Array.from([...source, ...destination]),
    addressLength: source.length,
    sourceAddressOffset: 0,
    destinationAddressOffset: source.length,
    sourcePort: ports[0],
    destinationPort: ports[1],
  }
}

/** A PCMU packet of 160 octets with the given sequence number, at 50 packets a second. */
export function pcmu(sequenceNumber: number, timestamp = sequenceNumber * 160, payload = new Uint8Array(160)): Buffer {
  return formatRtp({ marker: false, payloadType: 0, sequenceNumber, timestamp, ssrc: 0x1234abcd }, payload)
}

export function arrivalAt(timeUs: number, identity = 0, position = 0): Arrival {
  return { position, timeUs, capture: 0, frame: position + 1, identity }
}

/** `length` octets that look like ciphertext. */
export function cipherOctets(next: ReturnType<typeof seededGenerator>, length: number): Uint8Array<ArrayBuffer> {
  const bytes = new Uint8Array(length)
  for (let n = 0; n < length; n++) bytes[n] = next() >>> 24
  return bytes
}
