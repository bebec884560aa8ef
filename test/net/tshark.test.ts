import { spawnSync } from 'node:child_process'
import { existsSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, describe, expect, it } from 'vitest'
import { formatAddress, parseAddress } from '../../src/net/addresses.ts'
import { Payload } from '../../src/net/datagram.ts'
import { FrameDecoder } from '../../src/net/decode.ts'
import { FragmentTable } from '../../src/net/fragments.ts'
import { type CapturedFrame, formatClassicPcap, readClassicPcap } from './classic-pcap.ts'
import * as build from './frame-builder.ts'
import { FRAMES } from './sample-frames.ts'

const hasTshark = spawnSync('tshark', ['-v']).status === 0
const CAPTURES = join(import.meta.dirname, '../../../shared/captures')
/** The captures of other shapes than Ethernet, IPv4 and UDP alone, and some of those. */
const NAMES =
  /^(frag-|sll|vlan|snaplen|big-endian|nano|baresip-ipv6|baresip-savp-opus-tcp|tls13\.|fork-first|scan-svmap\.|linphone-aes256-dual)/
const files = hasTshark && existsSync(CAPTURES) ? readdirSync(CAPTURES).filter((name) => /\.pcap$/.test(name)) : []
const captures = files.filter((name) => NAMES.test(name))

/** What stands in the last, which is the innermost, IP and UDP or TCP header: `1 udp 192.0.2.1 5060 192.0.2.2 5060 20`. */
function askTshark(path: string): string[] {
  const fields =
    'frame.number ip.src ip.dst ipv6.src ipv6.dst udp.srcport udp.dstport udp.length tcp.srcport tcp.dstport tcp.len tcp.seq_raw icmp.type icmpv6.type frame.protocols'
  const options = ['-E', 'occurrence=l', '-E', 'separator=/t', '-o', 'ip.defragment:TRUE', '-o', 'ipv6.defragment:TRUE']
  const args = ['-r', path, '-n', '-T', 'fields', ...options, ...fields.split(' ').flatMap((field) => ['-e', field])]
  // A file that ends within a record gives what it holds, and an exit status.
  const { stdout } = spawnSync('tshark', args, { encoding: 'utf8', maxBuffer: 1 << 28 })
  return stdout
    .trimEnd()
    .split('\n')
    .flatMap((line) => {
      const [number, src4, dst4, src6, dst6, ...rest] = line.split('\t')
      const [udpSource, udpDestination, udpLength, tcpSource, tcpDestination, tcpLength, tcpSequence] = rest
      // What an ICMP error quotes is no datagram.
      if (rest[7] !== '' || rest[8] !== '') return []
      const protocols = `:${rest[9]}:`
      const six = protocols.lastIndexOf(':ipv6:') > protocols.lastIndexOf(':ip:')
      const [source, destination] = six ? [src6, dst6] : [src4, dst4]
      if (udpSource !== '') {
        return [
          `${number} udp ${canonical(source)} ${udpSource} ${canonical(destination)} ${udpDestination} ${Number(udpLength) - 8}`,
        ]
      }
      if (tcpSource === '') return []
      return [`${number} tcp ${source} ${tcpSource} ${destination} ${tcpDestination} ${tcpLength} ${tcpSequence}`]
    })
}

function canonical(text: string): string {
  const bytes = parseAddress(text)
  return bytes === undefined ? text : formatAddress(bytes, 0, bytes.length)
}

function askOurs(linkType: number, frames: readonly CapturedFrame[]): string[] {
  const decoder = new FrameDecoder(new FragmentTable(new SharedArrayBuffer(FragmentTable.byteLength), 0))
  const d = decoder.datagram
  return frames.flatMap(({ bytes, seconds }, i) => {
    decoder.decode(bytes, 0, bytes.length, linkType, seconds, i)
    if (d.payload === Payload.None) return []
    const source = formatAddress(d.bytes, d.sourceAddressOffset, d.addressLength)
    const destination = formatAddress(d.bytes, d.destinationAddressOffset, d.addressLength)
    const endpoints = `${source} ${d.sourcePort} ${destination} ${d.destinationPort} ${d.announcedLength}`
    return [`${i + 1} ${d.payload === Payload.Udp ? `udp ${endpoints}` : `tcp ${endpoints} ${d.tcpSequence}`}`]
  })
}

