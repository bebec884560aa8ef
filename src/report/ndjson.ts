import { type LargeReport, type ReportObject, reportObjects } from '../model/report-objects.ts'
import { objectFacts } from './facts.ts'
import { harmlessJson } from './harmless-json.ts'

/** One object of the report as a line. */
export function formatNdjsonLine(object: ReportObject): string {
  return jsonLine(objectFacts(object))
}

export function jsonLine(object: object): string {
  return `${harmlessJson(JSON.stringify(object))}\n`
}

/** The report as one JSON object a line, each with its `type`. */
export function* formatNdjson(report: LargeReport): Generator<string> {
  for (const object of reportObjects(report)) yield formatNdjsonLine(object)
}
