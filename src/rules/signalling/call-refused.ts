import { byPosition } from '../../bytes/frame-ref.ts'
import type { AnalysedCall, AnalysedRefusal, TraceFacts } from '../../model/analysis.ts'
import type { JoinedCalls } from '../../model/joined-calls.ts'
import type { Severity } from '../../model/report.ts'
import { CHALLENGES } from '../../sip/challenges.ts'
import { statusText } from '../../sip/reason-phrases.ts'
import { defineRule, NO_FINDINGS, type RuleText, type Statement } from '../rule.ts'
import { findingsOf } from '../summed-up.ts'
import { CallPairs, type RefusedCalls } from './call-pairs.ts'
import { ASKS_AGAIN, CAUSES_OF_CALLEE, REFUSAL_STATUSES } from './refusal-statuses.ts'
import { ofOptions } from './refused-options.ts'
import { SilentPeers } from './silent-peers.ts'
import { guessesPasswords } from './sip-scanner.ts'

const text: RuleText = {
  id: 'call-refused',
  severity: 'error',
  title: 'Calls are refused by a trunk or a server',
  meaning:
    'A host answers INVITEs with a status that is none of the callee’s: it does not admit who calls, does not take the request as it is, sees a ' +
    'loop, or is out of order. Each such call is lost, unless its caller finds another way.',
  shows:
    'The final response of calls that failed: 400, 401, 403, 407, 408, 416, 420, 421, 422, 481, 482, 483, 500, 502, 503, 504, 505 or 513, one finding ' +
    'for each status and pair of hosts. Challenges that are followed by credentials that are taken are none, nor are calls that end for the callee ' +
    '(busy, declined, unknown, no answer), by their status or the Q.850 cause in Reason, or that the caller cancels. A warning where other calls of the two, or of the caller elsewhere, are answered, and where calls are not admitted, few of them or of a host that nobody sends requests to: ' +
    'they may be a stranger’s. Scanners are left out. Of OPTIONS between two hosts (options): three and more in a row that are refused with 403, 408, 503 or 504, or ' +
    'with another status that is not of a telephone (480, 486, 603 and the like) where they were accepted before, and no call of the two is answered since.',
  kinds: ['admission', 'request', 'loop', 'server', 'options'],
  causes: [
    'admission: an address that is not in the access list of the trunk, a NAT in front of it, a host name in From or Contact that the carrier does not know',
    'admission: no credentials, or wrong ones; a caller’s number or a destination that is not allowed',
    'request: an extension that one side requires and the other lacks (100rel, timer), sips: where sip: is wanted, a message that is too large',
    'loop: two hosts that route a number to each other',
    'server: overload, a restart, a limit of channels, a gateway behind it that is down',
  ],
  remedy: 'Read the status, its Warning and Reason, and the log of the side that refuses.',
  references: ['RFC 3261 §11.2', 'RFC 3261 §21.4', 'RFC 3261 §21.5', 'RFC 3261 §22', 'RFC 3326 §2'],
}

/** Calls that are not admitted may be a stranger's, up to so many. */
const FEW = 3
/** So soon a caller answers what asks it for another INVITE. */
const AGAIN_US = 2_000_000
/** Incompatible destination: `call-refused-for-media` speaks of it. */
const FOR_MEDIA = 88

export const callRefused = defineRule(text, (trace, policy, onLimit) => {
  const pairs = new CallPairs(onLimit)
  const passedOn = new PassedOn(trace)
  return {
    call: (call, index) => {
      const { refusal } = call
      passedOn.take(call, index)
      if (refusal === undefined) pairs.went(call)
      else if (isTold(refusal) && !passedOn.has(index) && goesOn(trace, refusal)) pairs.refused(refusal)
      return NO_FINDINGS
    },
    end: () => {
      for (const refusal of passedOn.unfounded()) if (isTold(refusal)) pairs.refused(refusal)
      const peers = new SilentPeers(trace, policy)
      const guessing = new Set(trace.signalling.sources.filter(guessesPasswords).map(({ address }) => address))
      const statements = pairs
        .list()
        .filter(({ to }) => !peers.isUnwanted(to) && !guessing.has(to))
        .map((one) => statementOf(one, pairs, peers.isUninvited(one.to, one.by)))
        .concat(optionsOf(trace, pairs, peers))
      return findingsOf(text, trace, statements, 'pairs of hosts')
    },
  }
})

/** Calls of the two say more than OPTIONS. */
function optionsOf({ signalling }: TraceFacts, pairs: CallPairs, peers: SilentPeers): Statement[] {
  return signalling.options
    .filter(({ source }) => !peers.isUnwanted(source))
    .flatMap((one) => ofOptions(one, pairs.lastAnswerUs(one.source, one.destination)))
}

