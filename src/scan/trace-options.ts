import type { Keyring } from '../media/keyring.ts'
import type { TlsTrust } from '../model/tls-analysis.ts'
import type { FoundCuts } from '../rtp/stream-cuts.ts'
import type { KeyEntry } from '../srtp/keys-file.ts'
import type { TlsSecrets } from '../tls/session-secrets.ts'
import type { JudgedStream } from '../verify/judgement/judged-stream.ts'
import type { EndedObject } from './ended-calls.ts'
import type { OnMessage } from './signalling.ts'

/** What a trace is read with, beside its octets. */
export interface TraceOptions {
  readonly keyEntries?: readonly KeyEntry[]
  /** What opens TLS; without it TLS is not read. */
  readonly tlsSecrets?: TlsSecrets
  /** What certificates are checked against, beside the public roots. */
  readonly tlsTrust?: TlsTrust
  /** Called when the last octet was read: what belongs to the trace and comes from elsewhere is heard before its end. */
  readonly beforeEnd?: () => void
  /** What an earlier reading of the trace found of streams that several calls have in turn. */
  readonly cuts?: FoundCuts
  /** The report has the messages of every call. */
  readonly ladders?: boolean
  /** The report has the session descriptions of every call, line by line. */
  readonly descriptions?: boolean
  /** The report has what happened to each stream when. */
  readonly timelines?: boolean
  /** Called with the octets of every SIP message, as it is heard. */
  readonly onMessage?: OnMessage
  /** Called with what the analysis is made of: every stream with its verdict, and the keys by their numbers. */
  readonly onJudged?: (judgement: readonly JudgedStream[], keyring: Keyring) => void
  /** From a pipe: called with calls and streams as they end, while the trace goes on. From files all come with the report. */
  readonly onEnded?: (object: EndedObject) => void
}
