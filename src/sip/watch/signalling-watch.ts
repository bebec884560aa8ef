import type { Endpoint } from '../../bytes/endpoint.ts'
import type { FrameRef } from '../../bytes/frame-ref.ts'
import { LIMITS, type OnLimit } from '../../limits/limits.ts'
import { TcpFlag } from '../../net/datagram.ts'
import type { Observed } from '../call-table.ts'
import { CHALLENGES } from '../challenges.ts'
import type { MessageContext } from '../context.ts'
import type { MessageFacts } from '../message-facts.ts'
import { ConnectionAttempts } from './connection-attempts.ts'
import { type Digest, readDigest } from './digest.ts'
import type { EndOf } from './end-of.ts'
import type { SignallingFacts, SourceFacts } from './facts.ts'
import { HeavyHitters, type Hitter } from './heavy-hitters.ts'
import { InviteTargets } from './invite-targets.ts'
import { KeepAlives } from './keep-alives.ts'
import { LostConnectionsWatch } from './lost-connections.ts'
import { Peers } from './peers.ts'
import { Outcome } from './probes.ts'
import { Recent } from './recent.ts'
import { Registrations } from './registrations.ts'
import { Scanners } from './scanners.ts'
import { isUsual, SipServers } from './sip-servers.ts'
import { Source } from './source.ts'
import { TcpAnswers } from './tcp-answers.ts'
import { Unacknowledged } from './unacknowledged.ts'
import { Unanswered } from './unanswered.ts'
import { Unheard } from './unheard.ts'
import { Unread } from './unread.ts'

const MOST_SOURCES = LIMITS.watchedSources.most
/** Requests with credentials that have no final response yet. */
const MOST_TRIES = LIMITS.passwordTries.most

interface Try {
  readonly cseq: number
  readonly source: string
  readonly client: string
  readonly digest: Digest
}

/**
 * Watches who is there and what they want, beside the calls: scanners, floods, refused registrations, strangers. Every
 * message passes here once; nothing is kept of one, and every table has a ceiling.
 */
export class SignallingWatch {
  readonly #sources: HeavyHitters<Source>
  readonly #scanners: Scanners
  readonly #registrations: Registrations
  readonly #inviteTargets: InviteTargets
  readonly #peers: Peers
  readonly #tcpAnswers: TcpAnswers
  readonly #servers: SipServers
  readonly #connectionAttempts: ConnectionAttempts
  /** To ports that may turn out to be of SIP. */
  readonly #otherAttempts: ConnectionAttempts
  readonly #lostConnections: LostConnectionsWatch
  readonly #keepAlives: KeepAlives
  readonly #unread: Unread
  readonly #unanswered: Unanswered
  readonly #unacknowledged: Unacknowledged
  readonly #unheard: Unheard
  readonly #tries = new Recent<Try>(MOST_TRIES)
  readonly #onLimit: OnLimit
  #responses = false
  /** Of each capture. */
  readonly #lastUsOf: number[] = []

