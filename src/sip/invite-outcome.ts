import type { FrameRef } from '../bytes/frame-ref.ts'
import type { CallState } from './call.ts'

/** What is kept of an INVITE transaction. */
export interface InviteFacts {
  readonly cseq: number
  /** False as long as only responses were seen. */
  requestSeen: boolean
  /** True for an INVITE without a To tag: it does not belong to a dialog yet (RFC 3261 §12.2). */
  initial: boolean
  /** Values of Via in the request: 1 on the hop next to the caller. */
  hops: number
  /** The highest of the responses 100…199. */
  provisional?: number | undefined
  final?: { readonly status: number; readonly at: FrameRef } | undefined
  cancelledAt?: FrameRef | undefined
}

export interface InviteOutcome {
  /** Before any BYE is considered. */
  readonly state: Exclude<CallState, 'completed'>
  readonly finalStatus?: number
  readonly answer?: FrameRef
  readonly failure?: FrameRef
}

/**
 * What came of a call as its caller saw it, from all its initial INVITE transactions. Hops farther from the caller speak
 * only where the nearer ones show no response: a capture may hold the requests of one side only.
 */
export function judgeInvites(invites: readonly InviteFacts[]): InviteOutcome {
  const initial = invites.filter(({ requestSeen, initial }) => requestSeen && initial)
  if (initial.length === 0) return judgeWithoutRequest(invites)
  if (initial.length === 1) return judgeLevel(initial)
  const distances = [...new Set(initial.map(({ hops }) => hops))].sort((a, b) => a - b)
  const levels = distances.map((distance) => initial.filter(({ hops }) => hops === distance))
  return judgeLevel(levels.find((level) => level.some(hasResponse)) ?? levels[0])
}

function hasResponse({ final, provisional }: InviteFacts): boolean {
  return final !== undefined || provisional !== undefined
}

function judgeWithoutRequest(invites: readonly InviteFacts[]): InviteOutcome {
  const answered = invites.find(isSuccess)?.final
  const final = answered ?? invites.find(({ final }) => final)?.final
  return {
    state: 'incomplete',
    ...(final && { finalStatus: final.status }),
    ...(answered && { answer: answered.at }),
  }
}

function judgeLevel(level: readonly InviteFacts[]): InviteOutcome {
  const answered = level.find(isSuccess)?.final
  if (answered) return { state: 'established', finalStatus: answered.status, answer: answered.at }
  // A challenge, a redirection or a refusal that the caller followed with a new INVITE is not the end of the call.
  const latest = level.reduce((highest, { cseq }) => Math.max(highest, cseq), -1)
  const last = level.filter(({ cseq }) => cseq === latest)
  const pending = last.find(({ final }) => final === undefined)
  if (!pending) {
    const { status, at } = last.map(({ final }) => final as NonNullable<typeof final>).reduce(better)
    const cancelled = status === 487
    return { state: cancelled ? 'cancelled' : 'failed', finalStatus: status, failure: at }
  }
  if (pending.cancelledAt) return { state: 'cancelled', failure: pending.cancelledAt }
  return { state: last.some(({ provisional = 0 }) => provisional > 100) ? 'early' : 'incomplete' }
}

function isSuccess({ final }: InviteFacts): boolean {
  return final !== undefined && final.status < 300
}

/** RFC 3261 §16.7 step 6: a 6xx, else the lowest class. */
function better<F extends { readonly status: number }>(a: F, b: F): F {
  return rank(b.status) < rank(a.status) ? b : a
}

function rank(status: number): number {
  return status >= 600 ? 0 : Math.floor(status / 100)
}
