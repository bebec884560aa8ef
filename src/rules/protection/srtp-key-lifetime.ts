import type { AnalysedCall, AnalysedStream, DescribedFact, TraceFacts } from '../../model/analysis.ts'
import type { Finding } from '../../model/report.ts'
import { defineRule, finding, NO_FINDINGS, type RuleText } from '../rule.ts'

const text: RuleText = {
  id: 'srtp-key-lifetime',
  severity: 'warning',
  title: 'A key is used for more packets than it is good for',
  meaning:
    'A master key has an end: the lifetime of its a=crypto line (`|2^20`), and 2^48 SRTP or 2^31 SRTCP packets in any case. ' +
    'Past it a peer that counts drops the packets: the call goes silent after the same number of packets every time.',
  shows:
    'More packets of one sender verify under a key than its line allows, all streams under that key counted together.',
  causes: [
    'a lifetime such as 2^16 copied from an example: 65,536 packets are 22 minutes of speech in packets of 20 ms',
    'a sender that never re-keys: session refreshes and re-INVITEs repeat the old key',
    'audio and video, or several senders of a mixer, under one key',
  ],
  remedy:
    'Give the a=crypto line a lifetime of 2^31 or more, or none, or have the sender offer a new key in a re-INVITE before the ' +
    'old one has run out.',
  references: ['RFC 3711 §9.2', 'RFC 4568 §6.1'],
}

/** RFC 3711 §9.2: whichever is reached first. */
const MOST_PACKETS = { rtp: 2 ** 48, rtcp: 2 ** 31 } as const

export const srtpKeyLifetime = defineRule(text, (trace) => ({
  call: (call, _, streams) => {
    // All packets of a call together are mostly fewer than any of its keys is good for.
    const packets = verifiedIn(streams)
    if (packets === 0 || packets <= shortestLifetimeOf(call)) return NO_FINDINGS
    return worn(call, streams).map((use) => describe(trace, call, use))
  },
}))

function verifiedIn(streams: readonly AnalysedStream[]): number {
  let sum = 0
  for (const { verifiedUnder } of streams) for (const { packets } of verifiedUnder) sum += packets
  return sum
}

function shortestLifetimeOf({ exchanges }: AnalysedCall): number {
  let shortest: number = MOST_PACKETS.rtcp
  for (const { offer, answers } of exchanges) {
    shortest = Math.min(shortest, shortestIn(offer))
    for (const answer of answers) shortest = Math.min(shortest, shortestIn(answer))
  }
  return shortest
}

function shortestIn({ media }: DescribedFact): number {
  let shortest = Number.POSITIVE_INFINITY
  for (const { keyLifetimes } of media) for (const { packets } of keyLifetimes) shortest = Math.min(shortest, packets)
  return shortest
}

/** What one sender sent under one key. */
interface Use {
  readonly fingerprint: string
  readonly kind: AnalysedStream['report']['kind']
  readonly streams: AnalysedStream[]
  /** By SSRC: a relay, or a second capture point, shows the same packets on another flow. */
  readonly packets: Map<string, number>
}

interface WornKey extends Use {
  readonly total: number
  readonly lifetime: number
}

function worn(call: AnalysedCall, streams: readonly AnalysedStream[]): WornKey[] {
  const lifetimes = lifetimesOf(call)
  return usesOf(streams).flatMap((use) => {
    const lifetime = Math.min(lifetimes.get(use.fingerprint) ?? Number.POSITIVE_INFINITY, MOST_PACKETS[use.kind])
    const total = [...use.packets.values()].reduce((sum, packets) => sum + packets, 0)
    return total > lifetime ? [{ ...use, total, lifetime }] : []
  })
}

function usesOf(streams: readonly AnalysedStream[]): Use[] {
  // Copies of SRTCP are not told apart: where copies of RTP are in the capture, they are too.
  const copied = streams.some(({ report }) => (report.captureDuplicates ?? 0) > 0)
  const uses = new Map<string, Use>()
  for (const stream of streams) {
    const { kind, sender, ssrc } = stream.report
    if (kind === 'rtcp' && copied) continue
    for (const { fingerprint, packets } of stream.verifiedUnder) {
      const name = `${kind} ${sender} ${fingerprint}`
      const use = uses.get(name) ?? { fingerprint, kind, streams: [], packets: new Map<string, number>() }
      uses.set(name, use)
      use.streams.push(stream)
      use.packets.set(ssrc, Math.max(use.packets.get(ssrc) ?? 0, packets - copiesOf(stream)))
    }
  }
  return [...uses.values()]
}

function copiesOf({ report: { duplicates = 0, captureDuplicates = 0 } }: AnalysedStream): number {
  return duplicates + captureDuplicates
}

/** By fingerprint. A key that is given again with a longer lifetime has that one. */
function lifetimesOf({ exchanges }: AnalysedCall): ReadonlyMap<string, number> {
  const lifetimes = new Map<string, number>()
  for (const { offer, answers } of exchanges) {
    for (const { media } of [offer, ...answers]) {
      for (const { fingerprint, packets } of media.flatMap(({ keyLifetimes }) => keyLifetimes)) {
        lifetimes.set(fingerprint, Math.max(lifetimes.get(fingerprint) ?? 0, packets))
      }
    }
  }
  return lifetimes
}

function describe(
  trace: TraceFacts,
  call: AnalysedCall,
  { fingerprint, kind, streams, total, lifetime, packets }: WornKey,
): Finding {
  const [{ report }] = streams
  const what = kind === 'rtp' ? 'SRTP' : 'SRTCP'
  const over = packets.size > 1 ? ` in ${packets.size} streams` : ''
  return finding(text, trace, {
    detail:
      `${report.src} sends ${total} ${what} packets${over} under key ${fingerprint}, which is good for ` +
      `${countText(lifetime)}: ${total - lifetime} too many.`,
    callId: call.callId,
    streamId: streams.length === 1 ? report.id : undefined,
    at: streams.flatMap(({ firstAt, lastAt }) => [firstAt, lastAt]),
    evidence: { keyFingerprint: fingerprint, packets: total, lifetime, streams: streams.map((one) => one.report.id) },
  })
}

/** `2^10 (1024)`. */
function countText(packets: number): string {
  const power = Math.log2(packets)
  return Number.isInteger(power) ? `2^${power} (${packets})` : String(packets)
}