  constructor(onLimit: OnLimit = () => undefined) {
    this.#onLimit = onLimit
    this.#sources = new HeavyHitters(MOST_SOURCES, () => new Source())
    this.#scanners = new Scanners(onLimit)
    this.#registrations = new Registrations(onLimit)
    this.#inviteTargets = new InviteTargets(onLimit)
    this.#peers = new Peers(onLimit)
    this.#tcpAnswers = new TcpAnswers(onLimit)
    this.#servers = new SipServers(onLimit)
    this.#connectionAttempts = new ConnectionAttempts(isUsual, onLimit)
    // Nearly all of these are none of SIP's: that there were too many would be said of every capture of web traffic.
    this.#otherAttempts = new ConnectionAttempts(
      (server) => !isUsual(server),
      () => undefined,
    )
    this.#lostConnections = new LostConnectionsWatch(this.#servers, onLimit)
    this.#keepAlives = new KeepAlives(onLimit)
    this.#unread = new Unread(onLimit)
    this.#unanswered = new Unanswered(this.#peers, this.#unread, onLimit)
    this.#unacknowledged = new Unacknowledged(onLimit)
    this.#unheard = new Unheard(onLimit)
  }

  /** @param observed absent where the message has no Call-ID: it is no retransmission that anyone could tell */
  message(message: MessageFacts, context: MessageContext, observed: Observed | undefined): void {
    const isRequest = message.kind === 'request'
    const { capture, timeUs } = context.at
    this.#lastUsOf[capture] = Math.max(this.#lastUsOf[capture] ?? timeUs, timeUs)
    this.#peers.count(isRequest, context)
    this.#awaited(message, context, observed)
    if (observed?.repeated === true) return
    if (isRequest) this.#request(message, context, observed?.record)
    else this.#response(message, context, observed)
  }

  /** Something that might have been a message. */
  unread({ source, destination, transport, at }: MessageContext): void {
    this.#unread.note(source.address, destination.address, transport, at)
  }

  /** This end speaks SIP on a TCP connection that it took. */
  server(endpoint: Endpoint, at: FrameRef): void {
    this.#servers.learn(endpoint, at)
  }

  /** A TCP segment. @param octets of its payload on the wire */
  segment(flags: number, source: Endpoint, destination: Endpoint, at: FrameRef, sequence = 0, octets = 0): void {
    this.#lastUsOf[at.capture] = Math.max(this.#lastUsOf[at.capture] ?? at.timeUs, at.timeUs)
    this.#connectionAttempts.segment(flags, source, destination, at)
    if ((flags & (TcpFlag.Syn | TcpFlag.Rst)) !== 0) this.#otherAttempts.segment(flags, source, destination, at)
    this.#lostConnections.segment({ flags, sequence, octets, source, destination, at })
    if ((flags & TcpFlag.Rst) !== 0) this.#tcpAnswers.count('RST', source, destination, at)
    else if ((flags & SYN_ACK) === SYN_ACK) this.#tcpAnswers.count('SYN-ACK', source, destination, at)
  }

  /** @param endOf until when each capture goes on; to its last message, unless told */
  facts(endOf: EndOf = (capture) => this.#lastUsOf[capture]): SignallingFacts {
    const refused = this.#registrations.refused(endOf)
    const unanswered = this.#unanswered.unanswered(endOf)
    const unacknowledged = this.#unacknowledged.unacknowledged(endOf)
    const unheard = this.#unheard.unheard()
    return {
      responses: this.#responses,
      sources: this.#sources.list().map(sourceFacts),
      scanners: this.#scanners.list(),
      scannersBeyond: this.#scanners.beyond,
      registrations: refused.list(),
      registrationsBeyond: refused.beyond,
      inviteTargets: this.#inviteTargets.list(),
      peers: this.#peers.list(),
      peersBeyond: this.#peers.beyond,
      tcpAnswers: this.#tcpAnswers.list(),
      lostConnections: this.#lostConnections.lost(endOf),
      failedConnections: this.#failedConnections(endOf),
      options: this.#keepAlives.list(),
      unanswered: unanswered.list(),
      unansweredBeyond: unanswered.beyond,
      unacknowledged: unacknowledged.list(),
      unacknowledgedBeyond: unacknowledged.beyond,
      unheard: unheard.list(),
      unheardBeyond: unheard.beyond,
    }
  }

  /** To where SIP is spoken, whenever that showed. */
  #failedConnections(endOf: EndOf): SignallingFacts['failedConnections'] {
    const others = this.#otherAttempts.failed(endOf)
    const ofSip = others.filter(({ destination: address, port }) => this.#servers.has({ address, port }))
    return [...this.#connectionAttempts.failed(endOf), ...ofSip]
  }

  /** What waits for an answer, and what answers it. */
  #awaited(message: MessageFacts, context: MessageContext, observed: Observed | undefined): void {
    if (message.callId === '') {
      if (message.truncated) this.unread(context)
    } else if (message.kind === 'response') {
      this.#unanswered.response(message, context, observed)
      if (observed === undefined) return
      this.#unacknowledged.response(message, context, observed)
      this.#unheard.response(context, observed)
    } else if (observed !== undefined) {
      this.#unanswered.request(message, context, observed)
      this.#unacknowledged.request(message, context, observed)
      this.#unheard.request(message, context, observed)
    }
  }

  #request(message: MessageFacts, context: MessageContext, record: Observed['record'] | undefined): void {
    const { method } = message
    if (!isPassedOn(message, context, record)) this.#charge(message, context)
    if (method === 'INVITE') this.#inviteTargets.request(message, context, record?.messages === 1)
    else if (method === 'REGISTER') this.#registrations.request(message, context)
    else return
    if (message.credentials !== undefined) this.#try(message, message.credentials, context)
  }

  /** To the account of who sent it. */
  #charge(message: MessageFacts, context: MessageContext): void {
    const { source, destination, at } = context
    const { replaced } = this.#sources
    const watched = this.#sources.count(source.address)
    if (this.#sources.replaced > replaced) this.#onLimit('watchedSources', at)
    watched.probes.request(message, destination, at)
    this.#scanners.request(message, context)
    if (message.method === 'INVITE') watched.rate.count(at)
  }

  /** Each try counts once, for the first hop on which it is seen. */
  #try({ method, callId, cseq, fromTag }: MessageFacts, credentials: string, { source, at }: MessageContext): void {
    const known = this.#tries.get(callId)
    if (known?.cseq === cseq && known.source !== source.address) return
    const digest = readDigest(method, credentials)
    if (digest === undefined) return
    // Each call has a Call-ID of its own, and says nothing of who makes it.
    const client = method === 'INVITE' ? method : `${callId} ${fromTag}`
    const gone = this.#tries.set(callId, { cseq, source: source.address, client, digest })
    if (gone !== undefined) this.#onLimit('passwordTries', at)
  }

  #response(message: MessageFacts, context: MessageContext, observed: Observed | undefined): void {
    const { method, status = 0 } = message
    this.#responses = true
    this.#sources.find(context.destination.address)?.probes.response(message, context.source)
    if (method === 'OPTIONS' && observed !== undefined) this.#keepAlives.response(message, context, observed)
    if (method === 'INVITE') this.#inviteTargets.response(message)
    else if (method === 'REGISTER') this.#registrations.response(message, context)
    else return
    if (status >= 200) this.#tried(message, status, context.at)
  }

  #tried({ callId, cseq }: MessageFacts, status: number, at: FrameRef): void {
    const tried = this.#tries.get(callId)
    if (tried === undefined || tried.cseq !== cseq) return
    this.#tries.delete(callId)
    const source = this.#sources.find(tried.source)
    const tries = source?.triesFor(tried.digest.username)
    if (!REFUSED.has(status)) {
      if (tries !== undefined) tries.accepted++
    } else if (tries !== undefined) tries.refuse(tried.digest, tried.client, at)
    else if (source !== undefined) this.#onLimit('accountsOfSource', at)
  }
}

