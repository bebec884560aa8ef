import type { Endpoint } from '../../bytes/endpoint.ts'
import type { FrameRef } from '../../bytes/frame-ref.ts'
import { LIMITS, type OnLimit } from '../../limits/limits.ts'

const MOST = LIMITS.sipServers.most
/** RFC 3261 §19.1.2: 5060 of SIP over TCP, 5061 over TLS; and those that trunks and clouds have beside them. */
const USUAL_PORTS: ReadonlySet<number> = new Set([...Array.from({ length: 10 }, (_, n) => 5060 + n), 8933, 8934])

/** Where TCP connections for SIP are taken: the ports that are usual, and any other on which SIP was spoken in the trace. */
export class SipServers {
  readonly #ports = new Map<string, Set<number>>()
  readonly #onLimit: OnLimit
  #others = 0

  constructor(onLimit: OnLimit) {
    this.#onLimit = onLimit
  }

  /** This end speaks SIP on a connection that it took. */
  learn({ address, port }: Endpoint, at: FrameRef): void {
    if (USUAL_PORTS.has(port) || this.#ports.get(address)?.has(port) === true) return
    if (this.#others >= MOST) {
      this.#onLimit('sipServers', at)
      return
    }
    this.#others++
    const known = this.#ports.get(address)
    if (known === undefined) this.#ports.set(address, new Set([port]))
    else known.add(port)
  }

  has(endpoint: Endpoint): boolean {
    return isUsual(endpoint) || (this.#others > 0 && this.#ports.get(endpoint.address)?.has(endpoint.port) === true)
  }
}

export function isUsual({ port }: Endpoint): boolean {
  return USUAL_PORTS.has(port)
}
