import { readFileSync } from 'node:fs'
import { createRecordCursor, Step } from '../../../src/capture/record.ts'
import { createWalker, createWalkerState } from '../../../src/capture/walker.ts'
import { FrameDecoder } from '../../../src/net/decode.ts'
import { FragmentTable } from '../../../src/net/fragments.ts'
import { mayBeSip } from '../../../src/net/text-signature.ts'
import type { WrittenHep } from './hep-writer.ts'

const ProtocolType = { Sip: 1, Rtp: 4, Rtcp: 5 } as const

/** The UDP datagrams of a classic capture, as an agent that saw them would report them. */
export function packetsOf(path: string): (WrittenHep & { readonly payload: Uint8Array })[] {
  const bytes = new Uint8Array(readFileSync(path))
  const walker = createWalker('pcap', createWalkerState())
  const cursor = createRecordCursor()
  const decoder = new FrameDecoder(new FragmentTable(new SharedArrayBuffer(FragmentTable.byteLength), 0))
  const packets: (WrittenHep & { readonly payload: Uint8Array })[] = []
  walker.open(bytes, 0, bytes.length, 0, true)
  while (walker.next(cursor) === Step.Record) {
    const { seconds, nanoseconds } = cursor
    decoder.decode(bytes, cursor)
    const { sourceAddressOffset, destinationAddressOffset, addressLength, offset, length, ...rest } = decoder.datagram
    const payload = bytes.slice(offset, offset + length)
    const isRtcp = payload[1] >= 192 && payload[1] <= 223
    packets.push({
      source: bytes.slice(sourceAddressOffset, sourceAddressOffset + addressLength),
      destination: bytes.slice(destinationAddressOffset, destinationAddressOffset + addressLength),
      sourcePort: rest.sourcePort,
      destinationPort: rest.destinationPort,
      ipProtocol: 17,
      seconds,
      microseconds: Math.floor(nanoseconds / 1000),
      protocolType: mayBeSip(payload, 0, length) ? ProtocolType.Sip : isRtcp ? ProtocolType.Rtcp : ProtocolType.Rtp,
      payload,
    })
  }
  return packets
}
