import { writeFileSync } from 'node:fs'
import { seededGenerator, seededOctets } from '../../samples/seeded-random.ts'
import { suiteByName } from '../../src/srtp/suites.ts'
import { Protection } from './protection.ts'
import { type SignalledCall, setUp, tearDown } from './signalling.ts'
import { type Place, TraceWriter } from './trace-writer.ts'

/** A trace of calls that all run at the same time, with their signalling before and behind their media. */
export interface TraceShape {
  readonly calls: number
  /** RTP packets of each of a call's two streams, 20 ms apart. */
  readonly packetsEach: number
  /** Octets of a payload, or the least and the most of them. */
  readonly payload: number | readonly [number, number]
  readonly suite: string
}

const EPOCH_US = 1_768_469_400e6
const PACKET_US = 20_000
/** Ports of one host: calls beyond them live on the next. */
const CALLS_PER_HOST = 20_000
const CALLER = 0xcb007101
const CALLEE = 0xc6336402
const RTP_HEADER = 12
const LONGEST = 2048
const NOISE = 1 << 20

/** A stream under way: who sends to whom, and where its numbers stand. */
interface Sender {
  readonly from: Place
  readonly to: Place
  readonly protection: Protection
  readonly ssrc: number
  readonly firstSequence: number
}

/**
 * Writes the trace, and beside it `path`.keys with a line for every SSRC: SSRC in hex, suite, master key and salt in hex.
 *
 * @returns records written
 */
export function composeTrace(path: string, shape: TraceShape): number {
  const writer = new TraceWriter(path)
  const calls = Array.from({ length: shape.calls }, (_, number) => callOf(number, shape.suite))
  const media = EPOCH_US + 1e6
  for (const [n, call] of calls.entries()) write(writer, call, setUp(call), EPOCH_US + n * 100)
  const senders = shape.packetsEach > 0 ? calls.flatMap(sendersOf) : []
  writeMedia(writer, senders, shape, media)
  const end = media + shape.packetsEach * PACKET_US
  for (const [n, call] of calls.entries()) write(writer, call, tearDown(call), end + n * 100)
  writer.close()
  const keys = calls.flatMap((call) => [call.caller, call.callee].map(({ inline }, n) => keyLine(call, inline, n)))
  writeFileSync(`${path}.keys`, keys.join(''))
  return writer.packets
}

function writeMedia(writer: TraceWriter, senders: readonly Sender[], shape: TraceShape, startUs: number): void {
  const noise = seededOctets('noise', NOISE + LONGEST)
  const random = seededGenerator('lengths')
  const [least, most] = typeof shape.payload === 'number' ? [shape.payload, shape.payload] : shape.payload
  const packet = Buffer.alloc(RTP_HEADER + LONGEST)
  for (let n = 0; n < shape.packetsEach; n++) {
    senders.forEach(({ from, to, protection, ssrc, firstSequence }, place) => {
      const sequence = firstSequence + n
      const payload = least === most ? least : least + (random() % (most - least + 1))
      packet[0] = 0x80
      packet[1] = n === 0 ? 0x80 : 0
      packet.writeUInt16BE(sequence & 0xffff, 2)
      packet.writeUInt32BE((n * 160) >>> 0, 4)
      packet.writeUInt32BE(ssrc, 8)
      noise.copy(packet, RTP_HEADER, random() % NOISE, NOISE + LONGEST)
      const length = protection.protect(packet, RTP_HEADER + payload, sequence >>> 16)
      const timeUs = startUs + n * PACKET_US + Math.floor((place * PACKET_US) / senders.length)
      writer.add(timeUs, from, to, packet, length)
    })
  }
}

function callOf(number: number, suite: string): SignalledCall {
  const host = Math.floor(number / CALLS_PER_HOST)
  const port = 10_000 + 2 * (number % CALLS_PER_HOST)
  const side = (address: number, role: string) => ({
    sip: { address: address + host, port: 5060 },
    media: { address: address + host, port },
    inline: keyAndSalt(suite, `${role} ${number}`).toString('base64'),
  })
  return { number, suite, caller: side(CALLER, 'caller'), callee: side(CALLEE, 'callee') }
}

function keyAndSalt(suiteName: string, label: string): Buffer {
  const suite = suiteByName(suiteName)
  if (suite === undefined) throw new RangeError(`${suiteName}: no suite of this name`)
  return seededOctets(label, suite.masterKeyLength + suite.masterSaltLength)
}

function sendersOf({ number, suite, caller, callee }: SignalledCall): Sender[] {
  const sender = (from: typeof caller, to: typeof caller, n: number): Sender => {
    const octets = Buffer.from(from.inline, 'base64')
    const { masterKeyLength } = suiteByName(suite) as { masterKeyLength: number }
    return {
      from: from.media,
      to: to.media,
      protection: new Protection(suite, octets.subarray(0, masterKeyLength), octets.subarray(masterKeyLength)),
      ssrc: ssrcOf(number, n),
      // RFC 3711 §3.3.1 counts from the first packet: it must not stand close before a rollover.
      firstSequence: (number * 7 + n * 13) & 0x3fff,
    }
  }
  return [sender(caller, callee, 0), sender(callee, caller, 1)]
}

function ssrcOf(call: number, n: number): number {
  return 0x10000000 + call * 2 + n
}

function keyLine({ number, suite }: SignalledCall, inline: string, n: number): string {
  return `${ssrcOf(number, n).toString(16)} ${suite} ${Buffer.from(inline, 'base64').toString('hex')}\n`
}

function write(
  writer: TraceWriter,
  { caller, callee }: SignalledCall,
  messages: ReturnType<typeof setUp>,
  timeUs: number,
): void {
  messages.forEach(([from, octets], n) => {
    const [source, destination] = from === 'caller' ? [caller.sip, callee.sip] : [callee.sip, caller.sip]
    writer.add(timeUs + n * 10, source, destination, octets)
  })
}
