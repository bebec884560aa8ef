import { internetChecksum } from '../bytes/internet-checksum.ts'
import { HeaderPath, type PassedHeader } from './header-path.ts'
import { IpProtocol } from './ip.ts'
import { Layer } from './layer.ts'
import { TunnelPort } from './tunnels.ts'

const UDP_HEADER = 8
const GRE_HAS_CHECKSUM = 0x80

/** Frames whose innermost UDP payload is replaced: what stands before it is kept, with lengths and checksums that fit. */
export class ReplacedPayloads {
  readonly #path = new HeaderPath()

  /**
   * The frame with `payload` in place of its own: headers of tunnels and tags kept, padding and trailers gone. Lengths
   * that say 0 (segmentation offload) go on saying so, and UDP without a checksum stays without. Not for fragments.
   *
   * @param frame as captured; where the snap length cut it its UDP checksums stay as they are
   * @returns undefined where a length would be more than its field holds
   */
  replace(frame: Uint8Array, linkType: number, payload: Uint8Array): Uint8Array | undefined {
    const path = this.#path.of(frame, linkType)
    if (path === undefined) return undefined
    const { offset, length, announcedLength } = this.#path.datagram
    const replaced = new Uint8Array(offset + payload.length)
    replaced.set(frame.subarray(0, offset))
    replaced.set(payload, offset)
    for (let n = 0; n < path.length; n++) {
      for (const at of lengthsAt(path, n, replaced)) {
        if (!addTo(replaced, at, payload.length - length)) return undefined
      }
    }
    // From the inside out: a tunnel's checksum is over the headers in it.
    for (let n = path.length - 1; n >= 0; n--) sum(path, n, replaced, length === announcedLength)
    return replaced
  }
}

/** Where a header tells its length, from its first octet. */
const LENGTH_AT: Readonly<Partial<Record<Layer, number>>> = {
  // IEEE 802.3 §3.2.6: in front of LLC the length stands where a type would.
  [Layer.Llc]: -2,
  [Layer.PppoeSession]: 4,
  [Layer.Ipv4]: 2,
  [Layer.Ipv6]: 4,
  [Layer.Udp]: 4,
}

/** Where the n-th header and what it opens tell how long they are. */
function* lengthsAt(path: readonly PassedHeader[], n: number, bytes: Uint8Array): Generator<number> {
  const { layer, offset } = path[n]
  const before = path[n - 1]?.layer
  const field = LENGTH_AT[layer]
  const isCooked = before === Layer.LinuxCooked || before === Layer.LinuxCooked2
  if (field !== undefined && !(layer === Layer.Llc && isCooked)) yield offset + field
  const isTunnel = layer === Layer.Udp && n < path.length - 1
  // 3GPP TS 29.281 §5.1: GTP-U tells its length, VXLAN, Geneve and TZSP do not.
  if (isTunnel && word(bytes, offset + 2) === TunnelPort.GtpUser) yield offset + UDP_HEADER + 2
}

/** Adds to a 16-bit length; false where it does not hold the sum. 0 says nothing and stays. */
function addTo(bytes: Uint8Array, at: number, more: number): boolean {
  const length = word(bytes, at)
  if (length === 0) return true
  if (length + more > 0xffff) return false
  setWord(bytes, at, length + more)
  return true
}

/** Puts the checksum of the n-th header right, where it has one. */
function sum(path: readonly PassedHeader[], n: number, bytes: Uint8Array, isWhole: boolean): void {
  const { layer, offset } = path[n]
  if (layer === Layer.Ipv4) {
    setChecksum(bytes, offset + 10, offset, offset + ((bytes[offset] & 0x0f) << 2), 0)
  } else if (layer === Layer.Gre && (bytes[offset] & GRE_HAS_CHECKSUM) !== 0 && isWhole) {
    setChecksum(bytes, offset + 4, offset, bytes.length, 0)
  } else if (layer === Layer.Udp && word(bytes, offset + 6) !== 0 && isWhole) {
    const ip = path.slice(0, n).findLast((one) => one.layer === Layer.Ipv4 || one.layer === Layer.Ipv6)
    if (ip !== undefined) setUdpChecksum(bytes, offset, ip)
  }
}

/** RFC 768, RFC 8200 §8.1: over a pseudo header of both addresses, the protocol and the length. */
function setUdpChecksum(bytes: Uint8Array, offset: number, ip: PassedHeader): void {
  const [from, to] = ip.layer === Layer.Ipv4 ? [12, 20] : [8, 40]
  const length = bytes.length - offset
  // The checksum of the addresses is the complement of their sum.
  const addresses = ~internetChecksum(bytes, ip.offset + from, ip.offset + to) & 0xffff
  setChecksum(bytes, offset + 6, offset, bytes.length, addresses + IpProtocol.Udp + length)
  // RFC 768: a checksum that comes to 0 is sent as its other form, for 0 says that there is none.
  if (word(bytes, offset + 6) === 0) setWord(bytes, offset + 6, 0xffff)
}

function setChecksum(bytes: Uint8Array, at: number, from: number, to: number, start: number): void {
  setWord(bytes, at, 0)
  setWord(bytes, at, internetChecksum(bytes, from, to, start))
}

function word(bytes: Uint8Array, at: number): number {
  return (bytes[at] << 8) | bytes[at + 1]
}

function setWord(bytes: Uint8Array, at: number, value: number): void {
  bytes[at] = value >> 8
  bytes[at + 1] = value & 0xff
}
