import { type Endpoint, formatEndpoint } from '../bytes/endpoint.ts'
import type { FrameRef } from '../bytes/frame-ref.ts'
import type { ClearSip } from '../model/analysis.ts'
import type { AnomalyLog } from '../model/anomaly-log.ts'
import { formatAddress } from '../net/addresses.ts'
import type { TcpConnection, TcpConsumer, TcpSender } from '../net/tcp-connection.ts'
import { TcpStreams } from '../net/tcp-streams.ts'
import { looksLikeSipFrame, WebSocketReader } from '../net/web-socket.ts'
import type { ExchangeListener } from '../sdp/exchange.ts'
import { OfferAnswerTracker } from '../sdp/offer-answer.ts'
import type { SipCall } from '../sip/call.ts'
import { CallTable } from '../sip/call-table.ts'
import type { MessageContext, Transport } from '../sip/context.ts'
import { parseSip } from '../sip/parse.ts'
import { looksLikeSip } from '../sip/start-line.ts'
import { SipStreamReader } from '../sip/stream-framing.ts'
import type { RingRecord } from '../verify/signalling-ring.ts'

/** Pairs of addresses and connections that are kept apart; a flood from forged sources must not fill memory. */
const MAX_KEPT = 10_000
const FRAMES = 20

/**
 * Hears what the token's holder hands on: datagrams that may be SIP, and TCP segments, which become octet streams, then
 * SIP messages, WebSocket frames or nothing of interest. What is SIP goes to the calls and to offer and answer.
 */
export class Signalling {
  readonly calls = new CallTable()
  readonly offerAnswer: OfferAnswerTracker
  readonly tcp: TcpStreams
  readonly #anomalies: AnomalyLog
  readonly #onCallEnded: ((call: SipCall) => void) | undefined
  readonly #clear = new Map<string, { fact: Omit<ClearSip, 'messages' | 'at'>; messages: number; at: FrameRef[] }>()
  readonly #tls: { connection: string; at: FrameRef }[] = []
  #messages = 0

  /** @param onCallEnded called with each message of a call from its end on */
  constructor(anomalies: AnomalyLog, listener: ExchangeListener, onCallEnded?: (call: SipCall) => void) {
    this.#anomalies = anomalies
    this.#onCallEnded = onCallEnded
    this.offerAnswer = new OfferAnswerTracker(listener)
    this.tcp = new TcpStreams((connection) => new SipConnection(connection, this))
  }

  /** SIP messages on the wire, retransmissions, copies and messages cut by the snap length included. */
  get messages(): number {
    return this.#messages
  }

