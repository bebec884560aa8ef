import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'

/** Octets of this thread's heap that are in use: what nobody refers to any more is collected first. */
export function heapInUse(): number {
  setFlagsFromString('--expose-gc')
  const collect = runInNewContext('gc') as () => void
  collect()
  return process.memoryUsage().heapUsed
}
