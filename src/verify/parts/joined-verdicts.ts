import { F, FRAMES_KEPT, I, type StreamTable } from '../../rtp/stream-table.ts'
import type { PartVerdict } from './part-verdicts.ts'

/**
 * Puts what was found of one stream in several parts into the table, as if it had been found in the trace: up to the
 * first packet that was left, as the first pass does. Where parts overlap in time and more was found than that packets
 * verify, nothing is said of the stream: the second pass judges it from its first packet on.
 */
export function joinVerdicts(table: StreamTable, stream: number, parts: readonly PartVerdict[]): void {
  const inOrder = [...parts].sort((a, b) => a.firstPosition - b.firstPosition)
  const overlap = inOrder.some(({ firstPosition }, n) => n > 0 && firstPosition <= inOrder[n - 1].lastPosition)
  if (overlap && !inOrder.every((part) => isSteady(part, inOrder[0]))) return
  const left = inOrder.findIndex(({ deferFrom }) => deferFrom >= 0)
  const counted = left < 0 ? inOrder : inOrder.slice(0, left + 1)
  const { ints, floats } = table
  const i = table.intsAt(stream)
  floats[table.floatsAt(stream) + F.DeferFrom] = left < 0 ? 0 : inOrder[left].deferFrom + 1
  const plainFrames: number[] = []
  for (const part of counted) {
    ints[i + I.ShortTags] += part.shortTags
    ints[i + I.Cut] += part.cut
    ints[i + I.Plain] += part.plain
    plainFrames.push(...part.plainFrames)
    if (part.verified > 0) addVerified(ints, i, part)
  }
  plainFrames.slice(0, FRAMES_KEPT).forEach((frame, n) => {
    ints[i + I.PlainFrames + n] = frame
  })
}

function addVerified(ints: Int32Array, i: number, { verified, firstRoc, lastRoc, authenticated }: PartVerdict): void {
  const before = ints[i + I.Verified]
  if (before === 0) ints[i + I.FirstRoc] = firstRoc
  ints[i + I.LastRoc] = lastRoc
  ints[i + I.Verified] = before + verified
  const { roc, sequence } = authenticated
  const highest = ints[i + I.AuthenticatedRoc]
  const isAhead = roc > highest || (roc === highest && sequence > ints[i + I.AuthenticatedSequence])
  if (!isAhead && before > 0) return
  ints[i + I.AuthenticatedRoc] = roc
  ints[i + I.AuthenticatedSequence] = sequence
}

/** Nothing but packets that verify, or are cut, under one rollover counter: their order does not matter. */
function isSteady(part: PartVerdict, first: PartVerdict): boolean {
  return (
    part.deferFrom < 0 &&
    part.plain === 0 &&
    part.verified > 0 &&
    part.firstRoc === first.firstRoc &&
    part.lastRoc === first.firstRoc &&
    part.authenticated.roc === first.firstRoc
  )
}
