import type { Snapshot } from '../live/snapshot.ts'
import type { Finding } from '../model/report.ts'
import { type LargeReport, type ReportObject, releasedOf, reportObjects } from '../model/report-objects.ts'
import { formatNdjsonLine, jsonLine } from '../report/ndjson.ts'
import { reachedLimits } from '../report/reached-limits.ts'

interface LiveLinesOptions {
  /** An object as it may be shown; as it is where absent. */
  readonly shown?: (<T extends object>(object: T) => T) | undefined
  /** Called with every finding that holds, before it is told. */
  readonly onFinding?: ((finding: Finding) => void) | undefined
}

/**
 * A live scan as NDJSON, line by line while it goes on: calls with their streams and findings as they end, and in the end
 * what is left. A finding on what still goes on is told as `early-finding` when it is seen first: it may grow, or turn out
 * to be nothing, and what holds comes as a `finding` later. A limit is told as `early-limit` when it is first reached;
 * how much was dropped in the end comes with the anomalies.
 */
export class LiveLines {
  readonly #write: (line: string) => void
  readonly #shown: LiveLinesOptions['shown']
  readonly #onFinding: LiveLinesOptions['onFinding']
  /** Findings of the last snapshot that had been told early by then. */
  #early = new Set<string>()
  /** Limits that were told. */
  readonly #limits = new Set<string>()

  /** @param write takes a line with its end */
  constructor(write: (line: string) => void, { shown, onFinding }: LiveLinesOptions = {}) {
    this.#write = write
    this.#shown = shown
    this.#onFinding = onFinding
  }

  readonly show = ({ report, ended }: Snapshot): void => {
    const released = new Set<string>()
    for (const { call, streams, findings } of ended) {
      released.add(call.callId)
      this.#tell({ type: 'call', ...call })
      for (const stream of streams) this.#tell({ type: 'stream', ...stream })
      for (const finding of findings) this.#tell({ type: 'finding', ...finding })
    }
    const early = new Set<string>()
    for (const finding of report.findings) {
      if (finding.callId !== undefined && released.has(finding.callId)) continue
      const name = nameOf(finding)
      if (!this.#early.has(name) && !early.has(name)) {
        this.#write(jsonLine(this.#asShown({ type: 'early-finding', ...finding })))
      }
      early.add(name)
    }
    this.#early = early
    for (const limit of reachedLimits(report.anomalies)) {
      if (this.#limits.has(limit.name)) continue
      this.#limits.add(limit.name)
      this.#write(jsonLine({ type: 'early-limit', ...limit }))
    }
  }

  /** Tells what was not told before. The report begins with the calls that have been. */
  finish(report: LargeReport): void {
    const left = new Set<string>()
    const told = releasedOf(report.calls)
    let index = 0
    for (const call of report.calls) if (index++ >= told) left.add(call.callId)
    index = 0
    for (const object of reportObjects(report)) {
      if (object.type === 'call' && index++ < told) continue
      if ((object.type === 'stream' || object.type === 'finding') && wasTold(object, left)) continue
      this.#tell(object)
    }
  }

  #tell(object: ReportObject): void {
    if (object.type === 'finding') this.#onFinding?.(object)
    this.#write(formatNdjsonLine(this.#asShown(object)))
  }

  #asShown<T extends object>(object: T): T {
    return this.#shown?.(object) ?? object
  }
}

function wasTold({ callId }: { readonly callId?: string | undefined }, left: ReadonlySet<string>): boolean {
  return callId !== undefined && !left.has(callId)
}

/** What stays the same of a finding while its call goes on. */
function nameOf({ rule, kind, callId, streamId, frames }: Finding): string {
  return [rule, kind, callId, streamId, callId === undefined && streamId === undefined ? frames[0] : ''].join('\0')
}
