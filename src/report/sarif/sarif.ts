import type { Invocation, Run } from 'sarif'
import type { LargeReport } from '../../model/report-objects.ts'
import { countsFailOn, type FailOn } from '../fail-on.ts'
import type { FormatOptions } from '../format-options.ts'
import { harmlessJson } from '../harmless-json.ts'
import { artifactOf } from './artifact.ts'
import { notificationsOf } from './notifications.ts'
import { sarifResults } from './results.ts'
import { driverOf } from './rules.ts'

const EXIT_STATUS = ['no finding reaches --fail-on', 'findings reach --fail-on'] as const

/**
 * The report's findings as a SARIF 2.1.0 log of one run, in pieces: the rules with their help, what could not be read as
 * notifications, a finding a line. It names no time and no machine, so that the same capture gives the same log.
 */
export function* formatSarif(report: LargeReport, { failOn = 'error' }: FormatOptions): Generator<string> {
  const run: Omit<Run, 'results'> = {
    tool: { driver: driverOf(report.tool) },
    invocations: [invocationOf(report, failOn)],
    artifacts: report.captures.map(artifactOf),
    columnKind: 'utf16CodeUnits',
    properties: {
      ...(report.anonymized && { anonymized: true }),
      ...(report.keptTo !== undefined && { keptTo: report.keptTo }),
      totals: report.totals,
      ...(report.policies !== undefined && { policies: report.policies }),
    },
  }
  yield '{\n"$schema": "https://json.schemastore.org/sarif-2.1.0.json",\n"version": "2.1.0",\n"runs": [{\n'
  for (const [name, value] of Object.entries(run)) {
    yield `${JSON.stringify(name)}: ${harmlessJson(JSON.stringify(value, null, 2))},\n`
  }
  yield '"results": ['
  let before = '\n'
  for (const result of sarifResults(report)) {
    yield before + harmlessJson(JSON.stringify(result))
    before = ',\n'
  }
  yield '\n]\n}]\n}\n'
}

function invocationOf(report: LargeReport, failOn: FailOn): Invocation {
  const exitCode = countsFailOn(report.totals.findings, failOn) ? 1 : 0
  return {
    executionSuccessful: true,
    exitCode,
    exitCodeDescription: EXIT_STATUS[exitCode],
    toolExecutionNotifications: notificationsOf(report),
  }
}
