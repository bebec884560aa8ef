import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, expect, test } from 'vitest'
import { writeReports } from '../../src/cli/reports.ts'
import { sampleReport } from './screen/snapshots.ts'

const place = mkdtempSync(join(tmpdir(), 'srtp-scan-reports-'))
afterAll(() => rmSync(place, { recursive: true }))

test('a report that cannot be written keeps no other from it, and each such is named', async () => {
  const report = sampleReport('call')
  const [gone, sound] = [join(place, 'gone'), join(place, 'sound.json')]
  const targets = [
    { format: 'json', path: join(gone, 'a.json') },
    { format: 'json', path: sound },
    { format: 'text', path: join(gone, 'b.txt') },
  ] as const
  await expect(writeReports(report, targets, { quiet: false, verbose: false })).rejects.toThrow(
    new RegExp(
      `${join(gone, 'a.json')}: cannot be written \\(ENOENT\\); .*; ${join(gone, 'b.txt')}: cannot be written`,
    ),
  )
  expect(JSON.parse(readFileSync(sound, 'utf8'))).toEqual(report)
})
