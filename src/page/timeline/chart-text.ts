import type { Stream } from '../../model/report.ts'
import { formatNumber } from '../../report/layout.ts'
import { BANDS, type BandName, type Step, silencesOf } from './steps.ts'
import { clock } from './time-axis.ts'

export const BAND_WORDS: Readonly<Record<BandName, string>> = {
  failed: 'failed',
  plain: 'in the clear',
  unverified: 'not verifiable',
  lost: 'lost',
}

/** What a stream's chart shows, in one sentence: for who does not see it. */
export function summaryOf(stream: Stream, steps: readonly Step[]): string {
  const { kind, packets } = stream
  const [first] = steps
  const last = steps.at(-1)
  if (first === undefined || last === undefined) return ''
  const rate = Math.max(...steps.map((step) => step.rate))
  const jitter = Math.max(...steps.map(({ jitterMs = -1 }) => jitterMs))
  const parts = [
    `${formatNumber(packets)} ${kind.toUpperCase()} packets from ${clock(first.fromMs)} to ${clock(last.toMs)}, ` +
      `${rateText(rate)} at most`,
    ...BANDS.flatMap((name) => bandText(steps, name, packets)),
    ...(jitter >= 0 ? [`jitter ${msText(jitter)} at most`] : []),
    ...silencesOf(steps, kind).map(
      ({ fromMs, toMs }) => `no packets from ${clock(fromMs)} to ${clock(toMs)} (${silenceText(toMs - fromMs)})`,
    ),
  ]
  return `${parts.join('; ')}.`
}

function bandText(steps: readonly Step[], name: BandName, packets: number): string[] {
  const total = steps.reduce((sum, step) => sum + step[name], 0)
  if (total === 0) return []
  if (total === packets && name !== 'lost') return [`all ${BAND_WORDS[name]}`]
  const hit = steps.filter((step) => step[name] > 0)
  const [from, to] = [clock(hit[0].fromMs), clock((hit.at(-1) as Step).toMs)]
  return [`${formatNumber(total)} ${BAND_WORDS[name]} between ${from} and ${to}`]
}

/** What a stream's step has: at the moment that somebody points at. */
export function readoutOf(step: Step | undefined): string {
  if (step === undefined) return 'not there yet, or over'
  const { packets, rate, jitterMs } = step
  const counts = BANDS.flatMap((name) => (step[name] > 0 ? [`${formatNumber(step[name])} ${BAND_WORDS[name]}`] : []))
  return [
    packets === 0 ? 'no packets' : rateText(rate),
    ...counts,
    ...(jitterMs === undefined ? [] : [`jitter ${msText(jitterMs)}`]),
  ].join(', ')
}

function rateText(rate: number): string {
  return `${rate < 10 ? +rate.toFixed(1) : formatNumber(Math.round(rate))} a second`
}

export function msText(ms: number): string {
  return `${ms < 10 ? ms.toFixed(1) : Math.round(ms)} ms`
}

export function silenceText(ms: number): string {
  const seconds = Math.round(ms / 1000)
  return seconds < 120 ? `${seconds} s` : `${Math.floor(seconds / 60)} min ${seconds % 60} s`
}
