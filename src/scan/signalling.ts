import type { Endpoint } from '../bytes/endpoint.ts'
import type { FrameRef } from '../bytes/frame-ref.ts'
import { ceilingOf, memoryBytes, type OnLimit } from '../limits/limits.ts'
import type { ClearSip } from '../model/analysis.ts'
import type { AnomalyLog } from '../model/anomaly-log.ts'
import { readIcmpError } from '../net/icmp-error.ts'
import { IcmpLog } from '../net/icmp-log.ts'
import type { TcpConnection } from '../net/tcp-connection.ts'
import { TcpStreams, tcpCeilings } from '../net/tcp-streams.ts'
import { NO_RELAY } from '../net/turn.ts'
import { TurnPaths } from '../net/turn-paths.ts'
import type { ExchangeListener } from '../sdp/exchange.ts'
import { KeysElsewhere } from '../sdp/keys-elsewhere.ts'
import { OfferAnswerTracker } from '../sdp/offer-answer.ts'
import type { SipCall } from '../sip/call.ts'
import { CallTable } from '../sip/call-table.ts'
import type { MessageContext, Transport } from '../sip/context.ts'
import type { Ladders } from '../sip/ladders.ts'
import { MessageReader } from '../sip/message-reader.ts'
import { parseSip } from '../sip/parse.ts'
import type { SignallingFacts } from '../sip/watch/facts.ts'
import { SignallingWatch } from '../sip/watch/signalling-watch.ts'
import type { DtlsAssociation } from '../tls/dtls-association.ts'
import { DtlsAssociations, dtlsCeilings } from '../tls/dtls-associations.ts'
import type { SessionSecrets } from '../tls/session-secrets.ts'
import type { SignallingListener } from '../verify/first-pass/hearing.ts'
import type { RingRecord } from '../verify/first-pass/signalling-ring.ts'
import { ClearSipCounts } from './clear-sip.ts'
import type { ClockLog } from './clock-log.ts'
import { EndpointTable } from './endpoint-table.ts'
import { SipConnection } from './sip-connection.ts'
import { type TlsEnds, type TlsEntry, TlsLog } from './tls-log.ts'

/** Transports of Via that are connections and more than TCP. */
const CONNECTED: Readonly<Record<string, Transport>> = { TLS: 'tls', WS: 'ws', WSS: 'wss' }

export interface SignallingOptions {
  /** Called with each message of a call from its end on. */
  readonly onCallEnded?: (call: SipCall) => void
  /** Called where a DTLS handshake keys the media between its endpoints anew. */
  readonly onKeyed?: (association: DtlsAssociation) => void
  /** What the limits follow that follow --max-memory; the usual unless told. */
  readonly maxMemoryBytes?: number
  /** What the messages of TURN say is kept there. */
  readonly turn?: TurnPaths
  /** Keeps the messages of calls, to be shown. */
  readonly ladders?: Ladders | undefined
  /** The lines of session descriptions are kept, to be shown. */
  readonly descriptions?: boolean | undefined
  /** Called with the octets of every message. */
  readonly onMessage?: OnMessage | undefined
  /** Hears of every datagram, segment and message, where there are several captures. */
  readonly clockLog?: ClockLog | undefined
}

/** Hears of a SIP message as it came out of its transport; the octets are good during the call only. */
export type OnMessage = (bytes: Uint8Array, truncated: boolean, context: MessageContext, callId: string) => void

/**
 * Hears what the token's holder hands on: datagrams that may be SIP, and TCP segments, which become octet streams, then
 * SIP messages, WebSocket frames or nothing of interest. What is SIP goes to the calls and to offer and answer. What ICMP says
 * of datagrams is kept beside it.
 */
export class Signalling {
  readonly calls: CallTable
  readonly offerAnswer: OfferAnswerTracker
  readonly tcp: TcpStreams
  readonly dtls: DtlsAssociations
  readonly secrets: SessionSecrets
  readonly #anomalies: AnomalyLog
  readonly #onCallEnded: ((call: SipCall) => void) | undefined
  readonly #clear: ClearSipCounts
  readonly #endpoints = new EndpointTable()
  readonly tlsLog: TlsLog
  readonly icmpLog: IcmpLog
  readonly keysElsewhere: KeysElsewhere
  readonly #reader = new MessageReader()
  readonly #watch: SignallingWatch
  readonly #ladders: Ladders | undefined
  readonly #onMessage: OnMessage | undefined
  readonly #turn: TurnPaths
  readonly #clockLog: ClockLog | undefined
  #messages = 0

