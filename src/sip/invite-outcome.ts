import type { CallRefusal, CallState } from './call.ts'

/** What is kept of an INVITE transaction. */
export class InviteFacts {
  readonly cseq: number
  /** False as long as only responses were seen. */
  requestSeen = false
  /** True for an INVITE without a To tag: it does not belong to a dialog yet (RFC 3261 §12.2). */
  initial = false
  /** Values of Via in the request: 1 on the hop next to the caller. */
  hops = 0
  /** The highest of the responses 100…199. */
  provisional: number | undefined
  finalStatus: number | undefined
  finalUs: number | undefined
  /** Of a final response of 400 or more. */
  refusal: CallRefusal | undefined
  /** The request carries credentials. */
  withCredentials = false
  cancelledUs: number | undefined
  /** An ACK that only a 2xx is acknowledged by. */
  acknowledgedUs: number | undefined
  /** Counts the INVITE transactions of a call from 1, and the one before. 0: not counted. */
  number = 0
  before: InviteFacts | undefined

  constructor(cseq: number) {
    this.cseq = cseq
  }
}

/** The INVITE transactions of a call up to the last, oldest first. */
export function invitesUpTo(last: InviteFacts | undefined): InviteFacts[] {
  const invites: InviteFacts[] = []
  for (let each = last; each !== undefined; each = each.before) invites.push(each)
  return invites.reverse()
}

/**
 * Where the refusal that ended a call came from: proxies pass it on, so it is the first of this status that the last tries got.
 * What a caller gave up by CANCEL nobody refused, whatever it is answered with.
 */
export function refusalAmong(
  invites: readonly InviteFacts[],
  finalStatus: number | undefined,
): CallRefusal | undefined {
  const latest = invites.reduce((highest, { cseq }) => Math.max(highest, cseq), -1)
  return invites
    .filter(({ cseq, initial, cancelledUs }) => cseq === latest && initial && cancelledUs === undefined)
    .flatMap(({ refusal }) => (refusal !== undefined && refusal.status === finalStatus ? [refusal] : []))
    .reduce<CallRefusal | undefined>(
      (first, one) => (first === undefined || one.at.position < first.at.position ? one : first),
      undefined,
    )
}

export interface InviteOutcome {
  /** Before any BYE is considered. */
  readonly state: Exclude<CallState, 'completed'>
  readonly finalStatus: number | undefined
  readonly answerUs: number | undefined
  readonly failureUs: number | undefined
}

/**
 * What came of a call as its caller saw it, from all its initial INVITE transactions. Hops farther from the caller speak
 * only where the nearer ones show no response: a capture may hold the requests of one side only.
 */
export function judgeInvites(invites: readonly InviteFacts[]): InviteOutcome {
  const initial = invites.filter(({ requestSeen, initial }) => requestSeen && initial)
  if (initial.length === 0) return judgeWithoutRequest(invites)
  if (initial.length === 1) return judgeLevel(initial)
  const answered = initial.filter(hasResponse)
  const nearest = (answered.length > 0 ? answered : initial).reduce(
    (least, { hops }) => Math.min(least, hops),
    MOST_HOPS,
  )
  return judgeLevel(initial.filter(({ hops }) => hops === nearest))
}

const MOST_HOPS = Number.POSITIVE_INFINITY

function hasResponse({ finalStatus, provisional }: InviteFacts): boolean {
  return finalStatus !== undefined || provisional !== undefined
}

function judgeWithoutRequest(invites: readonly InviteFacts[]): InviteOutcome {
  const answered = invites.find(isSuccess)
  const final = answered ?? invites.find(({ finalStatus }) => finalStatus !== undefined)
  return outcome('incomplete', final?.finalStatus, answered?.finalUs, undefined)
}

function judgeLevel(level: readonly InviteFacts[]): InviteOutcome {
  const answered = level.find(isSuccess)
  if (answered !== undefined) return outcome('established', answered.finalStatus, answered.finalUs, undefined)
  // A challenge, a redirection or a refusal that the caller followed with a new INVITE is not the end of the call.
  const latest = level.reduce((highest, { cseq }) => Math.max(highest, cseq), -1)
  const last = level.filter(({ cseq }) => cseq === latest)
  const pending = last.find(({ finalStatus }) => finalStatus === undefined)
  if (pending === undefined) {
    const { finalStatus, finalUs } = last.reduce(better)
    return outcome(finalStatus === 487 ? 'cancelled' : 'failed', finalStatus, undefined, finalUs)
  }
  if (pending.cancelledUs !== undefined) return outcome('cancelled', undefined, undefined, pending.cancelledUs)
  // The 2xx was not captured.
  const acknowledged = last.find(({ acknowledgedUs }) => acknowledgedUs !== undefined)
  if (acknowledged !== undefined) return outcome('established', undefined, acknowledged.acknowledgedUs, undefined)
  return last.some(({ provisional = 0 }) => provisional > 100) ? EARLY : INCOMPLETE
}

function outcome(
  state: InviteOutcome['state'],
  finalStatus: number | undefined,
  answerUs: number | undefined,
  failureUs: number | undefined,
): InviteOutcome {
  return { state, finalStatus, answerUs, failureUs }
}

const EARLY = outcome('early', undefined, undefined, undefined)
export const INCOMPLETE: InviteOutcome = outcome('incomplete', undefined, undefined, undefined)

function isSuccess({ finalStatus }: InviteFacts): boolean {
  return finalStatus !== undefined && finalStatus < 300
}

/** RFC 3261 §16.7 step 6: a 6xx, else the lowest class. */
function better(a: InviteFacts, b: InviteFacts): InviteFacts {
  return rank(b) < rank(a) ? b : a
}

function rank({ finalStatus = 0 }: InviteFacts): number {
  return finalStatus >= 600 ? 0 : Math.floor(finalStatus / 100)
}
