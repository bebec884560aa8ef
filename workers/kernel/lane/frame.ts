import {
  Control,
  DECODE_OK,
  DECODED_BYTES,
  DESCRIPTOR_BYTES,
  Descriptor,
  KIND_RTP,
  Lane,
  LINK_COOKED,
  LINK_COOKED2,
  LINK_ETHERNET,
  LINK_TYPES,
  MAX_COUNTED_CAPTURE,
  outermostLinks,
  Step,
  Stream,
  TUNNEL_PORT_1,
  TUNNEL_PORT_2,
  TUNNEL_PORT_3,
  TUNNEL_PORT_4,
  TUNNEL_PORT_5,
} from '../generated/layout'
import { swapWords } from '../transpose'
import { keepLean, keptOctets } from './lean'
import { u16At, u32At } from './octets'
import { countRtp } from './statistics'
import { findOrAddStream, recordOf } from './stream-table'
import { noteInStep } from './timelines'

const UDP: u8 = 17
const RTP_HEADER: i32 = 12
/** Customer and service tag, and two more. */
const MAX_VLAN_TAGS: i32 = 4

/**
 * Takes in a frame that is a whole RTP packet in UDP in IPv4 or IPv6 behind Ethernet with any VLAN tags, Linux cooked or
 * raw IP: into its stream's statistics, and as a descriptor of the slab. Lengths are read as src/net reads them.
 *
 * @returns false, with nothing changed, for any other frame
 */
export function takeFrame(
  lane: usize,
  frame: usize,
  captured: u32,
  linkType: u32,
  seconds: f64,
  nanoseconds: f64,
  capture: i32,
  frameNumber: u32,
): bool {
  let end = frame + captured
  const ip = internetHeader(frame, end, linkType)
  if (ip == 0) return false
  const identity = lane + Lane.Identity
  let udp: usize
  let identification: i32 = 0
  let addressLength: i32
  if (load<u8>(ip) >> 4 == 4) {
    if (ip + 20 > end) return false
    const headerLength = (<u32>load<u8>(ip) & 15) << 2
    const totalLength = u16At(ip + 2)
    udp = ip + headerLength
    if (headerLength < 20 || totalLength < headerLength || load<u8>(ip, 9) != UDP) return false
    // More fragments, or a fragment offset.
    if ((u16At(ip + 6) & 0x3fff) != 0) return false
    if (ip + totalLength < end) end = ip + totalLength
    identification = u16At(ip + 4)
    addressLength = 4
    v128.store(identity + Stream.SourceAddress, swapWords(v128.load32_zero(ip + 12)))
    v128.store(identity + Stream.DestinationAddress, swapWords(v128.load32_zero(ip + 16)))
  } else {
    if (load<u8>(ip) >> 4 != 6 || ip + 40 > end) return false
    const payloadLength = u16At(ip + 4)
    udp = ip + 40
    if (payloadLength == 0 || load<u8>(ip, 6) != UDP) return false
    if (udp + payloadLength < end) end = udp + payloadLength
    addressLength = 16
    v128.store(identity + Stream.SourceAddress, swapWords(v128.load(ip + 8)))
    v128.store(identity + Stream.DestinationAddress, swapWords(v128.load(ip + 24)))
  }
  const packet = udp + 8
  if (packet + RTP_HEADER > end) return false
  const first = load<u8>(packet)
  const second = load<u8>(packet, 1)
  // Version 2 (RFC 7983 §7), and no RTCP type (RFC 5761 §4).
  if (first >> 6 != 2 || (second >= 192 && second <= 223)) return false
  const announced = <i32>u16At(udp + 4) - 8
  const present = <i32>(end - packet)
  const length = present < announced ? present : announced
  if (length < RTP_HEADER || announced < RTP_HEADER + (<i32>first & 15) * 4) return false
  const ports = u32At(udp)
  if (mayBeTunnel(ports & 0xffff)) return false
  // All four words in one: what is read as a vector soon after was better written as one.
  v128.store(identity + Stream.Ssrc, i32x4(u32At(packet + 8), ports, KIND_RTP, addressLength))

  const control = load<usize>(lane + Lane.Control)
  const position = load<f64>(control + Control.Position)
  store<f64>(control + Control.Position, position + 1)
  const decoded =
    control +
    Control.Decoded +
    <usize>(capture < MAX_COUNTED_CAPTURE ? capture : MAX_COUNTED_CAPTURE) * DECODED_BYTES +
    (DECODE_OK << 3)
  store<f64>(decoded, load<f64>(decoded) + 1)
  const timeUs = seconds * 1e6 + nanoseconds / 1e3
  store<f64>(control + Control.TimeUs, timeUs)
  const table = load<usize>(lane + Lane.Streams)
  const stream = findOrAddStream(table, identity, position)
  const lean = load<usize>(lane + Lane.Lean)
  if (lean != 0) {
    const kept = stream < 0 ? length : keptOctets(recordOf(table, stream), packet, length)
    const octets = <u32>(packet + kept - ip)
    store<usize>(
      lane + Lane.Lean,
      keepLean(lean, ip, <u32>(end - ip), octets, seconds, nanoseconds, capture, frameNumber),
    )
  }
  if (stream < 0) return true
  if (identification == 0) identification = u16At(udp + 6)
  const record = recordOf(table, stream)
  const roc = countRtp(record, position, timeUs, capture, frameNumber, identification, packet, length)
  if (length < announced) {
    store<i32>(record + Stream.Truncated, load<i32>(record + Stream.Truncated) + 1)
    noteInStep(record, Step.Cut)
  }

  const count = load<i32>(lane + Lane.Count)
  store<i32>(lane + Lane.Count, count + 1)
  const descriptor = load<usize>(lane + Lane.Descriptors) + <usize>count * DESCRIPTOR_BYTES
  store<i32>(descriptor + Descriptor.Stream, stream)
  store<u32>(descriptor + Descriptor.Offset, packet)
  store<i32>(descriptor + Descriptor.Length, length)
  store<i32>(descriptor + Descriptor.Announced, announced)
  store<i32>(descriptor + Descriptor.Roc, roc)
  store<i32>(descriptor + Descriptor.Position, <i32>(position - load<f64>(lane + Lane.FirstPosition)))
  store<i32>(descriptor + Descriptor.Capture, capture)
  store<u32>(descriptor + Descriptor.Frame, frameNumber)
  store<f64>(descriptor + Descriptor.TimeUs, timeUs)
  return true
}

