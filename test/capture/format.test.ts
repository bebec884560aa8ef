import { expect, test } from 'vitest'
import { describeNoCapture, detectCompression, detectFormat } from '../../src/capture/format.ts'
import { formatLinkType } from '../../src/capture/link-types.ts'

const octets = (hex: string) => new Uint8Array(Buffer.from(hex, 'hex'))

test.each([
  ['a1b2c3d4', 'pcap'],
  ['d4c3b2a1', 'pcap'],
  ['a1b23c4d', 'pcap'],
  ['4d3cb2a1', 'pcap'],
  ['a1b2cd34', 'pcap'],
  ['34cdb2a1', 'pcap'],
  ['0a0d0d0a', 'pcapng'],
  ['a1b2c3d5', undefined],
  ['0a0d0d', undefined],
  ['', undefined],
])('magic %s: %s', (hex, format) => {
  expect(detectFormat(octets(hex))).toBe(format)
})

test('RFC 1952 §2.3.1 and RFC 8878 §3.1.1: gzip and zstd', () => {
  expect(detectCompression(octets('1f8b0800'))).toBe('gzip')
  expect(detectCompression(octets('28b52ffd'))).toBe('zstd')
  expect(detectCompression(octets('a1b2c3d4'))).toBe('none')
  expect(detectCompression(octets('1f'))).toBe('none')
})

test('what is no capture is named', () => {
  expect(describeNoCapture(octets('736e6f6f70000000'))).toMatch(/73 6e 6f 6f 70 00 00 00 \(a snoop capture\)/)
  expect(describeNoCapture(octets('3c68746d6c3e'))).toBe(
    'no capture: it begins with 3c 68 74 6d 6c 3e; pcap and pcapng, plain or compressed with gzip or zstd, are read',
  )
})

test('link types have the names of tcpdump.org, or their number', () => {
  expect([1, 101, 113, 276, 4711].map(formatLinkType)).toEqual([
    'ETHERNET',
    'RAW',
    'LINUX_SLL',
    'LINUX_SLL2',
    'LINKTYPE_4711',
  ])
})
