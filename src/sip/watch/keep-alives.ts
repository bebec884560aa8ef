import type { FrameRef } from '../../bytes/frame-ref.ts'
import type { Growing } from '../../bytes/growing.ts'
import { keptIn } from '../../bytes/kept-in.ts'
import { LIMITS, type OnLimit } from '../../limits/limits.ts'
import type { Observed } from '../call-table.ts'
import { CHALLENGES } from '../challenges.ts'
import type { MessageContext } from '../context.ts'
import type { MessageFacts } from '../message-facts.ts'
import { FRAMES, type OptionsAnswers, type OptionsRefusals } from './facts.ts'

const MOST = LIMITS.keepAlivePairs.most
/** More Request-URIs than this are those of telephones, which a registrar asks whether they are there. */
const FEW_URIS = 3

interface Kept extends Growing<OptionsAnswers> {
  readonly uris: Set<string>
  /** In a row, up to the last answer. */
  current: Growing<OptionsRefusals> | undefined
}

/** What becomes of the OPTIONS by which one host asks another whether it is there (RFC 3261 §11). */
export class KeepAlives {
  readonly #kept = new Map<string, Kept>()
  readonly #onLimit: OnLimit

  constructor(onLimit: OnLimit) {
    this.#onLimit = onLimit
  }

  response(
    { status = 0 }: MessageFacts,
    { source: from, at }: MessageContext,
    { record, transaction }: Observed,
  ): void {
    if (record.kind !== 'out-of-call' || record.method !== 'OPTIONS' || status < 200) return
    const kept = this.#of(transaction.source.address, from.address, at)
    if (kept === undefined) return
    if (kept.uris.size <= FEW_URIS) kept.uris.add(record.requestUri ?? '')
    if (status < 300) kept.accepted++
    // Who asks for credentials is there.
    if (status < 300 || CHALLENGES.has(status)) kept.current = undefined
    else {
      if (kept.current?.status !== status)
        kept.current = { status, count: 0, acceptedBefore: kept.accepted, firstAt: at, lastAt: at, at: [] }
      kept.current.count++
      kept.current.lastAt = at
      if (kept.current.at.length < FRAMES) kept.current.at.push(at)
      if (kept.current.count > (kept.longest?.count ?? 0)) kept.longest = kept.current
    }
  }

  /** Of hosts that ask one another, and not of telephones. */
  list(): readonly OptionsAnswers[] {
    return [...this.#kept.values()]
      .filter(({ uris }) => uris.size <= FEW_URIS)
      .map(({ source, destination, accepted, longest }) => ({
        source,
        destination,
        accepted,
        longest: longest && { ...longest, at: [...longest.at] },
      }))
  }

  #of(source: string, destination: string, at: FrameRef): Kept | undefined {
    const none = () => ({ source, destination, uris: new Set<string>(), accepted: 0, current: undefined })
    const kept = keptIn(this.#kept, `${source} ${destination}`, MOST, none)
    if (kept === undefined) this.#onLimit('keepAlivePairs', at)
    return kept
  }
}
