import type { Keyring } from '../media/keyring.ts'
import type { AnomalyLog } from '../model/anomaly-log.ts'
import { Decode } from '../net/datagram.ts'
import { MAX_CAPTURES } from '../verify/control.ts'
import type { Engine } from '../verify/engine.ts'
import type { Signalling } from './signalling.ts'

/** Who counts what was dropped. */
export interface LimitCounters {
  readonly engine: Engine
  /** How many there are. */
  readonly captures: number
  readonly signalling: Signalling
  readonly keyring: Keyring
}

/** What could not be taken in, by name: nothing is left out in silence. */
export function noteLimits({ engine, captures, signalling, keyring }: LimitCounters, anomalies: AnomalyLog): void {
  const fragments = engine.fragmentFacts
  const tcp = signalling.tcp.facts
  const { tlsLog, secrets } = signalling
  for (const dropped of [fragments.dropped, tcp.dropped, tlsLog.dropped, secrets.dropped]) anomalies.dropped(dropped)
  const counts: readonly (readonly [layer: Parameters<AnomalyLog['count']>[0], reason: string, count: number])[] = [
    ['net', 'fragments-incomplete', fragments.pending],
    ['net', 'fragments-malformed', fragments.malformed],
    ['net', 'tcp-gaps', tcp.gaps],
    ['sip', 'calls-evicted', signalling.calls.evicted],
    ['sip', 'messages-without-call-id', signalling.calls.withoutCallId],
    ['rtp', 'packets-beyond-the-stream-table', engine.streams.refused],
    ['rtp', 'packets-beyond-the-streams-to-one-port', engine.streams.crowded],
    ['srtp', 'keys-beyond-the-key-table', keyring.refused],
    ['media', 'packets-beyond-the-spill-limit', engine.spillRefused],
  ]
  for (const [layer, reason, count] of counts) anomalies.count(layer, reason, 0, count)
  for (let capture = 0; capture < Math.min(captures, MAX_CAPTURES); capture++) {
    const headersOfFrame = engine.control.decoded(capture, Decode.TooManyHeaders)
    const tagsOfExportedPdu = engine.control.decoded(capture, Decode.TooManyTags)
    anomalies.dropped({ headersOfFrame, tagsOfExportedPdu, ...engine.facts[capture]?.dropped }, capture)
  }
}
