import type { FrameRef } from '../../src/bytes/frame-ref.ts'
import { memoryBytes } from '../../src/limits/limits.ts'
import { TcpFlag } from '../../src/net/datagram.ts'
import type { TcpConnection, TcpEnd, TcpSender } from '../../src/net/tcp-connection.ts'
import { type TcpCeilings, TcpStreams, tcpCeilings } from '../../src/net/tcp-streams.ts'

export const CLIENT = { address: '192.0.2.1', port: 40000 }
export const SERVER = { address: '192.0.2.2', port: 5060 }
export const ack = TcpFlag.Ack

/** Plays segments into streams; every one is a frame, 1 ms after the one before. */
export class Wire {
  /** What the consumers heard: `client:text@frame`, `client:gap@frame`, `client:end fin@frame`. */
  readonly heard: string[] = []
  readonly connections: TcpConnection[] = []
  readonly streams: TcpStreams
  interested = true
  private position = 0
  private timeUs = 0

  constructor(ceilings: Partial<TcpCeilings> = {}) {
    const hear = (sender: TcpSender, what: string, at: FrameRef) => this.heard.push(`${sender}:${what}@${at.frame}`)
    this.streams = new TcpStreams(
      (connection) => {
        this.connections.push(connection)
        if (!this.interested) return undefined
        return {
          onData: (sender, bytes, at) => hear(sender, Buffer.from(bytes).toString('latin1'), at),
          onGap: (sender, at) => hear(sender, 'gap', at),
          onEnd: (sender: TcpSender, at: FrameRef, end: TcpEnd) => hear(sender, `end ${end}`, at),
        }
      },
      { ...tcpCeilings(memoryBytes()), ...ceilings },
    )
  }

  wait(seconds: number): this {
    this.timeUs += seconds * 1e6
    return this
  }

  send(
    sender: TcpSender,
    sequence: number,
    text = '',
    flags: number = ack,
    port = CLIENT.port,
    length = text.length,
  ): this {
    const client = { ...CLIENT, port }
    this.timeUs += 1000
    const at = { position: this.position++, capture: 0, frame: this.position, timeUs: this.timeUs }
    // The payload lies in a slab that is used again.
    const bytes = Buffer.from(text, 'latin1')
    this.streams.take({
      source: sender === 'client' ? client : SERVER,
      destination: sender === 'client' ? SERVER : client,
      sequence: sequence >>> 0,
      flags,
      bytes,
      length,
      at,
    })
    bytes.fill(0x23)
    return this
  }

  handshake(clientSequence = 100, serverSequence = 500): this {
    this.send('client', clientSequence, '', TcpFlag.Syn)
    return this.send('server', serverSequence, '', TcpFlag.Syn | ack).send('client', clientSequence + 1)
  }

  text(sender: TcpSender): string {
    const own = this.heard.filter((line) => line.startsWith(`${sender}:`) && !/:(gap|end [a-z-]+)@/.test(line))
    return own.map((line) => line.slice(sender.length + 1, line.lastIndexOf('@'))).join('')
  }
}
