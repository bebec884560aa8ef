import { groupedBy } from '../../bytes/lists-by-key.ts'
import type { UnacknowledgedResponses, UnansweredRequests, UnheardResponses } from '../../sip/watch/facts.ts'
import { defineRule, NO_FINDINGS, type RuleText } from '../rule.ts'
import { findingsOf } from '../summed-up.ts'
import { CallsTriedElsewhere } from './calls-tried-elsewhere.ts'
import { isToldAsUndelivered, refusalOf } from './refused-requests.ts'
import { SilentPeers } from './silent-peers.ts'
import { searchersOf } from './sip-scanner.ts'
import { ofResponses } from './unacknowledged-statements.ts'
import { FEW, ofOneDirection, ofPeer, ofPeers } from './unanswered-statements.ts'
import { ofUnheard } from './unheard-statements.ts'

const text: RuleText = {
  id: 'sip-unanswered',
  severity: 'error',
  title: 'A SIP peer does not answer',
  meaning:
    'Requests get no response at all, not even 100; or the response does not reach who asked; or a 2xx is repeated because its ACK never arrives. A call is lost ' +
    'by it, or ends after half a minute (64*T1, 32 s); a trunk whose keep-alives stay unanswered is taken out of service.',
  shows:
    'The same INVITE at 0, 0.5, 1.5, 3.5, 7.5, 15.5 and 31.5 s, or other requests every 4 s at last, and silence; over TCP ' +
    'and TLS one request and 32 s of silence; a 200 again and again, and then the BYE of who sent it; a request that goes on although its response is in the capture. An ACK may take a way ' +
    'past the capture, so it is not missed by itself: what counts is that the 200 goes on. Scanners, and strangers whom ' +
    'nobody answers, are left out; what ICMP says of a call or a registration, sip-undelivered tells.',
  causes: [
    'the peer is down, or listens on another address, port or transport',
    'a firewall or an access list that drops SIP, on the way there or on the way back',
    'an address from DNS that is out of date, or a failover that never comes back',
    'unheard: a NAT or firewall that does not let the response back in, no rport (RFC 3581), a response from another address or port',
    'ack: a private or wrong Contact in the 200, a proxy without Record-Route, or one that does not route the ACK',
    'ack: a connection that was closed, or an ACK over UDP where the call came over TLS',
    'a SIP ALG that loses or mangles messages; a firewall that drops fragments of long ones',
  ],
  remedy:
    'Check that the peer listens there, that DNS gives that address, and that firewalls and access lists on both sides let SIP ' +
    'through both ways; switch SIP ALG off.',
  references: ['RFC 3261 §17.1.1.2', 'RFC 3261 §17.1.2.2', 'RFC 3261 §13.3.1.4', 'RFC 3262 §3', 'RFC 3581 §4'],
  kinds: ['invite', 'ack', 'prack', 'bye', 'in-dialog', 'register', 'options', 'other', 'unheard'],
}

export const sipUnanswered = defineRule(text, (trace, policy) => {
  const { unanswered, unacknowledged, unheard } = trace.signalling
  if (unanswered.length + unacknowledged.length + unheard.length === 0) return {}
  const wanted = new Set([...unanswered, ...unacknowledged, ...unheard].map(({ callId }) => callId))
  const present = new Set<string>()
  const elsewhere = new CallsTriedElsewhere([...unanswered, ...unheard])
  return {
    call: (call) => {
      const { callId } = call
      elsewhere.add(call)
      if (wanted.has(callId)) present.add(callId)
      return NO_FINDINGS
    },
    end: () => {
      const peers = new SilentPeers(trace, policy)
      const searching = searchersOf(trace)
      const silent = unanswered
        .filter((one) => peers.has(one) && !isToldAsUndelivered(trace, one, searching))
        .map((one) => elsewhere.without(one))
      const unsure = silent.filter((one) => !peers.isCertain(one))
      const told = unsure.length > FEW ? silent.filter((one) => peers.isCertain(one)) : silent
      const statements = [
        ...bySource(told, peers).flatMap((some) =>
          some.length > FEW ? [ofPeers(some)] : some.map((one) => ofPeer(one, peers, refusalOf(trace, one))),
        ),
        ...(told === silent ? [] : [ofOneDirection(unsure)]),
        ...unacknowledged.filter(({ destination }) => !peers.isUnwanted(destination)).map(ofResponses),
        ...unheard
          .filter((one) => !peers.isUnwanted(one.source) && !isToldOf2xx(one, unacknowledged))
          .map((one) => ofUnheard(elsewhere.without(one))),
        // What is said of one call goes with it, where it was let go or is not asked for.
      ].filter(({ callId }) => callId === undefined || present.has(callId))
      return findingsOf(text, trace, statements, 'findings')
    },
  }
})

/** INVITEs that go on beside their 2xx are said of these. */
function isToldOf2xx(one: UnheardResponses, unacknowledged: readonly UnacknowledgedResponses[]): boolean {
  if (!one.isAccepted) return false
  return unacknowledged.some(
    ({ kind, source, destination }) => kind === 'ack' && source === one.destination && destination === one.source,
  )
}

/** By who sent them, what they are, and how sure it is. */
function bySource(silent: readonly UnansweredRequests[], peers: SilentPeers): UnansweredRequests[][] {
  return [...groupedBy(silent, (one) => `${one.kind} ${one.source} ${peers.isCertain(one)}`).values()]
}
