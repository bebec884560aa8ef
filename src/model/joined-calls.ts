import { groupedBy } from '../bytes/lists-by-key.ts'
import type { SipCall } from '../sip/call.ts'
import type { AnalysedStream } from './analysis.ts'
import { partyName } from './party-name.ts'
import type { JoinEvidence } from './report.ts'

/** Calls of several Call-IDs that are legs of one: a B2BUA or SBC stands between them. Indices into the trace's calls. */
export interface JoinedCalls {
  readonly calls: readonly number[]
  readonly by: readonly JoinEvidence[]
  /** `certain`: each is bound to another by an identifier or by the media itself. */
  readonly certainty: 'certain' | 'likely'
}

/** Two calls and what says that they are one. */
interface Link {
  readonly a: number
  readonly b: number
  readonly by: JoinEvidence
}

/** How far apart the beginnings, the answers and the ends of two legs may be, µs. */
interface Apart {
  readonly setupUs: number
  readonly answerUs: number
  readonly endUs: number
}

/** An SBC calls on as soon as it knows where to, and answers as soon as it is answered. */
const REACHED: Apart = { setupUs: 10_000_000, answerUs: 2_000_000, endUs: 2_000_000 }
/** Where nothing shows that the second call comes from where the first one went, the times alone have to tell. */
const ELSEWHERE: Apart = { setupUs: 2_000_000, answerUs: 500_000, endUs: 500_000 }
/** A relay passes packets on at once, and nearly all of them. */
const RELAY_US = 500_000
const RELAY_SHARE = 0.95
/** Calls between the same two parties that are being set up at a time: more fit each other too easily. */
const MOST_OPEN = 8

/**
 * Joins calls by what proves it: the same ends in Session-ID (RFC 7989 §5), media that a relay passes on with its SSRC, or
 * caller, callee, hosts and times that all fit and fit no other call. Alike in some of these is no evidence.
 */
export function joinCalls(calls: readonly SipCall[], streams: readonly AnalysedStream[]): JoinedCalls[] {
  return groupsOf([...bySession(calls), ...byMedia(streams), ...byParties(calls)])
}

function bySession(calls: readonly SipCall[]): Link[] {
  const links: Link[] = []
  const last = new Map<string, number>()
  for (const [b, { sessionEnds }] of calls.entries()) {
    if (sessionEnds === undefined) continue
    const a = last.get(sessionEnds)
    // A call that is tried again after its end may keep the UUIDs of its ends.
    if (a !== undefined && calls[a].lastUs >= calls[b].startUs) links.push({ a, b, by: 'session-id' })
    last.set(sessionEnds, b)
  }
  return links
}

/** RTP that goes on as it came: the same SSRC, in the same time, bound to another call. */
function byMedia(streams: readonly AnalysedStream[]): Link[] {
  const bound = streams.filter(({ call, report }) => call !== undefined && report.kind === 'rtp')
  const links: Link[] = []
  for (const group of groupedBy(bound, ({ report }) => report.ssrc).values()) {
    // Senders that all use one SSRC tell nothing.
    if (group.length !== 2) continue
    const [first, second] = group
    if (first.call === second.call) continue
    if (isRelayed(first, second)) links.push({ a: first.call as number, b: second.call as number, by: 'media' })
  }
  return links
}

/** Begins and ends with the other, has as many packets, and is no second sender from the same place. */
function isRelayed(one: AnalysedStream, other: AnalysedStream): boolean {
  const [fewer, most] = [one.report.packets, other.report.packets].sort((a, b) => a - b)
  return (
    Math.abs(one.firstAt.timeUs - other.firstAt.timeUs) < RELAY_US &&
    Math.abs(one.lastAt.timeUs - other.lastAt.timeUs) < RELAY_US &&
    fewer >= most * RELAY_SHARE &&
    one.report.src !== other.report.src &&
    one.report.dst !== other.report.dst
  )
}

