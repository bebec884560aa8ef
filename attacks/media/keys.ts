import { setUp } from '../../bench/captures/signalling.ts'
import type { TraceWriter } from '../../bench/captures/trace-writer.ts'
import type { Attack } from '../attack.ts'
import { SecuredCall, signal } from './call.ts'
import { missingPackets } from './packet-counts.ts'
import { EPOCH_US, RtpPacket } from './packets.ts'

const PAYLOAD = 160
const STREAM_PACKETS = 50

/** Streams that no key fits, as short as an explanation allows. */
function writeStreams(writer: TraceWriter, octets: number, callOf: (number: number) => SecuredCall): void {
  const packet = new RtpPacket()
  for (let number = 0; writer.octets < octets; number++) {
    const call = callOf(number)
    for (let n = 0; n < STREAM_PACKETS; n++) {
      call.send(writer, EPOCH_US + 60e6 + number * 1000 + n, packet.of(number, n, PAYLOAD))
    }
  }
}

/** Half of the octets are descriptions of one pair of ports, each by a call of its own with keys of its own. */
export const SHARED_PORTS: Attack = {
  name: 'shared-ports',
  title: 'calls that all describe the same two ports, and streams between these',
  against: 'short calls',
  write(writer, octets) {
    for (let number = 0; writer.octets < octets / 2; number++) {
      new SecuredCall(number, 0).setUp(writer, EPOCH_US + number * 100)
    }
    const call = new SecuredCall(0)
    writeStreams(writer, octets, () => call)
  },
  missing: missingPackets,
}

/** The same key in every description: it has as many owners. */
export const SHARED_KEY: Attack = {
  name: 'shared-key',
  title: 'calls that all offer the same key, each with a stream that it does not fit',
  against: 'short calls',
  write(writer, octets) {
    const first = new SecuredCall(0)
    writeStreams(writer, octets, (number) => {
      const call = new SecuredCall(number)
      const shared = {
        number,
        suite: call.suite,
        caller: { ...call.caller, inline: first.caller.inline },
        callee: call.callee,
      }
      signal(writer, EPOCH_US + number * 100, shared, setUp(shared))
      return call
    })
  },
  missing: missingPackets,
}
