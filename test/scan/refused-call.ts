import { readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { ethernet, icmp, ipv4 } from '../net/frame-builder.ts'
import { piecesOf } from './parts-of-captures.ts'

const CALL = fileURLToPath(new URL('../../samples/call.pcap', import.meta.url))
/** In a record of pcap: the IP header, and behind it the UDP header. */
const IP_AT = 16 + 14
const UDP_AT = IP_AT + 20

interface Refusing {
  /** Which datagrams are answered: by their destination port and their number among those that go there. */
  readonly when: (port: number, n: number) => boolean
  readonly by?: string
  readonly type?: number
  readonly code?: number
  /** Octets of the datagram that are quoted. */
  readonly quoted?: number
}

/** The sound call of the samples, with ICMP errors right behind datagrams that they answer. */
export function refusedCall({ when, by = '198.51.100.20', type = 3, code = 3, quoted = 548 }: Refusing): Buffer {
  const { header, records } = piecesOf(readFileSync(CALL))
  const seen = new Map<number, number>()
  const out = records.flatMap((record) => {
    const port = record.readUInt16BE(UDP_AT + 2)
    const n = seen.get(port) ?? 0
    seen.set(port, n + 1)
    if (!when(port, n)) return [record]
    const to = [...record.subarray(IP_AT + 12, IP_AT + 16)].join('.')
    const quote = record.subarray(IP_AT, IP_AT + Math.min(quoted, record.readUInt16BE(IP_AT + 2)))
    const frame = ethernet(ipv4(icmp(type, code, quote), { source: by, destination: to }))
    const error = Buffer.concat([record.subarray(0, 16), frame])
    error.writeUInt32LE(frame.length, 8)
    error.writeUInt32LE(frame.length, 12)
    return [record, error]
  })
  return Buffer.concat([header, ...out])
}

/** The trunk's media port in that call. */
export const TRUNK_MEDIA = 20_004
export const SIP = 5060