/** Calls in the order of their starts: a leg follows the one that it goes on from. */
function byParties(calls: readonly SipCall[]): Link[] {
  if (!hasSeveralHops(calls)) return []
  const open = new Map<string, number[]>()
  const [reached, elsewhere]: [Link[], Link[]] = [[], []]
  for (const [b, call] of calls.entries()) {
    const [caller, callee] = [partyName(call.from), partyName(call.to)]
    if (caller === undefined || callee === undefined || call.legs.length === 0) continue
    const parties = `${caller} ${callee}`
    const before = (open.get(parties) ?? []).filter((a) => call.startUs - calls[a].startUs <= REACHED.setupUs)
    for (const a of before) {
      if (isReached(calls[a], call)) {
        if (fitInTime(calls[a], call, REACHED)) reached.push({ a, b, by: 'parties' })
      } else if (isElsewhere(calls[a], call)) elsewhere.push({ a, b, by: 'parties' })
    }
    open.set(parties, [...before.slice(1 - MOST_OPEN), b])
  }
  const onward = unambiguous(reached)
  // A call whose way on is known does not go on anywhere else.
  const firsts = new Set(reached.map(({ a }) => a))
  const seconds = new Set(reached.map(({ b }) => b))
  return [...onward, ...unambiguous(elsewhere.filter(({ a, b }) => !firsts.has(a) && !seconds.has(b)))]
}

/** Links of calls that fit one other call only. */
function unambiguous(links: readonly Link[]): Link[] {
  const [asFirst, asSecond] = [new Map<number, number>(), new Map<number, number>()]
  for (const { a, b } of links) {
    asFirst.set(a, (asFirst.get(a) ?? 0) + 1)
    asSecond.set(b, (asSecond.get(b) ?? 0) + 1)
  }
  return links.filter(({ a, b }) => asFirst.get(a) === 1 && asSecond.get(b) === 1)
}

/** Whether signalling went between more than two hosts. */
function hasSeveralHops(calls: readonly SipCall[]): boolean {
  const hosts = new Set<string>()
  for (const { legs } of calls) {
    for (const { source, destination } of legs) hosts.add(source.address).add(destination.address)
    if (hosts.size > 2) return true
  }
  return false
}

/** Whether `b`, which begins later, may be what the host that `a` reached made of it: answered before it, ended with it. */
function fitInTime(a: SipCall, b: SipCall, { setupUs, answerUs, endUs }: Apart): boolean {
  if (b.startUs - a.startUs > setupUs) return false
  const bothEnded = a.endUs !== undefined && b.endUs !== undefined
  if (!bothEnded && a.endUs !== b.endUs) return false
  if (bothEnded && Math.abs((a.endUs as number) - (b.endUs as number)) > endUs) return false
  if (a.answerUs === undefined || b.answerUs === undefined) return a.answerUs === b.answerUs
  return a.answerUs >= b.answerUs && a.answerUs - b.answerUs <= answerUs
}

/** `b` comes from a host that `a` went to. */
function isReached(a: SipCall, b: SipCall): boolean {
  return a.legs.some(({ destination }) => destination.address === b.legs[0].source.address)
}

/** The calls begin and end together and have no host in common: an SBC has an address on each side. */
function isElsewhere(a: SipCall, b: SipCall): boolean {
  if (a.endUs === undefined || b.endUs === undefined || !fitInTime(a, b, ELSEWHERE)) return false
  const hosts = new Set(a.legs.flatMap(({ source, destination }) => [source.address, destination.address]))
  return b.legs.every(({ source, destination }) => !hosts.has(source.address) && !hosts.has(destination.address))
}

/** Links joined into groups; a group is as sure as the least sure link that it needs. */
function groupsOf(links: readonly Link[]): JoinedCalls[] {
  const parent = new Map<number, number>()
  const rootOf = (n: number): number => {
    let root = n
    for (let up = parent.get(root); up !== undefined; up = parent.get(root)) root = up
    return root
  }
  const needed = links.filter(({ a, b }) => {
    const [from, to] = [rootOf(a), rootOf(b)]
    if (from !== to) parent.set(Math.max(from, to), Math.min(from, to))
    return from !== to
  })
  const groups = new Map<number, { calls: Set<number>; by: Set<JoinEvidence> }>()
  for (const { a, b, by } of needed) {
    const root = rootOf(a)
    const group = groups.get(root) ?? { calls: new Set(), by: new Set() }
    groups.set(root, group)
    group.calls.add(a).add(b)
    group.by.add(by)
  }
  return [...groups]
    .sort(([a], [b]) => a - b)
    .map(([, { calls, by }]) => ({
      calls: [...calls].sort((a, b) => a - b),
      by: [...by].sort(),
      certainty: by.has('parties') ? 'likely' : 'certain',
    }))
}
