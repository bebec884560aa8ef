import { type ScaleLinear, scaleLinear } from 'd3-scale'

/** Seconds between ticks that people read easily. */
const STEPS = [0.1, 0.2, 0.5, 1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 900, 1800, 3600, 7200, 21_600, 43_200, 86_400]
/** Room of a tick with its text, px. */
const TICK_PX = 84

/** One axis of time for all that is drawn of a call. Times are ms since 1970, places are px. */
export interface TimeAxis {
  readonly fromMs: number
  readonly toMs: number
  readonly x: ScaleLinear<number, number>
  readonly ticks: readonly { readonly ms: number; readonly x: number; readonly text: string }[]
}

/** @param times of which the axis shows all; @param left, right places of its ends */
export function timeAxis(times: readonly number[], left: number, right: number): TimeAxis {
  const fromMs = times.reduce((first, time) => Math.min(first, time), Number.POSITIVE_INFINITY)
  const last = times.reduce((latest, time) => Math.max(latest, time), fromMs)
  // What happens in one moment has an axis all the same.
  const toMs = Math.max(last, fromMs + 1000)
  const x = scaleLinear([fromMs, toMs], [left, right])
  return { fromMs, toMs, x, ticks: ticksOf(x, fromMs, toMs, Math.max(1, Math.floor((right - left) / TICK_PX))) }
}

/** At round times of the day. */
function ticksOf(x: TimeAxis['x'], fromMs: number, toMs: number, most: number): TimeAxis['ticks'] {
  const seconds = (toMs - fromMs) / 1000
  const step = STEPS.find((one) => seconds / one <= most) ?? Math.ceil(seconds / most / 86_400) * 86_400
  const stepMs = step * 1000
  const ticks: { ms: number; x: number; text: string }[] = []
  for (let n = Math.ceil(fromMs / stepMs); n * stepMs <= toMs; n++) {
    const ms = Math.round(n * stepMs)
    ticks.push({ ms, x: x(ms), text: clock(ms, step < 1 ? 1 : 0) })
  }
  return ticks
}

/** `09:30:05` in UTC, with so many digits of a second's fraction. */
export function clock(ms: number, digits = 0): string {
  return new Date(ms).toISOString().slice(11, digits === 0 ? 19 : 20 + digits)
}
