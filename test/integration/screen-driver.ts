import { fileURLToPath } from 'node:url'
import { openScreen } from '../../src/cli/screen/open-screen.ts'
import { scan } from '../../src/index.ts'
import type { Report } from '../../src/model/report.ts'
import { replayed, SAMPLES } from '../cli/screen/snapshots.ts'

/**
 * The live screen over scans of the samples, for tests in a terminal: `screen-driver.ts [crash|reject]`. After all
 * snapshots it waits for q.
 */
const [, , fault] = process.argv
const folder = fileURLToPath(new URL('../../samples', import.meta.url))
const reports: Report[] = []
for (const name of SAMPLES) {
  const capture = `${folder}/${name}.pcap${name === 'incident' ? 'ng' : ''}`
  reports.push(await scan({ captures: [capture], keyFiles: [`${folder}/keys.json`], workers: 1, ladders: true }))
}
const snapshots = replayed(reports)

const screen = await openScreen({
  sourceName: 'samples',
  stdin: process.stdin,
  stdout: process.stdout,
  color: !process.env.NO_COLOR,
  onSave: async () => '/tmp/report.json',
  onQuit: () => end(),
})
if (screen === undefined) throw new Error('there is no terminal')

let next = 0
const timer = setInterval(() => {
  const snapshot = snapshots[next++]
  if (snapshot !== undefined) return screen.show(snapshot)
  if (fault === 'crash') throw new Error('made to fail')
  if (fault === 'reject') void Promise.reject(new Error('made to fail'))
}, 100)

function end(): void {
  clearInterval(timer)
  screen?.close()
  process.stdout.write('the end\n')
}
