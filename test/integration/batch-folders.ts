import { readdirSync, readFileSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { STATE_FILE } from '../../src/batch/batch-state.ts'

/** All that a batch left in its folder, by name; of the state its entries without the times that the scans took. */
export function folderContents(folder: string): Record<string, unknown> {
  const names = readdirSync(folder, { recursive: true, encoding: 'utf8' }).sort()
  const files = names.filter((name) => statSync(join(folder, name)).isFile())
  return Object.fromEntries(
    files.map((name) => {
      const text = readFileSync(join(folder, name), 'utf8').replaceAll(folder, 'FOLDER')
      return [name, name === STATE_FILE ? stateOf(text) : text]
    }),
  )
}

/** One entry for each line, so that a capture that was reported twice shows. */
function stateOf(text: string): unknown[] {
  const lines = text.split('\n').filter((line) => line !== '')
  const entries = lines.map((line) => JSON.parse(line) as { of: string; outcome: { seconds?: number } })
  for (const { outcome } of entries) delete outcome.seconds
  return entries.sort((a, b) => (a.of < b.of ? -1 : 1))
}
