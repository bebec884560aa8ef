import { setFlagsFromString } from 'node:v8'

/*
 * When V8 optimises functions of the command (docs/decisions/start-up.md). It does so on threads of its own, which the
 * threads that verify share the cores with; and most of what a scan calls in its first slab it never calls again.
 */

/** Octets of bytecode that a function runs before V8 looks whether to optimise it. */
const USUAL_BUDGET = 67_584
const FIRST_BUDGET = 8 * USUAL_BUDGET

let isLate = false

/** Before a scan. */
export function optimiseLater(): void {
  isLate = true
  setFlagsFromString(`--interrupt-budget=${FIRST_BUDGET}`)
}

/** Once there is more than one slab; it may be said of each. */
export function optimiseAsUsual(): void {
  if (!isLate) return
  isLate = false
  setFlagsFromString(`--interrupt-budget=${USUAL_BUDGET}`)
}
