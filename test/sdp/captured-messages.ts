import { readFileSync } from 'node:fs'
import { formatAddress } from '../../src/net/addresses.ts'
import type { MessageContext } from '../../src/sip/context.ts'
import type { MessageFacts } from '../../src/sip/message-facts.ts'
import { MessageReader } from '../../src/sip/message-reader.ts'

export interface CapturedMessage {
  readonly message: MessageFacts
  readonly context: MessageContext
}

/** SIP over UDP in a classic pcap of Ethernet, SLL or SLL2; IPv4 fragments in order. Enough to test offers and answers. */
export function readCapturedMessages(path: string): CapturedMessage[] {
  const bytes = readFileSync(path)
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length)
  const magic = view.getUint32(0, true)
  const little = magic === 0xa1b2c3d4 || magic === 0xa1b23c4d
  const nano = magic === 0xa1b23c4d || magic === 0x4d3cb2a1
  const linkType = view.getUint32(20, little)
  const messages: CapturedMessage[] = []
  const fragments: Fragments = new Map()
  for (let offset = 24, frame = 1; offset + 16 <= bytes.length; frame++) {
    const captured = view.getUint32(offset + 8, little)
    if (offset + 16 + captured > bytes.length) break
    const record = bytes.subarray(offset + 16, offset + 16 + captured)
    const fraction = view.getUint32(offset + 4, little)
    const timeUs = view.getUint32(offset, little) * 1e6 + (nano ? fraction / 1000 : fraction)
    const datagram = decodeUdp(record, linkType, fragments)
    if (datagram) {
      const truncated = view.getUint32(offset + 12, little) > captured
      const message = new MessageReader().read(datagram.payload, { truncated })
      if (message.kind !== 'malformed') {
        const at = { position: frame - 1, capture: 0, frame, timeUs }
        const { source, destination } = datagram
        messages.push({ message, context: { at, source, destination, transport: 'udp' } })
      }
    }
    offset += 16 + captured
  }
  return messages
}

/** IP payload so far, by addresses and identification. */
type Fragments = Map<string, Buffer>

function decodeUdp(record: Buffer, linkType: number, fragments: Fragments) {
  let [offset, etherType] = linkHeader(record, linkType)
  while (etherType === 0x8100 && record.length >= offset + 4) {
    etherType = record.readUInt16BE(offset + 2)
    offset += 4
  }
  const ip = record.subarray(offset)
  const v6 = etherType === 0x86dd
  if ((!v6 && etherType !== 0x0800) || ip.length < (v6 ? 40 : 20)) return undefined
  if ((v6 ? ip[6] : ip[9]) !== 17) return undefined
  const addressLength = v6 ? 16 : 4
  const addresses = v6 ? 8 : 12
  const udp = v6 ? ip.subarray(40) : reassemble(ip, fragments)
  if (!udp || udp.length < 8) return undefined
  return {
    source: { address: formatAddress(ip, addresses, addressLength), port: udp.readUInt16BE(0) },
    destination: { address: formatAddress(ip, addresses + addressLength, addressLength), port: udp.readUInt16BE(2) },
    payload: new Uint8Array(udp.subarray(8, udp.readUInt16BE(4))),
  }
}

function reassemble(ip: Buffer, fragments: Fragments): Buffer | undefined {
  const payload = ip.subarray((ip[0] & 15) * 4, ip.readUInt16BE(2))
  const flags = ip.readUInt16BE(6)
  if ((flags & 0x3fff) === 0) return payload
  const key = `${ip.subarray(12, 20).toString('hex')} ${ip.readUInt16BE(4)}`
  const whole = Buffer.concat([fragments.get(key) ?? Buffer.alloc(0), payload])
  fragments.set(key, whole)
  return (flags & 0x2000) === 0 ? whole : undefined
}

function linkHeader(record: Buffer, linkType: number): [offset: number, etherType: number] {
  if (linkType === 1 && record.length >= 14) return [14, record.readUInt16BE(12)]
  if (linkType === 113 && record.length >= 16) return [16, record.readUInt16BE(14)]
  if (linkType === 276 && record.length >= 20) return [20, record.readUInt16BE(0)]
  return [0, 0]
}
