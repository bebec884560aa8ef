import type { FrameRef } from '../../bytes/frame-ref.ts'
import { addToList } from '../../bytes/lists-by-key.ts'
import { isSecureProfile } from '../../media/media-line.ts'
import type { AnalysedCall, AnalysedStream, TraceFacts } from '../../model/analysis.ts'
import type { Finding } from '../../model/report.ts'
import { isPrivate } from '../private-space.ts'

/** A direction of an m= line that does not reach its receiver. */
export interface SilentDirection {
  readonly call: AnalysedCall
  readonly mediaIndex: number
  /** What its sender sent, as far as it was captured. */
  readonly streams: readonly AnalysedStream[]
  readonly back: readonly AnalysedStream[]
  readonly senderAddress: string
  readonly receiverAddress: string
  /** Where the receiver says that it is. */
  readonly described?: string | undefined
  /** The offer that its sender made, where it is the offerer. */
  readonly offered?: FrameRef | undefined
}

/** Why, in plain words, and the finding that proves it. */
export interface Cause {
  readonly text: string
  readonly finding: Finding
}

/** Who was seen to send: what a capture never shows may be missing from the capture alone. */
export class SendersSeen {
  readonly #hosts = new Set<string>()
  readonly #rtcp = new Set<string>()

  constructor({ streams }: TraceFacts) {
    for (const { report, source, destination } of streams) {
      this.#hosts.add(source.address)
      if (report.kind === 'rtcp') this.#rtcp.add(`${report.callId} ${source.address} ${destination.address}`)
    }
  }

  addSignalling({ paths }: AnalysedCall): void {
    for (const { source } of paths) this.#hosts.add(source.address)
  }

  /** A private address is seen under the one that its NAT gives it. */
  has(address: string): boolean {
    return isPrivate(address) || this.#hosts.has(address)
  }

  /** Toward where the receiver sends from, or says that it is: a relay may have RTCP of the same sender. */
  sendsRtcp({ call, senderAddress, receiverAddress, described = receiverAddress }: SilentDirection): boolean {
    return [receiverAddress, described].some((address) => this.#rtcp.has(`${call.callId} ${senderAddress} ${address}`))
  }
}

type Says = (direction: SilentDirection, finding: Finding) => string | undefined

const NEGOTIATED: ReadonlySet<string | undefined> = new Set([
  'answer-lacks-crypto',
  'offer-lacks-crypto',
  'answer-unsolicited-crypto',
  'answer-several',
  'at-session-level',
  'tag-not-offered',
  'suite-differs',
  'key-length',
  'key-undecodable',
])

/** Rules whose findings explain a silence, the likeliest cause first. */
const EXPLAINED_BY: readonly (readonly [rule: string, says: Says])[] = [
  [
    'nat-private-address',
    ({ described }, { kind, evidence }) =>
      kind === 'connection' && described !== undefined && evidence.address === described
        ? `the receiver described the private address ${described}, so media sent there cannot arrive`
        : undefined,
  ],
  [
    'media-address-mismatch',
    ({ streams }, { streamId, evidence }) =>
      'destination' in evidence && isOneOf(streams, streamId)
        ? `it is sent to ${evidence.destination}, and the receiver described ${evidence.agreed}`
        : undefined,
  ],
  [
    'rtp-avp-leak',
    ({ streams, offered, mediaIndex }, { kind, streamId, frames, evidence }) => {
      if (kind === 'on-wire') {
        return streams.some(({ report: { id, plain, failed } }) => id === streamId && plain >= failed)
          ? 'it is sent as plain RTP to a receiver that agreed on SRTP, and drops it'
          : undefined
      }
      // Who offers a plain line beside the secure one is ready for it.
      const insists = isSecureProfile(String(evidence.offeredProfile))
      const isOfLine = offered?.frame === frames[0] && evidence.mediaIndex === mediaIndex
      return kind === 'negotiated' && insists && streams.length === 0 && isOfLine
        ? `its sender offered ${evidence.offeredProfile} and was answered ${evidence.answeredProfile}: who insists on SRTP sends nothing`
        : undefined
    },
  ],
  [
    'crypto-mismatch',
    ({ streams, mediaIndex }, { kind, streamId, detail, evidence }) => {
      if (streamId !== undefined) return isOneOf(streams, streamId) ? streams[0].report.explanation?.text : undefined
      return NEGOTIATED.has(kind) && evidence.mediaIndex === mediaIndex
        ? `one side uses SRTP that the other cannot read: ${detail.replace(/[.]$/, '')}`
        : undefined
    },
  ],
  ['srtp-auth-failed', ({ streams }, { streamId }) => (isOneOf(streams, streamId) ? 'its tags fail' : undefined)],
  [
    'srtp-roc',
    ({ streams }, { streamId }) => (isOneOf(streams, streamId) ? 'its rollover counter is wrong' : undefined),
  ],
]

function isOneOf(streams: readonly AnalysedStream[], id: string | undefined): boolean {
  return streams.some(({ report }) => report.id === id)
}

/** The findings of each call, for `causesOf`. */
export function groupedByCall(findings: readonly Finding[]): ReadonlyMap<string, readonly Finding[]> {
  const wanted = new Set(EXPLAINED_BY.map(([rule]) => rule))
  const groups = new Map<string, Finding[]>()
  for (const finding of findings) {
    if (finding.callId === undefined || !wanted.has(finding.rule)) continue
    addToList(groups, finding.callId, finding)
  }
  return groups
}

/** Causes of a silence that other findings prove, the likeliest first; none where nothing proves one. */
export function causesOf(direction: SilentDirection, ofCall: ReturnType<typeof groupedByCall>): Cause[] {
  const found = ofCall.get(direction.call.callId) ?? []
  return EXPLAINED_BY.flatMap(([rule, says]) => {
    const causes = found.flatMap((finding): Cause[] => {
      const text = finding.rule === rule ? says(direction, finding) : undefined
      return text === undefined ? [] : [{ text, finding }]
    })
    return causes.slice(0, 1)
  })
}

/** What can be said of a direction without packets where no finding explains it. */
export function unexplained(direction: SilentDirection, senders: SendersSeen): string {
  const { senderAddress } = direction
  if (senders.sendsRtcp(direction))
    return 'no packet was captured though RTCP of that side arrives, so the sender has nothing to send or its RTP port is blocked'
  if (!senders.has(senderAddress))
    return `nothing at all of ${senderAddress} is in the capture: its media does not get here, or the capture does not see that side`
  return 'no packet of this direction was captured: not sent, sent elsewhere, or dropped by a firewall or NAT on the way'
}
