import type { ReportedCapture } from './job-outcome.ts'

/** The file in the batch's folder that says what is done: a line of JSON for each capture that was reported on. */
export const STATE_FILE = 'state.ndjson'

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

  read(line: string): void {
    const entry = parsed(line)
    if (entry?.state === STATE && entry.of !== undefined) this.#done.set(entry.of, entry as DoneCapture)
  }

  get(capture: string): DoneCapture | undefined {
    return this.#done.get(capture)
  }

  /** Names of reports by capture. */
  names(): Map<string, string> {
    return new Map([...this.#done.values()].map(({ of, outcome }) => [of, outcome.name]))
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
