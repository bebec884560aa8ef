import type { Call, Session, Stream } from '../model/report.ts'
import type { LargeReport, ReportObject } from '../model/report-objects.ts'
import { MappedSequence } from '../model/sequence.ts'

/**
 * The report as formats for machines have it: without what is collected for showing, so that a capture gives the same
 * whatever other format is asked for.
 */
export function factsOf(report: LargeReport): LargeReport {
  return {
    ...report,
    calls: new MappedSequence(report.calls, callFacts),
    streams: new MappedSequence(report.streams, streamFacts),
  }
}

/** The same of one object. */
export function objectFacts(object: ReportObject): ReportObject {
  if (object.type === 'call') return callFacts(object)
  return object.type === 'stream' ? streamFacts(object) : object
}

function callFacts<C extends Call>(call: C): C {
  const { ladder, ...facts } = call
  if (!call.sessions.some(({ offerLines, answerLines }) => offerLines ?? answerLines)) {
    return ladder === undefined ? call : (facts as C)
  }
  const sessions = call.sessions.map(({ offerLines: _, answerLines: __, ...session }): Session => session)
  return { ...facts, sessions } as unknown as C
}

function streamFacts<S extends Stream>(stream: S): S {
  if (stream.timeline === undefined) return stream
  const { timeline: _, ...facts } = stream
  return facts as S
}
