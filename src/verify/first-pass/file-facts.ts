import type { FileSlabs } from '../../capture/file-slabs.ts'
import type { InputFacts } from '../../capture/input-records.ts'
import { lossAtBreakage } from '../../capture/loss.ts'
import { readCaptureFacts } from '../../capture/walker.ts'
import type { Breakage } from '../breakage.ts'
import { C, type Control } from '../control.ts'

/** What was found about a plain file, once its slabs were walked; `walker` is the state of what walked them. */
export function factsOfFile(file: FileSlabs, walker: Float64Array, control: Control, slabBytes: number): InputFacts {
  const facts = { ...readCaptureFacts(walker), bytes: file.sizeBytes }
  const shrunkIn = control.load(C.Shrunk) - 1
  if (shrunkIn < 0) return facts
  // The walker knows only that the octets do not fit together.
  const lost = file.shrunk(shrunkIn * slabBytes)
  return { ...facts, lost, bytes: lost.atByte }
}

/** The same where the trace was not judged to its end. Of several inputs no one can say where: all that was read of each counts. */
export function factsAtBreakage(facts: readonly InputFacts[], breakage: Breakage | undefined): readonly InputFacts[] {
  if (breakage === undefined) return facts
  const leavesOutCalls = breakage.heardUntil !== undefined
  return facts.map((fact) => ({
    ...fact,
    lost: fact.lost ?? lossAtBreakage(facts.length === 1 ? breakage.atByte : fact.bytes, leavesOutCalls),
  }))
}
