import { composeTrace } from '../bench/captures/compose.ts'
import { setUp, tearDown } from '../bench/captures/signalling.ts'
import { TraceWriter } from '../bench/captures/trace-writer.ts'
import type { Ordinary } from './attack.ts'
import { TcpFlag, tcpFrame } from './frames.ts'

const SUITE = 'AES_CM_128_HMAC_SHA1_80'
const PACKETS_EACH = 500
/** Octets of the trace for a call of two streams, and for the messages of one. */
const MEDIA_OCTETS = 2 * PACKETS_EACH * 240
const MESSAGE_OCTETS = 2232
/** What fits into a segment (RFC 9293 §3.7.1). */
const SEGMENT_OCTETS = 1460
const EPOCH_US = 1_768_469_400e6

/** Writes about so many octets of ordinary traffic of a kind. */
export function writeOrdinary(path: string, kind: Ordinary, octets: number): void {
  const shape = { payload: 160, suite: SUITE }
  if (kind === 'media')
    composeTrace(path, { ...shape, calls: Math.ceil(octets / MEDIA_OCTETS), packetsEach: PACKETS_EACH })
  else if (kind === 'signalling')
    composeTrace(path, { ...shape, calls: Math.ceil(octets / MESSAGE_OCTETS), packetsEach: 0 })
  else writeOverTcp(path, Math.ceil(octets / MESSAGE_OCTETS))
}

/** Calls one after the other over one connection, as a trunk has them. */
function writeOverTcp(path: string, calls: number): void {
  const writer = new TraceWriter(path)
  const caller = { address: 0xcb007101, port: 5070 }
  const callee = { address: 0xc6336402, port: 5060 }
  const sequences = { caller: 1000, callee: 5000 }
  let timeUs = EPOCH_US
  const send = (from: 'caller' | 'callee', payload: Buffer | undefined, flags: number): void => {
    const [source, destination] = from === 'caller' ? [caller, callee] : [callee, caller]
    timeUs += 20
    const segment = { source, destination, sequence: sequences[from], flags }
    writer.addFrame(timeUs, tcpFrame(payload === undefined ? segment : { ...segment, payload }))
    sequences[from] += payload?.length ?? 1
  }
  send('caller', undefined, TcpFlag.Syn)
  send('callee', undefined, TcpFlag.Syn | TcpFlag.Ack)
  for (let number = 0; number < calls; number++) {
    const inline = Buffer.alloc(30, number & 0xff).toString('base64')
    const media = (address: number) => ({ address, port: 10_000 + 2 * (number % 20_000) })
    const call = {
      number,
      suite: SUITE,
      caller: { sip: caller, media: media(caller.address), inline },
      callee: { sip: callee, media: media(callee.address), inline },
    }
    for (const [from, octets] of [...setUp(call), ...tearDown(call)]) {
      for (let at = 0; at < octets.length; at += SEGMENT_OCTETS) {
        send(from, octets.subarray(at, at + SEGMENT_OCTETS), TcpFlag.Ack | TcpFlag.Push)
      }
    }
  }
  writer.close()
}
