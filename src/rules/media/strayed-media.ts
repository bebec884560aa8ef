import type { AnalysedStream } from '../../model/analysis.ts'
import type { CallMedia } from './call-media.ts'
import type { SilentDirection } from './one-way-causes.ts'

/** Where the media of a silent direction is seen in its call all the same, on another hop, and what to change. */
export interface StrayedMedia {
  readonly text: string
  readonly remedy: string
  readonly stream: AnalysedStream
}

/**
 * A relay that one side alone was told of gets the media of the other, or one that both were told of does not send it on. Of a
 * call that proxies hand on, each hop has descriptions of its own.
 */
export function strayedMedia(media: CallMedia, direction: SilentDirection): StrayedMedia | undefined {
  const { senderAddress, receiverAddress } = direction
  const silent = media.fromOfferer.some((stream) => direction.back.includes(stream)) ? 'answerer' : 'offerer'
  const others = media.ofCall.filter(
    (stream) =>
      stream.report.kind === 'rtp' &&
      stream.report.mediaIndex === media.line.index &&
      stream.lastAt.timeUs >= media.fromUs &&
      partyOf(media, stream) === silent,
  )
  const elsewhere = others.find(
    ({ source, destination }) => source.address === senderAddress && destination.address !== receiverAddress,
  )
  if (elsewhere !== undefined) {
    return {
      stream: elsewhere,
      text:
        `it is sent to ${elsewhere.report.dst} instead${askedBy(media, elsewhere)}, and from there nothing reaches ` +
        `${receiverAddress}`,
      remedy:
        'Have what rewrites the SDP name its media relay to both sides or to neither: in the offer and in the answer of the same ' +
        'call (with rtpengine or rtpproxy, on each response with SDP too), and see whether the relay sends on what it gets.',
    }
  }
  const held = others.find(
    ({ source, destination }) => destination.address === senderAddress && source.address !== receiverAddress,
  )
  if (held === undefined) return undefined
  return {
    stream: held,
    text: `${senderAddress} gets it from ${held.report.src}, and sends nothing of it on`,
    remedy: `Look at the media relay ${senderAddress}: its log says whether it drops what it gets (its source, its keys) or has no way on.`,
  }
}

/** Whose media a stream is: on each hop the first offer goes the same way. A relay has that of both. */
function partyOf({ call }: CallMedia, { lines }: AnalysedStream): 'offerer' | 'answerer' | undefined {
  return lines.find(({ exchange }) => !call.exchanges[exchange].renegotiates)?.sender
}

/** The description that asked for the media there. */
function askedBy({ call }: CallMedia, { lines, report }: AnalysedStream): string {
  for (const { exchange, index, sender } of lines) {
    const { offer, answers } = call.exchanges[exchange]
    const asking = sender === 'offerer' ? answers.at(-1) : offer
    const media = asking?.media[index]
    if (media !== undefined && report.dst.startsWith(`${media.connectionAddress}:`)) {
      return `, as frame ${asking?.at.frame} asks`
    }
  }
  return ''
}
