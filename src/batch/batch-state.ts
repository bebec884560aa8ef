import type { ReportedCapture } from './job-outcome.ts'

/** The file in the batch's folder that says what is done: a line of JSON for each capture that was reported on. */
export const STATE_FILE = 'state.ndjson'

/** What an outcome holds; lines of others are done again, by the same names. */
const STATE = 2

/** A capture that was reported on. */
export interface DoneCapture {
  /** Absolute path, or URL as it may be shown. */
  readonly of: string
  readonly outcome: ReportedCapture
}

/** A line of the state. It begins with an end of line, which closes a line that a crash cut. */
export function formatStateLine(done: DoneCapture): string {
  return `\n${JSON.stringify({ state: STATE, ...done })}\n`
}

/** What is done. Of several lines about one capture the last holds; what a crash cut is no line. */
export class BatchState {
  readonly #done = new Map<string, DoneCapture>()
  readonly #names = new Map<string, string>()

  read(line: string): void {
    const entry = parsed(line)
    if (entry?.of === undefined) return
    if (typeof entry.outcome?.name === 'string') this.#names.set(entry.of, entry.outcome.name)
    if (entry.state === STATE) this.#done.set(entry.of, entry as DoneCapture)
  }

  get(capture: string): DoneCapture | undefined {
    return this.#done.get(capture)
  }

  /** Names of reports by capture, of whatever version of this tool: otherwise the old reports would lie beside the new ones. */
  names(): ReadonlyMap<string, string> {
    return this.#names
  }
}

type Entry = Partial<DoneCapture> & { readonly state?: unknown }

function parsed(line: string): Entry | undefined {
  try {
    const value: unknown = JSON.parse(line)
    return typeof value === 'object' && value !== null ? value : undefined
  } catch {
    return undefined
  }
}