  /** @param secrets what opens TLS */
  constructor(
    anomalies: AnomalyLog,
    listener: ExchangeListener,
    secrets: SessionSecrets,
    options: SignallingOptions = {},
  ) {
    const { maxMemoryBytes = memoryBytes(), turn = new TurnPaths() } = options
    this.#turn = turn
    this.#ladders = options.ladders
    this.#onMessage = options.onMessage
    this.#clockLog = options.clockLog
    this.#onCallEnded = options.onCallEnded
    this.#anomalies = anomalies
    this.secrets = secrets
    this.icmpLog = new IcmpLog(maxMemoryBytes, this.onLimit)
    this.keysElsewhere = new KeysElsewhere(this.onLimit)
    this.tlsLog = new TlsLog(ceilingOf('tlsCertificateOctets', maxMemoryBytes))
    this.calls = new CallTable({
      maxCallIds: ceilingOf('callIds', maxMemoryBytes),
      maxOctets: ceilingOf('callOctets', maxMemoryBytes),
      onEvicted: ({ callId }) => this.forget(callId),
      onLimit: this.onLimit,
    })
    this.#clear = new ClearSipCounts(this.onLimit)
    this.#watch = new SignallingWatch(this.onLimit)
    this.offerAnswer = new OfferAnswerTracker(listener, options.descriptions === true)
    this.tcp = new TcpStreams((connection) => new SipConnection(connection, this, secrets), tcpCeilings(maxMemoryBytes))
    this.dtls = new DtlsAssociations(
      secrets,
      {
        keyed: (association) => options.onKeyed?.(association),
        anomaly: (layer, reason, at) => this.anomaly(layer, reason, at),
        limit: (name, at) => anomalies.reached(name, at),
      },
      dtlsCeilings(maxMemoryBytes),
    )
  }

  /** Hears what the token's holder hands on. */
  readonly heard: Omit<SignallingListener, 'slabEnd' | 'committed'> = {
    datagram: (record) => this.#datagram(record),
    segment: (record) => this.#segment(record),
    message: (record) => this.#extracted(record),
    icmp: (record) => this.#icmp(record),
    turn: (record) => this.#turnMessage(record),
    dtls: (record) => this.#dtlsDatagram(record),
    keyLog: (text, left) => this.secrets.keyLog.addPart(text, left),
  }

  /** SIP messages on the wire, retransmissions, copies and messages cut by the snap length included. */
  get messages(): number {
    return this.#messages
  }

  /** SIP in the clear, by transport and pair of addresses. */
  get clearSip(): ClearSip[] {
    return this.#clear.list()
  }

  /**
   * Who was there and what they wanted.
   *
   * @param endOf time of the last record of a capture, µs; to its last message, unless told
   */
  facts(endOf?: (capture: number) => number): SignallingFacts {
    return this.#watch.facts(endOf)
  }

  /** States that a connection carries TLS; once for each. */
  tls(carrier: TlsEnds, at: FrameRef): TlsEntry | undefined {
    return this.tlsLog.open(carrier, at)
  }

  /** States that clear SIP got no answer at all. */
  unanswered(carrier: TcpConnection, at: FrameRef): TlsEntry | undefined {
    return this.tlsLog.openUnanswered(carrier, at)
  }

  /** States where connections for SIP are taken. */
  server(endpoint: Endpoint, at: FrameRef): void {
    this.#watch.server(endpoint, at)
  }

  /** Octets that may have been SIP could not be read. */
  unread(context: MessageContext): void {
    this.#watch.unread(context)
  }

  readonly onLimit: OnLimit = (name, at) => this.#anomalies.reached(name, at)

  anomaly(layer: 'net' | 'tls' | 'sip', reason: string, at: FrameRef): void {
    this.#anomalies.note(layer, reason, at)
  }

