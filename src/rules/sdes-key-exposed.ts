import type { FrameRef } from '../bytes/frame-ref.ts'
import { grown } from '../bytes/grown-list.ts'
import type { AnalysedCall, AnalysedStream, DescribedFact, DescribedMedia } from '../model/analysis.ts'
import type { Transport } from '../sip/context.ts'
import { defineRule, finding, NO_FINDINGS, type RuleText } from './rule.ts'

const text: RuleText = {
  id: 'sdes-key-exposed',
  severity: 'error',
  title: 'An SRTP key travelled in clear SIP',
  meaning:
    'SDES puts the master key of the media into the SDP (a=crypto). SIP over UDP, TCP or WS carries it readable: whoever ' +
    'captured this can decrypt the call.',
  shows: 'An a=crypto line with a key in a SIP message that was not in TLS.',
  causes: [
    'SIP over UDP or TCP on a trunk that was meant to be TLS',
    'SRTP switched on without TLS',
    'an inner leg behind an SBC',
  ],
  remedy: 'Carry the signalling over TLS on every hop that sees the SDP, or key the media by DTLS-SRTP.',
  references: ['RFC 4568 §8.3'],
}

/** Fingerprints that the sentence names; the evidence has all. */
const SHOWN = 4

export const sdesKeyExposed = defineRule(text, (trace) => ({
  call: (call, _, streams) => {
    const exposed = exposures(call, streams)
    if (exposed.length === 0) return NO_FINDINGS
    const { fingerprints, transports } = whatIsIn(exposed)
    const { at, source, destination } = exposed[0]
    const more = fingerprints.length > SHOWN ? ` and ${fingerprints.length - SHOWN} more` : ''
    return [
      finding(text, trace, {
        detail:
          `${fingerprints.length === 1 ? 'The key' : `${fingerprints.length} keys`} of this call (${fingerprints.slice(0, SHOWN).join(', ')}${more}) ` +
          `can be read in SIP over ${transports.join(' and ').toUpperCase()}: first in frame ${at.frame}, ` +
          `${source.address} > ${destination.address}.`,
        callId: call.callId,
        at: exposed.map(({ at: ref }) => ref),
        evidence: { transports, keyFingerprints: fingerprints },
      }),
    ]
  },
}))

interface Exposure extends Pick<DescribedFact, 'source' | 'destination' | 'transport'> {
  readonly at: FrameRef
  readonly keys: readonly string[]
}

function exposures({ exchanges }: AnalysedCall, streams: readonly AnalysedStream[]): Exposure[] {
  const exposed: Exposure[] = []
  const used = new Set(streams.flatMap(({ verifiedUnder }) => verifiedUnder.map(({ fingerprint }) => fingerprint)))
  for (const { offer, answers } of exchanges) {
    addExposure(exposed, offer, used)
    for (const answer of answers) addExposure(exposed, answer, used)
  }
  return isInOrder(exposed) ? exposed : exposed.sort((a, b) => a.at.position - b.at.position)
}

function isInOrder(exposed: readonly Exposure[]): boolean {
  return exposed.every(({ at }, n) => n === 0 || exposed[n - 1].at.position <= at.position)
}

/** Each key and transport once. */
function whatIsIn(exposed: readonly Exposure[]): { fingerprints: readonly string[]; transports: readonly Transport[] } {
  const fingerprints = new Set<string>()
  let transports: readonly Transport[] = []
  for (const { keys, transport } of exposed) {
    for (const key of keys) fingerprints.add(key)
    if (!transports.includes(transport)) transports = grown(transports, transport)
  }
  return { fingerprints: [...fingerprints], transports }
}

/** @param used fingerprints of the keys that the call's packets verify under */
function addExposure(
  exposed: Exposure[],
  { at, source, destination, transport, media }: DescribedFact,
  used: ReadonlySet<string>,
): void {
  if (transport === 'tls' || transport === 'wss') return
  const keys = media.length === 1 ? keysOf(media[0], used) : media.flatMap((one) => keysOf(one, used))
  if (keys.length > 0) exposed.push({ at, source, destination, transport, keys })
}

/** A mask is a key where packets verify under it. */
function keysOf({ keyFingerprints, maskFingerprints }: DescribedMedia, used: ReadonlySet<string>): readonly string[] {
  if (maskFingerprints.length === 0) return keyFingerprints
  return [...keyFingerprints, ...maskFingerprints.filter((mask) => used.has(mask))]
}
