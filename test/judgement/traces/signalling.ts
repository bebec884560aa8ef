import { createHash } from 'node:crypto'
import { Dialog, type MessageOptions, type Party } from '../build/dialog.ts'
import { CALLEE, CALLER } from '../build/telephone-call.ts'
import { Trace } from '../build/trace.ts'
import type { FaultyTrace } from '../entry.ts'

const INTRUDER = '192.0.2.66'
const SERVER: Party = { user: 'registrar', sip: { address: CALLEE, port: 5060 } }

/** Who knocks at the door, and who does not get in. */
export const signallingTraces: readonly FaultyTrace[] = [
  {
    name: 'OPTIONS of a scanner that says its name',
    wrong: 'User-Agent: friendly-scanner',
    build: () => {
      const trace = new Trace()
      const dialog = strangerOf(trace, 1, '100', 'friendly-scanner')
      const request = dialog.request(0, 'caller', 'OPTIONS', { mark: 'probe' })
      dialog.respond(10, request, '200 OK')
      return trace
    },
    found: { rule: 'sip-scanner', kind: 'user-agent', party: INTRUDER, frames: ['probe'] },
  },
  {
    name: 'one source asks many hosts',
    wrong: 'OPTIONS to 120 addresses in 12 s, with an ordinary User-Agent; three of them answer',
    build: () => {
      const trace = new Trace()
      for (let n = 1; n <= 120; n++) {
        const host: Party = { user: 'ping', sip: { address: `198.51.100.${n}`, port: 5060 } }
        const dialog = new Dialog(trace, {
          callId: `sweep-${n}`,
          caller: stranger('ping', 'Telephone 1.0'),
          callee: host,
        })
        const request = dialog.request(n * 100, 'caller', 'OPTIONS', { mark: 'probe' })
        if (n % 40 === 0) dialog.respond(n * 100 + 15, request, '200 OK')
      }
      return trace
    },
    found: { rule: 'sip-scanner', kind: 'sweep', party: INTRUDER, frames: ['probe'] },
  },
  {
    name: 'one source tries many extensions',
    wrong: 'REGISTER for 100 extensions in a row, 404 to nearly all of them',
    build: () => {
      const trace = new Trace()
      for (let n = 0; n < 100; n++) {
        const dialog = strangerOf(trace, n, `${100 + n}`, 'Telephone 1.0')
        const uri = `sip:${CALLEE}`
        const request = dialog.request(n * 80, 'caller', 'REGISTER', { uri, mark: 'probe' })
        dialog.respond(n * 80 + 9, request, n % 25 === 3 ? '401 Unauthorized' : '404 Not Found')
      }
      return trace
    },
    found: { rule: 'sip-scanner', kind: 'sweep', party: INTRUDER, frames: ['probe'] },
    allowed: ['registration-failed'],
  },
  {
    name: 'a password is guessed',
    wrong: '80 different answers to challenges for one account within 16 s, all refused',
    build: () => {
      const trace = new Trace()
      for (let n = 0; n < 80; n++)
        registration(trace, n, { atMs: n * 200, guess: `guess ${n}`, status: '403 Forbidden' })
      return trace
    },
    found: { rule: 'sip-scanner', kind: 'password-guessing', party: INTRUDER },
    allowed: ['registration-failed'],
  },
  {
    name: 'a REGISTER is challenged and then refused, over TCP',
    wrong: 'the password is wrong: 401, then 403',
    build: () => {
      const trace = new Trace()
      const user = 'carol'
      const client: Party = { user, sip: { address: CALLER, port: 41_000 } }
      const dialog = new Dialog(trace, {
        callId: 'wrong',
        transport: 'tcp',
        caller: client,
        callee: { ...SERVER, user },
      })
      challenged(dialog, { atMs: 0, guess: 'wrong', status: '403 Forbidden' })
      return trace
    },
    found: { rule: 'registration-failed', severity: 'warning', party: 'carol', frames: ['refusal'] },
  },
  {
    name: 'a trunk does not know an extension that each call requires',
    wrong: 'six calls, each ends with 420',
    build: () => {
      const trace = new Trace()
      for (let n = 0; n < 6; n++) {
        const caller: Party = { user: 'pbx', sip: { address: CALLER, port: 5060 } }
        const dialog = new Dialog(trace, { callId: `required-${n}`, caller, callee: SERVER })
        const invite = dialog.request(n * 2000, 'caller', 'INVITE', { headers: ['Require: 100rel'] })
        dialog.respond(n * 2000 + 9, invite, '420 Bad Extension', {
          mark: 'refused',
          headers: ['Unsupported: 100rel'],
        })
        dialog.acknowledge(n * 2000 + 14, invite, true)
      }
      return trace
    },
    found: { rule: 'call-refused', kind: 'request', severity: 'error', party: CALLEE, frames: ['refused'] },
  },
  {
    name: 'a session timer that the trunk does not refresh',
    wrong: 'refresher=uas, no re-INVITE and no UPDATE, BYE of the caller 32 s before the 1800 s are over',
    build: () => timedCall(false),
    found: { rule: 'call-dropped', kind: 'expired', severity: 'error', party: CALLEE, frames: ['agreed', 'bye'] },
  },
  {
    name: 'a client retries its own wrong password for twenty minutes',
    wrong: 'one registration of one client, every 30 s, refused each time: no one guesses here',
    build: () => {
      const trace = new Trace()
      const user = 'dave'
      const client: Party = { user, sip: { address: CALLER, port: 5060 } }
      const dialog = new Dialog(trace, { callId: 'stubborn', caller: client, callee: { ...SERVER, user } })
      for (let n = 0; n < 40; n++) challenged(dialog, { atMs: n * 30_000, guess: 'wrong', status: '403 Forbidden' })
      return trace
    },
    found: { rule: 'registration-failed', severity: 'warning', party: 'dave', frames: ['refusal'] },
  },
  {
    name: 'a flood of INVITEs',
    wrong: '600 INVITEs of one source within 0.9 s',
    build: () => {
      const trace = new Trace()
      for (let n = 0; n < 600; n++)
        strangerOf(trace, n, 'bob', 'Telephone 1.0').request(n * 1.5, 'caller', 'INVITE', { mark: 'flood' })
      return trace
    },
    found: { rule: 'invite-flood', severity: 'error', party: INTRUDER, frames: ['flood'] },
    // No one calls the same number 600 times in a second.
    allowed: ['sip-scanner'],
  },
  {
    name: 'more INVITEs than the policy allows, over IPv6',
    wrong: '30 INVITEs of one source within a second, and the policy says 20',
    build: () => {
      const trace = new Trace()
      for (let n = 0; n < 30; n++) {
        const caller: Party = { user: 'dialler', sip: { address: '2001:db8:66::6', port: 5060 } }
        const callee: Party = { user: `${200 + (n % 4)}`, sip: { address: '2001:db8:20::20', port: 5060 } }
        const dialog = new Dialog(trace, { callId: `flood-${n}`, caller, callee })
        const request = dialog.request(n * 30, 'caller', 'INVITE', { mark: 'flood' })
        dialog.respond(n * 30 + 5, request, '486 Busy Here')
        dialog.acknowledge(n * 30 + 9, request, true)
      }
      return trace
    },
    policy: { sip: { invitesPerSecond: 20 } },
    found: { rule: 'invite-flood', severity: 'error', party: '2001:db8:66::6', frames: ['flood'] },
  },
]

