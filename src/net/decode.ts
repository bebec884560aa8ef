import type { RecordCursor } from '../capture/record.ts'
import { LIMITS } from '../limits/limits.ts'
import { type Datagram, Decode, Payload } from './datagram.ts'
import { stepEtherType, stepLlc, stepMpls, stepPpp, stepPppoeSession } from './ether-type.ts'
import { stepExportedPdu } from './exported-pdu.ts'
import type { FragmentTable } from './fragments.ts'
import { stepIp, stepIpProtocol, stepIpv4, stepIpv6 } from './ip.ts'
import { Layer, LayerCursor, type Next } from './layer.ts'
import {
  LINKTYPE_ETHERNET,
  outermostLayer,
  stepEthernet,
  stepLinuxCooked,
  stepLinuxCooked2,
  stepLoopback,
} from './link.ts'
import { stepTcp, stepUdp } from './transport.ts'
import { stepGre } from './tunnels.ts'
import { enterTurn, NO_RELAY } from './turn.ts'

/** Headers walked in one frame: sixteen encapsulations of a few headers each. More is an attack on the decoder. */
const MAX_STEPS = LIMITS.headersOfFrame.most

/** What is decoded of a record. */
type CapturedFrame = Pick<RecordCursor, 'dataOffset' | 'capturedLength' | 'linkType' | 'seconds'>

/**
 * From a captured frame to the innermost UDP datagram or TCP segment in it: link layer, VLAN tags, MPLS, PPPoE, IP
 * with its fragments, the tunnels that mirror ports and mobile cores use, and what is carried for TURN.
 *
 * `decode` fills `datagram`, allocates nothing, reads only the octets it is given and never throws. The octets belong
 * to the caller; `datagram.bytes` is their array, or the fragment table's until the next call.
 */
export class FrameDecoder {
  readonly datagram: Datagram
  private readonly cursor = new LayerCursor()
  private readonly fragments: FragmentTable

  constructor(fragments: FragmentTable) {
    this.fragments = fragments
    this.datagram = this.cursor.datagram
  }

  /** @param bytes what the record's offset is in; fragments wait for one another by its seconds */
  decode(bytes: Uint8Array, record: CapturedFrame): Decode {
    const { dataOffset, capturedLength, linkType, seconds } = record
    const { cursor, datagram, fragments } = this
    cursor.begin(bytes, dataOffset, capturedLength, seconds)
    // The common path takes no detour over tables: Ethernet here, UDP in the IP step.
    let next: Next = linkType === LINKTYPE_ETHERNET ? stepEthernet(cursor) : outermostLayer(linkType)
    for (let steps = 0; next >= Layer.Ethernet; steps++) {
      next = steps < MAX_STEPS ? step(next as Layer, cursor, fragments) : Decode.TooManyHeaders
    }
    if (next !== Decode.Ok) datagram.payload = Payload.None
    if (datagram.payload === Payload.Udp) enterTurn(datagram)
    else datagram.relay = NO_RELAY
    datagram.decode = next as Decode
    return next as Decode
  }
}

/** One step over a layer: the next layer, or what came of the frame. */
export function step(layer: Layer, cursor: LayerCursor, fragments: FragmentTable): Next {
  switch (layer) {
    case Layer.Ethernet:
      return stepEthernet(cursor)
    case Layer.Ipv4:
      return stepIpv4(cursor, fragments)
    case Layer.Udp:
      return stepUdp(cursor)
    case Layer.Ipv6:
      return stepIpv6(cursor)
    case Layer.Tcp:
      return stepTcp(cursor)
    case Layer.EtherType:
      return stepEtherType(cursor)
    case Layer.Llc:
      return stepLlc(cursor)
    case Layer.LinuxCooked:
      return stepLinuxCooked(cursor)
    case Layer.LinuxCooked2:
      return stepLinuxCooked2(cursor)
    case Layer.Loopback:
      return stepLoopback(cursor)
    case Layer.Ppp:
      return stepPpp(cursor)
    case Layer.PppoeSession:
      return stepPppoeSession(cursor)
    case Layer.Mpls:
      return stepMpls(cursor)
    case Layer.Ip:
      return stepIp(cursor)
    case Layer.IpProtocol:
      return stepIpProtocol(cursor, fragments)
    case Layer.Gre:
      return stepGre(cursor)
    case Layer.ExportedPdu:
      return stepExportedPdu(cursor)
  }
}
