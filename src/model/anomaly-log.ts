import { compareText } from '../bytes/compare-text.ts'
import type { FrameRef } from '../bytes/frame-ref.ts'
import {
  ceilingOf,
  type Dropped,
  LIMITS,
  type Limit,
  type LimitName,
  limitOf,
  memoryBytes,
  type OnLimit,
} from '../limits/limits.ts'
import type { Anomaly, ReachedLimit } from './report.ts'

const MAX_KINDS = LIMITS.anomalyKinds.most
const FURTHER = LIMITS.anomalyKinds.anomaly
const FRAMES = 20

interface Entry {
  readonly layer: Anomaly['layer']
  readonly reason: string
  readonly capture: number
  count: number
  readonly frames: number[]
}

/** Counts what parsers noticed, by layer, reason and capture, with the first frames. */
export class AnomalyLog {
  readonly #entries = new Map<string, Entry>()

  note(layer: Anomaly['layer'], reason: string, at: Pick<FrameRef, 'capture' | 'frame'>): void {
    const entry = this.#entry(layer, reason, at.capture)
    entry.count++
    if (entry.capture !== at.capture) return
    if (entry.frames.length < FRAMES && entry.frames.at(-1) !== at.frame) entry.frames.push(at.frame)
  }

  /** One thing more was dropped because a limit was reached. */
  readonly reached: OnLimit = (name, at) => {
    const { layer, reason } = LIMITS[name].anomaly
    this.note(layer, reason, at)
  }

  /** Adds a count that has no frames. */
  count(layer: Anomaly['layer'], reason: string, capture: number, count: number): void {
    if (count > 0) this.#entry(layer, reason, capture).count += count
  }

  /** Adds what limits dropped, without frames. */
  dropped(counts: Dropped, capture = 0): void {
    for (const [name, count] of Object.entries(counts)) {
      const { layer, reason } = LIMITS[name as LimitName].anomaly
      this.count(layer, reason, capture, count)
    }
  }

  /** The same counts, to be added to without a trace in these. */
  copy(): AnomalyLog {
    const copy = new AnomalyLog()
    for (const [key, entry] of this.#entries) copy.#entries.set(key, { ...entry, frames: [...entry.frames] })
    return copy
  }

  /**
   * By capture, layer and reason; `capture` is given where there are several.
   *
   * @param maxMemoryBytes what the limits follow that follow --max-memory
   */
  anomalies(severalCaptures: boolean, maxMemoryBytes = memoryBytes()): Anomaly[] {
    return [...this.#entries.values()].sort(inOrder).map(({ layer, reason, capture, count, frames }) => {
      return {
        layer,
        reason,
        count,
        ...limitReached(layer, reason, maxMemoryBytes),
        ...(severalCaptures && { capture }),
        frames,
      }
    })
  }

  #entry(layer: Anomaly['layer'], reason: string, capture: number): Entry {
    const known = this.#entries.get(`${capture} ${layer} ${reason}`)
    if (known !== undefined) return known
    // Of limits there is a number, and none of them is said in vain.
    const isKept = this.#entries.size < MAX_KINDS || limitOf(layer, reason) !== undefined
    const kind = isKept ? { layer, reason, capture } : { ...FURTHER, capture: 0 }
    const key = `${kind.capture} ${kind.layer} ${kind.reason}`
    const entry = this.#entries.get(key) ?? { ...kind, count: 0, frames: [] }
    this.#entries.set(key, entry)
    return entry
  }
}

/** The limit that an anomaly tells of, if any that is said to have been reached. */
export function limitReached(
  layer: Anomaly['layer'],
  reason: string,
  maxMemoryBytes = memoryBytes(),
): { readonly limit?: ReachedLimit } {
  const name = limitOf(layer, reason)
  if (name === undefined) return {}
  const { of, dropped, isPatience }: Limit = LIMITS[name]
  if (isPatience) return {}
  return { limit: { name, most: ceilingOf(name, maxMemoryBytes), of, dropped } }
}

/** What a limit dropped that is reached when the report is put together. */
export function droppedAnomaly(name: LimitName, count: number, maxMemoryBytes?: number): Anomaly {
  const { layer, reason } = LIMITS[name].anomaly
  return { layer, reason, count, ...limitReached(layer, reason, maxMemoryBytes), frames: [] }
}

/** By capture, layer and reason. */
export function inOrder(
  a: Pick<Anomaly, 'capture' | 'layer' | 'reason'>,
  b: Pick<Anomaly, 'capture' | 'layer' | 'reason'>,
): number {
  return (a.capture ?? 0) - (b.capture ?? 0) || compareText(a.layer, b.layer) || compareText(a.reason, b.reason)
}
