import type { FrameRef } from '../../bytes/frame-ref.ts'
import type { AnalysedCall } from '../../model/analysis.ts'
import { statusText } from '../../sip/reason-phrases.ts'
import { type CutOff, FATAL } from '../../sip/session-watch.ts'
import { defineRule, finding, NO_FINDINGS, type RuleText, type Statement } from '../rule.ts'

const text: RuleText = {
  id: 'call-dropped',
  severity: 'error',
  title: 'A call is dropped by its signalling',
  meaning:
    'A call that was up ends because a request within it fails: nobody hung up. Most often it is the one that refreshes the session (RFC 4028), so that ' +
    'every longer call ends after the same time, 15 or 30 minutes say.',
  shows:
    'A re-INVITE or UPDATE that is refused or not answered, and the BYE of who sent it: behind 408, 481 and silence, or right behind any other refusal, then a ' +
    'warning; or any BYE as the session timer ends behind it. A BYE as the interval of Session-Expires ends that nobody refreshed (expired). 481 to a BYE that did not cross another (unknown): a warning.',
  causes: [
    'expired: a refresher that forgets it, or a side that says that it supports timer and does not refresh; a B2BUA that passes Session-Expires on and does ' +
      'not take part',
    'unanswered: a Contact that cannot be reached, a NAT or firewall that forgot the call, a connection that is dead',
    'refused: a side that lost the call in a restart or a failover (481), or does not take a re-INVITE (405, 488, 500)',
    'a load balancer that sends what comes later to another node than the INVITE',
  ],
  remedy: 'Look at what became of the request that the finding names: at who refused it, or where it went.',
  references: ['RFC 4028 §10', 'RFC 3261 §12.2.1.2', 'RFC 3261 §14.1', 'RFC 3261 §15.1'],
  kinds: ['refused', 'unanswered', 'expired', 'unknown'],
}

const REMEDIES: Readonly<Record<CutOff['kind'], string>> = {
  refused:
    'Look at the log of the side that refuses: whether it restarted, whether another node took the call over or got the request, and whether it takes ' +
    're-INVITE and UPDATE at all.',
  unanswered:
    'Look where the request was sent: to the Contact of the other side, or along its Record-Route. Check that this can be reached from there as long as a call ' +
    'lasts; switch SIP ALG off.',
  expired:
    'Have the refresher send its re-INVITE or UPDATE after half of the interval (RFC 4028 §10), make the other side the refresher, or switch session timers off ' +
    'on one side (no timer in Supported).',
  unknown:
    'Look at the log of the side that answers 481: whether it ended the call without a BYE that arrives, restarted, or another node has the call.',
}

export const callDropped = defineRule(text, (trace) => ({
  call: (call) => {
    const { cutOff } = call
    if (cutOff === undefined || (cutOff.kind === 'unanswered' && !isHeard(call, cutOff.by))) return NO_FINDINGS
    return [finding(text, trace, statementOf(call, cutOff))]
  },
}))

/** Whether the capture shows what reaches a host at all; of one direction only it shows no answers. */
function isHeard({ paths }: AnalysedCall, address: string): boolean {
  return paths.some(({ destination }) => destination.address === address)
}

function statementOf({ callId, answerUs }: AnalysedCall, cutOff: CutOff): Statement {
  const { kind, method, status, by, of, at, bye, interval } = cutOff
  const isSure = kind !== 'unknown' && (status === undefined || FATAL.has(status))
  return {
    kind,
    severity: isSure ? 'error' : 'warning',
    remedy: REMEDIES[kind],
    detail: `${sentenceOf(cutOff)}${byeText(cutOff)}${lastedText(answerUs, bye?.at ?? at)}`,
    callId,
    at: [at, ...(bye === undefined ? [] : [bye.at])],
    evidence: {
      method,
      ...(cutOff.isRefresherKnown !== false && { by, of }),
      ...(status !== undefined && { status }),
      ...(interval !== undefined && { sessionExpires: interval }),
      ...(bye !== undefined && { endedBy: bye.by }),
    },
  }
}

function sentenceOf({ kind, method, status = 0, by, of, interval = 0, isRefresherKnown, bye, at }: CutOff): string {
  const said = statusText(status)
  if (kind === 'unanswered') return `${of} does not answer the ${method} of ${by} within the call.`
  if (kind === 'unknown') return `${of} answers the BYE of ${by} with ${said}: it does not know the call any more.`
  if (kind === 'refused') {
    const lost = status === 481 ? ': it does not know the call any more' : ''
    return `${of} refuses the ${method} of ${by} within the call with ${said}${lost}.`
  }
  const elapsed = bye === undefined ? 0 : Math.round((bye.at.timeUs - at.timeUs) / 1e6)
  return (
    `A session timer of ${interval} s was agreed on, ${isRefresherKnown ? `by which ${by} was to refresh the session, ` : ''}and no refresh is in the capture for the ` +
    `${elapsed} s up to the end of the call.`
  )
}

function byeText({ kind, at, bye }: CutOff): string {
  if (bye === undefined) return ''
  if (kind === 'expired') return ` ${bye.by} sends BYE as the timer ends.`
  const seconds = (bye.at.timeUs - at.timeUs) / 1e6
  return ` ${bye.by} ends the call ${seconds < 1 ? 'at once' : `${seconds.toFixed(1)} s later`}.`
}

function lastedText(answerUs: number | undefined, until: FrameRef): string {
  if (answerUs === undefined || until.timeUs < answerUs) return ''
  return ` It had lasted for ${Math.round((until.timeUs - answerUs) / 1e6)} s.`
}
