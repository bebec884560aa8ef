import { endpoint } from './facts.ts'
import type { SeenFrame } from './seen-frame.ts'

/** The fields that tshark prints for each frame, in this order. */
export const FIELDS = [
  'frame.number',
  'frame.len',
  'frame.cap_len',
  'frame.protocols',
  'ip.src',
  'ip.dst',
  'ipv6.src',
  'ipv6.dst',
  'udp.srcport',
  'udp.dstport',
  'tcp.srcport',
  'tcp.dstport',
  'sip.Method',
  'sip.Status-Code',
  'rtp.ssrc',
  'rtp.seq',
  'tls.handshake.type',
  'tls.handshake.random',
  'tls.handshake.version',
  'tls.handshake.extensions.supported_version',
  'udp.payload',
] as const
type Field = (typeof FIELDS)[number]

/** What one line says: the frame, and what is in it. */
export interface FrameLine {
  readonly frame: number
  readonly seen: SeenFrame
  readonly sip: readonly string[]
  /** The server and the version that its ServerHello chose. */
  readonly tls: readonly string[]
}

const SERVER_HELLO = '2'
const CLIENT_HELLO = '1'
/** Random of a HelloRetryRequest, which is a ServerHello in form (RFC 8446 §4.1.3). */
const RETRY = 'cf21ad74e59a6111be1d8c021e65b891c2a211167abb8c5e079e09e2c8a8339c'
const VERSIONS: Readonly<Record<string, string>> = {
  '0x0300': 'SSL 3.0',
  '0x0301': 'TLS 1.0',
  '0x0302': 'TLS 1.1',
  '0x0303': 'TLS 1.2',
  '0x0304': 'TLS 1.3',
}

/** Reads a line of `-T fields`: values between tabs, several of one field between commas. */
export function parseFrameLine(line: string): FrameLine {
  const columns = line.split('\t')
  const values = (field: Field) => columns[FIELDS.indexOf(field)]?.split(',').filter((value) => value !== '') ?? []
  const one = (field: Field) => values(field)[0] ?? ''
  const protocols = (columns[FIELDS.indexOf('frame.protocols')] ?? '').split(':')
  const end = (side: 'src' | 'dst') => {
    const port = one(`udp.${side}port`) || one(`tcp.${side}port`)
    return port === '' ? '' : endpoint(one(`ip.${side}`) || one(`ipv6.${side}`), port)
  }
  const source = end('src')
  const sequenceNumbers = values('rtp.seq')
  const rtp = values('rtp.ssrc').map((ssrc, n) => ({
    ssrc: ssrc.toLowerCase(),
    sequenceNumber: Number(sequenceNumbers[n]),
  }))
  const octets = rtp.length === 0 ? rtpOctets(one('udp.payload')) : undefined
  return {
    frame: Number(one('frame.number')),
    seen: {
      isCut: Number(one('frame.cap_len')) < Number(one('frame.len')),
      protocols,
      source,
      destination: end('dst'),
      rtp,
      ...(octets !== undefined && { rtpOctets: octets }),
      hasSipOctets: !protocols.includes('sip') && beginsAsSip(one('udp.payload')),
      isQuoted: protocols.includes('icmp') || protocols.includes('icmpv6'),
    },
    sip: [...values('sip.Method'), ...values('sip.Status-Code')],
    tls: serverHello(values('tls.handshake.type'), values('tls.handshake.random')) ? [`${source} ${version(one)}`] : [],
  }
}

function serverHello(types: readonly string[], randoms: readonly string[]): boolean {
  return types.includes(SERVER_HELLO) && !types.includes(CLIENT_HELLO) && randoms[0]?.toLowerCase() !== RETRY
}

/** supported_versions decides where it is (RFC 8446 §4.2.1). */
function version(one: (field: Field) => string): string {
  const number = one('tls.handshake.extensions.supported_version') || one('tls.handshake.version')
  return VERSIONS[number] ?? number
}

function beginsAsSip(hex: string): boolean {
  const [line] = Buffer.from(hex.slice(0, 2048).replaceAll(':', ''), 'hex').toString('latin1').split('\r\n')
  return /^SIP\/2\.0 \d{3} |^[A-Z]+ \S+ SIP\/2\.0$/.test(line)
}

/** SSRC and sequence number, where octets are as RTP's are: version 2, a header, and no packet type of RTCP (RFC 5761 §4). */
function rtpOctets(hex: string): SeenFrame['rtpOctets'] {
  const octets = Buffer.from(hex.slice(0, 24).replaceAll(':', ''), 'hex')
  if (octets.length < 12 || octets[0] >> 6 !== 2 || (octets[1] >= 192 && octets[1] <= 223)) return undefined
  return { ssrc: `0x${octets.toString('hex', 8, 12)}`, sequenceNumber: octets.readUInt16BE(2) }
}
