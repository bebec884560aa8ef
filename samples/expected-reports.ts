import { spawnSync } from 'node:child_process'
import { readdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import type { Report } from '../src/model/report.ts'

const root = fileURLToPath(new URL('..', import.meta.url))

/** Names of the captures in this folder. */
export function sampleCaptures(): string[] {
  return readdirSync(join(root, 'samples')).filter((name) => /[.]pcap(ng)?$/.test(name))
}

/** The name of the file that holds the report expected on a capture. */
export function expectedReportName(capture: string): string {
  return `${capture.replace(/[.]pcap(ng)?$/, '')}.expect.json`
}

/**
 * The report of the command on a sample with the sample's keys. The version of the tool is left empty, so that a release
 * changes no expectation.
 */
export function reportOnSample(capture: string): Report {
  const command = ['--import', 'tsx', 'src/cli/main.ts', `samples/${capture}`, '--keys', 'samples/keys.json']
  const { status, stdout, stderr } = spawnSync(process.execPath, [...command, '--format', 'json', '--no-progress'], {
    cwd: root,
    encoding: 'utf8',
    maxBuffer: 2 ** 28,
  })
  // Node itself ends with 1 where a program breaks down.
  if ((status !== 0 && status !== 1) || stdout === '')
    throw new Error(`the scan of ${capture} ended with status ${status}: ${stderr}`)
  const report = JSON.parse(stdout) as Report
  return { ...report, tool: { ...report.tool, version: '' } }
}

/** Writes what the tool says now beside each capture. What changed has to be read before it is committed. */
export function writeExpectedReports(): void {
  for (const capture of sampleCaptures()) {
    const path = join(root, 'samples', expectedReportName(capture))
    writeFileSync(path, `${JSON.stringify(reportOnSample(capture), null, 2)}\n`)
  }
}
