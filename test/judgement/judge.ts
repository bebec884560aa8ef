import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Finding, Report } from '../../src/model/report.ts'
import { scan } from '../../src/scan/scan.ts'
import type { Trace } from './build/trace.ts'
import type { Expected, FaultyTrace } from './entry.ts'

/** What a scan says of a trace of ours. */
export async function reportOn(trace: Trace, { policy, keys }: Pick<FaultyTrace, 'policy' | 'keys'>): Promise<Report> {
  const folder = mkdtempSync(join(tmpdir(), 'judgement-'))
  const write = (name: string, content: string | Buffer) => {
    writeFileSync(join(folder, name), content)
    return join(folder, name)
  }
  try {
    return await scan({
      captures: [write('trace.pcap', trace.file())],
      ...(keys === undefined ? {} : { keyFiles: [write('keys.json', JSON.stringify(keys))] }),
      ...(policy === undefined ? {} : { policies: [policyNamed(policy, write)] }),
      workers: 1,
    } as Parameters<typeof scan>[0])
  } finally {
    rmSync(folder, { recursive: true })
  }
}

function policyNamed(
  policy: NonNullable<FaultyTrace['policy']>,
  write: (name: string, text: string) => string,
): string {
  return typeof policy === 'string' ? policy : write('policy.json', JSON.stringify(policy))
}

/** What is said of a finding in a failed test. */
export function summary({ rule, kind, severity, frames, detail }: Finding): string {
  return `${severity} ${rule}${kind === undefined ? '' : `:${kind}`} [${frames.join(' ')}] ${detail}`
}

/** What the findings lack of what is expected; empty where one of them is all of it. */
export function lackingOf(expected: Expected, report: Report, trace?: Trace): string[] {
  const ofRule = report.findings.filter(({ rule }) => rule === expected.rule)
  const lacks = ofRule.map((finding) => shortfalls(expected, finding, report, trace))
  if (lacks.length === 0) return [`nothing of ${expected.rule}`]
  return lacks.reduce((least, one) => (one.length < least.length ? one : least))
}

function shortfalls(expected: Expected, finding: Finding, report: Report, trace?: Trace): string[] {
  const { kind, severity, party, cause, frames = [] } = expected
  const said: string[] = []
  if (kind !== undefined && finding.kind !== kind) said.push(`kind ${finding.kind} instead of ${kind}`)
  if (severity !== undefined && finding.severity !== severity) said.push(`${finding.severity} instead of ${severity}`)
  if (party !== undefined && !names(finding, report, party)) said.push(`does not name ${party}`)
  if (cause !== undefined && firstCause(finding) !== cause) said.push(`does not name ${cause} as its first cause`)
  for (const mark of frames) {
    const marked = trace?.framesOf(mark) ?? []
    if (!marked.some((frame) => finding.frames.includes(frame)))
      said.push(`none of the frames ${marked.slice(0, 5).join(' ')} (${mark}) among ${finding.frames.join(' ')}`)
  }
  return said.map((what) => `${what}: ${summary(finding)}`)
}

function firstCause({ evidence: { causes } }: Finding): unknown {
  return Array.isArray(causes) ? causes[0]?.rule : undefined
}

/** `192.0.2.1:5060` or `[2001:db8::1]:5060`. */
const ENDPOINT = /^(\[.*\]|[\d.]+):\d+$/

/** Rules that speak of what one sender does: it is not enough that they mention an endpoint, which may be the receiver's. */
const OF_A_SENDER =
  /^(srtp-(auth-failed|roc|replay|key-lifetime)|crypto-mismatch|codec-not-negotiated|media-(quality|after-bye))$/

/**
 * The party is who hears nothing, the sender of the stream, or the call; where the finding is of neither, it stands in the
 * evidence or in the sentence.
 */
function names(
  { rule, streamId, callId, kind, evidence, detail }: Finding,
  { streams }: Report,
  party: string,
): boolean {
  if (kind === party || callId === party) return true
  if ('hearsNothing' in evidence) return evidence.hearsNothing === party
  const stream = streams.find(({ id }) => id === streamId)
  if (stream !== undefined && OF_A_SENDER.test(rule) && ENDPOINT.test(party)) return stream.src === party
  if (stream !== undefined && (stream.src === party || hostOf(stream.src) === party)) return true
  return detail.includes(party) || JSON.stringify(evidence).includes(party)
}

/** Whether the truth of a trace supports a finding: it is named, as `rule` or `rule:kind`, or true of how the trace is made. */
export function isAllowed(finding: Finding, rules: readonly string[], trace: Trace): boolean {
  return isNamed(finding, rules) || (trace.ambient as ReadonlySet<string>).has(finding.rule)
}

export function isNamed({ rule, kind }: Finding, rules: readonly string[]): boolean {
  return rules.includes(rule) || rules.includes(`${rule}:${kind}`)
}

/** The host of `a:5060` or `[a]:5060`. */
export function hostOf(endpoint: string): string {
  return endpoint.slice(0, endpoint.lastIndexOf(':')).replace(/^\[|\]$/g, '')
}