function stranger(user: string, agent: string): Party {
  return { user, agent, sip: { address: INTRUDER, port: 5071 } }
}

/** The stranger's requests for an extension of the server. */
function strangerOf(trace: Trace, n: number, user: string, agent: string): Dialog {
  return new Dialog(trace, { callId: `stranger-${n}`, caller: stranger(user, agent), callee: { ...SERVER, user } })
}

interface Attempt {
  readonly atMs: number
  readonly guess: string
  readonly status: string
}

function registration(trace: Trace, n: number, attempt: Attempt): void {
  challenged(strangerOf(trace, n, '2001', 'Telephone 1.0'), attempt)
}

/** REGISTER, 401, REGISTER with an answer to the challenge (RFC 3261 §22.4), and what comes of it. */
function challenged(dialog: Dialog, { atMs, guess, status }: Attempt): void {
  const target: MessageOptions = { uri: `sip:${CALLEE}` }
  const nonce = createHash('md5').update(`${dialog.callId} ${atMs}`).digest('hex')
  const challenge = `WWW-Authenticate: Digest realm="judgement.example", nonce="${nonce}", algorithm=MD5`
  const first = dialog.request(atMs, 'caller', 'REGISTER', target)
  dialog.respond(atMs + 9, first, '401 Unauthorized', { headers: [challenge] })
  const response = createHash('md5').update(`${nonce} ${guess}`).digest('hex')
  const answer = `Authorization: Digest username="2001", realm="judgement.example", nonce="${nonce}", uri="sip:${CALLEE}", response="${response}"`
  const second = dialog.request(atMs + 20, 'caller', 'REGISTER', { ...target, headers: [answer], mark: 'answer' })
  dialog.respond(atMs + 31, second, status, { mark: 'refusal' })
}

/** A call that ends as its session timer would, if nobody refreshed it. */
export function timedCall(isRefreshed: boolean): Trace {
  const trace = new Trace()
  const caller: Party = { user: 'pbx', sip: { address: CALLER, port: 5060 } }
  const dialog = new Dialog(trace, { callId: 'timed', caller, callee: SERVER })
  const headers = ['Session-Expires: 1800;refresher=uas']
  const invite = dialog.request(0, 'caller', 'INVITE')
  dialog.respond(100, invite, '200 OK', { headers, mark: 'agreed' })
  dialog.acknowledge(120, invite)
  if (isRefreshed) {
    const refresh = dialog.request(900_000, 'callee', 'UPDATE')
    dialog.respond(900_020, refresh, '200 OK', { headers: ['Session-Expires: 1800;refresher=uac'] })
  }
  dialog.end(1_768_100)
  return trace
}
