import type { FrameRef } from '../../bytes/frame-ref.ts'
import { grown } from '../../bytes/grown-list.ts'
import { groupedBy } from '../../bytes/lists-by-key.ts'
import type {
  AnalysedCall,
  AnalysedStream,
  DescribedFact,
  DescribedMedia,
  ElsewhereFact,
  OtherKeyFact,
  TraceFacts,
} from '../../model/analysis.ts'
import type { Finding } from '../../model/report.ts'
import type { Transport } from '../../sip/context.ts'
import { listed } from '../listed.ts'
import { defineRule, finding, NO_FINDINGS, type RuleText } from '../rule.ts'

const text: RuleText = {
  id: 'sdes-key-exposed',
  severity: 'error',
  title: 'An SRTP key travelled in clear SIP',
  meaning:
    'SDES puts the master key of the media into the SDP (a=crypto). SIP over UDP, TCP or WS carries it readable: whoever ' +
    'captured this can decrypt the call.',
  shows:
    'An a=crypto line with a key in a SIP message that was not in TLS, wherever it stands: also before the first m= line, in ' +
    'the body of another message than an offer or an answer, or in an a=acap line. A key in k= (clear, base64), or in an ' +
    'a=key-mgmt line whose MIKEY message does not encrypt it.',
  causes: [
    'SIP over UDP or TCP on a trunk that was meant to be TLS',
    'SRTP switched on without TLS',
    'an inner leg behind an SBC',
  ],
  remedy: 'Carry the signalling over TLS on every hop that sees the SDP, or key the media by DTLS-SRTP.',
  references: ['RFC 4568 §8.3'],
}

const NONE_USED: ReadonlySet<string> = new Set()
/** Fingerprints that the sentence names; the evidence has all. */
const SHOWN = 4

export const sdesKeyExposed = defineRule(text, (trace) => {
  const elsewhere = groupedBy(trace.keysElsewhere, ({ callId }) => callId)
  return {
    call: (call, _, streams) => {
      const exposed = exposures(call, elsewhere.get(call.callId), streams)
      elsewhere.delete(call.callId)
      return exposed.length === 0 ? NO_FINDINGS : [exposedIn(trace, exposed, call.callId)]
    },
    end: () =>
      [...elsewhere.values()].flatMap((facts) => {
        const exposed: Exposure[] = []
        for (const one of facts) addExposure(exposed, one, NONE_USED)
        return exposed.length === 0 ? [] : [exposedIn(trace, exposed)]
      }),
  }
})

/** Where a key stands that is none of an m= section's a=crypto lines. */
const PLACES: Readonly<Record<OtherKeyFact['place'], string>> = {
  'session-level': 'in a=crypto before the first m= line',
  capability: 'in a=acap',
  k: 'in k=',
  mikey: 'in a=key-mgmt, which does not encrypt it',
}

const REFERENCES: Readonly<Record<OtherKeyFact['place'], string>> = {
  'session-level': 'RFC 4568 §4',
  capability: 'RFC 5939 §3.4.1',
  k: 'RFC 4566 §5.12',
  mikey: 'RFC 3830 §6.2',
}

function exposedIn(trace: TraceFacts, exposed: readonly Exposure[], callId?: string): Finding {
  const { fingerprints, transports, places } = whatIsIn(exposed)
  const { at, source, destination, message } = exposed[0]
  const of = callId === undefined ? '' : ' of this call'
  const named = fingerprints.length === 0 ? '' : ` (${listed(fingerprints, SHOWN)})`
  const keys =
    fingerprints.length === 1 ? 'The key' : fingerprints.length === 0 ? 'A key' : `${fingerprints.length} keys`
  const where = places.map((place) => PLACES[place])
  return finding(text, trace, {
    detail:
      `${keys}${of}${named} can be read in SIP over ${transports.join(' and ').toUpperCase()}: first in frame ${at.frame}` +
      `${message === undefined ? '' : ` (${message})`}, ${source.address} > ${destination.address}.` +
      `${where.length === 0 ? '' : ` One stands ${where.join(', another ')}.`}`,
    callId,
    at: exposed.map(({ at: ref }) => ref),
    evidence: { transports, keyFingerprints: fingerprints, ...(places.length > 0 && { places }) },
    ...(places.length > 0 && { references: [...text.references, ...places.map((place) => REFERENCES[place])] }),
  })
}

