import type { LadderStepReport } from '../../model/report.ts'
import { columnsOf, cut, cutFront, leftAligned, shownText, wrapped } from './cells.ts'
import type { Ink, Paint } from './paint.ts'

/** From one lane to the next: below this an arrow has no room for what it says, above it the eye loses the lane. */
const NEAREST = 20
const FARTHEST = 44

/** A call's messages as arrows between hosts, one lane for each; as a list where the lanes have no room. */
export function ladderLines(steps: readonly LadderStepReport[], columns: number, paint: Paint): string[] {
  if (steps.length === 0) return []
  const margins = marginsOf(steps)
  const hosts = [...new Set(steps.flatMap(({ from, to }) => [from, to]))]
  const edge = Math.ceil(Math.min(NEAREST - 1, Math.max(...hosts.map((host) => columnsOf(shownText(host))))) / 2)
  const room = columns - columnsOf(margins[0]) - 2 * edge
  const apart = Math.min(FARTHEST, Math.floor(room / Math.max(1, hosts.length - 1)))
  if (apart < NEAREST) return steps.flatMap((step, n) => listedStep(step, margins[n], columns))
  const lanes = new Map(hosts.map((host, n) => [host, edge + n * apart]))
  return [
    paint('dim', ' '.repeat(columnsOf(margins[0])) + headLine(lanes, apart)),
    ...steps.map((step, n) => paint(inkOf(step), (margins[n] + arrowLine(step, lanes)).trimEnd())),
  ]
}

/** Time and frame of each, before the lanes. */
function marginsOf(steps: readonly LadderStepReport[]): string[] {
  const texts = steps.map(({ time, frame }) => `  ${time.slice(11, 23)} ${frame} `)
  const width = Math.max(...texts.map((text) => text.length))
  return texts.map((text) => leftAligned(text, width))
}

/** Every host in the middle over its lane; of long ones the end is seen. */
function headLine(lanes: ReadonlyMap<string, number>, apart: number): string {
  let line = ''
  for (const [host, lane] of lanes) {
    const text = cutFront(shownText(host), apart - 1)
    line = leftAligned(line, Math.max(0, lane - Math.floor(columnsOf(text) / 2))) + text
  }
  return line
}

function inkOf({ label, repeated }: LadderStepReport): Ink | undefined {
  return repeated ? 'dim' : /^[456]/.test(label) ? 'red' : undefined
}

/** Where there is less room, a response is not said with its method, nor a copy with what it carries. */
function saidOf({ label, sdp, repeated }: LadderStepReport, room = Number.POSITIVE_INFINITY): string {
  const carried = sdp ? ' SDP' : ''
  const again = repeated ? ' (again)' : ''
  const said = shownText(label) + carried + again
  return columnsOf(said) <= room ? said : cut(shownText(label).replace(/ \([^)]*\)$/, '') + (again || carried), room)
}

function arrowLine(step: LadderStepReport, lanes: ReadonlyMap<string, number>): string {
  const places = [...lanes.values()]
  const [from, to] = [lanes.get(step.from) as number, lanes.get(step.to) as number]
  const bars = Array.from({ length: Math.max(...places) + 1 }, (_, n) => (places.includes(n) ? '|' : ' '))
  if (from === to) return `${bars.slice(0, from + 1).join('')} ${saidOf(step)} (to itself)`
  const [left, right] = from < to ? [from, to] : [to, from]
  // A bar at each end, a head, and a stroke at least on either side of what is said.
  const said = ` ${saidOf(step, right - left - 6)} `
  const strokes = right - left - 2 - columnsOf(said)
  const shaft = '-'.repeat(Math.floor(strokes / 2)) + said + '-'.repeat(Math.ceil(strokes / 2))
  return bars.slice(0, left + 1).join('') + (from < to ? `${shaft}>` : `<${shaft}`) + bars.slice(right).join('')
}

function listedStep(step: LadderStepReport, margin: string, columns: number): string[] {
  return wrapped(`${shownText(`${step.from} > ${step.to}`)} ${saidOf(step)}`, columns, margin)
}
