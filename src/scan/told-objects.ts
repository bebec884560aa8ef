import { type LargeReport, type ReportObject, releasedOf, reportObjects } from '../model/report-objects.ts'
import type { EndedObject } from './ended-calls.ts'

/** Tells of each object of a report once: of calls and streams, where it may, when they end or are let go, of all else at the end. */
export class ToldObjects {
  /** Calls and streams are told of before the end. */
  readonly isEarly: boolean
  readonly #tell: (object: ReportObject) => void
  /** Those that were told of and not let go. */
  readonly #told = new Set<string>()

  constructor(tell: (object: ReportObject) => void, isEarly: boolean) {
    this.#tell = tell
    this.isEarly = isEarly
  }

  readonly ended = (object: EndedObject): void => {
    this.#told.add(nameOf(object))
    this.#tell(object)
  }

  readonly released = (objects: Iterable<EndedObject>): void => {
    for (const object of objects) if (!this.#told.delete(nameOf(object))) this.#tell(object)
  }

  /** The trace is over: what was let go of it stands first in its lists. */
  end(report: LargeReport): void {
    const left = { call: releasedOf(report.calls), stream: releasedOf(report.streams) }
    for (const object of reportObjects(report)) {
      const isReleased = (object.type === 'call' || object.type === 'stream') && left[object.type]-- > 0
      if (!(this.isEarly && isReleased) && !this.#told.has(nameOf(object))) this.#tell(object)
    }
  }
}

/** Names a call or a stream; every other object has no name. */
function nameOf(object: ReportObject): string {
  return object.type === 'call' ? `call ${object.callId}` : object.type === 'stream' ? `stream ${object.id}` : ''
}