const folder = mkdtempSync(join(tmpdir(), 'srtp-scan-net-'))
afterAll(() => rmSync(folder, { recursive: true }))

function compare(name: string, linkType: number, frames: readonly Buffer[]) {
  const path = join(folder, `${name}.pcap`)
  writeFileSync(path, formatClassicPcap(linkType, frames))
  const ours = askOurs(linkType, readClassicPcap(path).frames)
  expect(ours).toEqual(askTshark(path))
  return ours
}

const note = hasTshark ? '' : ' [tshark is not installed: nothing compared]'

describe(`the same addresses, ports and lengths as tshark${note}`, () => {
  const EXPORTED_PDU = 252
  const linkTypes = [...new Set(FRAMES.map(([, , linkType]) => linkType))].filter((type) => type !== EXPORTED_PDU)
  // Linux' and Windows' AF_INET6 in a BSD null header, pseudowires, and Linux' VXLAN port: tshark wants to be told.
  const unread = /family (10|23)|pseudowire|port 8472/

  it.each(linkTypes)('frames of link type %i', (linkType) => {
    const frames = FRAMES.filter(([name, , type]) => type === linkType && !unread.test(name)).map(([, frame]) => frame)
    if (hasTshark) expect(compare(`link-${linkType}`, linkType, frames)).toHaveLength(frames.length)
    else
      expect(
        askOurs(
          linkType,
          frames.map((bytes) => ({ bytes, seconds: 0 })),
        ),
      ).toHaveLength(frames.length)
  })

  it('exported PDUs, whose addresses stand in tags', () => {
    const frames = FRAMES.flatMap(([, frame, type]) => (type === EXPORTED_PDU ? [frame] : []))
    const path = join(folder, 'exported.pcap')
    writeFileSync(path, formatClassicPcap(EXPORTED_PDU, frames))
    const ours = askOurs(EXPORTED_PDU, readClassicPcap(path).frames)
    expect(ours).toHaveLength(frames.length)
    if (!hasTshark) return
    const fields = ['ipv4_src', 'ipv6_src', 'src_port', 'ipv4_dst', 'ipv6_dst', 'dst_port']
    const args = fields.flatMap((field) => ['-e', `exported_pdu.${field}`])
    const { stdout } = spawnSync('tshark', ['-r', path, '-T', 'fields', ...args], { encoding: 'utf8' })
    const theirs = stdout.trimEnd().split('\n')
    expect(theirs.map((line) => line.split('\t').slice(0, 6).filter(Boolean).join(' '))).toEqual(
      ours.map((line) => line.split(' ').slice(2, 6).join(' ')),
    )
  })

  it('fragments', () => {
    const body = Buffer.alloc(3000, 0x41)
    const frames = [
      ...build.fragmentIpv4(build.udp(body), 1480),
      ...build.fragmentIpv4(build.udp(body), 1000, { identification: 2 }).reverse(),
      ...build.fragmentIpv6(build.udp(body), 1232),
      ...build.fragmentIpv6(build.tcp(body), 1232, 99).reverse(),
      ...build.fragmentIpv4(build.gre(build.ipv4(build.tcp(body))), 1400, { identification: 3, source: '192.0.2.1' }),
    ].map((packet) => build.ethernet(packet))
    if (hasTshark) expect(compare('fragments', 1, frames)).toHaveLength(5)
    else
      expect(
        askOurs(
          1,
          frames.map((bytes) => ({ bytes, seconds: 0 })),
        ),
      ).toHaveLength(5)
  })

  it(`captures of real clients: ${captures.length} compared${captures.length === 0 ? ' (tshark or ../shared is absent)' : ''}`, () => {
    for (const name of captures) {
      const path = join(CAPTURES, name)
      const { linkType, frames } = readClassicPcap(path)
      const ours = askOurs(linkType, frames)
      expect(ours.length, name).toBeGreaterThan(0)
      expect(ours, name).toEqual(askTshark(path))
    }
  })
})