  #datagram(record: RingRecord): void {
    this.#clockLog?.datagram(record)
    const { payload } = record
    const [source, destination] = this.#endpointsOf(record)
    const context: MessageContext = { at: refOf(record), source, destination, transport: 'udp' }
    this.message(payload, payload.length < record.announcedLength, context)
  }

  /** A message that was taken out of its connection. What that was, its topmost Via says (RFC 3261 §18.1.1). */
  #extracted(record: RingRecord): void {
    const { payload } = record
    const [source, destination] = this.#endpointsOf(record)
    const read = parseSip(payload, 0, payload.length, { stream: true })
    const said = read.kind === 'malformed' ? undefined : read.via[0]?.transport
    const transport = CONNECTED[said ?? ''] ?? 'tcp'
    this.message(payload, payload.length < record.announcedLength, {
      at: refOf(record),
      source,
      destination,
      transport,
    })
  }

  #segment(record: RingRecord): void {
    this.#clockLog?.segment(record)
    const [source, destination] = this.#endpointsOf(record)
    const flags = record.tcpFlags
    const at = refOf(record)
    this.#watch.segment(flags, source, destination, at, record.tcpSequence, record.announcedLength)
    this.tcp.take({
      source,
      destination,
      sequence: record.tcpSequence,
      flags,
      bytes: record.payload.slice(),
      length: record.announcedLength,
      at,
    })
  }

  /** A message of TURN. */
  #turnMessage(record: RingRecord): void {
    const [source, destination] = this.#endpointsOf(record)
    this.#turn.take(record.payload, { source, destination }, record.relay, record.position)
  }

  /** A datagram of DTLS handshake records. What TURN carries goes between other ends than those on the wire. */
  #dtlsDatagram(record: RingRecord): void {
    this.#clockLog?.datagram(record)
    const [from, to] = this.#endpointsOf(record)
    const wire = { source: from, destination: to }
    const path = record.relay === NO_RELAY ? undefined : this.#turn.pathOf(wire, record.relay, record.position)
    const { source, destination } = path ?? wire
    this.dtls.take(source, destination, record.payload, refOf(record))
  }

  /** An ICMP error: what it quotes is no datagram of the trace. */
  #icmp(record: RingRecord): void {
    const { payload, source, addressLength } = record
    const error = readIcmpError(payload, addressLength === 16, payload.length < record.announcedLength)
    if (error === undefined) return
    if (error.kind === 'malformed') this.#anomalies.note('net', error.reason, refOf(record))
    else this.icmpLog.add(error, this.#endpoints.get(source, addressLength, 0).address, refOf(record))
  }

  /** What belongs to a call that is gone from `calls` is let go. */
  forget(callId: string): void {
    this.offerAnswer.forget(callId)
    this.keysElsewhere.forget(callId)
    this.#ladders?.forget(callId)
  }

  /** The trace has ended: what TCP still held back is heard. */
  flush(): void {
    this.tcp.flush()
    this.offerAnswer.end()
  }

  #endpointsOf({ addressLength, source, sourcePort, destination, destinationPort }: RingRecord): [Endpoint, Endpoint] {
    return [
      this.#endpoints.get(source, addressLength, sourcePort),
      this.#endpoints.get(destination, addressLength, destinationPort),
    ]
  }

  /** One SIP message in full, as it came out of its transport. */
  message(bytes: Uint8Array, truncated: boolean, context: MessageContext): void {
    const message = this.#reader.read(bytes, {
      truncated,
      stream: context.transport === 'tcp' || context.transport === 'tls',
    })
    if (message.kind === 'malformed') {
      // A datagram that only seemed to be SIP is another protocol's.
      if (context.transport !== 'udp') this.#anomalies.note('sip', message.reason, context.at)
      if (truncated || context.transport !== 'udp') this.#watch.unread(context)
      return
    }
    this.#messages++
    this.#clockLog?.message(message, context)
    this.#onMessage?.(bytes, truncated, context, message.callId)
    this.#clear.count(context, message.kind === 'request' && message.method === 'REGISTER')
    for (const { reason, severity } of message.anomalies) {
      if (severity !== 'note') this.#anomalies.note('sip', reason, context.at)
    }
    const observed = this.calls.observe(message, context)
    this.#watch.message(message, context, observed)
    if (observed === undefined) return
    this.offerAnswer.observe(message, context, observed)
    this.keysElsewhere.observe(message, context, observed)
    if (observed.record.kind === 'call') this.#ladders?.add(message.callId, message, context, observed.repeated)
    const { record } = observed
    if (record.kind === 'call' && record.endUs !== undefined) this.#onCallEnded?.(record)
  }
}

function refOf({ position, capture, frame, timeUs }: RingRecord): FrameRef {
  return { position: smallInteger(position), capture, frame: smallInteger(frame), timeUs }
}

/** The same number as V8 stores it for itself, where it can: read as a double, each copy would take 16 octets more. */
function smallInteger(value: number): number {
  const integer = value | 0
  return integer === value ? integer : value
}
