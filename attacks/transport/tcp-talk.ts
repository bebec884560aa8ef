import type { Place, TraceWriter } from '../../bench/captures/trace-writer.ts'
import { TcpFlag, tcpFrame } from '../frames.ts'

export const EPOCH_US = 1_768_469_400e6
/** What fits into a segment (RFC 9293 §3.7.1). */
const SEGMENT_OCTETS = 1460

export type Speaker = 'client' | 'server'

/** A client's endpoint: another for every number, up to 2^32 of them. */
export function clientPlace(n: number): Place {
  return { address: 0x0a000000 + Math.floor(n / 60_000), port: 2000 + (n % 60_000) }
}

export const SIP_SERVER: Place = { address: 0xc6336402, port: 5060 }

/** A TCP connection as it is written into a trace, ten microseconds a segment. */
export class TcpTalk {
  static #timeUs = EPOCH_US
  readonly #writer: TraceWriter
  readonly #ends: Readonly<Record<Speaker, Place>>
  readonly #next: Record<Speaker, number>

  constructor(writer: TraceWriter, client: Place, server: Place = SIP_SERVER, first = 1000) {
    this.#writer = writer
    this.#ends = { client, server }
    this.#next = { client: first, server: first }
  }

  /** Time begins anew: for the first connection of a trace. */
  static begin(): void {
    TcpTalk.#timeUs = EPOCH_US
  }

  open(): this {
    this.flag('client', TcpFlag.Syn)
    this.flag('server', TcpFlag.Syn | TcpFlag.Ack)
    this.#next.client++
    this.#next.server++
    return this
  }

  /** A segment without data. */
  flag(from: Speaker, flags: number): void {
    this.segment(from, 0, undefined, flags)
  }

  /** Octets in their order, so many to a segment. */
  say(from: Speaker, octets: Uint8Array, each = SEGMENT_OCTETS): void {
    for (let at = 0; at < octets.length; at += each) this.segment(from, at, octets.subarray(at, at + each))
    this.skip(from, octets.length)
  }

  /** What comes next lies so many octets further on. */
  skip(from: Speaker, octets: number): void {
    this.#next[from] = (this.#next[from] + octets) >>> 0
  }

  /** A segment so many octets from where the next one begins. */
  segment(from: Speaker, ahead: number, payload?: Uint8Array, flags: number = TcpFlag.Ack | TcpFlag.Push): void {
    const [source, destination] =
      from === 'client' ? [this.#ends.client, this.#ends.server] : [this.#ends.server, this.#ends.client]
    const sequence = this.#next[from] + ahead
    TcpTalk.#timeUs += 10
    const segment = { source, destination, sequence, flags }
    this.#writer.addFrame(TcpTalk.#timeUs, tcpFrame(payload === undefined ? segment : { ...segment, payload }))
  }
}

/** A request outside calls: `OPTIONS`, the n-th. */
export function optionsRequest(n: number, transport = 'TCP'): Buffer {
  const lines = [
    'OPTIONS sip:trunk@198.51.100.2 SIP/2.0',
    `Via: SIP/2.0/${transport} 203.0.113.1;branch=z9hG4bK${n}`,
    'Max-Forwards: 70',
    `From: <sip:probe@203.0.113.1>;tag=${n}`,
    'To: <sip:trunk@198.51.100.2>',
    `Call-ID: ${n}`,
    'CSeq: 1 OPTIONS',
    'Content-Length: 0',
  ]
  return Buffer.from(`${lines.join('\r\n')}\r\n\r\n`)
}
