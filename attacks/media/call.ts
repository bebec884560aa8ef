import { Protection } from '../../bench/captures/protection.ts'
import { type SignalledCall, setUp, tearDown } from '../../bench/captures/signalling.ts'
import type { Place, TraceWriter } from '../../bench/captures/trace-writer.ts'
import { seededOctets } from '../../samples/seeded-random.ts'

const SUITE = 'AES_CM_128_HMAC_SHA1_80'
const KEY_OCTETS = 16
const KEY_AND_SALT_OCTETS = 30

/** A call with a crypto line of its own for each side, and what gives its caller's packets valid tags. */
export class SecuredCall implements SignalledCall {
  readonly number: number
  readonly suite = SUITE
  readonly caller: SignalledCall['caller']
  readonly callee: SignalledCall['callee']
  readonly protection: Protection

  /** @param number told apart by Call-ID, keys and ports */
  constructor(number: number, ports = number) {
    const octets = (role: string) => seededOctets(`${role} ${number}`, KEY_AND_SALT_OCTETS)
    const side = (address: number, role: string) => ({
      sip: { address, port: 5060 },
      media: { address, port: 10_000 + 2 * (ports % 20_000) } satisfies Place,
      inline: octets(role).toString('base64'),
    })
    this.number = number
    this.caller = side(0xcb007101 + Math.floor(ports / 20_000), 'caller')
    this.callee = side(0xc6336402 + Math.floor(ports / 20_000), 'callee')
    const key = octets('caller')
    this.protection = new Protection(SUITE, key.subarray(0, KEY_OCTETS), key.subarray(KEY_OCTETS))
  }

  setUp(writer: TraceWriter, timeUs: number): void {
    signal(writer, timeUs, this, setUp(this))
  }

  tearDown(writer: TraceWriter, timeUs: number): void {
    signal(writer, timeUs, this, tearDown(this))
  }

  /** A packet of the caller's: one of its own, or another's. */
  send(writer: TraceWriter, timeUs: number, packet: Uint8Array, length = packet.length): void {
    writer.add(timeUs, this.caller.media, this.callee.media, packet, length)
  }
}

/** Writes messages of a call, ten microseconds apart. */
export function signal(
  writer: TraceWriter,
  timeUs: number,
  { caller, callee }: SignalledCall,
  messages: ReturnType<typeof setUp>,
): void {
  messages.forEach(([from, octets], n) => {
    const [source, destination] = from === 'caller' ? [caller, callee] : [callee, caller]
    writer.add(timeUs + n * 10, source.sip, destination.sip, octets)
  })
}