function isTold({ status, cause, progressed }: AnalysedRefusal): boolean {
  if (!REFUSAL_STATUSES.has(status) || (status === 503 && cause === FOR_MEDIA)) return false
  // Proxies say so for a callee that rings and does not answer.
  if (status === 408 && progressed) return false
  return cause === undefined || !CAUSES_OF_CALLEE.has(cause)
}

/** At the end of a capture the INVITE that answers a challenge is not in it yet. */
function goesOn({ heardUntilUs }: TraceFacts, { status, at }: AnalysedRefusal): boolean {
  return !ASKS_AGAIN.has(status) || heardUntilUs[at.capture] - at.timeUs >= AGAIN_US
}

/** A B2BUA refuses its caller for what it was refused with: of calls that are legs of one the first is that caller's. */
class PassedOn {
  readonly #byFirst: ReadonlyMap<number, JoinedCalls>
  readonly #onward: ReadonlySet<number>
  readonly #answered = new Set<number>()
  readonly #refusals = new Map<number, AnalysedRefusal>()

  constructor({ joined }: TraceFacts) {
    this.#byFirst = new Map(joined.map((one) => [one.calls.reduce((first, call) => Math.min(first, call)), one]))
    this.#onward = new Set(joined.flatMap(({ calls }) => calls.filter((call) => !this.#byFirst.has(call))))
  }

  take({ answerUs, refusal }: AnalysedCall, index: number): void {
    if (answerUs !== undefined && this.#onward.has(index)) this.#answered.add(index)
    if (refusal !== undefined && this.#byFirst.has(index)) this.#refusals.set(index, refusal)
  }

  has(index: number): boolean {
    return this.#byFirst.has(index)
  }

  /** Of callers whose call was answered on its way on: it is the B2BUA itself that refuses. */
  unfounded(): readonly AnalysedRefusal[] {
    const isAnswered = (first: number) => this.#byFirst.get(first)?.calls.some((call) => this.#answered.has(call))
    return [...this.#refusals].flatMap(([first, refusal]) => (isAnswered(first) ? [refusal] : []))
  }
}

/** @param isUninvited who calls may be a stranger */
function statementOf(one: RefusedCalls, pairs: CallPairs, isUninvited: boolean): Statement {
  const { by, to, status, cause, warning, calls, withCredentials, at } = one
  const { kind, why, remedy } = REFUSAL_STATUSES.get(status) as NonNullable<ReturnType<typeof REFUSAL_STATUSES.get>>
  const answered = pairs.answeredBetween(to, by)
  const isAnswered = answered > 0 || (kind === 'server' && pairs.isAnswered(to))
  // A stranger has no credentials.
  const isStranger = kind === 'admission' && isUninvited && !isAnswered && withCredentials === 0
  const severity: Severity = isAnswered || isStranger || (kind === 'admission' && calls <= FEW) ? 'warning' : 'error'
  return {
    kind,
    severity,
    remedy,
    detail:
      `${by} refuses ${calls === 1 ? 'a call' : `${calls} calls`} of ${to} with ${statusText(status)}. ${why}` +
      `${credentialsText(status, calls, withCredentials)}${cause === undefined ? '' : ` Reason: Q.850 cause ${cause}.`}` +
      `${warning === undefined ? '' : ` Warning: ${warning}`}${answeredText(answered)}${isStranger ? STRANGER : ''}`,
    at: [...at].sort(byPosition),
    evidence: {
      refusedBy: by,
      source: to,
      status,
      calls,
      answered,
      ...(CHALLENGES.has(status) && { withCredentials }),
      ...(cause !== undefined && { cause }),
      ...(warning !== undefined && { warning }),
    },
  }
}

const STRANGER =
  ' Nobody in the trace sends that host a request, and others deal with the one that refuses: where it is no peer, it is a stranger, whom it is right to refuse.'

function credentialsText(status: number, calls: number, withCredentials: number): string {
  if (!CHALLENGES.has(status)) return ''
  if (withCredentials === 0) return ' The caller sent none.'
  return withCredentials === calls
    ? ' What the caller sent was not taken: a wrong password or user name, or somebody who guesses one.'
    : ` Of ${withCredentials} calls what was sent was not taken.`
}

function answeredText(answered: number): string {
  if (answered === 0) return ''
  return answered === 1
    ? ' Another call between the two was answered.'
    : ` ${answered} other calls between the two were answered.`
}
