import { byPosition, type FrameRef } from '../../bytes/frame-ref.ts'
import type { RepeatedResponse, UnacknowledgedResponses } from '../../sip/watch/facts.ts'
import { isPrivate } from '../private-space.ts'
import type { Statement } from '../rule.ts'

const WORDS = {
  ack: {
    method: 'ACK',
    title: 'A 200 is repeated because its ACK does not arrive',
    remedy:
      'Follow the ACK: it goes to the Contact of the 200, or along its Record-Route (RFC 3261 §13.2.2.4). Give a Contact that the ' +
      'caller can reach, let proxies on the way insert Record-Route, keep the TLS or TCP connection open and reuse it, and ' +
      'switch SIP ALG off. Where the caller never saw the 200, follow that: Via, rport and the NAT before the caller.',
  },
  prack: {
    method: 'PRACK',
    title: 'A reliable response is repeated because its PRACK does not arrive',
    remedy:
      'Follow the PRACK: it goes to the Contact of the provisional response, or along its Record-Route. Check that this can be ' +
      'reached from the caller, or do without 100rel.',
  },
} as const

/** What one host repeats because another does not acknowledge it. */
export function ofResponses(one: UnacknowledgedResponses): Statement {
  const { kind, source, destination, transport, responses, lostCalls, longest } = one
  const { status, repeats, spanUs, acknowledged, acknowledgedAt, bye, contactHost } = longest
  const { method, title, remedy } = WORDS[kind]
  const times = `${repeats} times within ${(spanUs / 1e6).toFixed(1)} s`
  const what = responses === 1 ? `The ${status}` : `${responses} responses`
  return {
    kind,
    severity: lostCalls > 0 ? 'error' : 'warning',
    title,
    remedy,
    detail:
      `${what} to INVITE from ${source} to ${destination} came again${responses === 1 ? '' : ', up to'} ${times}` +
      `${acknowledgedWords(one, method)}${contactWords(one, method)}${invitesWords(one)}${byeWords(one)}`,
    callId: one.severalCalls ? undefined : one.callId,
    at: [...one.at, ...[acknowledgedAt, bye?.at].flatMap((at) => at ?? [])].sort(byPosition),
    evidence: {
      source,
      destination,
      transport,
      status,
      responses,
      repeats,
      [kind === 'ack' ? 'acks' : 'pracks']: acknowledged,
      ...(contactHost !== undefined && { host: contactHost }),
      lostCalls,
    },
  }
}

/** Of several responses the one that was repeated most is looked at. */
function acknowledgedWords({ responses, at, longest }: UnacknowledgedResponses, method: string): string {
  const { acknowledged, acknowledgedAt } = longest
  const which = responses === 1 ? '' : '. To the one that came most often'
  if (acknowledgedAt === undefined)
    return `${which || ';'} no ${method} is in the capture from the first repetition on.`
  const [are, them] = acknowledged === 1 ? [`1 ${method} is`, 'it'] : [`${acknowledged} ${method}s are`, 'them']
  const from = acknowledgedAt.capture === at[0].capture ? `, from frame ${acknowledgedAt.frame} on` : ''
  return `${which || ', though'} ${are} in the capture${from}: who answered does not get ${them}, or does not take ${them}.`
}

function contactWords({ source, longest: { contactHost } }: UnacknowledgedResponses, method: string): string {
  if (contactHost === undefined || !isPrivate(contactHost) || isPrivate(source)) return ''
  return ` Its Contact gives ${contactHost}, a private address: without Record-Route the ${method} goes there.`
}

function invitesWords({ destination, longest: { invitesAgain } }: UnacknowledgedResponses): string {
  return invitesAgain === 0 ? '' : ` The INVITE came again too: the response may not reach ${destination}.`
}

function byeWords({ lostCalls, responses, at, longest: { bye } }: UnacknowledgedResponses): string {
  const calls =
    responses > 1 && lostCalls > 0 ? ` ${lostCalls === 1 ? '1 call was' : `${lostCalls} calls were`} given up.` : ''
  return `${calls}${responses > 1 ? '' : endWords(at[0], bye)}`
}

function endWords({ capture }: FrameRef, bye: RepeatedResponse['bye']): string {
  if (bye === undefined) return ''
  const frame = bye.at.capture === capture ? ` of frame ${bye.at.frame}` : ''
  return bye.isOfAnswerer
    ? ` Who answered gave the call up then, by the BYE${frame}.`
    : ` The other side sent the BYE${frame}.`
}
