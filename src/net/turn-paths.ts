import { type Endpoint, formatEndpoint } from '../bytes/endpoint.ts'
import { OldestFirst } from '../bytes/oldest-first.ts'
import { LIMITS } from '../limits/limits.ts'
import { formatAddress } from './addresses.ts'
import {
  attributeLength,
  padded,
  type StunAddress,
  StunAttribute,
  StunType,
  stunAttribute,
  stunType,
  xorAddress,
} from './stun-message.ts'
import { FIRST_CHANNEL, LAST_CHANNEL, OF_INDICATION } from './turn.ts'

const MOST = LIMITS.turnPaths.most
const MOST_OF_PATH = LIMITS.turnChangesOfPath.most

/** Two ends of a datagram that TURN carries. */
export interface TurnEnds {
  readonly source: Endpoint
  readonly destination: Endpoint
}

/** What a datagram that TURN carries stands for: one between the client's relayed transport address and its peer. */
export interface TurnPath extends TurnEnds {
  /** On the wire. */
  readonly client: Endpoint
  readonly server: Endpoint
}

/** An address that holds from a position of the trace on. */
interface Since {
  readonly position: number
  readonly endpoint: Endpoint
}

/**
 * What the messages of TURN say of the ways through its servers (RFC 8656): which relayed transport address a client was
 * allocated, and which peer a channel is bound to. What goes by a channel of which the trace does not say it goes between the
 * two ends that are on the wire. Bounded: anybody can send them.
 */
export class TurnPaths {
  /** By what is asked for, in the order of what was said last. */
  readonly #said = new Map<string, Since[]>()
  readonly #oldest = new OldestFirst(this.#said)
  /** Ports of all clients of which anything was ever said, a mark each: most streams of a flood are of none of them. */
  readonly #ports = new Uint8Array(1 << 16)
  #forgotten = 0
  #unsaid = 0

  /** Allocations and channels that were forgotten, and changes of one that found no room. */
  get dropped(): { readonly turnPaths: number; readonly turnChangesOfPath: number } {
    return { turnPaths: this.#forgotten, turnChangesOfPath: this.#unsaid }
  }

  /**
   * Takes in a message of TURN.
   *
   * @param relay of an indication: which way it takes
   */
  take(message: Uint8Array, { source, destination }: TurnEnds, relay: number, position: number): void {
    const type = stunType(message, 0, message.length)
    const addressAt = (value: number) => (value < 0 ? undefined : xorAddress(message, 0, value, message.length))
    const first = (attribute: number) => stunAttribute(message, 0, message.length, attribute)
    if (type === StunType.AllocateSuccess) {
      // RFC 8656 §7.3: of a dual allocation there are two, of a family each.
      let at = first(StunAttribute.XorRelayedAddress)
      for (let n = 0; n < 2 && at >= 0; n++) {
        const relayed = addressAt(at)
        if (relayed !== undefined) this.#say(allocation(destination, source, relayed.address.length), relayed, position)
        const behind = at + padded(attributeLength(message, at))
        at = stunAttribute(message, 0, message.length, StunAttribute.XorRelayedAddress, behind)
      }
      return
    }
    const peer = addressAt(first(StunAttribute.XorPeerAddress))
    if (peer === undefined) return
    if (type === StunType.ChannelBindRequest) {
      const number = first(StunAttribute.ChannelNumber)
      if (number < 0 || number + 2 > message.length) return
      const channel = (message[number] << 8) | message[number + 1]
      this.#ports[source.port] = 1
      if (channel >= FIRST_CHANNEL && channel <= LAST_CHANNEL)
        this.#say(way(source, destination, channel), peer, position)
    } else if (type === StunType.SendIndication && relay >= OF_INDICATION) {
      this.#ports[source.port] = 1
      this.#say(way(source, destination, relay), peer, position)
    } else if (type === StunType.DataIndication && relay >= OF_INDICATION) {
      this.#ports[destination.port] = 1
      this.#say(way(destination, source, relay), peer, position)
    }
  }

  /** False where nothing was said of any way between a client and a server of these ports. */
  mayName(sourcePort: number, destinationPort: number): boolean {
    return this.#ports[sourcePort] === 1 || this.#ports[destinationPort] === 1
  }

  /**
   * What datagrams between two positions stand for: what was said last before the first of them, else first while they went on.
   * A channel is bound to another peer no sooner than five minutes after it was given up (RFC 8656 §12), so what is bound
   * while it is used is renewed. Undefined where nobody said it by then.
   */
  pathOf({ source, destination }: TurnEnds, relay: number, first: number, last = first): TurnPath | undefined {
    if (!this.mayName(source.port, destination.port)) return undefined
    const sent = this.#at(way(source, destination, relay), first, last)
    if (sent !== undefined) {
      const relayed = this.#relayed(source, destination, sent, first)
      return { client: source, server: destination, source: relayed, destination: sent }
    }
    const received = this.#at(way(destination, source, relay), first, last)
    if (received === undefined) return undefined
    const relayed = this.#relayed(destination, source, received, first)
    return { client: destination, server: source, source: received, destination: relayed }
  }

  /** The client's relayed address of its peer's family (RFC 8656 §2.7); where it is not known, the client itself. */
  #relayed(client: Endpoint, server: Endpoint, { address }: Endpoint, position: number): Endpoint {
    return this.#at(allocation(client, server, address.includes(':') ? 16 : 4), position) ?? client
  }

  #at(name: string, first: number, last = first): Endpoint | undefined {
    const said = this.#said.get(name)
    const since = said?.findLast(({ position }) => position <= first) ?? said?.find(({ position }) => position <= last)
    return since?.endpoint
  }

  #say(name: string, { address, port }: StunAddress, position: number): void {
    const endpoint = { address: formatAddress(address, 0, address.length), port }
    const known = this.#said.get(name)
    this.#said.delete(name)
    this.#said.set(name, known ?? [{ position, endpoint }])
    this.#oldest.renewed(name)
    if (known !== undefined) {
      const last = known[known.length - 1].endpoint
      if (last.address === endpoint.address && last.port === port) return
      if (known.length === MOST_OF_PATH) {
        known.shift()
        this.#unsaid++
      }
      known.push({ position, endpoint })
    } else if (this.#said.size > MOST) {
      const oldest = this.#oldest.take()
      if (oldest !== undefined) this.#said.delete(oldest)
      this.#forgotten++
    }
  }
}

/** A client's way to a peer: a channel's number or an indication's digest. */
function way(client: Endpoint, server: Endpoint, relay: number): string {
  return `${formatEndpoint(client)} ${formatEndpoint(server)} ${relay}`
}

/** A client's allocation of a family, by the octets of its addresses. */
function allocation(client: Endpoint, server: Endpoint, octets: number): string {
  return way(client, server, octets)
}