/** A request on a later hop of one that was seen before: a proxy answers for none of what it passes on (RFC 3261 §16.6). */
function isPassedOn(
  { hops }: MessageFacts,
  { source }: MessageContext,
  record: Observed['record'] | undefined,
): boolean {
  if (hops < 2 || record === undefined) return false
  const first = record.kind === 'out-of-call' ? record.source : record.legs[0]?.source
  return first !== undefined && first.address !== source.address
}

const SYN_ACK = TcpFlag.Syn | TcpFlag.Ack

/** Credentials that are refused are challenged again, or forbidden (RFC 3261 §21.4.2, §21.4.4, §21.4.8). */
const REFUSED: ReadonlySet<number> = new Set([...CHALLENGES, 403])

function sourceFacts({ key, missed, value: { rate, probes, tries } }: Hitter<Source>): SourceFacts {
  const targets = [...probes.targets.values()]
  const accounts = [...probes.accounts.values()]
  return {
    address: key,
    missed,
    invites: rate.invites,
    firstInviteAt: rate.firstAt,
    peak: rate.peak,
    peakAt: rate.peakAt,
    targets: targets.length,
    silentTargets: targets.filter((answered) => !answered).length,
    accounts: accounts.length,
    refusedAccounts: accounts.filter((outcome) => outcome === Outcome.Refused).length,
    reachedAccounts: accounts.filter((outcome) => outcome === Outcome.Reached).length,
    silentAccounts: accounts.filter((outcome) => outcome === Outcome.Unanswered).length,
    more: probes.more,
    probesAt: [...probes.at],
    tries: [...tries].map(([account, { refused, accepted, busiest, passwords, at }]) => ({
      account,
      refused,
      accepted,
      busiest,
      passwords,
      at,
    })),
  }
}
