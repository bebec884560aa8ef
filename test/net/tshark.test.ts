import { spawnSync } from 'node:child_process'
import { existsSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, describe, expect, it } from 'vitest'
import { formatAddress, parseAddress } from '../../src/net/addresses.ts'
import { Payload } from '../../src/net/datagram.ts'
import { FrameDecoder } from '../../src/net/decode.ts'
import { FragmentTable } from '../../src/net/fragments.ts'
import { readIcmpError } from '../../src/net/icmp-error.ts'
import { OF_INDICATION } from '../../src/net/turn.ts'
import { TurnPaths } from '../../src/net/turn-paths.ts'
import { type CapturedFrame, formatClassicPcap, readClassicPcap } from './classic-pcap.ts'
import * as build from './frame-builder.ts'
import { FRAMES } from './sample-frames.ts'
import { channelData, indication } from './turn-builder.ts'

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
    decoder.decode(bytes, { dataOffset: 0, capturedLength: bytes.length, linkType, seconds })
    if (d.payload === Payload.None || d.payload === Payload.Icmp) return []
    const source = formatAddress(d.bytes, d.sourceAddressOffset, d.addressLength)
    const destination = formatAddress(d.bytes, d.destinationAddressOffset, d.addressLength)
    const endpoints = `${source} ${d.sourcePort} ${destination} ${d.destinationPort} ${d.announcedLength}`
    return [`${i + 1} ${d.payload === Payload.Udp ? `udp ${endpoints}` : `tcp ${endpoints} ${d.tcpSequence}`}`]
  })
}

/** `1 3 3 - udp 192.0.2.1 5060 192.0.2.2 5060`: frame, type, code, MTU, and what is quoted, which stands last. */
function askTsharkForIcmp(path: string): string[] {
  const fields =
    'icmp.type icmp.code icmp.mtu icmpv6.type icmpv6.code icmpv6.mtu ip.src ip.dst ipv6.src ipv6.dst udp.srcport udp.dstport tcp.srcport tcp.dstport'
  const options = ['-E', 'occurrence=l', '-E', 'separator=/t', '-Y', 'icmp.type in {3, 11} or icmpv6.type <= 3']
  const fieldOptions = ['frame.number', ...fields.split(' ')].flatMap((field) => ['-e', field])
  const args = ['-r', path, '-n', '-T', 'fields', ...options, ...fieldOptions]
  const { stdout } = spawnSync('tshark', args, { encoding: 'utf8' })
  return stdout
    .trimEnd()
    .split('\n')
    .flatMap((line) => {
      const [number, type4, code4, mtu4, type6, code6, mtu6, ...quoted] = line.split('\t')
      const [source4, destination4, source6, destination6, ...ports] = quoted
      // What is quoted has no ports, or there is no error at all.
      if (quoted.slice(4).join('') === '') return []
      const [type, code, mtu] = type6 === '' ? [type4, code4, mtu4] : [type6, code6, mtu6]
      const [source, destination] = type6 === '' ? [source4, destination4] : [source6, destination6]
      const [transport, from, to] = ports[0] === '' ? ['tcp', ports[2], ports[3]] : ['udp', ports[0], ports[1]]
      const said = mtu === '' || mtu === '0' ? '-' : mtu
      return [
        `${number} ${type} ${code} ${said} ${transport} ${canonical(source)} ${from} ${canonical(destination)} ${to}`,
      ]
    })
}

