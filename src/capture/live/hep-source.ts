import { createHash, timingSafeEqual } from 'node:crypto'
import { createSocket, type Socket as UdpSocket } from 'node:dgram'
import { lookup } from 'node:dns/promises'
import { once } from 'node:events'
import { createServer, isIPv6, type Server, type Socket } from 'node:net'
import type { Readable } from 'node:stream'
import { setImmediate } from 'node:timers/promises'
import { LIMITS } from '../../limits/limits.ts'
import { LINKTYPE_RAW, LINKTYPE_UPPER_PDU } from '../made-frame.ts'
import { PcapngPackets } from '../pcapng-packets.ts'
import { hepFrame } from './hep-frame.ts'
import { HepFraming } from './hep-framing.ts'
import { type HepPacket, parseHep } from './hep-packet.ts'
import { udpSocketDrops } from './udp-drops.ts'

/** Agents that may be connected by TCP at one time. */
const MOST_CONNECTIONS = LIMITS.hepConnections.most
/** Asked of the operating system for datagrams that wait; it may give less. */
const RECEIVE_BUFFER = 4 * 1024 * 1024
/** Turns of the event loop after which a flood is no longer listened to. */
const LAST_TURNS = 1000

const NO_ROOM = LIMITS.livePacketsOctets.anomaly.reason

export interface HepOptions {
  /** An address or a name, and the port, 0 for any free one: UDP and TCP on the same. */
  readonly host: string
  readonly port: number
  /** What every packet has to show in its authentication chunk. Never shown by us. */
  readonly key?: string
}

/** Packets that capture agents send (HEP version 3, over UDP and TCP), as one pcapng stream. */
export class HepSource {
  /** `hep:127.0.0.1:9060` */
  readonly name: string
  readonly octets: Readable
  readonly #packets = new PcapngPackets()
  readonly #interfaces: Readonly<Record<number, number>>
  readonly #datagrams: UdpSocket
  readonly #server: Server
  readonly #connections = new Set<Socket>()
  readonly #port: number
  readonly #key: Buffer | undefined
  readonly #refused = new Map<string, number>()
  #received = 0
  #stopping: Promise<void> | undefined

  private constructor(datagrams: UdpSocket, server: Server, key: string | undefined) {
    const { address, port } = datagrams.address()
    this.#datagrams = datagrams
    this.#server = server
    this.#port = port
    this.#key = key === undefined ? undefined : digest(Buffer.from(key))
    this.name = `hep:${isIPv6(address) ? `[${address}]` : address}:${port}`
    this.octets = this.#packets.octets
    this.#interfaces = {
      [LINKTYPE_RAW]: this.#packets.addInterface(LINKTYPE_RAW, this.name),
      [LINKTYPE_UPPER_PDU]: this.#packets.addInterface(LINKTYPE_UPPER_PDU, `${this.name} messages`),
    }
    datagrams.on('message', (octets) => this.#take(octets))
    // A datagram that could not be received is no reason to stop; what comes next may be.
    datagrams.on('error', () => this.#refuse('a datagram that could not be received'))
    server.on('connection', (connection) => this.#accept(connection))
    server.on('drop', () => this.#count(LIMITS.hepConnections.anomaly.reason))
    server.on('error', () => undefined)
  }

  /** @throws the system's error where nothing can listen there */
  static async open({ host, port, key }: HepOptions): Promise<HepSource> {
    // A name may stand for addresses of both versions: UDP and TCP are to share one.
    const { address, family } = await lookup(host)
    const server = createServer()
    server.maxConnections = MOST_CONNECTIONS
    const datagrams = createSocket({ type: family === 6 ? 'udp6' : 'udp4', recvBufferSize: RECEIVE_BUFFER })
    try {
      await listening(server, () => server.listen(port, address))
      const bound = (server.address() as { port: number }).port
      await listening(datagrams, () => datagrams.bind(bound, address))
      return new HepSource(datagrams, server, key)
    } catch (error) {
      server.close()
      datagrams.close()
      throw error
    }
  }

  /** Packets that agents sent, and of them what was lost for want of room: by the operating system, or here. */
  counts(): { received: number; dropped?: number; refused: ReadonlyMap<string, number> } {
    const lost = udpSocketDrops(this.#port)
    const received = this.#received + (lost ?? 0)
    const refused = this.#refused
    return { received, ...(lost !== undefined && { dropped: lost + (refused.get(NO_ROOM) ?? 0) }), refused }
  }

  /** Hears nothing more, and ends `octets` behind what was heard. To be asked for any number of times. */
  stop(): Promise<void> {
    this.#stopping ??= this.#close()
    return this.#stopping
  }

  async #close(): Promise<void> {
    await this.#hearWaiting()
    for (const connection of this.#connections) connection.destroy()
    const closed = [once(this.#server, 'close'), once(this.#datagrams, 'close')]
    this.#server.close()
    this.#datagrams.close()
    await Promise.all(closed)
    this.#packets.end()
  }

  /** What the operating system still holds is heard, while it brings something at every turn. */
  async #hearWaiting(): Promise<void> {
    for (let turns = 0, before = -1; before !== this.#received && turns < LAST_TURNS; turns++) {
      before = this.#received
      await setImmediate()
    }
  }

  #accept(connection: Socket): void {
    const framing = new HepFraming((packet) => this.#take(packet))
    this.#connections.add(connection)
    connection.on('data', (octets) => {
      if (framing.push(octets)) return
      this.#refuse('a connection that carries no HEP version 3')
      connection.destroy()
    })
    connection.on('end', () => {
      if (framing.isCut) this.#refuse('a connection that ends inside a packet')
    })
    connection.on('error', () => undefined)
    connection.on('close', () => this.#connections.delete(connection))
  }

  #take(octets: Uint8Array): void {
    this.#received++
    const packet = parseHep(octets, this.#admits)
    if (typeof packet === 'string') this.#refuse(packet)
    else this.#put(packet)
  }

  #put(packet: HepPacket): void {
    const frame = hepFrame(packet)
    if (typeof frame === 'string') this.#refuse(frame)
    else if (this.#packets.isFull) this.#count(NO_ROOM)
    else {
      const { seconds, microseconds } = packet.time ?? timeNow()
      const nanoseconds = microseconds * 1000
      this.#packets.put(this.#interfaces[frame.linkType], { seconds, nanoseconds, data: frame.data })
    }
  }

  /** Digests are of one length, and compared in a time that tells nothing of what they hold. */
  readonly #admits = (key: Uint8Array | undefined): boolean =>
    this.#key === undefined || (key !== undefined && timingSafeEqual(this.#key, digest(key)))

  #refuse(reason: string): void {
    this.#count(`HEP: ${reason}`)
  }

  #count(reason: string): void {
    this.#refused.set(reason, (this.#refused.get(reason) ?? 0) + 1)
  }
}

function digest(octets: Uint8Array): Buffer {
  return createHash('sha256').update(octets).digest()
}

function timeNow(): { seconds: number; microseconds: number } {
  const now = Date.now()
  return { seconds: Math.floor(now / 1000), microseconds: (now % 1000) * 1000 }
}

function listening(socket: Server | UdpSocket, begin: () => void): Promise<unknown> {
  const done = once(socket, 'listening')
  begin()
  return done
}
