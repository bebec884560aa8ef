import { formatPcap } from '../../../samples/capture-writer.ts'
import { frameDatagrams, type TimedDatagram } from '../../../samples/frames.ts'
import { composeTcpConnection } from '../../../samples/tcp-connection.ts'
import { type Endpoint, formatEndpoint } from '../../../src/bytes/endpoint.ts'

export const EPOCH_SECONDS = 1_768_469_400

/** Before the first piece: a TCP connection is opened before its first message. */
const LEAD_NS = 1e9

interface Written {
  readonly timeNs: number
  readonly fromClient: boolean
  readonly octets: Buffer
}

interface Connection {
  readonly client: Endpoint
  readonly server: Endpoint
  readonly written: Written[]
}

/**
 * A trace that is put together piece by piece, in any order. Times are milliseconds after its start. A piece may be given
 * a mark, by which the truth names its frames.
 */
export class Trace {
  /** What follows from how the trace is made, whatever its fault: SIP in the clear, keys in it. */
  readonly ambient = new Set<'sip-cleartext' | 'sdes-key-exposed'>()
  /** Keys as the signalling spells them: none may ever be in a report. */
  readonly secrets = new Set<string>()
  readonly #datagrams: TimedDatagram[] = []
  readonly #connections = new Map<string, Connection>()
  readonly #marks = new Map<string, Uint8Array[]>()
  #frames: TimedDatagram[] | undefined

  datagram(atMs: number, source: Endpoint, destination: Endpoint, payload: Uint8Array, mark?: string): void {
    this.#mark(payload, mark)
    this.add({ timeNs: Math.round(atMs * 1e6), source, destination, payload })
  }

  /** A host answers a datagram with an ICMP error (RFC 792), which quotes its IP header and ports. */
  icmpError(
    atMs: number,
    by: string,
    lost: { readonly source: Endpoint; readonly destination: Endpoint },
    { type, code }: { readonly type: number; readonly code: number },
    mark?: string,
  ): void {
    const payload = Buffer.alloc(36)
    payload.set([type, code])
    payload.set([0x45, 0, 0, 200, 0, 0, 0x40, 0, 62, 17], 8)
    payload.set([...lost.source.address.split('.'), ...lost.destination.address.split('.')].map(Number), 20)
    payload.writeUInt16BE(lost.source.port, 28)
    payload.writeUInt16BE(lost.destination.port, 30)
    this.#mark(payload, mark)
    const [source, destination] = [by, lost.source.address].map((address) => ({ address, port: 0 }))
    this.add({ timeNs: Math.round(atMs * 1e6), source, destination, payload, icmp: true })
  }

  add(datagram: TimedDatagram): void {
    this.#datagrams.push(datagram)
  }

  /** A SIP message; over TCP the first message of two endpoints opens their connection. */
  sip(
    atMs: number,
    transport: 'udp' | 'tcp',
    source: Endpoint,
    destination: Endpoint,
    text: string,
    mark?: string,
  ): void {
    this.ambient.add('sip-cleartext')
    for (const [, secret] of text.matchAll(/^a=crypto:.* inline:([\w+/=]+)/gm)) {
      this.ambient.add('sdes-key-exposed')
      // What is too short to be a key may stand anywhere.
      if (secret.length > 20) this.secrets.add(secret)
    }
    const octets = Buffer.from(text)
    if (transport === 'udp') {
      this.datagram(atMs, source, destination, octets, mark)
      return
    }
    this.#mark(octets, mark)
    const [a, b] = [formatEndpoint(source), formatEndpoint(destination)]
    const key = [a, b].sort().join(' ')
    const known = this.#connections.get(key)
    const connection = known ?? { client: source, server: destination, written: [] }
    this.#connections.set(key, connection)
    const fromClient = formatEndpoint(connection.client) === a
    connection.written.push({ timeNs: Math.round(atMs * 1e6), fromClient, octets })
  }

  /** Copies of all datagrams that pass the test, a moment later: what a second interface of the same host sees. */
  seenTwice(delayUs: number): void {
    for (const [n, datagram] of [...this.#datagrams].entries()) {
      const identification = n & 0xffff
      this.#datagrams[n] = { ...datagram, identification }
      this.#datagrams.push({ ...datagram, identification, timeNs: datagram.timeNs + delayUs * 1000 })
    }
  }

  /** Leaves out what the capture does not see. Marks on what is left out name nothing. */
  keep(test: (datagram: TimedDatagram, atMs: number) => boolean): void {
    const kept = this.#datagrams.filter((datagram) => test(datagram, datagram.timeNs / 1e6))
    this.#datagrams.splice(0, this.#datagrams.length, ...kept)
  }

  /** Frame numbers of the pieces with a mark, in order. */
  framesOf(mark: string): number[] {
    const payloads = this.#marks.get(mark)
    if (payloads === undefined) throw new RangeError(`nothing is marked ${mark}`)
    return this.#ordered().flatMap(({ payload }, n) => (payloads.some((one) => within(payload, one)) ? [n + 1] : []))
  }

  file(): Buffer {
    return formatPcap(frameDatagrams(this.#ordered()), EPOCH_SECONDS, 'micro')
  }

  #mark(payload: Uint8Array, mark: string | undefined): void {
    if (mark === undefined) return
    const marked = this.#marks.get(mark)
    if (marked === undefined) this.#marks.set(mark, [payload])
    else marked.push(payload)
  }

  #ordered(): TimedDatagram[] {
    this.#frames ??= [
      ...this.#datagrams,
      ...[...this.#connections.values()].flatMap(({ client, server, written }) =>
        composeTcpConnection(
          client,
          server,
          written.sort((a, b) => a.timeNs - b.timeNs),
        ),
      ),
    ]
      .map((datagram) => ({ ...datagram, timeNs: datagram.timeNs + LEAD_NS }))
      .sort((a, b) => a.timeNs - b.timeNs)
    return this.#frames
  }
}

/** A segment is a part of the message's memory. */
function within(part: Uint8Array, whole: Uint8Array): boolean {
  if (part.length === 0 || part.buffer !== whole.buffer) return false
  return part.byteOffset >= whole.byteOffset && part.byteOffset < whole.byteOffset + whole.length
}
