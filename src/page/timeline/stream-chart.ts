import { scaleLinear } from 'd3-scale'
import { area, curveStepAfter, line } from 'd3-shape'
import type { Stream } from '../../model/report.ts'
import { BANDS, type BandName, type Silence, type Step, shareOf, silencesOf } from './steps.ts'
import type { TimeAxis } from './time-axis.ts'

/** Heights in px. */
const RATE = { rtp: 44, rtcp: 18 } as const
const BAND = 13
const JITTER = 18
const GAP = 5
const TOP = 4
/** So that one packet is seen. */
const LEAST_PX = 3

/** A strip of the chart under a name of its own: bars that are as high as the share of the packets. */
export interface Band {
  readonly name: BandName
  readonly top: number
  readonly height: number
  readonly path: string
  /** The greatest share of a step. */
  readonly most: number
}

/** Where everything of a stream's chart is drawn. */
export interface StreamChart {
  readonly height: number
  /** Packets a second: those that did not verify stand on the ground, one kind on the other, the rest on them. */
  readonly rate: {
    readonly top: number
    readonly ground: number
    readonly most: number
    readonly path: string
    readonly bad: readonly { readonly name: BandName; readonly path: string }[]
  }
  readonly bands: readonly Band[]
  readonly jitter?: { readonly top: number; readonly height: number; readonly most: number; readonly path: string }
  readonly silences: readonly (Silence & { readonly x: number; readonly width: number })[]
  /** From the first packet to the last. */
  readonly life: { readonly from: number; readonly to: number }
}

/** @param steps one at least */
export function streamChart(kind: Stream['kind'], steps: readonly Step[], { x }: TimeAxis): StreamChart {
  const ground = TOP + RATE[kind]
  const most = niceMost(steps.reduce((highest, { rate }) => Math.max(highest, rate), 0))
  const y = scaleLinear([0, most], [ground, TOP])
  let top = ground + GAP
  const bands = BANDS.filter((name) => hasBand(kind, steps, name)).map((name): Band => {
    const share = (step: Step) => shareOf(step, name)
    const band = {
      name,
      top,
      height: BAND,
      most: Math.max(...steps.map(share)),
      path: bars(steps, share, top, x),
    }
    top += BAND + GAP
    return band
  })
  const jitter = jitterLine(steps, top, x)
  const height = jitter === undefined ? top : top + JITTER + GAP
  return {
    height,
    rate: {
      top: TOP,
      ground,
      most,
      ...rateParts(steps, y, x),
    },
    bands,
    ...(jitter !== undefined && { jitter }),
    silences: silencesOf(steps, kind).map((silence) => {
      const from = x(silence.fromMs)
      return { ...silence, x: from, width: x(silence.toMs) - from }
    }),
    life: { from: x(steps[0].fromMs), to: x((steps.at(-1) as Step).toMs) },
  }
}

/** What all packets are is seen in their rate already, and of RTCP every packet is. */
function hasBand(kind: Stream['kind'], steps: readonly Step[], name: BandName): boolean {
  return (
    kind === 'rtp' &&
    steps.some((step) => step[name] > 0) &&
    steps.some((step) => step.packets > 0 && shareOf(step, name) < 1)
  )
}

function rateParts(
  steps: readonly Step[],
  y: (rate: number) => number,
  x: TimeAxis['x'],
): Pick<StreamChart['rate'], 'path' | 'bad'> {
  let below = steps.map(() => 0)
  const bad = BANDS.filter((name) => name !== 'lost' && steps.some((step) => step[name] > 0)).map((name) => {
    const base = below
    const top = steps.map((step, n) => base[n] + rateOf(step, name))
    below = top
    return { name, path: stepArea(steps, top.map(y), base.map(y), x) }
  })
  // Not below the others: their tops would have its edge.
  const whole = steps.map(({ rate }, n) => y(Math.max(rate, below[n])))
  return { path: stepArea(steps, whole, below.map(y), x), bad }
}

function rateOf(step: Step, name: BandName): number {
  return step.packets === 0 ? 0 : (step[name] * step.rate) / step.packets
}

/** A filled outline that is level within each step, from `y0` to `y1`. */
function stepArea(steps: readonly Step[], y1: readonly number[], y0: readonly number[], x: TimeAxis['x']): string {
  const points = steps.map((step, n) => ({ at: x(step.fromMs), y1: y1[n], y0: y0[n] }))
  points.push({ ...points[points.length - 1], at: x((steps.at(-1) as Step).toMs) })
  const shape = area<(typeof points)[number]>()
    .x(({ at }) => at)
    .y0((point) => point.y0)
    .y1((point) => point.y1)
    .curve(curveStepAfter)
    .digits(1)
  return shape(points) ?? ''
}

/** A bar for each step with a share. */
function bars(steps: readonly Step[], share: (step: Step) => number, top: number, x: TimeAxis['x']): string {
  return steps
    .flatMap((step) => {
      const part = share(step)
      if (part === 0) return []
      const from = x(step.fromMs)
      const width = Math.max(1.5, x(step.toMs) - from)
      const high = Math.max(LEAST_PX, part * BAND)
      return [`M${from.toFixed(1)},${top + BAND}v${(-high).toFixed(1)}h${width.toFixed(1)}v${high.toFixed(1)}z`]
    })
    .join('')
}

function jitterLine(steps: readonly Step[], top: number, x: TimeAxis['x']): StreamChart['jitter'] {
  const known = steps.filter(({ jitterMs }) => jitterMs !== undefined)
  if (known.length === 0) return undefined
  const most = known.reduce((highest, { jitterMs = 0 }) => Math.max(highest, jitterMs), 0)
  const y = scaleLinear([0, niceMost(most)], [top + JITTER, top])
  // Each step is level; where there is none the line is broken.
  const points = steps.flatMap(({ fromMs, toMs, jitterMs }) => [
    { at: x(fromMs), jitterMs },
    { at: x(toMs), jitterMs },
  ])
  const shape = line<(typeof points)[number]>()
    .defined(({ jitterMs }) => jitterMs !== undefined)
    .x(({ at }) => at)
    .y(({ jitterMs = 0 }) => y(jitterMs))
    .digits(1)
  return { top, height: JITTER, most, path: shape(points) ?? '' }
}

/** A round number that is not below, or hardly: the top of a scale. */
export function niceMost(most: number): number {
  if (most <= 0) return 1
  const power = 10 ** Math.floor(Math.log10(most))
  const found = [1, 1.5, 2, 3, 4, 5, 6, 8, 10].find((factor) => factor * power >= most * 0.98)
  return (found ?? 10) * power
}
