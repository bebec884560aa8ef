import type { Finding, Session, SessionMedia, Stream } from '../../model/report.ts'
import type { SdpLine } from './sdp-lines.ts'

/** `agreed`: it holds now. Others as severities of findings; `note` is worth a look. */
export type MarkTone = 'agreed' | 'error' | 'warning' | 'info' | 'note'

/** Why a line matters, in a few words. */
export interface Mark {
  readonly tone: MarkTone
  readonly text: string
}

export type Side = 'offer' | 'answer'

/** What a line is judged by. */
export interface MarkContext {
  readonly session: Session
  readonly side: Side
  /** The facts of its m= section; absent before the first. */
  readonly media: SessionMedia | undefined
  /** Streams of the call, and what was found of it. */
  readonly streams: readonly Stream[]
  readonly findings: readonly Finding[]
  /** All lines of its side. */
  readonly lines: readonly SdpLine[]
}

/** Says why a line matters; nothing where it does not. */
export type Marker = (line: SdpLine, context: MarkContext) => readonly Mark[]

export const NOTHING: readonly Mark[] = []

export function otherSide(side: Side): Side {
  return side === 'offer' ? 'answer' : 'offer'
}
