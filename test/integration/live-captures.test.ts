import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import type { Report } from '../../src/model/report.ts'
import type { LargeReport } from '../../src/model/report-objects.ts'
import { scan } from '../../src/scan/scan.ts'
import { scanInPieces } from '../live/looks.ts'

const FOLDER = new URL('../../../shared/captures/', import.meta.url).pathname
const MOST_OCTETS = 20e6
const CAPTURES = existsSync(FOLDER)
  ? readdirSync(FOLDER).filter((name) => /[.]pcap(ng)?$/.test(name) && statSync(join(FOLDER, name)).size < MOST_OCTETS)
  : []

/** Looking at a trace while it goes on changes nothing of what is said in the end. */
describe.runIf(CAPTURES.length > 0)('a capture that is looked at in between', () => {
  test.each(CAPTURES)(
    '%s',
    async (name) => {
      const path = join(FOLDER, name)
      const beside = (what: string) => [path.replace(/[.]pcap(ng)?$/, what)].filter((file) => existsSync(file))
      const options = { keyFiles: beside('.keys.json'), tlsKeyLogs: beside('.keylog.txt'), workers: 1 }
      const { report } = await scanInPieces(readFileSync(path), 3, options)
      expect(contentOf(report)).toEqual(contentOf(await scan({ ...options, captures: [path] })))
    },
    60_000,
  )
})

test.runIf(CAPTURES.length === 0)('no captures are beside the project', () => {
  expect(CAPTURES).toEqual([])
})

/** The report but for the name of its source; what ended early may stand before what began before it. */
function contentOf({ captures, calls, streams, findings, ...rest }: Report | LargeReport): object {
  return {
    ...rest,
    captures: captures.map(({ path, bytes, ...capture }) => capture),
    calls: [...calls].map((call) => JSON.stringify(call)).sort(),
    streams: [...streams].map((stream) => JSON.stringify(stream)).sort(),
    findings: [...findings].map((finding) => JSON.stringify(finding)).sort(),
  }
}
