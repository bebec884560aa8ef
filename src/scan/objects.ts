import type { ReportObject } from '../model/report-objects.ts'
import { type ScanOptions, scan } from './scan.ts'

/**
 * The objects of the NDJSON format, one after the other; from a pipe, calls and streams as they end. A consumer that
 * stops early ends the iteration, not the scan.
 */
export async function* scanObjects(options: Omit<ScanOptions, 'onObject'>): AsyncGenerator<ReportObject> {
  const ready: ReportObject[] = []
  let wake: () => void = () => undefined
  let ended = false
  const onObject = (object: ReportObject): void => {
    ready.push(object)
    wake()
  }
  const scanning = scan({ ...options, onObject }).finally(() => {
    ended = true
    wake()
  })
  // The error, if any, is thrown by the await below; here it must not count as unhandled.
  scanning.catch(() => undefined)
  for (;;) {
    for (let object = ready.shift(); object !== undefined; object = ready.shift()) yield object
    if (ended) break
    await new Promise<void>((resolve) => {
      wake = resolve
    })
  }
  await scanning
}
