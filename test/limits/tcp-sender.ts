import { TcpFlag } from '../../src/net/datagram.ts'
import { ethernet, ipv4, tcp } from '../net/frame-builder.ts'

/** One direction of a TCP connection to port 5060. */
export class Sender {
  readonly frames: Uint8Array[] = []
  #sequence = 1
  readonly #port: number

  constructor(port = 40_000) {
    this.#port = port
    this.#send(0, '', TcpFlag.Syn)
  }

  send(octets: Uint8Array | string): this {
    this.#send(this.#sequence, octets, TcpFlag.Ack)
    this.#sequence += octets.length
    return this
  }

  /** Goes on behind octets that the capture lacks. */
  leaveOut(octets: number): this {
    this.#sequence += octets
    return this
  }

  #send(sequence: number, octets: Uint8Array | string, flags: number): void {
    const ports = { sourcePort: this.#port, destinationPort: 5060 }
    this.frames.push(ethernet(ipv4(tcp(octets, { ...ports, sequence, flags }))))
  }
}

/** Sends octets in segments of a size. */
export function inSegments(sender: Sender, octets: Uint8Array, size = 1400): Sender {
  for (let at = 0; at < octets.length; at += size) sender.send(octets.subarray(at, at + size))
  return sender
}
