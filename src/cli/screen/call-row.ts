import type { EndedCall } from '../../live/snapshot.ts'
import type { Call, CallState, Finding, JoinedCallsReport, Severity, Stream } from '../../model/report.ts'
import { findingWeight } from '../../report/finding-weight.ts'

/** What became of one sender's packets. */
export interface Fates {
  readonly verified: number
  readonly failed: number
  readonly plain: number
  readonly unverified: number
}

/** All that is said of a call. */
export interface CallDetails extends EndedCall {
  /** The calls that it is one with, itself among them. */
  readonly joined?: JoinedCallsReport
}

/** A call as the list knows it. */
export interface CallRow {
  readonly kind: 'call'
  /** The same in every snapshot. */
  readonly key: string
  readonly startTime: string
  /** User parts, as they came from the wire. */
  readonly from: string
  readonly to: string
  readonly state: CallState
  readonly finalStatus?: number
  readonly transport: Call['transport']
  /** What its streams are on the wire, or what was agreed where none was seen. */
  readonly security: 'srtp' | 'rtp' | 'mixed' | 'none'
  readonly keying?: string
  readonly suite?: string
  readonly offerer: Fates
  readonly answerer: Fates
  readonly worst?: { readonly severity: Severity; readonly rule: string }
  readonly findings: number
  readonly messages: number
  readonly answerTime?: string
  readonly endTime?: string
  /** In small letters, what the filter looks into. */
  readonly search: string
  /** Of a released call in few octets: see `packed-details.ts`. */
  readonly details: CallDetails | Uint8Array
}

export function callRow(details: CallDetails): CallRow {
  const { call, streams, findings, joined } = details
  const agreed = call.sessions.flatMap(({ media }) => media.flatMap((line) => line.agreed ?? [])).at(-1)
  const worst = worstOf(findings)
  const suite = streams.find((stream) => stream.suite !== undefined)?.suite ?? agreed?.suite
  return {
    kind: 'call',
    key: keyOf(call),
    startTime: call.startTime,
    from: userOf(call.from),
    to: userOf(call.to),
    state: call.state,
    ...(call.finalStatus !== undefined && { finalStatus: call.finalStatus }),
    transport: call.transport,
    security: securityOf(streams, agreed?.profile),
    ...(agreed !== undefined && agreed.keying !== 'none' && { keying: agreed.keying }),
    ...(suite !== undefined && { suite }),
    offerer: fatesOf(streams.filter(({ sender }) => sender === 'offerer')),
    answerer: fatesOf(streams.filter(({ sender }) => sender === 'answerer')),
    ...(worst !== undefined && { worst: { severity: worst.severity, rule: worst.rule } }),
    findings: findings.length,
    messages: call.messages,
    ...(call.answerTime !== undefined && { answerTime: call.answerTime }),
    ...(call.endTime !== undefined && { endTime: call.endTime }),
    search: searchText([
      call.from,
      call.to,
      call.callId,
      ...(joined?.callIds ?? []),
      ...call.legs,
      ...streams.flatMap(({ src, dst, ssrc }) => [src, dst, ssrc]),
      ...new Set(findings.map(({ rule }) => rule)),
    ]),
    details,
  }
}

export function keyOf({ callId, startTime }: Call): string {
  return `${callId} ${startTime}`
}

export function searchText(parts: Iterable<string>): string {
  return [...parts].join('\n').toLowerCase()
}

export function worstOf(findings: readonly Finding[]): Finding | undefined {
  return worstFirst(findings)[0]
}

export function worstFirst(findings: readonly Finding[]): Finding[] {
  return [...findings].sort((a, b) => findingWeight(b) - findingWeight(a))
}

/** `alice` of `sip:alice@example.com`; the host where there is no user (RFC 3261 §19.1.1). */
export function userOf(uri: string): string {
  const rest = uri.replace(/^(sips?|tel):/i, '')
  const at = rest.lastIndexOf('@')
  const user = at < 0 ? rest : rest.slice(0, at)
  return user.replace(/[;:].*$/s, '') || rest
}

function fatesOf(streams: readonly Fates[]): Fates {
  const fates = { verified: 0, failed: 0, plain: 0, unverified: 0 }
  for (const { verified, failed, plain, unverified } of streams) {
    fates.verified += verified
    fates.failed += failed
    fates.plain += plain
    fates.unverified += unverified
  }
  return fates
}

function securityOf(streams: readonly Stream[], profile: string | undefined): CallRow['security'] {
  const seen = new Set(streams.filter(({ kind }) => kind === 'rtp').map(({ protection }) => protection))
  if (seen.has('srtp')) return seen.has('plain') ? 'mixed' : 'srtp'
  if (seen.has('plain')) return 'rtp'
  if (profile === undefined) return 'none'
  return profile.includes('SAVP') ? 'srtp' : 'rtp'
}