  /** SIP in the clear, by transport and pair of addresses. */
  get clearSip(): ClearSip[] {
    return [...this.#clear.values()].map(({ fact, messages, at }) => ({ ...fact, messages, at }))
  }

  /** Connections that carry TLS, in order of appearance. */
  get tlsConnections(): readonly { readonly connection: string; readonly at: FrameRef }[] {
    return this.#tls
  }

  /** States that a connection carries TLS; once for each. */
  tls({ client, server }: TcpConnection, at: FrameRef): void {
    const connection = `${formatEndpoint(client)} > ${formatEndpoint(server)}`
    if (this.#tls.length < MAX_KEPT && !this.#tls.some((one) => one.connection === connection)) {
      this.#tls.push({ connection, at })
    }
  }

  datagram(record: RingRecord): void {
    const { payload } = record
    if (!looksLikeSip(payload, 0, payload.length)) return
    const [source, destination] = endpointsOf(record)
    const context: MessageContext = { at: refOf(record), source, destination, transport: 'udp' }
    this.message(payload, payload.length < record.announcedLength, context)
  }

  segment(record: RingRecord): void {
    const [source, destination] = endpointsOf(record)
    this.tcp.take({
      source,
      destination,
      sequence: record.tcpSequence,
      flags: record.tcpFlags,
      bytes: record.payload,
      length: record.announcedLength,
      at: refOf(record),
    })
  }

  /** The trace has ended: what TCP still held back is heard. */
  flush(): void {
    this.tcp.flush()
    this.offerAnswer.end()
  }

  /** One SIP message in full, as it came out of its transport. */
  message(bytes: Uint8Array, truncated: boolean, context: MessageContext): void {
    const message = parseSip(bytes, 0, bytes.length, { truncated, stream: context.transport === 'tcp' })
    if (message.kind === 'malformed') {
      this.#anomalies.note('sip', message.reason, context.at)
      return
    }
    this.#messages++
    this.#countClear(context)
    for (const { reason, severity } of message.anomalies) {
      if (severity === 'invalid') this.#anomalies.note('sip', reason, context.at)
    }
    const record = this.calls.observe(message, context)
    this.offerAnswer.observe(message, context)
    if (record?.kind === 'call' && record.end !== undefined) this.#onCallEnded?.(record)
  }

  #countClear({ transport, source, destination, at }: MessageContext): void {
    if (transport === 'tls' || transport === 'wss') return
    const ends = [formatEndpoint(source), formatEndpoint(destination)].sort()
    const key = `${transport} ${ends.join(' ')}`
    let entry = this.#clear.get(key)
    if (entry === undefined) {
      if (this.#clear.size >= MAX_KEPT) return
      entry = { fact: { transport, source, destination }, messages: 0, at: [] }
      this.#clear.set(key, entry)
    }
    entry.messages++
    if (entry.at.length < FRAMES) entry.at.push(at)
  }
}

/** One TCP connection: SIP, or SIP in WebSocket frames, in both directions; anything else is let go. */
class SipConnection implements TcpConsumer {
  readonly #connection: TcpConnection
  readonly #signalling: Signalling
  readonly #readers = new Map<TcpSender, SipStreamReader>()
  readonly #sockets = new Map<TcpSender, WebSocketReader>()
  readonly #foreign = new Set<TcpSender>()

  constructor(connection: TcpConnection, signalling: Signalling) {
    this.#connection = connection
    this.#signalling = signalling
  }

  onData(sender: TcpSender, bytes: Uint8Array, at: FrameRef): void {
    const socket = this.#sockets.get(sender)
    if (socket !== undefined) socket.push(bytes, at)
    else this.#reader(sender).push(bytes, at)
  }

  onGap(sender: TcpSender, at: FrameRef): void {
    this.#readers.get(sender)?.gap(at)
    this.#sockets.get(sender)?.gap(at)
  }

  onEnd(sender: TcpSender, at: FrameRef): void {
    this.#readers.get(sender)?.flush(at)
  }

  #reader(sender: TcpSender): SipStreamReader {
    let reader = this.#readers.get(sender)
    if (reader === undefined) {
      reader = new SipStreamReader({
        onMessage: (bytes, at, truncated) => this.#message(sender, bytes, truncated, at, 'tcp'),
        onForeign: (first, protocol, at) => {
          if (protocol === 'http' || looksLikeSipFrame(first)) this.#openSocket(sender).push(first, at)
          else this.#letGo(sender)
          if (protocol === 'tls') this.#signalling.tls(this.#connection, at)
        },
      })
      this.#readers.set(sender, reader)
    }
    return reader
  }

  #openSocket(sender: TcpSender): WebSocketReader {
    const socket = new WebSocketReader({ onMessage: (bytes, at) => this.#message(sender, bytes, false, at, 'ws') })
    this.#sockets.set(sender, socket)
    return socket
  }

  #letGo(sender: TcpSender): void {
    this.#foreign.add(sender)
    if (this.#foreign.size === 2) this.#connection.ignore()
  }

  #message(sender: TcpSender, bytes: Uint8Array, truncated: boolean, at: FrameRef, transport: Transport): void {
    const { client, server } = this.#connection
    const [source, destination] = sender === 'client' ? [client, server] : [server, client]
    this.#signalling.message(bytes, truncated, { at, source, destination, transport })
  }
}

function endpointsOf(record: RingRecord): [Endpoint, Endpoint] {
  const length = record.addressLength
  return [
    { address: formatAddress(record.source, 0, length), port: record.sourcePort },
    { address: formatAddress(record.destination, 0, length), port: record.destinationPort },
  ]
}

function refOf({ position, capture, frame, timeUs }: RingRecord): FrameRef {
  return { position, capture, frame, timeUs }
}
