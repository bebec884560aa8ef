import type { AnalysedCall, AnalysedStream, TraceFacts } from '../../model/analysis.ts'
import type { Finding } from '../../model/report.ts'
import type { PayloadTypeUse, TypedPacket } from '../../rtp/payload-type-use.ts'
import type { Codec } from '../../sdp/description.ts'
import { STATIC_PAYLOAD_TYPES } from '../../sdp/static-payload-types.ts'
import { defineRule, finding, NO_FINDINGS, type RuleText } from '../rule.ts'
import { isKeepAlive } from './keep-alives.ts'
import { isWantedThroughout, type WantedTypes, wantedTypes } from './wanted-types.ts'

const text: RuleText = {
  id: 'codec-not-negotiated',
  severity: 'error',
  title: 'A codec is sent that its receiver did not ask for',
  meaning:
    'RTP carries a payload type that the description of the party it is sent to does not list: the receiver has no ' +
    'decoder for it and plays silence or noise, or ignores the digits.',
  shows:
    'A payload type on the wire that is in none of the m= lines by which its receiver wants the stream. Comfort noise ' +
    '(13) is left out.',
  causes: [
    "a sender that uses its own number for a dynamic codec (telephone-event, Opus) instead of the receiver's",
    'a sender that keeps the old codec after a re-INVITE changed it',
    'an SBC that takes codecs out of the SDP and passes the media on untouched',
    'DTMF or fax sent in a form that was not agreed',
  ],
  remedy:
    'Send by the numbers of the description that was received, and only its codecs; on an SBC let the codec policy and ' +
    'the transcoding of both legs agree.',
  references: ['RFC 3264 §5.1', 'RFC 3264 §6.1', 'RFC 3551 §6'],
}

/** Packets under way while a re-INVITE changes the codecs. */
const GRACE_US = 2_000_000
/** Comfort noise (RFC 3389 §4), and the number it had in drafts, which gateways still send. */
const COMFORT_NOISE: ReadonlySet<number> = new Set([13, 19])

export const codecNotNegotiated = defineRule(text, (trace) => ({
  call: (call, _, streams) => {
    if (streams.every((stream) => !isJudged(stream) || isWantedThroughout(stream, call))) return NO_FINDINGS
    // Streams of one binding share their lines, which may be thousands.
    const wantedBy = new Map<AnalysedStream['lines'], readonly WantedTypes[]>()
    return streams.flatMap((stream) => {
      const { lines } = stream
      if (!isJudged(stream) || !isSentToReceiver(stream, call)) return []
      const wanted = wantedBy.get(lines) ?? wantedTypes(lines, call)
      wantedBy.set(lines, wanted)
      return unwantedIn(stream, wanted).map((one) => {
        const name = nameOf(one.payloadType, stream, call)
        return describe(trace, stream, { ...one, name, current: currentAt(wanted, one.at) })
      })
    })
  },
}))

/** Packets that verified, or that nobody protects: others may be no RTP at all, or damaged. */
function isJudged(stream: AnalysedStream): boolean {
  const { report } = stream
  if (report.kind !== 'rtp' || report.unverified > 0 || isKeepAlive(stream)) return false
  return report.verified > 0 || report.plain === report.packets
}

/** It goes where its receiver wants it, and comes from a party of the call: a stray from an earlier call is not sent to it. */
function isSentToReceiver({ match, source }: AnalysedStream, { exchanges }: AnalysedCall): boolean {
  if (match === 'both' || match === 'signalled-both') return true
  return (
    match === 'destination' &&
    exchanges.some(({ offer, answers }) =>
      [offer, ...answers].some(
        (described) =>
          described.source.address === source.address ||
          described.media.some(({ connectionAddress }) => connectionAddress === source.address),
      ),
    )
  )
}

interface Unwanted {
  readonly payloadType: number
  readonly at: TypedPacket
  /** The description that asked for it before, where a later one does not. */
  readonly given?: WantedTypes
}

