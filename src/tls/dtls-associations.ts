import { type Endpoint, formatEndpoint } from '../bytes/endpoint.ts'
import type { FrameRef } from '../bytes/frame-ref.ts'
import type { DtlsAssociation } from './dtls-association.ts'
import { DtlsFlow } from './dtls-flow.ts'
import type { SessionSecrets } from './session-secrets.ts'

/** Flows whose handshakes are read at a time, and octets of unfinished messages that they may hold together. */
const MOST_FLOWS = 16_384
const MOST_HELD = 8 << 20
/** Associations that are kept, of the trace and of one flow. */
const MOST_ASSOCIATIONS = 65_536
const MOST_OF_FLOW = 64

export interface DtlsListener {
  /** Media between these endpoints (`formatEndpoint` texts) is keyed anew from here on. */
  keyed(association: DtlsAssociation): void
  anomaly(layer: 'tls', reason: string, at: FrameRef): void
}

/** The DTLS associations of a trace that key media, by the pair of endpoints that they hold for. */
export class DtlsAssociations {
  readonly #secrets: SessionSecrets
  readonly #listener: DtlsListener
  /** In the order of their last datagram. */
  readonly #flows = new Map<string, DtlsFlow>()
  readonly #byPair = new Map<string, DtlsAssociation[]>()
  #held = 0
  #kept = 0
  #evicted = 0
  #refused = 0

  constructor(secrets: SessionSecrets, listener: DtlsListener) {
    this.#secrets = secrets
    this.#listener = listener
  }

  /** Flows that were let go before their handshake was over, and associations that found no room. */
  get facts(): { readonly evicted: number; readonly refused: number } {
    return { evicted: this.#evicted, refused: this.#refused }
  }

  /** Those that can be read. */
  get all(): readonly DtlsAssociation[] {
    const associations = [...this.#byPair.values()].flat().filter(({ isHidden }) => !isHidden)
    return associations.sort((a, b) => a.at.position - b.at.position)
  }

  /** A datagram of handshake records. Its octets hold during the call only. */
  take(source: Endpoint, destination: Endpoint, datagram: Uint8Array, at: FrameRef): void {
    const [from, to] = [formatEndpoint(source), formatEndpoint(destination)]
    const name = pairOf(from, to)
    let flow = this.#flows.get(name)
    if (flow === undefined) {
      const ends = from < to ? ([from, to] as const) : ([to, from] as const)
      flow = new DtlsFlow(ends, this.#secrets, {
        association: (association) => this.#add(name, association),
        anomaly: (reason, when) => this.#listener.anomaly('tls', reason, when),
      })
    }
    this.#flows.delete(name)
    this.#flows.set(name, flow)
    const before = flow.held
    flow.take(from < to ? 0 : 1, datagram, at)
    this.#held += flow.held - before
    while (this.#flows.size > MOST_FLOWS || (this.#held > MOST_HELD && this.#flows.size > 1)) this.#evict()
  }

  /** The associations between two endpoints, oldest first. */
  between(source: string, destination: string): readonly DtlsAssociation[] {
    return this.#byPair.get(pairOf(source, destination)) ?? NONE
  }

  #add(name: string, association: DtlsAssociation): void {
    if (association.srtpProfile === undefined) return
    const known = this.#byPair.get(name)
    if (this.#kept >= MOST_ASSOCIATIONS || (known?.length ?? 0) >= MOST_OF_FLOW) {
      this.#refused++
      return
    }
    this.#kept++
    if (known === undefined) this.#byPair.set(name, [association])
    else known.push(association)
    this.#listener.keyed(association)
  }

  /** The flow that has been silent for longest. */
  #evict(): void {
    const [name, flow] = this.#flows.entries().next().value as [string, DtlsFlow]
    this.#flows.delete(name)
    this.#held -= flow.held
    if (flow.held > 0) this.#evicted++
  }
}

const NONE: readonly DtlsAssociation[] = []

function pairOf(a: string, b: string): string {
  return a < b ? `${a} ${b}` : `${b} ${a}`
}
