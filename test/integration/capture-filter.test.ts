import { spawnSync } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, describe, expect, test } from 'vitest'
import { formatPcap } from '../../samples/capture-writer.ts'
import { frameDatagrams } from '../../samples/frames.ts'
import { DEFAULT_FILTER, DEFAULT_FILTER_WITHOUT_VLAN } from '../../src/capture/live/capture-filter.ts'
import { readPcap } from '../capture/live/pcap-records.ts'

const folder = mkdtempSync(join(tmpdir(), 'srtp-scan-filter-'))
afterAll(() => rmSync(folder, { recursive: true }))
const hasTcpdump = spawnSync('tcpdump', ['--version']).error === undefined

const V4 = ['192.0.2.1', '192.0.2.2'] as const
const V6 = ['2001:db8::1', '2001:db8::2'] as const
const ETHERNET = 14
/** IPv4: more fragments, fragment offset (RFC 791 §3.1), and the protocol. */
const FRAGMENT = ETHERNET + 6
const PROTOCOL = ETHERNET + 9
const SEGMENT = { sequence: 1, acknowledgment: 1, flags: 0x18 }

function frame([from, to]: readonly [string, string], port: number, tcp?: typeof SEGMENT): Buffer {
  const [{ bytes }] = frameDatagrams([
    {
      ...{ timeNs: 0, payload: Buffer.alloc(40), ...(tcp && { tcp }) },
      ...{ source: { address: from, port: 40_000 }, destination: { address: to, port } },
    },
  ])
  return Buffer.from(bytes)
}

/** With a VLAN tag (IEEE 802.1Q) in front of the others. */
function tagged(octets: Buffer): Buffer {
  return Buffer.concat([octets.subarray(0, 12), Buffer.from([0x81, 0x00, 0x00, 0x07]), octets.subarray(12)])
}

/** A later fragment: its octets are anything but a header of UDP. */
function laterFragment(octets: Buffer): Buffer {
  const fragment = Buffer.from(octets)
  fragment.writeUInt16BE(185, FRAGMENT)
  fragment.fill(0, ETHERNET + 20)
  return fragment
}

/** RFC 8200 §4.5: Next Header 44, then the Fragment header with an offset. */
function laterFragment6(octets: Buffer): Buffer {
  const fragment = Buffer.from(octets)
  fragment[ETHERNET + 6] = 44
  Buffer.from([17, 0, 0x05, 0xa8, 0, 0, 0, 1]).copy(fragment, ETHERNET + 40)
  return fragment
}

function protocol(octets: Buffer, number: number): Buffer {
  const other = Buffer.from(octets)
  other[PROTOCOL] = number
  return other
}

const media = frame(V4, 20_000)
/** Frames, and whether the filter is to take them. */
const FRAMES: Readonly<Record<string, readonly [bytes: Buffer, taken: boolean]>> = {
  'media over IPv4': [media, true],
  'media over IPv6': [frame(V6, 20_000), true],
  'SIP over UDP': [frame(V4, 5060), true],
  'SIP over TCP': [frame(V4, 5060, SEGMENT), true],
  'SIP over TLS and IPv6': [frame(V6, 5061, SEGMENT), true],
  'SIP over WebSocket': [frame(V4, 8089, SEGMENT), true],
  'a later fragment': [laterFragment(media), true],
  'a later fragment of IPv6': [laterFragment6(frame(V6, 20_000)), true],
  'GRE, and so ERSPAN': [protocol(media, 47), true],
  'IP in IP': [protocol(media, 4), true],
  DNS: [frame(V4, 53), false],
  'NTP over IPv6': [frame(V6, 123), false],
  HTTPS: [frame(V4, 443, SEGMENT), false],
  ICMP: [protocol(media, 1), false],
}

/** The frames that tcpdump takes from a file under a filter. */
function taken(frames: readonly Buffer[], filter: string): Set<string> {
  const [all, some] = [join(folder, 'all.pcap'), join(folder, 'some.pcap')]
  writeFileSync(
    all,
    formatPcap(
      frames.map((bytes, n) => ({ timeNs: n * 1000, bytes })),
      0,
      'micro',
    ),
  )
  // It gives up root, which the folder belongs to.
  const user = process.getuid?.() === 0 ? ['-Z', 'root'] : []
  const { status, stderr } = spawnSync('tcpdump', [...user, '-r', all, '-w', some, filter], { encoding: 'utf8' })
  expect(status, stderr).toBe(0)
  return new Set(readPcap(readFileSync(some)).records.map(({ bytes }) => bytes.toString('hex')))
}

const wanted = Object.entries(FRAMES).map(([name, [, isTaken]]) => [name, isTaken])

describe.runIf(hasTcpdump)('the default filter takes what may belong to a call', () => {
  test.each([
    ['without a tag', (octets: Buffer) => octets],
    ['under a VLAN tag', tagged],
    ['under two', (octets: Buffer) => tagged(tagged(octets))],
  ])('%s', (_, dress) => {
    const dressed = Object.entries(FRAMES).map(([name, [bytes]]) => [name, dress(bytes)] as const)
    const kept = taken(
      dressed.map(([, bytes]) => bytes),
      DEFAULT_FILTER,
    )
    expect(dressed.map(([name, bytes]) => [name, kept.has(bytes.toString('hex'))])).toEqual(wanted)
  })

  test('where there are no tags the shorter one takes the same', () => {
    const kept = taken(
      Object.values(FRAMES).map(([bytes]) => bytes),
      DEFAULT_FILTER_WITHOUT_VLAN,
    )
    expect(Object.entries(FRAMES).map(([name, [bytes]]) => [name, kept.has(bytes.toString('hex'))])).toEqual(wanted)
  })
})

test.runIf(!hasTcpdump)('tcpdump is not installed: the default filter was NOT tried', () => {
  console.warn('tcpdump is not installed: the default filter of a live capture was NOT tried')
  expect(spawnSync('tcpdump', ['--version']).error).toBeDefined()
})
