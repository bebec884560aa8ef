import type { Finding, Severity, Totals } from '../../model/report.ts'

type SeverityCounts = Readonly<Record<Severity, number>>

/** What the page shows of a batch: its summary, and where its reports are. Text is as people may see it. */
export interface BatchIndex {
  readonly version: string
  /** Numbers, names, addresses and hosts are replaced. */
  readonly anonymized?: true
  readonly counts: { readonly reported: number; readonly failed: number; readonly left: number }
  readonly firstTime?: string
  readonly lastTime?: string
  readonly totals: Totals
  readonly faultyCalls: number
  /** Says that calls stand in several captures, where they do. */
  readonly sharedCalls?: string
  /** Lines that say why a capture could not be read. */
  readonly failed: readonly string[]
  /** Lines that say why a capture was not read to its end. */
  readonly brokenOff: readonly string[]
  /** Worst first. */
  readonly captures: readonly BatchCapture[]
  readonly rules: readonly BatchRule[]
  readonly peers: readonly BatchPeer[]
  readonly hours: readonly (SeverityCounts & { readonly hour: string; readonly calls: number })[]
  /** How many of each summary.json has and the page does not. */
  readonly leftOut: { readonly captures: number; readonly peers: number }
}

export interface BatchCapture {
  readonly path: string
  /** Address of its report, from where the page lies. */
  readonly report?: string
  readonly firstTime?: string
  readonly lastTime?: string
  readonly totals: Totals
  readonly lost?: string
  /** Calls with errors of their own. */
  readonly faulty: number
  /** Names of the limits that were reached. */
  readonly limits?: string
  /** Rules of the worst severity that something was found by. */
  readonly rules: string
}

export interface BatchRule extends Pick<Finding, 'rule' | 'kind' | 'severity' | 'title'> {
  readonly count: number
  readonly captures: number
  /** Where it shows first: the address of the call or of the report, and what is said there. */
  readonly first: {
    readonly report?: string
    readonly capture: string
    readonly detail: string
    readonly time?: string
  }
}

export interface BatchPeer extends SeverityCounts {
  readonly address: string
  readonly calls: number
  readonly captures: number
  readonly rules: string
}
