import type { TraceAttack } from '../attack.ts'
import { ipv4Frame } from '../frames.ts'
import { differing, framesMissing, notRead } from './checks.ts'
import { EPOCH_US } from './tcp-talk.ts'

const INNERMOST = Buffer.alloc(172, 0x80)
const [IP_IN_IP, UDP, GRE] = [4, 17, 47]

function ipv4(protocol: number, payload: Uint8Array): Buffer {
  return ipv4Frame(protocol, 0x0a000001, 0x0a000002, payload).subarray(14)
}

function ethernet(payload: Uint8Array, type = 0x0800): Buffer {
  const header = Buffer.alloc(14)
  header.writeUInt16BE(type, 12)
  return Buffer.concat([header, payload])
}

function udp(port: number, payload: Uint8Array): Buffer {
  const header = Buffer.alloc(8)
  header.writeUInt16BE(40_000, 0)
  header.writeUInt16BE(port, 2)
  header.writeUInt16BE(8 + payload.length, 4)
  return Buffer.concat([header, payload])
}

/** One packet more of each kind around an Ethernet frame; a VLAN tag and a label are four octets. */
const WRAPPINGS: Readonly<Record<string, (frame: Buffer) => Buffer>> = {
  gre: (frame) => ethernet(ipv4(GRE, Buffer.concat([Buffer.of(0x20, 0, 0x65, 0x58, 0, 0, 0, 7), frame]))),
  erspan: (frame) =>
    ethernet(ipv4(GRE, Buffer.concat([Buffer.of(0x10, 0, 0x88, 0xbe, 0, 0, 0, 7, 0x10, 0, 0, 0, 0, 0, 0, 0), frame]))),
  vxlan: (frame) => ethernet(ipv4(UDP, udp(4789, Buffer.concat([Buffer.of(8, 0, 0, 0, 0, 0, 7, 0), frame])))),
  'ip-in-ip': (frame) => ethernet(ipv4(IP_IN_IP, frame.subarray(14))),
  gtp: (frame) => {
    const packet = frame.subarray(14)
    const header = Buffer.of(0x30, 0xff, packet.length >> 8, packet.length & 0xff, 0, 0, 0, 7)
    return ethernet(ipv4(UDP, udp(2152, Buffer.concat([header, packet]))))
  },
  vlan: (frame) => ethernet(Buffer.concat([Buffer.of(0, 7), frame.subarray(12)]), 0x8100),
}

function nested(kinds: readonly string[], most: number): Buffer {
  let frame = ethernet(ipv4(UDP, udp(20_000, INNERMOST)))
  for (let n = 0; frame.length < most; n++) frame = WRAPPINGS[kinds[n % kinds.length]](frame)
  return frame
}

function tunnels(name: string, kinds: readonly string[], most: number): TraceAttack {
  const frame = nested(kinds, most)
  return {
    name,
    title: `packets of ${frame.length} octets in nested tunnels: ${kinds.join(', ')}`,
    against: 'media',
    write(writer, octets) {
      for (let n = 0; writer.octets < octets; n++) writer.addFrame(EPOCH_US + n * 10, frame)
    },
    missing(report, frames) {
      return [...framesMissing(report, frames), ...differing('frames not read', notRead(report), frames)]
    },
  }
}

/** Deeper than the decoder goes: each frame costs it all the steps that it makes. */
export const NESTED_TUNNELS: TraceAttack = tunnels(
  'nested-tunnels',
  ['gre', 'vxlan', 'erspan', 'gtp', 'ip-in-ip'],
  1400,
)
export const NESTED_VLANS: TraceAttack = tunnels('nested-vlans', ['vlan'], 500)
export const NESTED_IP: TraceAttack = tunnels('nested-ip', ['ip-in-ip'], 1700)

/** A label stack without a bottom (RFC 3032). */
export const LABELS: TraceAttack = {
  name: 'mpls-labels',
  title: 'MPLS stacks of 100 labels',
  against: 'media',
  write(writer, octets) {
    const frame = ethernet(Buffer.alloc(400), 0x8847)
    for (let n = 0; writer.octets < octets; n++) writer.addFrame(EPOCH_US + n * 10, frame)
  },
  missing: NESTED_VLANS.missing,
}
