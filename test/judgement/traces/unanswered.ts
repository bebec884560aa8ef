import { Dialog, type Party, type Transaction } from '../build/dialog.ts'
import { CALLEE, CALLER } from '../build/telephone-call.ts'
import { Trace } from '../build/trace.ts'
import type { FaultyTrace, HealthyTrace } from '../entry.ts'

const PBX: Party = { user: 'pbx', sip: { address: CALLER, port: 5060 } }
const TRUNK: Party = { user: 'trunk', sip: { address: CALLEE, port: 5060 } }
const GATEWAY: Party = { user: 'trunk', sip: { address: '198.51.100.30', port: 5060 } }

/** When a client sends an INVITE, and any other request, ms (RFC 3261 §17.1.1.2, §17.1.2.2); a 2xx as the second (§13.3.1.4). */
const INVITE_MS = [0, 500, 1500, 3500, 7500, 15_500, 31_500]
const OTHER_MS = [0, 500, 1500, 3500, 7500, 11_500, 15_500, 19_500, 23_500, 27_500, 31_500]

/** A peer that does not answer, and a 2xx that nobody acknowledges. */
export const unansweredTraces: readonly FaultyTrace[] = [
  {
    name: 'an INVITE that nobody answers',
    wrong: 'seven times in 31.5 s, and not even a 100',
    build: () => {
      const trace = alive(new Trace())
      repeat(dialogOf(trace, 'silent'), 'INVITE', INVITE_MS)
      return alive(trace, 60_000)
    },
    found: { rule: 'sip-unanswered', kind: 'invite', severity: 'error', party: CALLEE, frames: ['sent'] },
  },
  {
    name: 'a trunk over TCP that goes silent',
    wrong: 'OPTIONS is answered for a minute, and then no more',
    build: () => {
      const trace = new Trace()
      for (let n = 0; n < 12; n++) {
        const dialog = dialogOf(trace, `ping-${n}`, TRUNK, 'tcp')
        const sent = dialog.request(n * 10_000, 'caller', 'OPTIONS', { mark: n < 6 ? 'answered' : 'sent' })
        if (n < 6) dialog.respond(n * 10_000 + 20, sent, '200 OK')
      }
      return trace
    },
    found: { rule: 'sip-unanswered', kind: 'options', severity: 'warning', party: CALLEE, frames: ['sent'] },
  },
  {
    name: 'a firewall that forgets a connection',
    wrong: 'keep-alives are answered, and twenty minutes later the next one comes again and again',
    build: () => kept([0, 60_000, ...[0, 200, 600, 1400, 3000, 6200, 12_600].map((ms) => 1_200_000 + ms)], 2),
    found: { rule: 'sip-connection-lost', kind: 'silent', severity: 'error', party: CALLER },
  },
  {
    name: 'a 200 whose ACK never arrives',
    wrong: 'eleven times in 31.5 s, and then the BYE of who answered',
    build: () => {
      const trace = new Trace()
      const dialog = dialogOf(trace, 'unacknowledged')
      const invite = dialog.request(0, 'caller', 'INVITE')
      dialog.respond(10, invite, '100 Trying')
      for (const ms of OTHER_MS) {
        dialog.respond(2000 + ms, invite, '200 OK', { mark: ms === 0 ? 'answer' : 'again' })
        dialog.acknowledge(2010 + ms, invite)
      }
      dialog.respond(34_020, dialog.request(34_000, 'callee', 'BYE', { mark: 'bye' }), '200 OK')
      return trace
    },
    found: { rule: 'sip-unanswered', kind: 'ack', severity: 'error', party: CALLEE, frames: ['again', 'bye'] },
  },
  {
    name: 'a BYE that nobody answers',
    wrong: 'eleven times in 31.5 s',
    build: () => {
      const trace = alive(new Trace())
      const dialog = dialogOf(trace, 'no-end')
      const invite = dialog.request(0, 'caller', 'INVITE')
      dialog.respond(900, invite, '200 OK')
      dialog.acknowledge(920, invite)
      repeat(dialog, 'BYE', OTHER_MS, 5000)
      return trace
    },
    found: { rule: 'sip-unanswered', kind: 'bye', severity: 'warning', party: CALLEE, frames: ['sent'] },
  },
  {
    name: 'the first of two gateways is dead',
    wrong: 'four INVITEs in 3.5 s; the second gateway takes the call',
    build: () => {
      const trace = alive(new Trace())
      repeat(dialogOf(trace, 'failover'), 'INVITE', INVITE_MS.slice(0, 4))
      answered(dialogOf(trace, 'failover', GATEWAY), 4000)
      return alive(trace, 60_000)
    },
    found: { rule: 'sip-unanswered', kind: 'invite', severity: 'warning', party: CALLEE, frames: ['sent'] },
  },
  {
    name: 'the first of two gateways is dead, and a B2BUA tries the second under another Call-ID',
    wrong: 'four INVITEs in 3.5 s; the second gateway takes the call',
    build: () => {
      const trace = alive(new Trace())
      repeat(dialogOf(trace, 'first'), 'INVITE', INVITE_MS.slice(0, 4))
      answered(dialogOf(trace, 'second', GATEWAY), 4000)
      return alive(trace, 60_000)
    },
    found: { rule: 'sip-unanswered', kind: 'invite', severity: 'warning', party: CALLEE, frames: ['sent'] },
  },
  {
    name: 'a caller whom no response reaches',
    wrong:
      'the INVITE goes on for 31.5 s, and each time it is answered with 100 and 180 that do not get back to the caller',
    build: () => {
      const trace = alive(new Trace())
      const dialog = dialogOf(trace, 'unheard')
      const invite = repeat(dialog, 'INVITE', INVITE_MS)
      for (const ms of INVITE_MS) {
        dialog.respond(ms + 20, invite, '100 Trying')
        dialog.respond(ms + 60, invite, '180 Ringing')
      }
      return alive(trace, 60_000)
    },
    found: { rule: 'sip-unanswered', kind: 'unheard', severity: 'error', party: CALLER, frames: ['sent'] },
  },
  {
    name: 'a REGISTER whose challenge does not reach the client',
    wrong: 'eleven times in 31.5 s, and 401 each time',
    allowed: ['registration-failed'],
    build: () => {
      const trace = alive(new Trace())
      const dialog = dialogOf(trace, 'unchallenged')
      const sent = repeat(dialog, 'REGISTER', OTHER_MS)
      for (const ms of OTHER_MS) dialog.respond(ms + 20, sent, '401 Unauthorized')
      return alive(trace, 60_000)
    },
    found: { rule: 'sip-unanswered', kind: 'unheard', severity: 'warning', party: CALLER, frames: ['sent'] },
  },
]

