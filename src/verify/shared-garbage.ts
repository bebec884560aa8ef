import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'

/** Memories that may lie about: some 10 MB each. To collect takes a moment where much else is kept. */
const MOST_LEFT = 32

let left = 0
let collect: (() => void) | undefined

/**
 * Call where a shared memory is out of use, and others follow. V8 frees it with what refers to it, but does not count it:
 * the memories of hundreds of parts make it collect nothing, and would stay until the machine has no more.
 */
export function leaveSharedMemory(): void {
  left++
  if (left < MOST_LEFT) return
  left = 0
  collect ??= collector()
  collect()
}

function collector(): () => void {
  setFlagsFromString('--expose-gc')
  return runInNewContext('gc') as () => void
}
