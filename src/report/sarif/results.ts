import { createHash } from 'node:crypto'
import { basename } from 'node:path'
import type { LogicalLocation, Result } from 'sarif'
import type { Finding, Stream } from '../../model/report.ts'
import type { LargeReport } from '../../model/report-objects.ts'
import { escapeText } from '../escape.ts'
import { namedStreams, streamName } from '../stream-indexes.ts'
import { placeIn } from './artifact.ts'
import { messageOf } from './message.ts'
import { LEVELS, RULE_INDEX } from './rules.ts'

/** The findings in their order, each as a result. */
export function* sarifResults(report: LargeReport): Generator<Result> {
  const streams = namedStreams(report)
  /** How often a fingerprint has come. */
  const seen = new Map<string, number>()
  for (const finding of report.findings) {
    const stream = finding.streamId === undefined ? undefined : streams.get(finding.streamId)
    const fingerprint = fingerprintOf(finding, stream, report.captures)
    const times = (seen.get(fingerprint) ?? 0) + 1
    seen.set(fingerprint, times)
    yield resultOf(finding, stream, report.captures, `${fingerprint}:${times}`)
  }
}

function resultOf(
  finding: Finding,
  stream: Stream | undefined,
  captures: LargeReport['captures'],
  fingerprint: string,
): Result {
  const { rule, kind, severity, title, detail, remedy, callId, streamId, capture, frames, evidence, references } =
    finding
  const ruleIndex = RULE_INDEX.get(rule)
  const logicalLocations = logicalLocationsOf(finding, stream)
  return {
    ruleId: rule,
    ...(ruleIndex !== undefined && { ruleIndex }),
    kind: 'fail',
    level: LEVELS[severity],
    message: messageOf(detail, `What to change: ${remedy}`),
    locations: [
      {
        // A finding without frames is one of the whole trace, which begins in the first capture.
        ...(captures.length > 0 && { physicalLocation: placeIn(captures, capture ?? 0) }),
        ...(logicalLocations.length > 0 && { logicalLocations }),
        ...(frames.length > 0 && { properties: { frame: frames[0] } }),
      },
    ],
    // GitHub goes by the second name alone, and would take it from lines of the capture.
    partialFingerprints: { 'srtpScanFinding/v1': fingerprint, primaryLocationLineHash: fingerprint },
    properties: {
      ...(kind !== undefined && { kind }),
      title,
      frames,
      ...(callId !== undefined && { callId }),
      ...(streamId !== undefined && { streamId }),
      evidence,
      references,
      remedy,
    },
  }
}

function logicalLocationsOf({ callId }: Finding, stream: Stream | undefined): LogicalLocation[] {
  const call = callId === undefined ? '' : escapeText(callId)
  const name = stream === undefined ? '' : streamName(stream)
  return [
    ...(call === '' ? [] : [{ name: call, fullyQualifiedName: call, kind: 'call' }]),
    ...(name === '' ? [] : [{ name, fullyQualifiedName: call === '' ? name : `${call}/${name}`, kind: 'stream' }]),
  ]
}

/**
 * What stays the same of a finding from run to run: its rule, its call, its stream and its frames, and the name of its
 * capture, wherever that lies. How it is worded, and how streams are numbered, may change with the tool.
 */
function fingerprintOf(finding: Finding, stream: Stream | undefined, captures: LargeReport['captures']): string {
  const { rule, kind, callId, frames, capture = 0 } = finding
  const file = captures.length === 0 ? '' : basename(captures[capture].path)
  const parts = [rule, kind ?? '', callId ?? '', stream === undefined ? '' : streamName(stream), file, frames]
  return createHash('sha256').update(JSON.stringify(parts)).digest('hex').slice(0, 32)
}
