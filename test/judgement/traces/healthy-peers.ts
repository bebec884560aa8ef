import { createHash } from 'node:crypto'
import { Dialog, type Party } from '../build/dialog.ts'
import { CALLEE, CALLER, parties } from '../build/telephone-call.ts'
import { Trace } from '../build/trace.ts'
import type { HealthyTrace } from '../entry.ts'

const TRUNK: Party = { user: 'trunk', agent: 'CarrierSBC 4', sip: { address: CALLEE, port: 5060 } }

/** Peers that do much, or do it again, and mean well. */
export const healthyPeers: readonly HealthyTrace[] = [
  {
    name: 'a client mistypes its password once',
    looks: 'a wrong answer to a challenge, then the right one',
    build: () => registered(['wrong', 'right']),
  },
  {
    name: 'a REGISTER is challenged and then accepted',
    looks: '401 Unauthorized',
    build: () => registered(['right']),
  },
  {
    name: 'a client that registers again every 50 s for ten minutes',
    looks: 'many challenges for one account, all of them answered rightly',
    build: () => {
      const trace = new Trace()
      for (let n = 0; n < 12; n++) register(trace, n, n * 50_000, ['right'])
      return trace
    },
  },
  {
    name: 'a trunk is kept alive by OPTIONS',
    looks: '90 OPTIONS of one source, every 10 s',
    build: () => {
      const trace = new Trace()
      for (let n = 0; n < 90; n++) {
        const caller: Party = { user: 'ping', sip: { address: CALLER, port: 5060 } }
        const dialog = new Dialog(trace, { callId: `alive-${n}`, caller, callee: TRUNK })
        dialog.respond(n * 10_000 + 20, dialog.request(n * 10_000, 'caller', 'OPTIONS'), '200 OK')
      }
      return trace
    },
  },
  {
    name: 'a carrier calls two thousand numbers',
    looks: 'one source and thousands of callees, some of them busy or unknown',
    build: () => {
      const trace = new Trace()
      for (let n = 0; n < 2000; n++) carrierCall(trace, n)
      return trace
    },
  },
  {
    name: 'a busy hour of a trunk below the limit',
    looks: '300 INVITEs of one source within a second',
    build: () => {
      const trace = new Trace()
      for (let n = 0; n < 300; n++) carrierCall(trace, n, 3.3)
      return trace
    },
  },
  {
    name: 'an SBC asks its sixty trunks for signs of life',
    looks: 'one source sends OPTIONS to many hosts within seconds, and each of them answers 200',
    build: () => {
      const trace = new Trace()
      const caller: Party = { user: 'ping', agent: 'EdgeSBC 9.1', sip: { address: CALLER, port: 5060 } }
      for (let n = 0; n < 180; n++) {
        const host = `198.51.100.${1 + (n % 60)}`
        const callee: Party = { user: 'ping', sip: { address: host, port: 5060 } }
        const dialog = new Dialog(trace, { callId: `signs-${n}`, caller, callee })
        const atMs = Math.floor(n / 60) * 30_000 + (n % 60) * 40
        dialog.respond(atMs + 12, dialog.request(atMs, 'caller', 'OPTIONS'), '200 OK')
      }
      return trace
    },
  },
  {
    name: 'ninety telephones behind one NAT register after a power cut',
    looks: 'one source registers ninety accounts within half a minute, each of them challenged first',
    build: () => {
      const trace = new Trace()
      for (let n = 0; n < 90; n++) register(trace, n, n * 300, ['right'], `desk${n}`)
      return trace
    },
  },
  {
    name: 'a REGISTER is told that its interval is too brief',
    looks: '423, then another REGISTER with a longer interval',
    build: () => {
      const trace = new Trace()
      const caller: Party = { user: 'alice', sip: { address: CALLER, port: 5060 } }
      const dialog = new Dialog(trace, { callId: 'brief', caller, callee: { ...TRUNK, user: 'alice' } })
      const uri = `sip:${CALLEE}`
      const first = dialog.request(0, 'caller', 'REGISTER', { uri, headers: ['Expires: 10'] })
      dialog.respond(9, first, '423 Interval Too Brief', { headers: ['Min-Expires: 60'] })
      const second = dialog.request(30, 'caller', 'REGISTER', { uri, headers: ['Expires: 60'] })
      dialog.respond(41, second, '200 OK', { headers: ['Expires: 60'] })
      return trace
    },
  },
  {
    name: 'a trunk that asks for credentials and gets them',
    looks: 'each INVITE gets a 407 first',
    build: () => {
      const trace = new Trace()
      const { dialog, caller } = parties(trace)
      const first = dialog.request(0, 'caller', 'INVITE', { body: caller.describe() })
      dialog.respond(8, first, '407 Proxy Authentication Required')
      dialog.acknowledge(12, first, true)
      const headers = [
        'Proxy-Authorization: Digest username="a", realm="r", nonce="n", uri="sip:x", response="0123456789abcdef0123456789abcdef"',
      ]
      const second = dialog.request(20, 'caller', 'INVITE', { body: caller.describe(), headers })
      dialog.respond(900, second, '486 Busy Here')
      dialog.acknowledge(920, second, true)
      return trace
    },
  },
  {
    name: 'a call that is declined',
    looks: '603, and no media',
    build: () => refused('603 Decline'),
  },
  {
    name: 'a call to a number that is busy',
    looks: '486, and no media',
    build: () => refused('486 Busy Here'),
  },
]

