import { LineSpill } from '../capture/line-spill.ts'
import type { Call, Finding, JoinedCallsReport, PolicyNotShown, Severity, Stream, Totals } from '../model/report.ts'
import type { LargeReport } from '../model/report-objects.ts'
import { ChainedSequence, MappedSequence, type Sequence } from '../model/sequence.ts'
import { sumOfTotals } from '../model/totals.ts'

/** A part of a report whose calls have ended for good. */
export interface ReportPart {
  readonly calls: Sequence<Call>
  /** Those of the calls that are legs of one. */
  readonly joined?: readonly JoinedCallsReport[]
  readonly streams: Sequence<Stream>
  readonly findings: Sequence<Finding>
  readonly totals: Totals
  /** What could not be shown while these calls were at hand. */
  readonly policyNotShown?: readonly PolicyNotShown[] | undefined
}

/** Anomaly: objects of the report that belong to calls that were let go, for which the disk had no room. */
export const OBJECTS_LOST = 'ended-calls-streams-and-findings-lost-for-a-full-disk'

const SEVERITIES: readonly Severity[] = ['error', 'warning', 'info']

/** What was let go of a trace that goes on: kept on the disk, and put before the rest where the report is asked for. */
export class Archive {
  readonly #calls = new LineSpill()
  readonly #joined = new LineSpill()
  readonly #streams = new LineSpill()
  readonly #findings: Readonly<Record<Severity, LineSpill>> = {
    error: new LineSpill(),
    warning: new LineSpill(),
    info: new LineSpill(),
  }
  #totals: Totals | undefined
  /** Statements that no part has shown. */
  #notShown: ReadonlySet<string> | undefined

  add({ calls, joined = [], streams, findings, totals, policyNotShown = [] }: ReportPart): void {
    const notShown = policyNotShown.map(({ statement }) => statement)
    this.#notShown = new Set(notShown.filter((one) => this.#notShown?.has(one) !== false))
    for (const call of calls) this.#calls.append(JSON.stringify(call))
    for (const group of joined) this.#joined.append(JSON.stringify(group))
    for (const stream of streams) this.#streams.append(JSON.stringify(stream))
    for (const finding of findings) this.#findings[finding.severity].append(JSON.stringify(finding))
    this.#totals = this.#totals === undefined ? totals : sumOfTotals(this.#totals, totals)
  }

  get isEmpty(): boolean {
    return this.#totals === undefined
  }

  #lost(): number {
    let lost = 0
    for (const lines of [this.#calls, this.#joined, this.#streams, ...Object.values(this.#findings)]) {
      lines.flush()
      lost += lines.refused
    }
    return lost
  }

  /** The sums over all that was let go and the rest, of which frames and messages are the trace's already. */
  totalsWith(rest: Totals): Totals {
    if (this.#totals === undefined) return rest
    return { ...sumOfTotals(this.#totals, rest), frames: rest.frames, sipMessages: rest.sipMessages }
  }

  /** The report on the whole trace: calls and streams in the order in which they ended, findings worst first. */
  completed(rest: LargeReport): LargeReport {
    if (this.#totals === undefined) return rest
    const findings = SEVERITIES.map((severity) => {
      const of = [...rest.findings].filter((finding) => finding.severity === severity)
      return new ChainedSequence(parsed<Finding>(this.#findings[severity]), of)
    })
    const lost = this.#lost()
    const policyNotShown = rest.policyNotShown?.filter(({ statement }) => this.#notShown?.has(statement))
    const joined = [...parsed<JoinedCallsReport>(this.#joined), ...(rest.joined ?? [])]
    return {
      ...rest,
      totals: this.totalsWith(rest.totals),
      ...(policyNotShown !== undefined && { policyNotShown }),
      ...(joined.length > 0 && { joined }),
      ...(lost > 0 && {
        anomalies: [...rest.anomalies, { layer: 'capture', reason: OBJECTS_LOST, count: lost, frames: [] }],
      }),
      calls: new ChainedSequence(parsed<Call>(this.#calls), rest.calls),
      streams: new ChainedSequence(parsed<Stream>(this.#streams), rest.streams),
      findings: findings.reduce<Sequence<Finding>>((all, some) => new ChainedSequence(all, some), []),
    }
  }
}

function parsed<T extends Call | JoinedCallsReport | Stream | Finding>(lines: LineSpill): Sequence<T> {
  return new MappedSequence(lines, (line) => JSON.parse(line) as T)
}
