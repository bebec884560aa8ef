import { composeCall, type SampleCall } from '../samples/call.ts'
import { formatPcap } from '../samples/capture-writer.ts'
import { frameDatagrams } from '../samples/frames.ts'
import { epochSeconds, singleCalls } from '../samples/scenarios.ts'

/** A capture of `count` sound calls under way at a time: SIP with SDES keys, SRTP and SRTCP with valid tags, G.711. */
export function composeBenchCapture(count: number): Buffer {
  const model = singleCalls['call.pcap'] as SampleCall
  const datagrams = Array.from({ length: count }, (_, n) => {
    const host = `203.0.${113 + (n >> 8)}.${n & 255}`
    const caller = { ...model.caller, address: host, mediaPort: 20_000 }
    const callee = { ...model.callee, mediaPort: 10_000 + n * 4 }
    return composeCall({ ...model, name: `bench-${n}`, inviteNs: n * 5e6, caller, callee }, epochSeconds).datagrams
  }).flat()
  datagrams.sort((a, b) => a.timeNs - b.timeNs)
  return formatPcap(frameDatagrams(datagrams), epochSeconds, 'micro')
}