/** What looks as if nobody answered. */
export const healthyAnswers: readonly HealthyTrace[] = [
  {
    name: 'a connection whose path is down for a while',
    looks: 'a keep-alive is sent six times within 6 s, and then answered',
    build: () => kept([0, 60_000, ...[0, 200, 600, 1400, 3000, 6200].map((ms) => 120_000 + ms)], 2, 126_300),
  },
  {
    name: 'a peer that takes its time',
    looks: 'a REGISTER that is sent five times before it is answered',
    build: () => {
      const trace = alive(new Trace())
      const dialog = dialogOf(trace, 'slow')
      dialog.respond(8000, repeat(dialog, 'REGISTER', OTHER_MS.slice(0, 5)), '200 OK')
      return alive(trace, 60_000)
    },
  },
  {
    name: 'an answer that comes late, and crosses with the next INVITE',
    looks: 'an INVITE that is sent five times, the last one behind its 100',
    build: () => {
      const trace = alive(new Trace())
      const dialog = dialogOf(trace, 'crossed')
      const invite = repeat(dialog, 'INVITE', INVITE_MS.slice(0, 5))
      for (const ms of [7450, 7530]) dialog.respond(ms, invite, '100 Trying')
      dialog.respond(8000, invite, '200 OK')
      dialog.acknowledge(8020, invite)
      dialog.respond(20_020, dialog.request(20_000, 'caller', 'BYE'), '200 OK')
      return alive(trace, 60_000)
    },
  },
  {
    name: 'responses that are lost twice',
    looks: 'an INVITE that is sent twice more behind its 100',
    build: () => {
      const trace = alive(new Trace())
      const dialog = dialogOf(trace, 'lost')
      const invite = repeat(dialog, 'INVITE', INVITE_MS.slice(0, 3))
      for (const ms of [20, 520, 1520]) dialog.respond(ms, invite, '100 Trying')
      dialog.respond(8000, invite, '200 OK')
      dialog.acknowledge(8020, invite)
      dialog.respond(20_020, dialog.request(20_000, 'caller', 'BYE'), '200 OK')
      return alive(trace, 60_000)
    },
  },
  {
    name: 'an INVITE that rings while a request within it goes on',
    looks: 'a non-INVITE request that is sent every 4 s behind a provisional response (RFC 3261 §17.1.2.2)',
    build: () => {
      const trace = alive(new Trace())
      const dialog = dialogOf(trace, 'proceeding')
      const sent = repeat(dialog, 'REGISTER', OTHER_MS.slice(0, 6))
      dialog.respond(100, sent, '100 Trying')
      dialog.respond(11_600, sent, '200 OK')
      return alive(trace, 60_000)
    },
  },
  {
    name: 'a monitor that asks with the same message each time',
    looks: 'an OPTIONS that goes on every two seconds although it was answered',
    build: () => {
      const trace = new Trace()
      const dialog = dialogOf(trace, 'monitor')
      const times = Array.from({ length: 15 }, (_, n) => n * 2000)
      const sent = repeat(dialog, 'OPTIONS', times)
      for (const ms of times) dialog.respond(ms + 20, sent, '200 OK')
      return trace
    },
  },
  {
    name: 'an ACK that is lost twice',
    looks: 'a 200 that comes three times',
    build: () => {
      const trace = new Trace()
      const dialog = dialogOf(trace, 'late-ack')
      const invite = dialog.request(0, 'caller', 'INVITE')
      for (const ms of OTHER_MS.slice(0, 3)) dialog.respond(1000 + ms, invite, '200 OK')
      dialog.acknowledge(2510, invite)
      dialog.respond(9020, dialog.request(9000, 'caller', 'BYE'), '200 OK')
      return alive(trace, 60_000)
    },
  },
  {
    name: 'an ACK that does not pass the capture',
    looks: 'a call without any ACK',
    build: () => {
      const trace = new Trace()
      const dialog = dialogOf(trace, 'past')
      const invite = dialog.request(0, 'caller', 'INVITE')
      dialog.respond(1000, invite, '200 OK')
      dialog.respond(9020, dialog.request(9000, 'caller', 'BYE'), '200 OK')
      return alive(trace, 60_000)
    },
  },
  {
    name: 'a stranger is dropped in silence',
    looks: 'an INVITE that is sent seven times and not answered',
    build: () => {
      const trace = alive(new Trace())
      const stranger: Party = { user: '100', sip: { address: '192.0.2.66', port: 5071 } }
      repeat(new Dialog(trace, { callId: 'stranger', caller: stranger, callee: TRUNK }), 'INVITE', INVITE_MS)
      return alive(trace, 60_000)
    },
  },
  {
    name: 'the capture ends before anybody gave up',
    looks: 'an INVITE that is sent four times and not answered',
    build: () => {
      const trace = alive(new Trace())
      repeat(dialogOf(trace, 'end'), 'INVITE', INVITE_MS.slice(0, 4))
      return alive(trace, 4000)
    },
  },
  {
    name: 'a keep-alive that is lost now and then',
    looks: 'four of forty OPTIONS, each sent once, have no answer',
    build: () => {
      const trace = new Trace()
      for (let n = 1; n < 40; n++) {
        const dialog = dialogOf(trace, `ping-${n}`)
        const sent = dialog.request(n * 10_000, 'caller', 'OPTIONS')
        if (n % 10 !== 0) dialog.respond(n * 10_000 + 20, sent, '200 OK')
      }
      return trace
    },
  },
]

