import type { UnheardResponses } from '../../sip/watch/facts.ts'
import type { Statement } from '../rule.ts'
import { requestsText } from './unanswered-statements.ts'

const TITLE = 'A response does not reach who asked'
const REMEDY =
  'Follow the response back: it goes to the address that the request came from, and to its port where Via has rport (RFC 3581), ' +
  'else to the port in Via. Switch rport on at the sender, let the NAT and firewall before it keep the way open, and have the ' +
  'response sent from the address and port that the request went to. Where it does arrive, look why it is not taken: a Via that ' +
  'comes back changed (SIP ALG).'

/** What one host goes on asking another although the capture holds the answer. */
export function ofUnheard(one: UnheardResponses): Statement {
  const { source, destination, methods, requests, lostCalls, severalCalls, at, longest } = one
  const { status, repeats, spanUs, from, sentElsewhere, isPassedOn } = longest
  const times = `${repeats} times within ${(spanUs / 1e6).toFixed(1)} s`
  const where =
    sentElsewhere === undefined ? '' : ` It is sent to ${sentElsewhere}, and the request comes from ${from}.`
  const behind = isPassedOn ? `, or whom it passes it on to,` : ''
  return {
    kind: 'unheard',
    severity: lostCalls > 0 ? 'error' : 'warning',
    title: TITLE,
    remedy: REMEDY,
    detail:
      `${destination} answers ${requestsText(requests, methods)} of ${source}, which comes again all the same${requests === 1 ? '' : ', up to'} ${times} ` +
      `from the ${status} on: ${source}${behind} does not get the response, or does not take it.${where}` +
      (lostCalls === 0 ? '' : lostCalls === 1 ? ' The call is not answered.' : ` ${lostCalls} calls are not answered.`),
    callId: !severalCalls && isOfCall(methods) ? one.callId : undefined,
    at,
    evidence: {
      source,
      destination,
      transport: 'udp',
      methods,
      status,
      requests,
      repeats,
      ...(sentElsewhere !== undefined && { sentTo: sentElsewhere, sentFrom: from }),
      lostCalls,
    },
  }
}

function isOfCall(methods: readonly string[]): boolean {
  return methods.length > 0 && methods.every((method) => OF_CALLS.has(method))
}

const OF_CALLS: ReadonlySet<string> = new Set(['INVITE', 'BYE', 'CANCEL', 'UPDATE', 'INFO', 'REFER'])