interface Exposure extends Pick<DescribedFact, 'source' | 'destination' | 'transport'> {
  readonly at: FrameRef
  readonly keys: readonly string[]
  readonly places: readonly OtherKeyFact['place'][]
  /** What carried it, where that is no offer and no answer. */
  readonly message?: string | undefined
}

function exposures(
  { exchanges }: AnalysedCall,
  elsewhere: readonly ElsewhereFact[] | undefined,
  streams: readonly AnalysedStream[],
): Exposure[] {
  const exposed: Exposure[] = []
  const used = new Set(streams.flatMap(({ verifiedUnder }) => verifiedUnder.map(({ fingerprint }) => fingerprint)))
  for (const { offer, answers } of exchanges) {
    addExposure(exposed, offer, used)
    for (const answer of answers) addExposure(exposed, answer, used)
  }
  if (elsewhere !== undefined) for (const one of elsewhere) addExposure(exposed, one, used)
  return isInOrder(exposed) ? exposed : exposed.sort((a, b) => a.at.position - b.at.position)
}

function isInOrder(exposed: readonly Exposure[]): boolean {
  return exposed.every(({ at }, n) => n === 0 || exposed[n - 1].at.position <= at.position)
}

/** Each key, transport and place once. */
function whatIsIn(exposed: readonly Exposure[]) {
  const fingerprints = new Set<string>()
  const places = new Set<OtherKeyFact['place']>()
  let transports: readonly Transport[] = []
  for (const { keys, transport, places: ofOne } of exposed) {
    for (const key of keys) fingerprints.add(key)
    for (const place of ofOne) places.add(place)
    if (!transports.includes(transport)) transports = grown(transports, transport)
  }
  return { fingerprints: [...fingerprints], transports, places: [...places] }
}

/** @param used fingerprints of the keys that the call's packets verify under */
function addExposure(
  exposed: Exposure[],
  described: DescribedFact & Partial<Pick<ElsewhereFact, 'message'>>,
  used: ReadonlySet<string>,
): void {
  const { at, source, destination, transport, media, message } = described
  if (transport === 'tls' || transport === 'wss') return
  const ofMedia = media.length === 1 ? keysOf(media[0], used) : media.flatMap((one) => keysOf(one, used))
  const others = (described.otherKeys ?? NO_KEYS).filter(
    ({ place, fingerprints }) => fingerprints.length > 0 || place === 'k' || place === 'mikey',
  )
  // What a capability says that is offered, its m= section has (RFC 5939 §3.5.1).
  const elsewhere = others.filter(({ fingerprints: [first] }) => first === undefined || !ofMedia.includes(first))
  if (ofMedia.length + elsewhere.length === 0) return
  const keys = elsewhere.length === 0 ? ofMedia : [...ofMedia, ...elsewhere.flatMap(({ fingerprints }) => fingerprints)]
  exposed.push({ at, source, destination, transport, keys, places: elsewhere.map(({ place }) => place), message })
}

// Nearly all descriptions have none.
const NO_KEYS: readonly OtherKeyFact[] = []

/** A mask is a key where packets verify under it. */
function keysOf({ keyFingerprints, maskFingerprints }: DescribedMedia, used: ReadonlySet<string>): readonly string[] {
  if (maskFingerprints.length === 0) return keyFingerprints
  return [...keyFingerprints, ...maskFingerprints.filter((mask) => used.has(mask))]
}
