import type { Finding, JoinedCallsReport, Report, Severity, Stream } from '../../model/report.ts'

/**
 * What the page knows from the start; calls, streams and findings are read from their blocks when somebody looks at
 * them. Text is as people may see it: escaped, and shortened where it is very long.
 */
export interface PageIndex
  extends Pick<
    Report,
    'tool' | 'anonymized' | 'keptTo' | 'policies' | 'policyNotShown' | 'captures' | 'totals' | 'tls' | 'anomalies'
  > {
  readonly rows: CallColumns
  readonly groups: readonly FindingGroup[]
  /** Legs of one call; those of them that are listed by their rows. */
  readonly joined: readonly (Pick<JoinedCallsReport, 'by' | 'certainty'> & { readonly rows: readonly number[] })[]
  /** Numbers of the streams that belong to no call, the first 2,000. */
  readonly orphans: readonly number[]
  /** How many of each the report has and the page does not. */
  readonly leftOut: { readonly calls: number; readonly findings: number; readonly orphans: number }
}

/** The calls of the table, a list for each column; a call's row is its number in all of them. */
export interface CallColumns {
  readonly callId: readonly string[]
  readonly from: readonly string[]
  readonly to: readonly string[]
  readonly state: readonly string[]
  /** 0 where there is none. */
  readonly finalStatus: readonly number[]
  readonly transport: readonly string[]
  readonly startTime: readonly string[]
  /** Seconds from answer to end; -1 where one of them is not there. */
  readonly seconds: readonly number[]
  readonly messages: readonly number[]
  readonly legs: readonly number[]
  /** `srtp`, `rtp`, `mixed`: what its streams are on the wire, or what was agreed where none was seen. */
  readonly security: readonly string[]
  readonly keying: readonly string[]
  readonly suite: readonly string[]
  readonly codec: readonly string[]
  /** Packets by what became of them, of the offerer and of the answerer: see FATES. */
  readonly offerer: readonly (readonly number[])[]
  readonly answerer: readonly (readonly number[])[]
  readonly lost: readonly number[]
  /** The greatest of its streams, ms; -1 where none is known. */
  readonly jitterMs: readonly number[]
  /** Addresses and SSRCs of its signalling and media, for the search. */
  readonly search: readonly string[]
  /** Numbers of its streams and findings in their blocks. */
  readonly streams: readonly (readonly number[])[]
  readonly findings: readonly (readonly number[])[]
  /** Numbers of the groups that its findings are in, worst first. */
  readonly groups: readonly (readonly number[])[]
}

/** What becomes of packets, in the order of the columns `offerer` and `answerer`. */
export const FATES = ['verified', 'failed', 'plain', 'unverified'] as const

/** Findings that say the same of several places. */
export interface FindingGroup extends Pick<Finding, 'rule' | 'kind' | 'severity' | 'title' | 'remedy' | 'references'> {
  readonly severity: Severity
  readonly calls: number
  readonly firstTime?: string
  readonly lastTime?: string
  /** Addresses, those of most findings first, ten at most. */
  readonly peers: readonly string[]
  readonly morePeers: number
  /** Numbers of its findings in their blocks. */
  readonly findings: readonly number[]
  /** How many there are. */
  readonly count: number
  /** Others explain it. */
  readonly isConsequence?: true
}

/** What blocks have of a stream and of a finding: with the row of its call, if that is listed. */
export type PageStream = Stream & { readonly row?: number }
export type PageFinding = Finding & { readonly row?: number }

/** Objects in a block. */
export const BLOCK = { calls: 16, streams: 16, findings: 64 } as const