function refused(status: string): Trace {
  const trace = new Trace()
  const { dialog, caller } = parties(trace)
  const invite = dialog.request(0, 'caller', 'INVITE', { body: caller.describe() })
  dialog.respond(8, invite, '100 Trying')
  dialog.respond(2000, invite, status)
  dialog.acknowledge(2020, invite, true)
  return trace
}

/** Every seventh number is busy, every hundredth does not exist; nobody answers before the caller gives up. */
function carrierCall(trace: Trace, n: number, everyMs = 90): void {
  const caller: Party = {
    user: `+1900555${1000 + (n % 50)}`,
    agent: 'CarrierSBC 4',
    sip: { address: CALLER, port: 5060 },
  }
  const callee: Party = { ...TRUNK, user: `+1900${1_000_000 + n * 37}` }
  const dialog = new Dialog(trace, { callId: `carrier-${n}`, caller, callee })
  const atMs = n * everyMs
  const invite = dialog.request(atMs, 'caller', 'INVITE')
  dialog.respond(atMs + 3, invite, '100 Trying')
  const status = n % 100 === 99 ? '404 Not Found' : n % 7 === 0 ? '486 Busy Here' : undefined
  if (status !== undefined) dialog.respond(atMs + 400, invite, status)
  else {
    dialog.respond(atMs + 400, invite, '180 Ringing')
    const cancel = dialog.request(atMs + 2000, 'caller', 'CANCEL', { number: invite.number, branch: invite.branch })
    dialog.respond(atMs + 2003, cancel, '200 OK')
    dialog.respond(atMs + 2005, invite, '487 Request Terminated')
  }
  dialog.acknowledge(atMs + 2010, invite, true)
}

function registered(passwords: readonly string[]): Trace {
  const trace = new Trace()
  register(trace, 0, 0, passwords)
  return trace
}

/** One REGISTER without an answer to a challenge, then one for each password; all but the right one are challenged anew. */
function register(trace: Trace, n: number, atMs: number, passwords: readonly string[], user = 'alice'): void {
  const caller: Party = { user, sip: { address: CALLER, port: 5060 } }
  const dialog = new Dialog(trace, { callId: `registration-${n}`, caller, callee: { ...TRUNK, user } })
  const nonce = (round: number) => createHash('md5').update(`${n} ${round}`).digest('hex')
  const challenge = (round: number) => [`WWW-Authenticate: Digest realm="judgement.example", nonce="${nonce(round)}"`]
  const uri = `sip:${CALLEE}`
  const first = dialog.request(atMs, 'caller', 'REGISTER', { uri })
  dialog.respond(atMs + 8, first, '401 Unauthorized', { headers: challenge(0) })
  for (const [round, password] of passwords.entries()) {
    // Somebody types.
    const typedMs = atMs + 20 + round * 7000
    const response = createHash('md5')
      .update(`${nonce(round)} ${password}`)
      .digest('hex')
    const headers = [
      `Authorization: Digest username="${user}", realm="judgement.example", nonce="${nonce(round)}", uri="${uri}", response="${response}"`,
    ]
    const again = dialog.request(typedMs, 'caller', 'REGISTER', { uri, headers })
    if (password === 'right') dialog.respond(typedMs + 9, again, '200 OK', { headers: ['Expires: 60'] })
    else dialog.respond(typedMs + 9, again, '401 Unauthorized', { headers: challenge(round + 1) })
  }
}
