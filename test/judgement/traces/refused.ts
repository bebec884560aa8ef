import { Dialog, type Party } from '../build/dialog.ts'
import { refuse } from '../build/refusals.ts'
import { CALLEE, CALLER, type CallOptions, telephoneCall } from '../build/telephone-call.ts'
import { Trace } from '../build/trace.ts'
import type { FaultyTrace, HealthyTrace } from '../entry.ts'

const FORTH = { source: { address: CALLER, port: 30_000 }, destination: { address: CALLEE, port: 40_000 } }
const BACK = { source: FORTH.destination, destination: FORTH.source }
const PHONE: Party = { user: '201', sip: { address: CALLER, port: 5060 } }
const REGISTRAR: Party = { user: '201', sip: { address: CALLEE, port: 5060 } }
const TO_REGISTRAR = { source: PHONE.sip, destination: REGISTRAR.sip }
const FIREWALL = '192.0.2.254'
/** Answered after 900 ms, ended after 8,900. */
const LONG: CallOptions = { talkMs: 8000 }

/** ICMP says of packets that they did not arrive. */
export const refusedTraces: readonly FaultyTrace[] = [
  {
    name: 'nothing listens on the port of the callee',
    wrong: 'its host answers media with port unreachable until the call ends',
    build: () => refuse(made(LONG), { ...FORTH, startMs: 925, endMs: 8800 }),
    found: { rule: 'one-way-media', kind: 'refused', severity: 'error', party: CALLEE, frames: ['caller', 'icmp'] },
  },
  {
    name: 'a firewall rejects the media of the callee',
    wrong: 'administratively prohibited, from the middle of the call on',
    build: () => refuse(made(LONG), { ...BACK, startMs: 4000, endMs: 8800, by: FIREWALL, code: 13 }),
    found: { rule: 'one-way-media', kind: 'refused', severity: 'error', party: CALLER, frames: ['callee', 'icmp'] },
  },
  {
    name: 'the host of the caller is gone',
    wrong: 'its router says host unreachable, and nothing comes from it any more',
    build: () =>
      refuse(made({ ...LONG, goesOn: true, caller: { sends: { endMs: 3000, rtcp: 'none' } } }), {
        ...BACK,
        startMs: 4000,
        endMs: 8800,
        by: FIREWALL,
        code: 1,
      }),
    found: { rule: 'one-way-media', kind: 'refused', party: CALLER, frames: ['callee', 'icmp'] },
    allowed: ['one-way-media:stopped'],
  },
]

/** ICMP errors that are part of every day. */
export const healthyRefusals: readonly HealthyTrace[] = [
  {
    name: 'a port that opens a second after the answer',
    looks: 'the first packets are answered with port unreachable',
    build: () => refuse(made(LONG), { ...FORTH, startMs: 920, endMs: 1900, everyMs: 100 }),
  },
  {
    name: 'a port that closes with the BYE',
    looks: 'the last packets are answered with port unreachable, and those that come late',
    build: () => refuse(made(LONG), { ...FORTH, startMs: 8700, endMs: 12_000, everyMs: 300 }),
  },
  {
    name: 'a callee that does not listen for RTCP',
    looks: 'each report of the caller is answered with port unreachable',
    build: () =>
      refuse(made(LONG), {
        source: { ...FORTH.source, port: 30_001 },
        destination: { ...FORTH.destination, port: 40_001 },
        startMs: 1500,
        endMs: 8500,
      }),
  },
  {
    name: 'errors about another call on the same ports, before this one',
    looks: 'port unreachable about the very flow of this call',
    build: () => refuse(made({ ...LONG, startMs: 20_000 }), { ...FORTH, startMs: 1000, endMs: 9000 }),
  },
  {
    name: 'a REGISTER that is too large for a link',
    looks: 'fragmentation needed, and the registrar answers',
    build: () => refuse(registered(new Trace()), { ...TO_REGISTRAR, startMs: 5, endMs: 5, by: FIREWALL, code: 4 }),
  },
  {
    name: 'a registrar that asks a phone which is off',
    looks: 'port unreachable between the two, before the phone comes back and registers',
    build: () => {
      const trace = new Trace()
      new Dialog(trace, { callId: 'ping', caller: REGISTRAR, callee: PHONE }).request(0, 'caller', 'OPTIONS')
      const { source: destination, destination: source } = TO_REGISTRAR
      return registered(refuse(trace, { source, destination, startMs: 10, endMs: 10 }), 60_000)
    },
  },
]

function registered(trace: Trace, atMs = 0): Trace {
  const dialog = new Dialog(trace, { callId: 'register', caller: PHONE, callee: REGISTRAR })
  dialog.respond(atMs + 20, dialog.request(atMs, 'caller', 'REGISTER'), '200 OK')
  return trace
}

function made(options: CallOptions): Trace {
  const trace = new Trace()
  telephoneCall(trace, options)
  return trace
}
