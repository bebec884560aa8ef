import { addressOf } from '../../bytes/endpoint.ts'
import type { Stream } from '../../model/report.ts'
import { formatNumber } from '../layout.ts'
import { durationText, microseconds } from './times.ts'

/** What became of a stream's packets, worst first. */
export type MediaFate = 'failed' | 'plain' | 'unverified' | 'verified'

export const MEDIA_MARKS: Readonly<Record<MediaFate, string>> = {
  failed: 'x',
  plain: '!',
  unverified: '?',
  verified: '+',
}

/** An RTP stream with the RTCP that goes with it, or RTCP alone. */
export interface MediaFlow<S extends Stream = Stream> {
  readonly stream: S
  readonly rtcp: readonly S[]
  readonly fate: MediaFate
}

/** The flows of a call's streams, in the order of their first packets. */
export function mediaFlows<S extends Stream>(streams: readonly S[]): MediaFlow<S>[] {
  const flows: { stream: S; rtcp: S[] }[] = streams
    .filter(({ kind }) => kind === 'rtp')
    .map((stream) => ({ stream, rtcp: [] }))
  for (const stream of streams) {
    if (stream.kind === 'rtp') continue
    const same = flows.filter((flow) => flow.stream.kind === 'rtp' && goTogether(flow.stream, stream))
    const flow = same.find((one) => one.stream.ssrc === stream.ssrc) ?? same[0]
    if (flow === undefined) flows.push({ stream, rtcp: [] })
    else flow.rtcp.push(stream)
  }
  return flows
    .map((flow) => ({ ...flow, fate: fateOf(flow.stream) }))
    .sort((a, b) => microseconds(a.stream.firstTime) - microseconds(b.stream.firstTime))
}

function goTogether(rtp: Stream, rtcp: Stream): boolean {
  return (
    rtp.callId === rtcp.callId &&
    rtp.mediaIndex === rtcp.mediaIndex &&
    addressOf(rtp.src) === addressOf(rtcp.src) &&
    addressOf(rtp.dst) === addressOf(rtcp.dst)
  )
}

function fateOf({ failed, verified, packets, plain }: Stream): MediaFate {
  if (failed > 0) return 'failed'
  if (verified === packets) return 'verified'
  return plain > 0 ? 'plain' : 'unverified'
}

/** `SRTP PCMU`, `RTP opus`, `RTCP`. */
function mediaName({ kind, protection, codec }: Stream): string {
  const name = `${protection === 'srtp' ? 'S' : ''}${kind.toUpperCase()}`
  return codec === undefined ? name : `${name} ${codec.split('/', 1)[0]}`
}

/** `418 verified`, `18 of 418 failed`. */
export function fateText(stream: Stream): string {
  const { packets } = stream
  const fate = fateOf(stream)
  const count = stream[fate]
  const words = fate === 'plain' ? 'in the clear' : fate
  return count === packets
    ? `${formatNumber(packets)} ${words}`
    : `${formatNumber(count)} of ${formatNumber(packets)} ${words}`
}

/** The same of all its RTCP where it is worse than that of the RTP; '' where there is nothing to say. */
function rtcpText({ stream, rtcp, fate }: MediaFlow): string {
  const order: readonly MediaFate[] = ['failed', 'plain', 'unverified', 'verified']
  const worst = [...rtcp].sort((a, b) => order.indexOf(fateOf(a)) - order.indexOf(fateOf(b)))[0]
  if (worst === undefined || order.indexOf(fateOf(worst)) >= order.indexOf(fate)) return ''
  return stream.kind === 'rtcp' ? '' : `RTCP ${fateText(worst)}`
}

/** How long it ran. */
function runText({ firstTime, lastTime }: Stream): string {
  return durationText(microseconds(lastTime) - microseconds(firstTime))
}

/** What is said of a flow, from the most to the least that still tells. */
export function mediaTexts(flow: MediaFlow): readonly string[] {
  const { stream } = flow
  const [name, fate, rtcp, run] = [mediaName(stream), fateText(stream), rtcpText(flow), runText(stream)]
  const lost = stream.lost ? `${formatNumber(stream.lost)} lost` : ''
  const shortRtcp = rtcp.replace('in the clear', 'clear')
  const texts = [
    [name, fate, lost, rtcp, run],
    [name, fate, lost, rtcp],
    [name, fate, shortRtcp || lost],
    ...(rtcp === '' ? [] : [[fate, shortRtcp]]),
    [name, fate],
    [fate],
    [fate.replace('in the clear', 'clear')],
  ]
  return [...new Set(texts.map(([first, ...rest]) => [first, ...rest].filter((part) => part !== '').join(', ')))]
}
