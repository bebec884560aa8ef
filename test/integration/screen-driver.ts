import { fileURLToPath } from 'node:url'
import { openScreen } from '../../src/cli/screen/open-screen.ts'
import { scan } from '../../src/index.ts'
import type { Report } from '../../src/model/report.ts'
import { replayed, SAMPLES } from '../cli/screen/snapshots.ts'

/**
 * The live screen over scans of the samples, for tests in a terminal. Snapshots come until the last, and then:
 * `crash` throws, `reject` leaves a promise without a catch, `listen` has a listener for SIGTERM that ends in good order.
 */
const [, , mode] = process.argv
const folder = fileURLToPath(new URL('../../samples', import.meta.url))

const reports: Report[] = []
for (const name of SAMPLES) {
  const capture = `${folder}/${name}.pcap${name === 'incident' ? 'ng' : ''}`
  reports.push(await scan({ captures: [capture], keyFiles: [`${folder}/keys.json`], workers: 1, ladders: true }))
}
const snapshots = replayed(reports.map(withNames))

let saves = 0
const screen = await openScreen({
  sourceName: 'samples',
  stdin: process.stdin,
  stdout: process.stdout,
  color: !process.env.NO_COLOR,
  onSave: async () => {
    if (++saves > 1) throw new Error('no room')
    return 'saved.json'
  },
  onQuit: end,
})
if (screen === undefined) throw new Error('there is no terminal')
if (mode === 'listen') process.on('SIGTERM', end)

let next = 0
const timer = setInterval(() => {
  const snapshot = snapshots[next++]
  if (snapshot !== undefined) return screen?.show(snapshot)
  if (mode === 'crash') throw new Error('made to fail')
  if (mode === 'reject') void Promise.reject(new Error('made to fail'))
}, 100)

/** The report takes a while: in between the screen says so. */
function end(): void {
  clearInterval(timer)
  setTimeout(() => {
    screen?.close()
    // What React's development build would measure into.
    if (performance.getEntriesByType('measure').length > 0) throw new Error('measures are kept')
    process.stdout.write('ended in good order\n')
  }, 200)
}

/** Names that are wide, combined, hidden and hostile, as the wire may have them. */
function withNames(report: Report, n: number): Report {
  const name = ['201', '山田太郎', 'Zoe\u0308', '📞desk', '\u001b[2J\u202eevil', '\u{1F1E9}\u{1F1EA}'][n]
  const [first, ...others] = report.calls
  return { ...report, calls: [{ ...first, from: `sip:${name}@203.0.113.11` }, ...others] }
}
