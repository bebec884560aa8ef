import type { Stream } from '../../model/report.ts'

/** What may become of a packet beside that it verifies, and what is lost: each has its own band. */
export const BANDS = ['failed', 'plain', 'unverified', 'lost'] as const
export type BandName = (typeof BANDS)[number]

/** A step of a stream's timeline: when, and how many packets of what kind. */
export interface Step {
  readonly fromMs: number
  readonly toMs: number
  readonly packets: number
  /** Packets a second. */
  readonly rate: number
  readonly failed: number
  readonly plain: number
  readonly unverified: number
  readonly lost: number
  readonly jitterMs: number | undefined
}

/** The steps of a stream's timeline; none where it has none. */
export function stepsOf({ timeline, firstTime, lastTime, packets }: Stream): Step[] {
  if (timeline === undefined) return []
  const startMs = Date.parse(timeline.start)
  const stepMs = timeline.stepSeconds * 1000
  const lastMs = Date.parse(lastTime)
  // The last step ends with its last packet, and that packet's share of the time.
  const apartMs = packets > 1 ? (lastMs - Date.parse(firstTime)) / (packets - 1) : stepMs
  return timeline.packets.map((count, n) => {
    const fromMs = startMs + n * stepMs
    const isLast = n === timeline.packets.length - 1
    const toMs = isLast ? Math.min(fromMs + stepMs, Math.max(fromMs, lastMs) + Math.max(1, apartMs)) : fromMs + stepMs
    return {
      fromMs,
      toMs,
      packets: count,
      rate: (count * 1000) / (toMs - fromMs),
      failed: timeline.failed?.[n] ?? 0,
      plain: timeline.plain?.[n] ?? 0,
      unverified: timeline.unverified?.[n] ?? 0,
      lost: timeline.lost?.[n] ?? 0,
      jitterMs: count > 0 ? timeline.jitterMs?.[n] : undefined,
    }
  })
}

/** The step of a moment. */
export function stepAt(steps: readonly Step[], ms: number): Step | undefined {
  const [first] = steps
  const last = steps.at(-1)
  if (first === undefined || last === undefined || ms < first.fromMs || ms > last.toMs) return undefined
  // All but the last are equally long.
  const n = Math.floor((ms - first.fromMs) / (first.toMs - first.fromMs))
  return steps[Math.min(n, steps.length - 1)]
}

/** The part of a step that a kind is: of the packets that came, and for lost ones of those that should have. */
export function shareOf(step: Step, band: BandName): number {
  if (step[band] === 0) return 0
  return step[band] / (step.packets + (band === 'lost' ? step.lost : 0))
}

/** A stretch in which nothing came, though the stream went on behind it. */
export interface Silence {
  readonly fromMs: number
  readonly toMs: number
}

/** RTCP is sent every few seconds (RFC 3550 §6.2): only a multiple of what is usual in the stream is a silence. */
const USUAL_TIMES = 4

export function silencesOf(steps: readonly Step[], kind: Stream['kind']): Silence[] {
  const silences: Silence[] = []
  for (let n = 0; n < steps.length; n++) {
    if (steps[n].packets > 0) continue
    const from = n
    while (n + 1 < steps.length && steps[n + 1].packets === 0) n++
    silences.push({ fromMs: steps[from].fromMs, toMs: steps[n].toMs })
  }
  if (kind === 'rtp' || silences.length === 0) return silences
  const lengths = silences.map(({ fromMs, toMs }) => toMs - fromMs).sort((a, b) => a - b)
  const usual = Math.max(lengths[lengths.length >> 1], 5000)
  return silences.filter(({ fromMs, toMs }) => toMs - fromMs > usual * USUAL_TIMES)
}
