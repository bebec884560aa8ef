import { expect, test } from 'vitest'
import { Dialog, type Party } from '../judgement/build/dialog.ts'
import { Trace } from '../judgement/build/trace.ts'
import { reportOn as judged } from '../judgement/judge.ts'
import { reportOn } from './faulty-call.ts'

const CALLER: Party = { user: 'a', sip: { address: '203.0.113.10', port: 40_112 } }
const SERVER: Party = { user: 'b', sip: { address: '198.51.100.20', port: 5060 } }
/** RFC 3261 §17.1.1.2. */
const INVITE_MS = [0, 500, 1500, 3500, 7500, 15_500, 31_500]

/** An INVITE that goes on, each time answered by 100. */
function goesOn(trace: Trace, { fromMs = 0, isAnswered = true, last = INVITE_MS.length } = {}) {
  const dialog = new Dialog(trace, { callId: 'unheard', caller: CALLER, callee: SERVER })
  const invite = dialog.request(fromMs, 'caller', 'INVITE')
  for (const ms of INVITE_MS.slice(0, last)) {
    if (ms > 0) dialog.request(fromMs + ms, 'caller', 'INVITE', invite)
    if (isAnswered) dialog.respond(fromMs + ms + 20, invite, '100 Trying')
  }
  return { dialog, invite }
}

const ofUnheard = ({ findings }: Awaited<ReturnType<typeof reportOn>>) =>
  findings.filter(({ rule, kind }) => rule === 'sip-unanswered' && kind === 'unheard')

test('RFC 3261 §17.1.1.2: who goes on behind the 100 does not get it', async () => {
  const trace = new Trace()
  goesOn(trace)
  const [found, ...others] = ofUnheard(await judged(trace, {}))
  expect(others).toEqual([])
  expect(found).toMatchObject({ callId: 'unheard', severity: 'error', evidence: { status: 100, repeats: 6 } })
  expect(found.detail).toBe(
    '198.51.100.20 answers the INVITE of 203.0.113.10, which comes again all the same 6 times within 31.0 s from the 100 on: ' +
      '203.0.113.10 does not get the response, or does not take it. The call is not answered.',
  )
})

test('RFC 3581: a response that goes to the port in Via and not to where the request came from is named', async () => {
  const trace = new Trace()
  goesOn(trace)
  // The same call, with its responses to port 5060.
  const text = trace.file()
  const port = Buffer.from([40_112 >> 8, 40_112 & 255])
  for (let at = text.indexOf('SIP/2.0 100'); at >= 0; at = text.indexOf('SIP/2.0 100', at + 1)) {
    const udp = at - 8
    expect(text.subarray(udp + 2, udp + 4)).toEqual(port)
    text.writeUInt16BE(5060, udp + 2)
    text.writeUInt16BE(0, udp + 6)
  }
  const [found] = ofUnheard(await reportOn(text))
  expect(found.evidence).toMatchObject({ sentTo: '203.0.113.10:5060', sentFrom: '203.0.113.10:40112' })
  expect(found.detail).toContain('It is sent to 203.0.113.10:5060, and the request comes from 203.0.113.10:40112.')
})

test('RFC 3261 §17.1.1.3: an ACK of the sender shows that it heard the response after all', async () => {
  const trace = new Trace()
  const { dialog, invite } = goesOn(trace, { last: 5 })
  dialog.acknowledge(9000, invite)
  expect(ofUnheard(await judged(trace, {}))).toEqual([])
})

test('two captures with two clocks: what one shows behind the response of the other is nothing', async () => {
  const [near, far] = [new Trace(), new Trace()]
  goesOn(near, { last: 4, isAnswered: false, fromMs: 6000 })
  const { dialog, invite } = goesOn(far, { last: 4, isAnswered: false })
  dialog.respond(3600, invite, '100 Trying')
  expect(ofUnheard(await reportOn([far.file(), near.file()]))).toEqual([])
})

