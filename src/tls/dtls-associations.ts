import { type Endpoint, formatEndpoint } from '../bytes/endpoint.ts'
import type { FrameRef } from '../bytes/frame-ref.ts'
import { OldestFirst } from '../bytes/oldest-first.ts'
import { ceilingOf, LIMITS, memoryBytes, type OnLimit } from '../limits/limits.ts'
import type { DtlsAssociation } from './dtls-association.ts'
import { DtlsFlow } from './dtls-flow.ts'
import type { SessionSecrets } from './session-secrets.ts'

const MOST_OF_FLOW = LIMITS.dtlsAssociationsOfFlow.most

/** Ceilings of all flows together (limits.ts). */
export interface DtlsCeilings {
  readonly flows: number
  readonly octets: number
  readonly associations: number
}

/** Those under this --max-memory, octets. */
export function dtlsCeilings(maxMemoryBytes: number): DtlsCeilings {
  return {
    flows: ceilingOf('dtlsFlows', maxMemoryBytes),
    octets: ceilingOf('dtlsOctetsUnfinished', maxMemoryBytes),
    associations: ceilingOf('dtlsAssociations', maxMemoryBytes),
  }
}

export interface DtlsListener {
  /** Media between these endpoints (`formatEndpoint` texts) is keyed anew from here on. */
  keyed(association: DtlsAssociation): void
  anomaly(layer: 'tls', reason: string, at: FrameRef): void
  readonly limit: OnLimit
}

/** The DTLS associations of a trace that key media, by the pair of endpoints that they hold for. */
export class DtlsAssociations {
  readonly #secrets: SessionSecrets
  readonly #listener: DtlsListener
  /** In the order of their last datagram. */
  readonly #flows = new Map<string, DtlsFlow>()
  readonly #byPair = new Map<string, DtlsAssociation[]>()
  readonly #longestSilent = new OldestFirst(this.#flows)
  #held = 0
  #kept = 0
  readonly #ceilings: DtlsCeilings

  constructor(secrets: SessionSecrets, listener: DtlsListener, ceilings: DtlsCeilings = dtlsCeilings(memoryBytes())) {
    this.#secrets = secrets
    this.#listener = listener
    this.#ceilings = ceilings
  }

  /** Whether there are associations that key media. */
  get any(): boolean {
    return this.#byPair.size > 0
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
        limit: (limit, when) => this.#listener.limit(limit, when),
      })
    }
    this.#flows.delete(name)
    this.#flows.set(name, flow)
    this.#longestSilent.renewed(name)
    const before = flow.held
    flow.take(from < to ? 0 : 1, datagram, at)
    this.#held += flow.held - before
    const { flows, octets } = this.#ceilings
    if (this.#flows.size > flows) this.#evict('dtlsFlows', at)
    while (this.#held > octets && this.#flows.size > 1) this.#evict('dtlsOctetsUnfinished', at)
  }

  /** The associations between two endpoints, oldest first. */
  between(source: string, destination: string): readonly DtlsAssociation[] {
    return this.#byPair.get(pairOf(source, destination)) ?? NONE
  }

  #add(name: string, association: DtlsAssociation): void {
    if (association.srtpProfile === undefined) return
    const known = this.#byPair.get(name)
    const isBeyondFlow = (known?.length ?? 0) >= MOST_OF_FLOW
    if (isBeyondFlow || this.#kept >= this.#ceilings.associations) {
      this.#listener.limit(isBeyondFlow ? 'dtlsAssociationsOfFlow' : 'dtlsAssociations', association.at)
      return
    }
    this.#kept++
    if (known === undefined) this.#byPair.set(name, [association])
    else known.push(association)
    this.#listener.keyed(association)
  }

  /** The flow that has been silent for longest. */
  #evict(limit: 'dtlsFlows' | 'dtlsOctetsUnfinished', at: FrameRef): void {
    const name = this.#longestSilent.take() as string
    const flow = this.#flows.get(name) as DtlsFlow
    this.#flows.delete(name)
    this.#held -= flow.held
    if (flow.held > 0) this.#listener.limit(limit, at)
    flow.giveUp()
  }
}

const NONE: readonly DtlsAssociation[] = []

function pairOf(a: string, b: string): string {
  return a < b ? `${a} ${b}` : `${b} ${a}`
}
