import type { PolicyNotShown } from '../../model/report.ts'
import type { LargeReport } from '../../model/report-objects.ts'
import { MappedSequence } from '../../model/sequence.ts'
import { Addresses } from './addresses.ts'
import { Hosts } from './hosts.ts'
import { Keyed } from './keyed.ts'
import { KnownOriginals } from './known-originals.ts'
import { Members } from './members.ts'
import { Names } from './names.ts'
import { Numbers } from './numbers.ts'
import { Parties } from './parties.ts'
import { SdpLines } from './sdp-lines.ts'
import { Texts } from './texts.ts'

/**
 * Replaces in reports who and where: the same original by the same replacement, in every report that is made with the
 * same key (docs/decisions/anonymize.md). It keeps no table: what a replacement stands for is told by nothing but the key.
 */
export class Anonymizer {
  readonly #members: Members
  /** The name of a file, as reports have it. */
  readonly path: (path: string) => string

  constructor(key: Uint8Array) {
    const keyed = new Keyed(key)
    const addresses = new Addresses(keyed)
    const hosts = new Hosts(keyed, addresses)
    const numbers = new Numbers(keyed)
    const parties = new Parties(keyed, addresses, hosts, numbers)
    const names = new Names(keyed, hosts, parties)
    const texts = new Texts({ addresses, hosts, numbers, parties, names })
    this.path = names.path
    this.#members = new Members({ parties, names, texts, sdp: new SdpLines(texts, names, hosts, parties) })
  }

  /** A report that is anonymised already stays as it is. */
  report(report: LargeReport): LargeReport {
    if (report.anonymized) return report
    const { schema, tool, keptTo, policies, policyNotShown, captures, joined, tls, icmpErrors, anomalies } = report
    const one = this.object
    return {
      schema,
      tool,
      anonymized: true,
      // Of options that name somebody it has the names alone.
      ...(keptTo !== undefined && { keptTo }),
      ...(policies !== undefined && { policies: one({ policies }).policies }),
      ...(policyNotShown !== undefined && { policyNotShown: policyNotShown.map(withoutHint).map(one) }),
      captures: captures.map(one),
      totals: report.totals,
      calls: new MappedSequence(report.calls, one),
      ...(joined !== undefined && { joined: joined.map(one) }),
      streams: new MappedSequence(report.streams, one),
      ...(tls !== undefined && { tls: tls.map(one) }),
      ...(icmpErrors !== undefined && { icmpErrors: icmpErrors.map(one) }),
      findings: new MappedSequence(report.findings, one),
      anomalies: anomalies.map(one),
    }
  }

  /** A line of the NDJSON format; the sums say what was done to the others. */
  readonly reportObject = <T extends object>(object: T): T => {
    const type = 'type' in object ? object.type : undefined
    if (type === 'totals') return { ...object, anonymized: true }
    if (type !== 'policy') return this.object(object)
    const { policyNotShown } = object as unknown as { readonly policyNotShown: readonly PolicyNotShown[] }
    return this.object({ ...object, policyNotShown: policyNotShown.map(withoutHint) })
  }

  /** What has its own shape and members that are called as those of reports are: the summary of a batch. */
  readonly object = <T extends object>(object: T): T => {
    const known = new KnownOriginals()
    this.#members.note(object, known)
    return this.#members.replaced(object, known)
  }
}

/** What is to be given to a statement is said in the words of whoever wrote the policy. */
function withoutHint({ statement, reason }: PolicyNotShown): PolicyNotShown {
  return { statement, reason: reason.replace(/^(left to you, and not given): .*$/s, '$1') }
}
