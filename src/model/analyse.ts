import type { CaptureInput } from '../capture/capture-input.ts'
import type { Keyring } from '../media/keyring.ts'
import { MediaKind } from '../rtp/media-kind.ts'
import { I, type StreamTable } from '../rtp/stream-table.ts'
import type { Exchange } from '../sdp/exchange.ts'
import type { DescribedElsewhere } from '../sdp/keys-elsewhere.ts'
import type { SipCall } from '../sip/call.ts'
import type { Ladders } from '../sip/ladders.ts'
import type { Engine } from '../verify/engine.ts'
import type { JudgedStream } from '../verify/judgement/judged-stream.ts'
import { type AnalysedTrace, analyseStream, noPlaces } from './analysed-stream.ts'
import type { Analysis, ClearSip } from './analysis.ts'
import type { AnomalyLog } from './anomaly-log.ts'
import { CallFacts } from './call-facts.ts'
import { describeCaptures } from './captures.ts'
import { isCredible } from './credibility.ts'
import { analyseElsewhere } from './descriptions.ts'
import { joinCalls } from './joined-calls.ts'
import { keystreamReuse } from './keystream-reuse.ts'
import { MappedSequence } from './sequence.ts'

/** Everything that a scan has found out, from which the analysis is put together. */
export interface Found {
  readonly inputs: readonly CaptureInput[]
  readonly clocks: Analysis['clocks']
  readonly heardUntilUs: Analysis['heardUntilUs']
  readonly engine: Engine
  readonly calls: readonly SipCall[]
  /** The exchanges of a call, in the order of their offers. */
  readonly exchangesOf: (call: SipCall) => readonly Exchange[]
  /** The messages of a call, where they were kept. */
  readonly ladders: Ladders | undefined
  readonly judgement: readonly JudgedStream[]
  /** Packets of streams that were not judged since too many like them go to one port. */
  readonly loosePackets: number
  readonly keyring: Keyring
  readonly anomalies: AnomalyLog
  readonly sipMessages: number
  readonly clearSip: readonly ClearSip[]
  readonly certificateMismatches: Analysis['certificateMismatches']
  readonly tls: Analysis['tls']
  readonly icmp: Analysis['icmp']
  readonly keysElsewhere: readonly DescribedElsewhere[]
  readonly signalling: Analysis['signalling']
}

/** Puts the facts of a trace together. Calls and streams stand in the order of their first frames. */
export function analyse(found: Found): Analysis {
  const { inputs, calls: sipCalls, engine, judgement, keyring, exchangesOf, ladders } = found
  const several = inputs.length > 1
  const captures = describeCaptures(inputs, engine.facts, engine.control)
  const calls = new MappedSequence(
    sipCalls,
    (call) => new CallFacts(call, exchangesOf(call), several, ladders?.of(call.callId)),
  )
  const credible = judgement.filter((judged) => isCredible(judged, engine.streams))
  const noise = mediaPackets(engine.streams) - packetsOf(credible) - found.loosePackets
  found.anomalies.count('rtp', 'packets-of-no-stream', 0, noise)
  const callIndex = new Map<string, number>()
  if (credible.length > 0) for (const [index, { callId }] of sipCalls.entries()) callIndex.set(callId, index)
  const trace: AnalysedTrace = {
    table: engine.streams,
    timelines: engine.timelines,
    repeats: engine.repeats,
    keyring,
    severalCaptures: several,
    callIndex,
    exchangesOf: (call) => exchangesOf(sipCalls[call]),
    places: noPlaces(),
  }
  const streams = credible.map((judged) => analyseStream(judged, trace))
  let notCompared = 0
  const reuse = keystreamReuse(credible, engine.streams, keyring, () => notCompared++)
  found.anomalies.dropped({ comparedStreams: notCompared })
  return {
    captures,
    calls,
    streams,
    anomalies: found.anomalies.anomalies(several, engine.maxMemoryBytes),
    frames: captures.reduce((sum, { frames }) => sum + frames, 0),
    sipMessages: found.sipMessages,
    clearSip: found.clearSip,
    tls: found.tls,
    icmp: found.icmp,
    keysElsewhere: found.keysElsewhere.flatMap(analyseElsewhere),
    signalling: found.signalling,
    severalCaptures: several,
    clocks: found.clocks,
    heardUntilUs: found.heardUntilUs,
    certificateMismatches: found.certificateMismatches,
    keystreamReuse: reuse,
    joined: joinCalls(sipCalls, streams),
  }
}

/** RTP and RTCP packets, or what looks like them, of all streams. */
function mediaPackets({ count, ints, intsAt }: StreamTable): number {
  let packets = 0
  for (let id = 0; id < count; id++) {
    const i = intsAt(id)
    const kind = ints[i + I.Kind]
    if (kind === MediaKind.Rtp || kind === MediaKind.Rtcp) packets += ints[i + I.Packets]
  }
  return packets
}

function packetsOf(streams: readonly JudgedStream[]): number {
  return streams.reduce((sum, { verdict }) => sum + verdict.packets, 0)
}
