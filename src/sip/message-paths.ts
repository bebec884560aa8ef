import type { Endpoint } from '../bytes/endpoint.ts'
import { LIMITS, type OnLimit } from '../limits/limits.ts'
import type { Leg, MessagePath } from './call.ts'
import type { MessageContext } from './context.ts'
import { isSameEndpoint } from './transaction.ts'

const MOST_PATHS = LIMITS.pathsOfCall.most
/** Lists that may be found again; a live scan has new ports to the end of its days. */
const MOST_SHARED = 16_384

/**
 * The ways that messages went, in the order of their first messages. Equal lists between the same endpoints are one
 * object: calls without number between two hosts take no more room for it than one.
 */
export class MessagePaths {
  readonly #last: MessagePath | undefined
  readonly #earlier: MessagePaths | undefined
  readonly #length: number
  /** How many lists may be found from the empty one. */
  readonly #shared: { lists: number }
  /** The lists that are longer by one, by the endpoints of that one. */
  #longer: Map<Endpoint, Map<Endpoint, MessagePaths[]>> | undefined
  #leg: readonly Leg[] | undefined

  constructor(earlier?: MessagePaths, last?: MessagePath) {
    this.#earlier = earlier
    this.#last = last
    this.#length = earlier === undefined ? 0 : earlier.#length + 1
    this.#shared = earlier === undefined ? { lists: 0 } : earlier.#shared
  }

  list(): MessagePath[] {
    const paths: MessagePath[] = []
    for (let each: MessagePaths | undefined = this; each !== undefined; each = each.#earlier) {
      if (each.#last !== undefined) paths.push(each.#last)
    }
    return paths.reverse()
  }

  /** The last way as a call's only leg. */
  get leg(): readonly Leg[] {
    const { source, destination } = this.#last as MessagePath
    this.#leg ??= [{ source, destination }]
    return this.#leg
  }

  /** The list that has a message's way too: this one, where it is known. */
  with(kind: MessagePath['kind'], context: MessageContext, onLimit?: OnLimit): MessagePaths {
    for (let each: MessagePaths | undefined = this; each !== undefined; each = each.#earlier) {
      if (each.#last !== undefined && isSamePath(each.#last, context)) return this
    }
    if (this.#length === MOST_PATHS) {
      onLimit?.('pathsOfCall', context.at)
      return this
    }
    const { source, destination, transport } = context
    const lists = this.#longer?.get(source)?.get(destination) ?? []
    const known = lists.find((list) => list.#last?.kind === kind && list.#last.transport === transport)
    if (known !== undefined) return known
    const longer = new MessagePaths(this, { kind, source, destination, transport })
    if (this.#shared.lists < MOST_SHARED) this.#share(longer, source, destination)
    return longer
  }

  #share(longer: MessagePaths, source: Endpoint, destination: Endpoint): void {
    this.#shared.lists += 1
    this.#longer ??= new Map()
    const ofSource = this.#longer.get(source) ?? new Map<Endpoint, MessagePaths[]>()
    if (ofSource.size === 0) this.#longer.set(source, ofSource)
    ofSource.set(destination, [...(ofSource.get(destination) ?? []), longer])
  }
}

function isSamePath(path: MessagePath, { source, destination, transport }: MessageContext): boolean {
  return (
    isSameEndpoint(path.source, source) && isSameEndpoint(path.destination, destination) && path.transport === transport
  )
}
