import type { FrameRef } from '../../bytes/frame-ref.ts'
import { groupedBy } from '../../bytes/lists-by-key.ts'
import type { AnalysedCall, AnalysedExchange, AnalysedStream, TraceFacts } from '../../model/analysis.ts'
import { isHeld } from '../agreement.ts'

/** What happened to a stream's session close to a moment. */
export interface Moment {
  /** `, at the hold of frame 40 and a change of SSRC`; '' where nothing happened. */
  readonly text: string
  readonly at: readonly FrameRef[]
  readonly evidence: Readonly<Record<string, unknown>>
}

/** How far apart a cause and what it does may be. */
const NEAR_US = 2_000_000
const NOTHING: Moment = { text: '', at: [], evidence: {} }

/** The streams of a trace by sender and receiver. */
export class Moments {
  readonly #flows: ReadonlyMap<string, readonly AnalysedStream[]>

  constructor({ streams }: TraceFacts, wanted: readonly AnalysedStream[]) {
    const flows = new Set(wanted.map(flowOf))
    const near = flows.size === 0 ? [] : streams.filter((stream) => flows.has(flowOf(stream)))
    this.#flows = groupedBy(near, flowOf)
  }

  /** Re-INVITEs, holds and changes of SSRC within 2 s of a time in µs. */
  of(stream: AnalysedStream, call: AnalysedCall | undefined, timeUs: number): Moment {
    const near = call === undefined ? undefined : exchangeNear(stream, call, timeUs)
    const other = (this.#flows.get(flowOf(stream)) ?? []).find(
      (one) => one !== stream && (isNear(one.firstAt.timeUs, timeUs) || isNear(one.lastAt.timeUs, timeUs)),
    )
    if (near === undefined && other === undefined) return NOTHING
    const texts: string[] = []
    if (near !== undefined) {
      texts.push(`the ${near.isHold ? 'hold' : 're-INVITE'} of frame ${near.exchange.offer.at.frame}`)
    }
    if (other !== undefined) texts.push(`a change of SSRC (${other.report.ssrc})`)
    return {
      text: `, close to ${texts.join(' and ')}`,
      at: near === undefined ? [] : [near.exchange.offer.at],
      evidence: {
        ...(near !== undefined && { [near.isHold ? 'holdFrame' : 'reInviteFrame']: near.exchange.offer.at.frame }),
        ...(other !== undefined && { otherSsrc: other.report.ssrc }),
      },
    }
  }
}

function exchangeNear(
  { report, lines }: AnalysedStream,
  call: AnalysedCall,
  timeUs: number,
): { readonly exchange: AnalysedExchange; readonly isHold: boolean } | undefined {
  for (const { exchange: index } of lines) {
    const exchange = call.exchanges[index]
    if (exchange === undefined || !exchange.renegotiates) continue
    if (![exchange.offer, ...exchange.answers].some(({ at }) => isNear(at.timeUs, timeUs))) continue
    const described = [exchange.offer, exchange.answers.at(-1)].map((fact) => fact?.media[report.mediaIndex ?? 0])
    return { exchange, isHold: described.some((media) => media !== undefined && isHeld(media)) }
  }
  return undefined
}

function isNear(a: number, b: number): boolean {
  return Math.abs(a - b) <= NEAR_US
}

function flowOf({ report }: AnalysedStream): string {
  return `${report.kind} ${report.src} ${report.dst}`
}
