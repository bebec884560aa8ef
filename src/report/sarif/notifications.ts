import type { Notification } from 'sarif'
import type { Anomaly, CaptureReport } from '../../model/report.ts'
import type { LargeReport } from '../../model/report-objects.ts'
import { lossesOf } from '../capture-losses.ts'
import { count } from '../layout.ts'
import { limitText } from '../reached-limits.ts'
import { placeIn } from './artifact.ts'
import { messageOf } from './message.ts'

/** What the tool says beside findings: ids and meanings. */
export const NOTIFICATIONS = [
  ['lost', 'A part of a capture cannot be read'],
  ['truncated', 'Frames are cut by the snap length of the capture'],
  ['malformed', 'Frames are malformed'],
  ['dropped', 'The capturing host dropped frames'],
  ['undecoded', 'Frames are of a link type that is not known'],
  ['anomaly', 'A parser met what its protocol does not allow, or what a limit kept out'],
  ['limit', 'A limit was reached: what lies beyond it was not kept or read, and this log is not of the whole trace'],
  ['policy-not-shown', 'A statement of the policy that the capture cannot show to be kept or broken'],
] as const

type NotificationId = (typeof NOTIFICATIONS)[number][0]

/** What was lost or could not be understood, and what of a policy could not be judged. */
export function notificationsOf({ captures, anomalies, policyNotShown = [] }: LargeReport): Notification[] {
  return [
    ...captures.flatMap((_, index) => ofLosses(captures, index)),
    ...anomalies.map((anomaly) => ofAnomaly(anomaly, captures)),
    ...policyNotShown.map(({ statement, reason }) => ({
      ...notification('policy-not-shown', 'note'),
      message: messageOf(`${statement}: ${reason}`),
    })),
  ]
}

function ofLosses(captures: readonly CaptureReport[], index: number): Notification[] {
  return lossesOf(captures[index]).map(({ kind, text }) => ({
    ...notification(kind, 'warning'),
    message: messageOf(`${captures[index].path}: ${text}`),
    locations: [
      { physicalLocation: placeIn(captures, index, kind === 'lost' ? captures[index].lost?.atByte : undefined) },
    ],
  }))
}

function ofAnomaly(
  { layer, reason, count: times, limit, capture = 0, frames }: Anomaly,
  captures: LargeReport['captures'],
) {
  const said = limit === undefined ? `${layer}: ${reason}, ${count(times, 'time')}` : limitText({ ...limit, times })
  return {
    ...(limit === undefined ? notification('anomaly', 'note') : notification('limit', 'warning')),
    message: messageOf(said),
    ...(captures.length > 0 && { locations: [{ physicalLocation: placeIn(captures, capture) }] }),
    properties: { layer, reason, count: times, ...(limit && { limit: limit.name, most: limit.most }), frames },
  }
}

function notification(id: NotificationId, level: 'warning' | 'note'): Pick<Notification, 'descriptor' | 'level'> {
  return { descriptor: { id, index: NOTIFICATIONS.findIndex(([known]) => known === id) }, level }
}
