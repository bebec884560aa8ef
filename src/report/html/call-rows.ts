import type { Call, Stream } from '../../model/report.ts'
import { callName } from './call-name.ts'
import { type CallColumns, FATES } from './page-index.ts'
import { shownText } from './shown-value.ts'

/** Characters of one text in the table, and of all addresses of a call. */
const MOST_TEXT = 200
const MOST_SEARCH = 1000

type Mutable<T> = { -readonly [K in keyof T]: T[K] extends readonly (infer E)[] ? Mutable<E>[] : T[K] }

/** Gathers the columns of the call table: calls first, then what streams and findings add to them. */
export class CallRows {
  readonly columns: Mutable<CallColumns> = {
    callId: [],
    from: [],
    to: [],
    state: [],
    finalStatus: [],
    transport: [],
    startTime: [],
    seconds: [],
    messages: [],
    legs: [],
    security: [],
    keying: [],
    suite: [],
    codec: [],
    offerer: [],
    answerer: [],
    lost: [],
    jitterMs: [],
    search: [],
    streams: [],
    findings: [],
    groups: [],
  }
  readonly #rowOf = new Map<string, number>()

  /** The row of a call that is listed. */
  rowOf(callId: string | undefined): number | undefined {
    return callId === undefined ? undefined : this.#rowOf.get(callId)
  }

  addCall(call: Call): void {
    const c = this.columns
    const agreed = call.sessions.flatMap(({ media }) => media.flatMap((line) => line.agreed ?? [])).at(-1)
    this.#rowOf.set(call.callId, c.callId.length)
    const name = callName(call.callId)
    c.callId.push(name)
    c.from.push(shownText(call.from, MOST_TEXT))
    c.to.push(shownText(call.to, MOST_TEXT))
    c.state.push(call.state)
    c.finalStatus.push(call.finalStatus ?? 0)
    c.transport.push(call.transport)
    c.startTime.push(call.startTime)
    c.seconds.push(secondsOf(call))
    c.messages.push(call.messages)
    c.legs.push(call.legs.length)
    c.security.push(agreed === undefined ? '' : agreed.profile.includes('SAVP') ? 'srtp' : 'rtp')
    c.keying.push(agreed === undefined || agreed.keying === 'none' ? '' : agreed.keying)
    c.suite.push(shownText(agreed?.suite ?? '', MOST_TEXT))
    c.codec.push(shownText(agreed?.codec ?? '', MOST_TEXT))
    c.offerer.push(FATES.map(() => 0))
    c.answerer.push(FATES.map(() => 0))
    c.lost.push(0)
    c.jitterMs.push(-1)
    const addresses = shownText([...new Set(call.legs.flatMap((leg) => leg.split(' > ')))].join(' '), MOST_SEARCH)
    // Who looks for a long Call-ID has the whole of it.
    c.search.push(name === call.callId ? addresses : `${addresses} ${shownText(call.callId, MOST_SEARCH)}`)
    c.streams.push([])
    c.findings.push([])
    c.groups.push([])
  }

  /** @param number the stream's in its blocks */
  addStream(row: number, stream: Stream, number: number): void {
    const c = this.columns
    const fates = c[stream.sender === 'answerer' ? 'answerer' : 'offerer'][row]
    FATES.forEach((fate, n) => {
      fates[n] += stream[fate]
    })
    if (stream.kind === 'rtp' && stream.protection !== 'unknown') {
      const wire = stream.protection === 'srtp' ? 'srtp' : 'rtp'
      // What is seen goes before what was agreed.
      const before = c.streams[row].length === 0 ? wire : c.security[row]
      c.security[row] = before === wire ? wire : 'mixed'
    }
    if (stream.suite !== undefined) c.suite[row] = stream.suite
    c.lost[row] += stream.lost ?? 0
    c.jitterMs[row] = Math.max(c.jitterMs[row], stream.maxJitterMs ?? stream.jitterMs ?? -1)
    if (c.search[row].length < MOST_SEARCH) c.search[row] += ` ${stream.src} ${stream.dst} ${stream.ssrc}`
    c.streams[row].push(number)
  }

  /**
   * @param number the finding's in its blocks
   * @param group that it is in
   */
  addFinding(row: number, number: number, group: number): void {
    const { findings, groups } = this.columns
    findings[row].push(number)
    if (!groups[row].includes(group)) groups[row].push(group)
  }
}

function secondsOf({ answerTime, endTime }: Call): number {
  if (answerTime === undefined || endTime === undefined) return -1
  return Math.round(Date.parse(endTime) - Date.parse(answerTime)) / 1000
}
