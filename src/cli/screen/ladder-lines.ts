import type { LadderStepReport } from '../../model/report.ts'
import { columnsOf, cut, leftAligned, shownText, wrapped } from './cells.ts'
import type { Ink, Paint } from './paint.ts'

/** Time and frame, before the lanes. */
const MARGIN = 22
/** Below this, an arrow between two lanes has no room for what it says. */
const NARROWEST_LANE = 22
const WIDEST_LANE = 44

/** A call's messages as arrows between hosts, one lane for each; as a list where the lanes have no room. */
export function ladderLines(steps: readonly LadderStepReport[], columns: number, paint: Paint): string[] {
  if (steps.length === 0) return []
  const hosts = [...new Set(steps.flatMap(({ from, to }) => [from, to]))]
  const lane = Math.min(WIDEST_LANE, Math.floor((columns - MARGIN) / Math.max(1, hosts.length)))
  if (lane < NARROWEST_LANE) return steps.flatMap((step) => listedStep(step, columns))
  const place = new Map(hosts.map((host, n) => [host, n * lane + Math.floor(lane / 2)]))
  const heads = hosts.map((host) => centred(shownText(host), lane)).join('')
  return [
    paint('dim', `${' '.repeat(MARGIN)}${heads}`.trimEnd()),
    ...steps.map((step) => {
      const arrow = arrowLine(step, place.get(step.from) as number, place.get(step.to) as number, [...place.values()])
      return paint(inkOf(step), `${marginOf(step)}${arrow}`.trimEnd())
    }),
  ]
}

function marginOf({ time, frame }: LadderStepReport): string {
  return leftAligned(`   ${time.slice(11, 23)} ${frame}`, MARGIN)
}

function inkOf({ label, repeated }: LadderStepReport): Ink | undefined {
  return repeated ? 'dim' : /^[456]/.test(label) ? 'red' : undefined
}

function saidOf({ label, sdp, repeated }: LadderStepReport): string {
  return `${shownText(label)}${sdp ? ' SDP' : ''}${repeated ? ' (again)' : ''}`
}

function arrowLine(step: LadderStepReport, from: number, to: number, lanes: readonly number[]): string {
  const bars = Array.from({ length: Math.max(...lanes) + 1 }, (_, n) => (lanes.includes(n) ? '|' : ' '))
  const text = ` ${saidOf(step)} `
  if (from === to) return `${bars.slice(0, from + 1).join('')}${text}(to itself)`
  const [left, right] = from < to ? [from, to] : [to, from]
  const room = right - left - 2
  const said = cut(text, room - 2)
  const dashes = room - columnsOf(said)
  const shaft = '-'.repeat(Math.floor(dashes / 2)) + said + '-'.repeat(Math.ceil(dashes / 2))
  return bars.slice(0, left + 1).join('') + (from < to ? `${shaft}>` : `<${shaft}`) + bars.slice(right).join('')
}

function listedStep(step: LadderStepReport, columns: number): string[] {
  return wrapped(`${shownText(`${step.from} > ${step.to}`)} ${saidOf(step)}`, columns, marginOf(step))
}

function centred(text: string, columns: number): string {
  const kept = cut(text, columns - 1)
  return leftAligned(' '.repeat(Math.max(0, Math.floor((columns - kept.length) / 2))) + kept, columns)
}