function icmpErrors(linkType: number, frames: readonly CapturedFrame[]): string[] {
  const decoder = new FrameDecoder(new FragmentTable(new SharedArrayBuffer(FragmentTable.byteLength), 0))
  const d = decoder.datagram
  return frames.flatMap(({ bytes, seconds }, i) => {
    decoder.decode(bytes, { dataOffset: 0, capturedLength: bytes.length, linkType, seconds })
    if (d.payload !== Payload.Icmp) return []
    const message = d.bytes.subarray(d.offset, d.offset + d.length)
    const error = readIcmpError(message, d.addressLength === 16, d.length < d.announcedLength)
    if (error === undefined || error.kind === 'malformed') return []
    const { type, code, mtu = '-', transport, source, destination } = error
    const ends = `${source.address} ${source.port} ${destination.address} ${destination.port}`
    return [`${i + 1} ${type} ${code} ${mtu} ${transport} ${ends}`]
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

  it('ICMP errors: type, code, MTU, and the datagram that they quote', () => {
    const { icmp, icmpv6, ipv4, ipv6, udp, tcp, ethernet } = build
    const ports = { sourcePort: 30_000, destinationPort: 40_000 }
    const [lost, lost6] = [ipv4(udp(Buffer.alloc(40), ports)).bytes, ipv6(udp(Buffer.alloc(40), ports)).bytes]
    const frames = [
      ...[0, 1, 2, 3, 9, 10, 13].map((code) => ipv4(icmp(3, code, lost.subarray(0, 28)))),
      ipv4(icmp(3, 4, lost, [0, 0, ...build.u16(1400)])),
      ...[0, 1].map((code) => ipv4(icmp(11, code, lost))),
      ipv4(icmp(3, 1, ipv4(tcp('', ports)).bytes)),
      ipv4(icmp(3, 3, ipv4(udp('', ports), { options: [1, 1, 1, 0] }).bytes)),
      ...[0, 1, 3, 4, 5, 6].map((code) => ipv6(icmpv6(1, code, lost6))),
      ipv6(icmpv6(2, 0, lost6, build.u32(1280))),
      ...[0, 1].map((code) => ipv6(icmpv6(3, code, lost6))),
      ipv6(icmpv6(1, 4, ipv6(build.extension(60, udp('', ports))).bytes)),
    ].map((packet) => ethernet(packet))
    const path = join(folder, 'icmp.pcap')
    writeFileSync(path, formatClassicPcap(1, frames))
    const ours = icmpErrors(1, readClassicPcap(path).frames)
    expect(ours).toHaveLength(frames.length)
    if (hasTshark) expect(ours).toEqual(askTsharkForIcmp(path))
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

  it('what TURN carries: channels and lengths of ChannelData, peers of indications', () => {
    const ports = { sourcePort: 50_000, destinationPort: 3478 }
    const media = Buffer.from('8000000100000000aabbccdd5a', 'hex')
    const peers = [
      { address: '198.51.100.20', port: 20_000 },
      { address: '2001:db8::20', port: 20_000 },
    ]
    const frames = [
      channelData(0x4000, media),
      channelData(0x4fff, media, 3),
      ...peers.flatMap((peer) => [indication('send', peer, media, 3), indication('data', peer, media, 4)]),
    ].map((message) => build.ethernet(build.ipv4(build.udp(message, ports))))
    const path = join(folder, 'turn.pcap')
    writeFileSync(path, formatClassicPcap(1, frames))
    const ours = readClassicPcap(path).frames.map(({ bytes, seconds }) => {
      const decoder = new FrameDecoder(new FragmentTable(new SharedArrayBuffer(FragmentTable.byteLength), 0))
      decoder.decode(bytes, { dataOffset: 0, capturedLength: bytes.length, linkType: 1, seconds })
      const { relay, announcedLength, wholeOffset, wholeEnd } = decoder.datagram
      if (relay < OF_INDICATION) return `channel ${relay} ${announcedLength}`
      const paths = new TurnPaths()
      const ends = { source: { address: '192.0.2.1', port: 1 }, destination: { address: '192.0.2.2', port: 3478 } }
      paths.take(bytes.subarray(wholeOffset, wholeEnd), ends, relay, 0)
      const back = { source: ends.destination, destination: ends.source }
      const found = paths.pathOf(ends, relay, 0) ?? paths.pathOf(back, relay, 0)
      const isSent = found?.client.port === 1
      const peer = isSent ? found?.destination : found?.source
      return `peer ${peer?.address} ${peer?.port} ${announcedLength}`
    })
    expect(ours).toHaveLength(6)
    if (!hasTshark) return
    const fields = ['channel', 'length', 'att.ipv4', 'att.ipv6', 'att.port', 'att.length']
    const args = fields.flatMap((field) => ['-e', `stun.${field}`])
    const { stdout } = spawnSync('tshark', ['-r', path, '-n', '-T', 'fields', ...args], { encoding: 'utf8' })
    const theirs = stdout
      .trimEnd()
      .split('\n')
      .map((line) => {
        const [channel, length, four, six, port, lengths] = line.split('\t')
        if (channel !== '') return `channel ${Number(channel)} ${length.split(',')[0]}`
        return `peer ${four || six} ${port} ${lengths.split(',').at(-1)}`
      })
    expect(ours).toEqual(theirs)
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
      expect(icmpErrors(linkType, frames), name).toEqual(askTsharkForIcmp(path))
    }
  })
})
