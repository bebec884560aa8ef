import type { Report } from '../../src/model/report.ts'

/** What an anomaly of the report counts; 0 where it has none of this reason. */
export function counted({ anomalies }: Report, reason: string): number {
  return anomalies.reduce((sum, anomaly) => (anomaly.reason === reason ? sum + anomaly.count : sum), 0)
}

const DROPPED = [
  'packets-of-no-stream',
  'packets-of-loose-streams',
  'packets-beyond-the-stream-table',
  'packets-beyond-the-streams-to-one-port',
]

/** Whether the packets of the report's streams and those that it says it dropped are all that look like media. */
export function missingPackets(report: Report): readonly string[] {
  const { totals } = report
  const dropped = DROPPED.reduce((sum, reason) => sum + counted(report, reason), 0)
  const told = totals.rtp + totals.rtcp + dropped
  const judged = totals.verified + totals.failed + totals.unverified + totals.plain
  return [
    ...(told + totals.sipMessages === totals.frames
      ? []
      : [`${totals.rtp + totals.rtcp} packets kept and ${dropped} dropped are not all of ${totals.frames} frames`]),
    ...(judged === totals.rtp + totals.rtcp ? [] : [`${judged} judged of ${totals.rtp + totals.rtcp} packets`]),
  ]
}
