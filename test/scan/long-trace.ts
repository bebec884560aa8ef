import { composeCall, type SampleCall } from '../../samples/call.ts'
import { formatPcap } from '../../samples/capture-writer.ts'
import { frameDatagrams } from '../../samples/frames.ts'
import { epochSeconds, incident, singleCalls } from '../../samples/scenarios.ts'

const CALLS: readonly SampleCall[] = [...Object.values(singleCalls), ...incident.flatMap(({ calls }) => calls)]

/** The calls of the samples again and again, from the same ports, one begun every `apartSeconds`. */
export function longTrace(calls: number, apartSeconds: number): Buffer {
  const datagrams = Array.from({ length: calls }, (_, n) => {
    const call = CALLS[n % CALLS.length]
    const inviteNs = n * apartSeconds * 1e9
    return composeCall({ ...call, name: `${call.name}-${n}`, inviteNs, talkNs: 2e9 }, epochSeconds).datagrams
  }).flat()
  datagrams.sort((a, b) => a.timeNs - b.timeNs)
  return formatPcap(frameDatagrams(datagrams), epochSeconds, 'micro')
}