function dialogOf(trace: Trace, callId: string, callee: Party = TRUNK, transport: 'udp' | 'tcp' = 'udp'): Dialog {
  return new Dialog(trace, { callId, caller: PBX, callee, transport })
}

/** OPTIONS that is answered: both are there. */
function alive(trace: Trace, atMs = -1000): Trace {
  const dialog = dialogOf(trace, `alive${atMs}`)
  dialog.respond(atMs + 10, dialog.request(atMs, 'caller', 'OPTIONS'), '200 OK')
  return trace
}

/** The same request at these times. */
/** CRLF keep-alives over TCP (RFC 5626 §3.5.1), of which the first are answered; the others are the same one, sent again. */
function kept(pingsMs: readonly number[], answered: number, pongMs?: number): Trace {
  const trace = new Trace()
  const [client, server] = [
    { address: CALLER, port: 40_000 },
    { address: CALLEE, port: 5061 },
  ]
  const said = (atMs: number, fromClient: boolean, n: number) =>
    trace.add({
      timeNs: atMs * 1e6,
      ...(fromClient ? { source: client, destination: server } : { source: server, destination: client }),
      payload: Buffer.from(fromClient ? '\r\n\r\n' : '\r\n'),
      tcp: { sequence: 1000 + n * 4, acknowledgment: 1, flags: 0x18 },
    })
  for (const [n, atMs] of pingsMs.entries()) {
    said(atMs, true, Math.min(n, answered))
    if (n < answered) said(atMs + 20, false, n)
  }
  if (pongMs !== undefined) said(pongMs, false, answered)
  return trace
}

function repeat(dialog: Dialog, method: string, times: readonly number[], fromMs = 0): Transaction {
  const [first, ...others] = times
  const sent = dialog.request(fromMs + first, 'caller', method, { mark: 'sent' })
  const { number, branch } = sent
  for (const ms of others) dialog.request(fromMs + ms, 'caller', method, { number, branch, mark: 'sent' })
  return sent
}

function answered(dialog: Dialog, atMs: number): void {
  const invite = dialog.request(atMs, 'caller', 'INVITE', { number: 100 })
  dialog.respond(atMs + 20, invite, '100 Trying')
  dialog.respond(atMs + 900, invite, '200 OK')
  dialog.acknowledge(atMs + 920, invite)
  dialog.respond(atMs + 5020, dialog.request(atMs + 5000, 'caller', 'BYE'), '200 OK')
}