test('an INVITE that goes on beside its 200 is told with the 200', async () => {
  const trace = new Trace()
  const dialog = new Dialog(trace, { callId: 'ok', caller: CALLER, callee: SERVER })
  const invite = dialog.request(0, 'caller', 'INVITE')
  for (const ms of INVITE_MS) {
    if (ms > 0) dialog.request(ms, 'caller', 'INVITE', invite)
    dialog.respond(ms + 20, invite, '200 OK')
  }
  const { findings } = await judged(trace, {})
  const kinds = findings.filter(({ rule }) => rule === 'sip-unanswered').map(({ kind }) => kind)
  expect(kinds).toEqual(['ack'])
})

/** A request other than INVITE (RFC 3261 §17.1.2.2) at its first times, each time answered. */
function asksAgain(dialog: Dialog, fromMs: number, status: string, headers: readonly string[] = [], last = 4) {
  const sent = dialog.request(fromMs, 'caller', 'REGISTER', { headers })
  for (const ms of [0, 500, 1500, 3500, 7500, 11_500].slice(0, last)) {
    if (ms > 0) dialog.request(fromMs + ms, 'caller', 'REGISTER', { ...sent, headers })
    dialog.respond(fromMs + ms + 20, sent, status)
  }
}

const CREDENTIALS = ['Authorization: Digest username="a", realm="b", nonce="c", uri="sip:b", response="d"']

test.each([
  [4, []],
  [6, [5]],
])('RFC 3261 §22.1: a way of 4 s, as the credentials show: what then comes again %i times', async (last, repeats) => {
  const trace = new Trace()
  const dialog = new Dialog(trace, { callId: 'slow', caller: CALLER, callee: SERVER })
  asksAgain(dialog, 0, '401 Unauthorized')
  asksAgain(dialog, 4050, '200 OK', CREDENTIALS, last)
  const found = ofUnheard(await judged(trace, {}))
  expect(found.map(({ evidence }) => evidence.repeats)).toEqual(repeats)
})

test('RFC 3261 §12.2.1.1: the tag of a BYE shows that the response was heard, where the ACK goes past the capture', async () => {
  const trace = new Trace()
  const { dialog, invite } = goesOn(trace, { last: 4 })
  dialog.respond(9000, invite, '200 OK')
  dialog.respond(20_020, dialog.request(20_000, 'caller', 'BYE'), '200 OK')
  expect(ofUnheard(await judged(trace, {}))).toEqual([])
})

test('RFC 3263 §4.3: the ACK to another server is about that one', async () => {
  const trace = new Trace()
  goesOn(trace, { last: 5 })
  const callee = { ...SERVER, sip: { address: '198.51.100.21', port: 5060 } }
  const other = new Dialog(trace, { callId: 'unheard', caller: CALLER, callee })
  const invite = other.request(12_000, 'caller', 'INVITE', { number: 101 })
  other.respond(12_020, invite, '200 OK', { toTag: 'other' })
  other.acknowledge(12_040, invite, false, { toTag: 'other' })
  expect(ofUnheard(await judged(trace, {}))).toMatchObject([{ evidence: { destination: SERVER.sip.address } }])
})

test('what goes on besides an INVITE that is told with its 200 is told too', async () => {
  const trace = new Trace()
  const dialog = new Dialog(trace, { callId: 'ok', caller: CALLER, callee: SERVER })
  const invite = dialog.request(0, 'caller', 'INVITE')
  for (const ms of INVITE_MS) {
    if (ms > 0) dialog.request(ms, 'caller', 'INVITE', invite)
    dialog.respond(ms + 20, invite, '200 OK')
  }
  asksAgain(new Dialog(trace, { callId: 'register', caller: CALLER, callee: SERVER }), 40_000, '200 OK')
  const { findings } = await judged(trace, {})
  const told = findings.filter(({ rule }) => rule === 'sip-unanswered')
  expect(told.map(({ kind, evidence }) => [kind, evidence.methods])).toEqual([
    ['ack', undefined],
    ['unheard', ['REGISTER']],
  ])
})