function unwantedIn(stream: AnalysedStream, wanted: readonly WantedTypes[]): Unwanted[] {
  if (wanted.length === 0) return []
  const { report, payloadTypeUses: uses, firstAt } = stream
  const unwanted = uses.flatMap((use) => unwantedUse(use, stream, wanted) ?? [])
  // Of further types it is not known where they were used.
  for (const payloadType of report.payloadTypes ?? []) {
    const isCounted = COMFORT_NOISE.has(payloadType) || uses.some((use) => use.payloadType === payloadType)
    if (isCounted || report.failed > 0 || wanted.some(({ types }) => types.has(payloadType))) continue
    unwanted.push({ payloadType, at: firstAt })
  }
  return unwanted
}

function unwantedUse(
  { payloadType, first, last }: PayloadTypeUse,
  stream: AnalysedStream,
  wanted: readonly WantedTypes[],
): Unwanted | undefined {
  if (COMFORT_NOISE.has(payloadType)) return undefined
  const describedUs = Math.min(...wanted.map(({ at }) => at.timeUs))
  const asking = wanted.filter(({ types }) => types.has(payloadType))
  const at = [first, last].find(
    (packet) =>
      isCertain(packet, stream) &&
      // Nobody knows what a party wants before it says so (early media).
      packet.timeUs > describedUs &&
      !asking.some(
        ({ at: from, untilUs }) => packet.timeUs >= from.timeUs - GRACE_US && packet.timeUs <= untilUs + GRACE_US,
      ),
  )
  const given = asking.at(-1)
  return at === undefined ? undefined : { payloadType, at, ...(given !== undefined && { given }) }
}

/** Of a stream whose tags fail here and there, a packet before the first failure is known to have verified. */
function isCertain({ frame, capture }: TypedPacket, { report, firstAt, lastAt }: AnalysedStream): boolean {
  if (report.failed === 0) return true
  const oneCapture = capture === firstAt.capture && capture === lastAt.capture
  return oneCapture && frame < (report.firstFailedFrame ?? 0)
}

/** What holds at a packet, or came last before it. */
function currentAt(wanted: readonly WantedTypes[], { timeUs }: TypedPacket): WantedTypes {
  return wanted.findLast(({ at }) => at.timeUs <= timeUs) ?? wanted[0]
}

interface Told extends Unwanted {
  /** The codec, as far as anybody says which. */
  readonly name: string | undefined
  /** What the receiver wants at that time. */
  readonly current: WantedTypes
}

function describe(trace: TraceFacts, { report }: AnalysedStream, told: Told): Finding {
  const { payloadType, at, given, name, current } = told
  const meant = current.codecs.find((codec) => name !== undefined && textOf(codec).toLowerCase() === name.toLowerCase())
  const why =
    given !== undefined
      ? `; it was asked for by frame ${given.at.frame} and no longer is`
      : meant !== undefined
        ? `; the receiver wants ${name} as ${meant.payloadType}`
        : ''
  const listed = [...current.types].sort((a, b) => a - b)
  // No description of RTP came after the one that asked for it: the line is closed, or carries something else (T.38).
  const wish =
    given === current
      ? `which asked for it in frame ${given.at.frame} and no longer wants any`
      : `whose description (frame ${current.at.frame}) lists ${listed.join(', ')}${why}`
  return finding(text, trace, {
    detail:
      `${report.src} sends payload type ${payloadType}${name === undefined ? '' : ` (${name})`} to ${report.dst}, ${wish}. ` +
      `${given === undefined ? 'First' : 'Seen'} in frame ${at.frame}.`,
    callId: report.callId,
    streamId: report.id,
    at: [at, current.at],
    evidence: {
      payloadType,
      ...(name !== undefined && { codec: name }),
      described: listed,
      ...(meant !== undefined && { describedAs: meant.payloadType }),
      ssrc: report.ssrc,
    },
  })
}

/** What the sender itself calls it, else what RFC 3551 does. */
function nameOf(payloadType: number, { lines }: AnalysedStream, { exchanges }: AnalysedCall): string | undefined {
  for (const { exchange, index, sender } of lines.toReversed()) {
    const { offer, answers } = exchanges[exchange]
    const own = sender === 'offerer' ? offer : answers.at(-1)
    const codec = own?.media[index]?.codecs.find((one) => one.payloadType === payloadType)
    if (codec !== undefined) return textOf(codec)
  }
  const assigned = STATIC_PAYLOAD_TYPES.get(payloadType)
  return assigned === undefined ? undefined : `${assigned[0]}/${assigned[1]}`
}

function textOf({ name, clockRate }: Codec): string {
  return `${name}/${clockRate}`
}
