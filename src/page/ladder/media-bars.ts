import type { MediaFate } from '../../report/ladder/media-flows.ts'
import type { ArrowBox, RowBox } from './layout.ts'

/** The time over which a stream ran, beside the lifeline of its sender. */
export interface MediaBar {
  /** Place of its row. */
  readonly row: number
  readonly fate: MediaFate
  readonly x: number
  readonly width: number
  readonly top: number
  readonly bottom: number
}

const BAR_WIDTH = 4
/** From one bar to the next; bars beyond so many share the last place. */
const STEP = 6
const MOST_SLOTS = 4
/** Of what ran too shortly to be seen. */
const LEAST_HEIGHT = 6

/**
 * The bars of all streams. What ran at the same time beside the same lifeline stands side by side.
 *
 * @param bottom where the ladder ends: what goes on behind the last message goes so far
 */
export function mediaBars(rows: readonly RowBox[], bottom: number): MediaBar[] {
  const taken = new Map<string, number[]>()
  return rows.flatMap((box, row): MediaBar[] => {
    if (box.kind !== 'media' || box.row.kind !== 'media') return []
    const side = box.toX >= box.fromX ? 1 : -1
    const top = box.top + box.height / 2
    const end = Math.max(top + box.height / 2 + LEAST_HEIGHT, placeOfTime(rows, box.row.lastUs, bottom))
    const key = `${box.fromX} ${side}`
    const slots = taken.get(key) ?? []
    taken.set(key, slots)
    const free = slots.findIndex((until) => until <= top)
    const slot = Math.min(MOST_SLOTS - 1, free < 0 ? slots.length : free)
    slots[slot] = end
    const x = box.fromX + side * (STEP / 2 + slot * STEP) - (side < 0 ? BAR_WIDTH : 0)
    return [{ row, fate: box.row.flow.fate, x, width: BAR_WIDTH, top, bottom: end }]
  })
}

/** Where a time stands: between the rows before and after it, in the same part of the way. */
export function placeOfTime(rows: readonly RowBox[], timeUs: number, bottom: number): number {
  let after = rows.length
  while (after > 0 && rows[after - 1].row.timeUs > timeUs) after--
  const box = rows[after - 1]
  if (box === undefined) return 0
  const [fromUs, top] = box.kind === 'gap' ? [box.row.timeUs, box.top] : [box.row.timeUs, middleOf(box)]
  const next = rows[after]
  const [untilUs, end] =
    box.kind === 'gap'
      ? [box.row.lastUs, box.top + box.height]
      : next === undefined
        ? [Number.POSITIVE_INFINITY, bottom]
        : [next.row.timeUs, next.kind === 'gap' ? next.top : middleOf(next)]
  if (next === undefined && box.kind !== 'gap') return timeUs > fromUs ? bottom : top
  return untilUs <= fromUs ? top : top + ((timeUs - fromUs) / (untilUs - fromUs)) * (end - top)
}

function middleOf({ top, height }: Pick<ArrowBox, 'top' | 'height'>): number {
  return top + height / 2
}
