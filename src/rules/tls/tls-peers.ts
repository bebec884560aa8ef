import { formatEndpoint } from '../../bytes/endpoint.ts'
import type { FrameRef } from '../../bytes/frame-ref.ts'
import type { TraceFacts } from '../../model/analysis.ts'
import type { Finding } from '../../model/report.ts'
import type { AnalysedChain, AnalysedHandshake, AnalysedTls } from '../../model/tls-facts.ts'
import type { Certificate } from '../../tls/certificate.ts'
import type { TlsSender } from '../../tls/handshake-facts.ts'
import { FRAMES, finding, type RuleText, type Statement } from '../rule.ts'

/** Findings of one rule; what there is beyond is summed up. */
const MOST = 100

/** A handshake and the connection that it belongs to. */
export interface Handshaken {
  readonly tls: AnalysedTls
  readonly handshake: AnalysedHandshake
}

export function* handshakesOf(trace: TraceFacts): Generator<Handshaken> {
  for (const tls of trace.tls) for (const handshake of tls.handshakes) yield { tls, handshake }
}

export interface Shown extends Handshaken {
  readonly sender: TlsSender
  readonly chain: AnalysedChain
  readonly leaf: AnalysedChain['certificates'][number]
}

/** Every chain that a side showed, as far as it could be read. */
export function* chainsOf(trace: TraceFacts, senders: readonly TlsSender[] = ['server', 'client']): Generator<Shown> {
  for (const { tls, handshake } of handshakesOf(trace)) {
    for (const sender of senders) {
      const chain = handshake.certificates[sender]
      const leaf = chain?.certificates[0]
      if (chain !== undefined && leaf !== undefined) yield { tls, handshake, sender, chain, leaf }
    }
  }
}

/** A Certificate message with nothing in it; one that is not read is something. */
export function isEmpty({ certificates, unread = 0 }: AnalysedChain): boolean {
  return certificates.length === 0 && unread === 0
}

/**
 * Every certificate of these chains that is judged by what it says, the leaf first: a root is trusted for being known,
 * whatever it says of itself.
 */
export function* certificatesOf(trace: TraceFacts): Generator<Shown & { readonly certificate: Certificate }> {
  for (const shown of chainsOf(trace)) {
    for (const [index, certificate] of shown.chain.path.entries()) {
      if (index === 0 || !certificate.selfSigned) yield { ...shown, certificate }
    }
  }
}

/** Who showed a chain, for a sentence: `The server 192.0.2.1:5061`, `The client 192.0.2.2`. */
export function whose({ tls, sender }: Pick<Shown, 'tls' | 'sender'>): string {
  return sender === 'server' ? `The server ${formatEndpoint(tls.server)}` : `The client ${tls.client.address}`
}

/** A key for what one peer shows: a client's port is another each time. */
export function peerKey({ tls, sender }: Pick<Shown, 'tls' | 'sender'>): string {
  return sender === 'server' ? formatEndpoint(tls.server) : `${tls.client.address} > ${formatEndpoint(tls.server)}`
}

interface Group {
  readonly statement: Statement
  readonly tls: AnalysedTls
  readonly at: FrameRef[]
  connections: number
}

/** One finding for what is the same on many connections: a trunk shakes hands all day. */
export class PeerFindings {
  readonly #text: RuleText
  readonly #trace: TraceFacts
  readonly #groups = new Map<string, Group>()
  #beyond = 0
  #lastAt: FrameRef | undefined

  constructor(text: RuleText, trace: TraceFacts) {
    this.#text = text
    this.#trace = trace
  }

  /** @param key of what is the same; `say` is asked for the first of them only */
  add(key: string, tls: AnalysedTls, at: FrameRef, say: () => Statement): void {
    const known = this.#groups.get(key)
    if (known !== undefined) {
      known.connections++
      if (known.at.length < FRAMES) known.at.push(at)
    } else if (this.#groups.size < MOST) {
      this.#groups.set(key, { statement: say(), tls, at: [at], connections: 1 })
    } else {
      this.#beyond++
      this.#lastAt ??= at
    }
  }

  findings(): Finding[] {
    const said = [...this.#groups.values()].map(({ statement, tls, at, connections }) =>
      finding(this.#text, this.#trace, {
        ...statement,
        at,
        evidence: {
          server: formatEndpoint(tls.server),
          connection: tls.connection,
          handshakes: connections,
          ...statement.evidence,
        },
      }),
    )
    if (this.#lastAt === undefined) return said
    const detail = `The same in ${this.#beyond} more handshakes of other peers.`
    return [
      ...said,
      finding(this.#text, this.#trace, { detail, at: [this.#lastAt], evidence: { handshakes: this.#beyond } }),
    ]
  }
}
