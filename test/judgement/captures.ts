import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import type { Finding, Report } from '../../src/model/report.ts'
import { parseAddress } from '../../src/net/addresses.ts'
import { hostOf, isNamed } from './judge.ts'

/** Real captures by real clients, with what is true of them; beside the project where they are given. */
export const FOLDER = fileURLToPath(new URL('../../../shared/captures/', import.meta.url))
export const CAPTURES = existsSync(FOLDER)
  ? readdirSync(FOLDER).filter((name) => /\.(pcap|pcapng)(\.gz)?$/.test(name))
  : []

/** A problem as NAME.expect.json tells it. */
export interface Problem {
  readonly kind: string
  readonly callId?: string
  /** A word where they are too many to list. */
  readonly callIds?: readonly string[] | string
  /** An endpoint, IPv6 without brackets. */
  readonly sender?: string
  readonly source?: string
  readonly frames?: readonly number[]
  readonly address?: string
  readonly side?: 'offerer' | 'answerer'
  /** `caller to callee` or the reverse: the direction without media, or the one that suffers. */
  readonly missing?: string
  readonly direction?: string
}

interface Answer {
  /** `rule` or `rule:kind`; one of them has to speak. Empty: no rule is for it, the report's facts show it. */
  readonly rules: readonly string[]
  /** What else follows by the rules' own terms. */
  readonly implies?: readonly string[]
}

/** The rules that say what a known problem is. */
const ANSWERS: Readonly<Record<string, Answer>> = {
  'sdes-key-in-clear': { rules: ['sdes-key-exposed'] },
  'rtp-avp-media': { rules: ['rtp-plain', 'rtp-avp-leak'] },
  'savp-downgraded-to-avp': { rules: ['rtp-avp-leak:negotiated'] },
  'savp-retried-as-avp': { rules: ['srtp-retried-plain'], implies: ['rtp-avp-leak:negotiated'] },
  'srtp-to-rtp-relay': { rules: ['rtp-avp-leak:other-leg'] },
  'avp-with-crypto': { rules: ['srtp-optional', 'rtp-avp-leak:declined'] },
  'best-effort-srtp-declined': { rules: ['rtp-avp-leak:declined'] },
  'srtp-offer-refused': { rules: ['call-refused-for-media', 'srtp-retried-plain'] },
  'cleartext-rtp-on-savp': { rules: ['rtp-avp-leak:on-wire'], implies: ['one-way-media:unverifiable'] },
  'cleartext-rtcp-on-savp': { rules: ['rtcp-in-clear'] },
  'savp-answer-without-crypto': { rules: ['crypto-mismatch:answer-lacks-crypto', 'rtp-avp-leak'] },
  'crypto-mismatch': { rules: ['crypto-mismatch'] },
  'wrong-key': { rules: ['crypto-mismatch', 'srtp-auth-failed'], implies: ['one-way-media:unverifiable'] },
  'auth-failures': { rules: ['srtp-auth-failed:sporadic'] },
  rekey: { rules: [] },
  // A fault only where the capture holds the stream's beginning.
  'roc-above-zero-at-start': { rules: [], implies: ['srtp-roc:offset'] },
  'keys-unknown': { rules: ['keying-not-visible'] },
  'private-c-line': {
    rules: ['nat-private-address:connection'],
    implies: ['nat-private-address:contact', 'one-way-media:unreachable', 'media-address-mismatch'],
  },
  'one-way-audio': { rules: ['one-way-media'] },
  'no-media': { rules: ['no-media'] },
  'packet-loss': { rules: ['media-quality:loss'] },
  jitter: { rules: ['media-quality:jitter'] },
  duplicates: { rules: [] },
  reorder: { rules: [] },
  'truncated-file': { rules: [] },
  // No description can be read.
  'truncated-packets': { rules: [], implies: ['media-without-signalling'] },
  'no-signalling': { rules: ['media-without-signalling'] },
  'registration-failed': { rules: ['registration-failed'] },
  'register-bruteforce': { rules: ['sip-scanner:password-guessing'] },
  'sip-scan': { rules: ['sip-scanner'] },
  'invite-flood': { rules: ['invite-flood'] },
}

/** What is known of a capture. */
export interface Truth {
  readonly problems: readonly Problem[]
  readonly sip: { readonly messages: number; readonly transports: Readonly<Record<string, number>> }
  readonly calls: readonly Call[] | string
  readonly streams: readonly unknown[]
}

interface Call {
  readonly statuses?: readonly string[]
  readonly offerAnswer?: readonly { readonly answer?: readonly Line[] }[]
}

interface Line {
  readonly crypto?: readonly { readonly suite: string }[]
}

/** The truth about a capture of the folder, and the file of its keys where it has one. */
export function truthOf(name: string): { truth: Truth; keyFiles: string[] } {
  const base = `${FOLDER}${name.replace(/\.(pcap|pcapng)(\.gz)?$/, '')}`
  const truth = JSON.parse(readFileSync(`${base}.expect.json`, 'utf8')) as Truth
  return { truth, keyFiles: existsSync(`${base}.keys.json`) ? [`${base}.keys.json`] : [] }
}