/** Address of the IP header behind the link layer, or 0 where it is not one of the common ones or is cut. */
function internetHeader(frame: usize, end: usize, linkType: u32): usize {
  const link = linkType < LINK_TYPES ? load<u8>(outermostLinks + linkType) : 0
  let ip = frame
  let type: u32
  if (link == LINK_ETHERNET) {
    ip += 14
    if (ip >= end) return 0
    type = u16At(frame + 12)
    for (let tags = 0; tags < MAX_VLAN_TAGS && (type == 0x8100 || type == 0x88a8 || type == 0x9100); tags++) {
      ip += 4
      if (ip >= end) return 0
      type = u16At(ip - 2)
    }
  } else if (link == LINK_COOKED) {
    ip += 16
    type = u16At(frame + 14)
  } else if (link == LINK_COOKED2) {
    ip += 20
    type = u16At(frame)
  } else if (link != 0 && ip < end) {
    return ip
  } else return 0
  if (ip >= end) return 0
  const version = load<u8>(ip) >> 4
  return (type == 0x0800 && version == 4) || (type == 0x86dd && version == 6) ? ip : 0
}

function mayBeTunnel(destinationPort: u32): bool {
  return (
    destinationPort == TUNNEL_PORT_1 ||
    destinationPort == TUNNEL_PORT_2 ||
    destinationPort == TUNNEL_PORT_3 ||
    destinationPort == TUNNEL_PORT_4 ||
    destinationPort == TUNNEL_PORT_5
  )
}
