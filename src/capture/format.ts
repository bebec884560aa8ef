export type CaptureFormat = 'pcap' | 'pcapng'
export type Compression = 'none' | 'gzip' | 'zstd'

/** Octets at the beginning of a file that tell its kind. */
export const MAGIC_LENGTH = 4

/** First four octets, as they stand in the file. */
const FORMATS: Readonly<Record<number, CaptureFormat>> = {
  2712847316: 'pcap',
  3569595041: 'pcap',
  2712812621: 'pcap',
  1295823521: 'pcap',
  2712849716: 'pcap',
  885895841: 'pcap',
  168627466: 'pcapng',
}

/** The format of an uncompressed capture by its first octets; undefined: no capture. */
export function detectFormat(head: Uint8Array): CaptureFormat | undefined {
  return head.length < MAGIC_LENGTH ? undefined : FORMATS[magic(head)]
}

/** gzip (RFC 1952 §2.3.1), zstd (RFC 8878 §3.1.1), or none of these. */
export function detectCompression(head: Uint8Array): Compression {
  if (head.length >= 2 && head[0] === 0x1f && head[1] === 0x8b) return 'gzip'
  return head.length >= MAGIC_LENGTH && magic(head) === 0x28b52ffd ? 'zstd' : 'none'
}

/** Other kinds of file that are often mistaken for a capture, and what would make one of them. */
const OTHERS: readonly { readonly octets: string; readonly kind: string; readonly remedy: string }[] = [
  { octets: '504b0304', kind: 'a zip archive', remedy: 'unpack it first' },
  { octets: 'fd377a58', kind: 'xz', remedy: 'decompress it with xz -d' },
  { octets: '425a68', kind: 'bzip2', remedy: 'decompress it with bzip2 -d' },
  { octets: '04224d18', kind: 'lz4', remedy: 'decompress it with lz4 -d' },
  { octets: '736e6f6f70', kind: 'a snoop capture', remedy: 'convert it with editcap -F pcap' },
  { octets: '474d4255', kind: 'a Network Monitor capture', remedy: 'convert it with editcap -F pcap' },
  { octets: '7b', kind: 'text that looks like JSON', remedy: 'key files are given with --keys' },
]

/** One line about octets that are no capture: what they look like, and what would be right. */
export function describeNoCapture(head: Uint8Array): string {
  const hex = Buffer.from(head.subarray(0, 8)).toString('hex')
  const other = OTHERS.find(({ octets }) => hex.startsWith(octets))
  const octets = hex.replace(/(..)(?=.)/g, '$1 ')
  return other
    ? `no capture: it begins with ${octets} (${other.kind}); ${other.remedy}`
    : `no capture: it begins with ${octets}; pcap and pcapng, plain or compressed with gzip or zstd, are read`
}

function magic(head: Uint8Array): number {
  return ((head[0] << 24) | (head[1] << 16) | (head[2] << 8) | head[3]) >>> 0
}