/** Findings that need no problem: they follow from what the truth says of messages, descriptions and streams. */
const FACTS: readonly { readonly rules: readonly string[]; readonly holds: (truth: Truth) => boolean }[] = [
  { rules: ['sip-cleartext'], holds: ({ sip }) => ['udp', 'tcp', 'ws'].some((name) => name in sip.transports) },
  { rules: ['srtp-weak-suite'], holds: (truth) => agreedSuites(truth).some((suite) => /(_32|GCM_8)$/.test(suite)) },
  { rules: ['no-media'], holds: ({ streams, calls }) => streams.length === 0 && isAnswered(calls) },
  // Their SIP is in TLS, and nobody can read it without the secrets.
  { rules: ['keying-not-visible:tls', 'media-without-signalling'], holds: ({ sip }) => 'tls' in sip.transports },
  // The certificates beside these captures are self-signed, for ten years.
  { rules: ['tls-self-signed', 'tls-certificate-dates:long-lived'], holds: ({ sip }) => 'tls' in sip.transports },
]

function agreedSuites({ calls }: Truth): string[] {
  if (typeof calls === 'string') return []
  const lines = calls.flatMap(({ offerAnswer = [] }) => offerAnswer.flatMap(({ answer = [] }) => answer))
  return lines.flatMap(({ crypto = [] }) => crypto.map(({ suite }) => suite))
}

function isAnswered(calls: Truth['calls']): boolean {
  return typeof calls === 'string' || calls.some(({ statuses = [] }) => statuses.includes('200 INVITE'))
}

export function isSupported(finding: Finding, truth: Truth): boolean {
  const answers = truth.problems.flatMap(({ kind }) => [
    ...(ANSWERS[kind]?.rules ?? []),
    ...(ANSWERS[kind]?.implies ?? []),
  ])
  const facts = FACTS.filter(({ holds }) => holds(truth)).flatMap(({ rules }) => rules)
  return isNamed(finding, [...answers, ...facts])
}

/** The one rule, or the nearest of several, that a problem is counted for; none where no rule is for it. */
export function rulesFor({ kind }: Problem): string[] {
  return (ANSWERS[kind]?.rules ?? [kind]).slice(0, 1).map((rule) => rule.replace(/:.*/, ''))
}

/** What the findings lack of what the truth says of a problem; empty where nothing is lacking. */
export function lacking(problem: Problem, report: Report): string[] {
  const { rules } = ANSWERS[problem.kind] ?? { rules: ['(no rule of the table)'] }
  if (rules.length === 0) return []
  const findings = report.findings.filter((finding) => isNamed(finding, rules))
  if (findings.length === 0) return [`nothing of ${rules.join(' or ')}`]
  const lacks: string[] = []
  const some = (what: string, test: (finding: Finding) => boolean) => {
    if (!findings.some(test)) lacks.push(`${rules.join(' or ')} without ${what}`)
  }
  const { callId, callIds = callId === undefined ? [] : [callId], sender, source, address, side, frames } = problem
  for (const id of Array.isArray(callIds) ? callIds : []) some(`call ${id}`, (finding) => finding.callId === id)
  if (sender !== undefined) some(`sender ${sender}`, (finding) => senderOf(finding, report) === bracketed(sender))
  if (source !== undefined) some(`source ${source}`, (finding) => says(finding, source))
  if (address !== undefined) some(`address ${address}`, (finding) => says(finding, address))
  if (address !== undefined && side !== undefined)
    some(`${address} given by the ${side}`, (finding) => says(finding, address) && sideOf(finding, report) === side)
  if (frames !== undefined) {
    const named = new Set(findings.flatMap((finding) => finding.frames))
    const absent = frames.slice(0, 20).filter((frame) => !named.has(frame))
    if (absent.length > 0) lacks.push(`${rules.join(' or ')} without frames ${absent.join(' ')}`)
  }
  const direction = problem.missing ?? problem.direction
  if (direction !== undefined) some(`direction ${direction}`, (finding) => directionOf(finding, report) === direction)
  return lacks
}

function says({ evidence, detail }: Finding, text: string): boolean {
  return detail.includes(text) || JSON.stringify(evidence).includes(text)
}

function senderOf({ streamId }: Finding, { streams }: Report): string | undefined {
  return streams.find(({ id }) => id === streamId)?.src
}

/** The truth writes IPv6 endpoints without brackets. */
function bracketed(endpoint: string): string {
  const colon = endpoint.lastIndexOf(':')
  const address = endpoint.slice(0, colon)
  return parseAddress(address)?.length === 16 ? `[${address}]${endpoint.slice(colon)}` : endpoint
}

/** Whose description a finding speaks of. */
function sideOf({ frames, callId }: Finding, { calls }: Report): 'offerer' | 'answerer' | undefined {
  const sessions = calls.find((call) => call.callId === callId)?.sessions ?? []
  if (sessions.some(({ offerFrame }) => frames.includes(offerFrame))) return 'offerer'
  return sessions.some(({ answerFrame }) => answerFrame !== undefined && frames.includes(answerFrame))
    ? 'answerer'
    : undefined
}

/** From whom to whom, by the host that hears nothing or by the sender of the stream. */
function directionOf({ callId, streamId, evidence }: Finding, { calls, streams }: Report): string | undefined {
  const caller = calls.find((call) => call.callId === callId)?.legs[0]?.split(' > ')[0]
  if (caller === undefined) return undefined
  const { hearsNothing } = evidence
  const stream = streams.find(({ id }) => id === streamId)
  const isCallers =
    typeof hearsNothing === 'string'
      ? hostOf(`${hearsNothing}:0`) !== hostOf(caller)
      : stream !== undefined && hostOf(stream.src) === hostOf(caller)
  return isCallers ? 'caller to callee' : 'callee to caller'
}
