import { describe, expect, test } from 'vitest'
import type { AnalysedCall, Analysis } from '../../../src/model/analysis.ts'
import type { AnalysedTls } from '../../../src/model/tls-facts.ts'
import type { Policy } from '../../../src/policy/policy.ts'
import { DEFAULT_POLICY } from '../../../src/policy/policy.ts'
import { sipUnanswered } from '../../../src/rules/signalling/sip-unanswered.ts'
import { type Said, Watched } from '../../sip/watch/watched.ts'
import { traceOf } from '../media-trace.ts'

type Request = Said & { readonly start: string }

const PBX = '192.0.2.1'
const TRUNK = '192.0.2.9'
const PHONE = '192.0.2.50'

/** Timer A (RFC 3261 §17.1.1.2), and timer E, which a 2xx to INVITE follows too (§17.1.2.2, §13.3.1.4). */
const INVITE_TIMES = [0, 0.5, 1.5, 3.5, 7.5, 15.5, 31.5]
const OTHER_TIMES = [0, 0.5, 1.5, 3.5, 7.5, 11.5, 15.5, 19.5, 23.5, 27.5, 31.5]
const LONG = 1000
const ANOMALY = { layer: 'net' as const, frames: [] }
const CALL = { callId: 'c', paths: [] as AnalysedCall['paths'] } as AnalysedCall

const invite = (more: Partial<Said> = {}): Request =>
  ({ from: PBX, to: TRUNK, start: 'INVITE', callId: 'c', ...more }) as Request
const options = (more: Partial<Said> = {}): Request =>
  ({ from: PBX, to: TRUNK, start: 'OPTIONS', callId: 'o', ...more }) as Request

function sent(watched: Watched, said: Said, times: readonly number[], fromSecond = 0): Watched {
  for (const time of times) watched.say({ ...said, seconds: fromSecond + time })
  return watched
}

/** The trunk is there, and is heard. */
const alive = (watched = new Watched(), seconds = 0) =>
  watched.exchange(options({ callId: `alive${seconds}`, seconds }), 200)

const find = (watched: Watched, endSecond = LONG, facts: Partial<Analysis> = {}, policy: Policy = DEFAULT_POLICY) =>
  sipUnanswered.find(
    traceOf({ calls: [CALL], signalling: watched.watch.facts(() => endSecond * 1e6), ...facts }),
    policy,
  )

describe('sip-unanswered: requests', () => {
  test('an INVITE that is sent seven times (RFC 3261 §17.1.1.2) loses its call', () => {
    const [found, ...more] = find(sent(alive(), invite(), INVITE_TIMES))
    expect(more).toEqual([])
    expect(found).toMatchObject({ kind: 'invite', severity: 'error', callId: 'c' })
    expect(found.detail).toBe(
      '192.0.2.9:5060 did not answer the INVITE of 192.0.2.1 over UDP, sent 7 times within 31.5 s. The last message of ' +
        '192.0.2.9 to 192.0.2.1 is of 00:00:00.000 UTC, frame 2; it has been silent since. Nobody else answered the call.',
    )
    expect(found.frames).toEqual([3, 9])
  })

  test.each<[string, Request, string]>([
    ['OPTIONS', options(), 'options'],
    ['REGISTER', options({ start: 'REGISTER' }), 'register'],
    ['BYE', invite({ start: 'BYE', toTag: 'b' }), 'bye'],
    ['a re-INVITE', invite({ start: 'INVITE', toTag: 'b' }), 'in-dialog'],
    ['UPDATE', invite({ start: 'UPDATE', toTag: 'b' }), 'in-dialog'],
    ['SUBSCRIBE', options({ start: 'SUBSCRIBE' }), 'other'],
    ['NOTIFY of a subscription', options({ start: 'NOTIFY', toTag: 'b' }), 'other'],
  ])('%s is a warning of its own kind', (_, request, kind) => {
    expect(find(sent(alive(), request, OTHER_TIMES))).toMatchObject([{ kind, severity: 'warning' }])
  })

  test('what a method is called that nobody knows is not repeated', () => {
    const [found] = find(sent(alive(), options({ start: 'ALICE' }), OTHER_TIMES))
    expect(JSON.stringify(found)).not.toContain('ALICE')
    const [unheard] = find(
      sent(alive().exchange(options({ start: 'ALICE' }), 200), options({ start: 'ALICE' }), OTHER_TIMES, 1),
    )
    expect(unheard).toMatchObject({ kind: 'unheard', callId: undefined })
    expect(unheard.detail).toContain('answers the request of 192.0.2.1')
    expect(JSON.stringify(unheard)).not.toContain('ALICE')
  })

  test.each([100, 180, 200, 401, 486, 503])('%i is an answer', (status) => {
    const watched = sent(alive(), invite(), [0, 0.5, 1.5])
    watched.say({ ...invite(), from: TRUNK, to: PBX, method: 'INVITE', start: status, seconds: 1.6 })
    expect(find(watched)).toEqual([])
  })

  test.each<[string, Partial<Said>]>([
    ['from another address (RFC 3261 §18.2.2)', { from: '198.51.100.7:5080' }],
    ['to another port', { to: `${PBX}:6060` }],
    ['with a branch that nobody sent', { branch: 'z9hG4bKrewritten' }],
    ['over another transport', { transport: 'tcp' }],
    ['very late', { seconds: 100 }],
  ])('so is one %s', (_, more) => {
    const watched = sent(alive(), invite(), INVITE_TIMES)
    watched.say({ ...invite(), from: TRUNK, to: PBX, method: 'INVITE', start: 100, seconds: 32, ...more })
    expect(find(watched)).toEqual([])
  })

  test('one that stands before its request in the file is one', () => {
    const watched = alive().say({ ...invite(), from: TRUNK, to: PBX, method: 'INVITE', start: 100, seconds: 1 })
    expect(find(sent(watched, invite(), INVITE_TIMES.slice(0, 3), 1))).toEqual([])
    // Who goes on for long does not get it.
    expect(find(sent(watched, invite(), INVITE_TIMES.slice(3), 1)).map(({ kind }) => kind)).toEqual(['unheard'])
  })

  test.each<[string, Partial<Said>]>([
    ['its ACK (§13.2.2.4)', { start: 'ACK', toTag: 'b', branch: 'z9hG4bKack' }],
    ['a To tag (§12.1.2)', { start: 'BYE', toTag: 'b', cseq: 2 }],
    ['credentials (§22.1)', { cseq: 2, headers: ['Authorization: Digest username="a", nonce="n", response="r"'] }],
  ])('an answer that is not in the trace shows by %s', (_, more) => {
    const watched = sent(alive(), invite(), INVITE_TIMES)
    const [first, ...others] = find(watched.say({ ...invite(), seconds: 32, ...more } as Said))
    expect([first, ...others].filter((one) => one?.kind === 'invite')).toEqual([])
  })

  test('a trace that ends before anybody gave up says nothing', () => {
    expect(find(sent(alive(), invite(), [0, 0.5, 1.5, 3.5]), 7)).toEqual([])
    expect(find(sent(alive(), invite({ transport: 'tcp' }), [0]), 31)).toEqual([])
    expect(find(sent(alive(), invite({ transport: 'tcp' }), [0]), 33)).toHaveLength(1)
  })

  test('a sender that gave up sooner than after 32 s', () => {
    expect(find(sent(alive(), invite(), [0, 0.5, 1.5, 3.5]), 9)).toHaveLength(1)
    // Timers are not exact.
    expect(find(sent(alive(), invite(), [0, 0.4999, 1.4999, 3.4999]), 9)).toHaveLength(1)
    const cancelled = sent(alive(), invite({ transport: 'tcp' }), [0])
    cancelled.say(invite({ start: 'CANCEL', branch: 'z9hG4bKc1INVITE', seconds: 10, transport: 'tcp' }))
    expect(find(cancelled, 10)).toMatchObject([{ kind: 'invite' }])
  })

  test('of a datagram or two nothing is concluded', () => {
    expect(find(sent(alive(), options(), [0]))).toEqual([])
    expect(find(sent(alive(), options(), [0, 0.5]))).toEqual([])
    // Copies of one datagram, as two taps write them.
    expect(find(sent(alive(), options(), [0, 0.001, 0.002, 0.5, 0.501]))).toEqual([])
  })

  test('keep-alives that are never repeated: a peer that has gone silent, and a few that were lost', () => {
    const gone = alive()
    const lossy = new Watched()
    for (let n = 1; n <= 20; n++) {
      gone.say(options({ callId: `n${n}`, seconds: 60 * n }))
      if (n % 5 === 0) lossy.say(options({ callId: `n${n}`, seconds: 60 * n }))
      else lossy.exchange(options({ callId: `n${n}`, seconds: 60 * n }), 200)
    }
    alive(lossy, 1260)
    expect(find(gone, 1300)).toMatchObject([{ kind: 'options', evidence: { requests: 20 } }])
    expect(find(lossy, 1300)).toEqual([])
  })

  test('many to one peer are one finding, those that are all of one Call-ID too', () => {
    for (const callIdOf of [(n: number) => `n${n}`, () => 'same']) {
      const watched = alive()
      for (let n = 1; n <= 30; n++) sent(watched, options({ callId: callIdOf(n), cseq: n }), OTHER_TIMES, 60 * n)
      expect(find(watched, 1900)).toMatchObject([{ kind: 'options', evidence: { requests: 30, transmissions: 330 } }])
    }
  })

  test('peers of one host beyond a few are one finding too', () => {
    const watched = new Watched()
    for (let n = 1; n <= 12; n++) sent(watched, invite({ to: `198.51.100.${n}`, callId: `n${n}` }), INVITE_TIMES)
    const found = find(watched.exchange(options({ from: PHONE, to: PBX }), 200))
    expect(found).toMatchObject([{ severity: 'error', evidence: { requests: 12, lostCalls: 12 } }])
  })

  test('a peer of which nothing is in the capture: what is sent once proves nothing by itself', () => {
    const [once] = find(sent(new Watched(), invite({ transport: 'tls' }), [0]))
    expect(once).toMatchObject({ severity: 'warning' })
    expect(once.detail).toBe(
      'No answer of 192.0.2.9:5060 to the INVITE of 192.0.2.1 is seen over TLS. The capture has no SIP message of 192.0.2.9 to 192.0.2.1: a capture of one direction looks the same.',
    )
    const [asked] = find(sent(new Watched(), options(), [0, 30, 60, 90, 120, 150, 180]))
    expect(asked.detail).toContain('No answer of 192.0.2.9:5060 to the OPTIONS of 192.0.2.1 is seen')
    // Who was answered does not go on at T1 back-off.
    const [often] = find(sent(new Watched(), invite(), INVITE_TIMES))
    expect(often).toMatchObject({ severity: 'error' })
    expect(often.detail).toContain('The capture has no SIP message of 192.0.2.9 to 192.0.2.1.')
  })
})

describe('sip-unanswered: a call that was answered under another Call-ID', () => {
  const FROM = 'sip:alice@example.com'
  const other = (
    seconds: number,
    more: { readonly from?: string; readonly to?: string; readonly host?: string } = {},
  ) =>
    ({
      callId: 'other',
      startUs: seconds * 1e6,
      answerUs: (seconds + 5) * 1e6,
      paths: [{ source: { address: more.host ?? PBX, port: 5060 } }],
      report: { from: more.from ?? FROM, to: more.to ?? 'sip:bob@192.0.2.10' },
    }) as unknown as AnalysedCall
  const severities = (one: AnalysedCall) =>
    find(sent(alive(), invite(), INVITE_TIMES.slice(0, 4), 10), LONG, { calls: [CALL, one] }).map(
      ({ severity, detail }) => [severity, detail.includes('Nobody else')],
    )

  test('the same callee next, or any at the same moment: it is not lost', () => {
    expect(severities(other(14))).toEqual([['warning', false]])
    expect(severities(other(10.1, { to: 'sip:carol@192.0.2.51' }))).toEqual([['warning', false]])
  })

  test.each([
    ['of another callee, later', other(14, { to: 'sip:carol@192.0.2.51' })],
    ['of another caller', other(14, { from: 'sip:carol@example.com' })],
    ['of nobody who is named', other(14, { from: 'sip:anonymous@anonymous.invalid' })],
    ['of another host', other(14, { host: PHONE })],
    ['before it', other(9)],
    ['long after it', other(30)],
    ['that was not answered', { ...other(14), answerUs: undefined }],
  ])('one %s says nothing', (_, one) => {
    expect(severities(one)).toEqual([['error', true]])
  })
})

test('sip-unanswered: many pairs of hosts that are heard one way are one finding', () => {
  const watched = new Watched()
  for (let n = 1; n <= 9; n++) {
    for (let time = 0; time < 5; time++) {
      watched.say(options({ from: `192.0.2.${100 + n}`, to: TRUNK, callId: `n${n}-${time}`, seconds: 30 * time }))
    }
  }
  expect(find(watched)).toMatchObject([{ severity: 'warning', evidence: { hosts: [TRUNK], requests: 45 } }])
})

test('sip-unanswered: a flood of strangers is none, however many there are; many sources with one silent peer each are summed up', () => {
  const flood = new Watched().exchange(options({ from: PHONE, callId: 'p' }), 200)
  for (let n = 0; n < 2500; n++) {
    flood.say(options({ from: `10.${n >> 8}.${n & 255}.1`, callId: `n${n}`, seconds: n / 1000 }))
  }
  expect(find(flood)).toEqual([])
  // Nor do they take the room of who is a peer.
  expect(find(sent(alive(flood, 10), invite(), INVITE_TIMES, 20))).toMatchObject([{ kind: 'invite' }])
  const many = new Watched()
  for (let n = 0; n < 60; n++) {
    const pair = { from: `10.1.${n}.1`, to: `10.2.${n}.1` }
    sent(many, options({ ...pair, callId: `n${n}` }), OTHER_TIMES, n)
  }
  expect(find(many).map(({ evidence }) => evidence.more)).toEqual([...Array(50).fill(undefined), 10])
})

test('sip-unanswered: a peer that was answered without a trace of it is captured in one direction', () => {
  const watched = new Watched()
  for (let n = 1; n <= 5; n++) {
    watched.say(invite({ callId: `n${n}`, seconds: 60 * n }))
    watched.say(invite({ start: 'ACK', toTag: 'b', branch: 'z9hG4bKa', callId: `n${n}`, seconds: 60 * n + 2 }))
    watched.say(invite({ start: 'BYE', toTag: 'b', cseq: 2, callId: `n${n}`, seconds: 60 * n + 9 }))
  }
  expect(find(watched)).toEqual([])
})

test('sip-unanswered: what is said of one call is said where that is', () => {
  const watched = sent(alive(), invite(), INVITE_TIMES)
  expect(find(watched, LONG, { calls: [] })).toEqual([])
  expect(find(sent(watched, invite({ callId: 'd' }), INVITE_TIMES, 60), LONG, { calls: [] })).toHaveLength(1)
})

describe('sip-unanswered: hops', () => {
  const B = { from: TRUNK, branch: 'z9hG4bKproxy', before: 'z9hG4bKc1INVITE' }
  const answer = (request: Request, start: number, seconds: number): Said => ({
    ...request,
    from: request.to,
    to: request.from,
    method: 'INVITE',
    start,
    seconds,
  })

  test('a proxy that has its own time-out told is answered for; the gateway behind it is not', () => {
    const watched = alive(new Watched().exchange(options({ from: TRUNK, to: PHONE, callId: 'p' }), 200))
    const next = invite({ ...B, to: PHONE })
    watched.say(invite({ seconds: 1 })).say(answer(invite(), 100, 1.001))
    sent(watched, next, INVITE_TIMES, 1.002)
    watched.say(answer(invite(), 408, 33.1))
    expect(find(watched)).toMatchObject([
      { kind: 'invite', severity: 'error', evidence: { source: TRUNK, destination: `${PHONE}:5060` } },
    ])
  })

  test('what was answered behind a proxy was answered, though the last hop is not in the trace', () => {
    const watched = alive()
    const next = invite({ ...B, to: PHONE })
    sent(watched, invite(), INVITE_TIMES, 1)
    watched.say({ ...next, seconds: 1.01 }).say(answer(next, 200, 1.5))
    expect(find(watched)).toEqual([])
  })

  test('a stateless proxy is not blamed for whom it asks (RFC 3261 §16.11)', () => {
    const watched = alive(new Watched().exchange(options({ from: TRUNK, to: PHONE, callId: 'p' }), 200))
    for (const time of INVITE_TIMES) {
      watched.say(invite({ seconds: time })).say(invite({ ...B, to: PHONE, seconds: time + 0.001 }))
    }
    expect(find(watched).map(({ evidence }) => evidence.destination)).toEqual([`${PHONE}:5060`])
  })

  test.each(['192.0.2.10', `${TRUNK}:5070`])('a gateway that is silent while %s takes the call: a warning', (to) => {
    const watched = alive()
    const spare = invite({ to, branch: 'z9hG4bKspare' })
    sent(watched, invite(), INVITE_TIMES.slice(0, 4))
    watched
      .say({ ...spare, seconds: 8 })
      .say(answer(spare, 100, 8.1))
      .say(answer(spare, 200, 10))
    watched.say({ ...spare, start: 'ACK', branch: 'z9hG4bKa', toTag: 'b', seconds: 10.1 })
    expect(find(watched)).toMatchObject([
      { severity: 'warning', evidence: { destination: `${TRUNK}:5060`, lostCalls: 0 } },
    ])
  })

  test('the same branch at another point of the hop, behind a NAT, is one request', () => {
    const watched = alive().exchange(options({ from: '10.0.0.5', callId: 'inside' }), 200)
    for (const time of INVITE_TIMES) {
      watched.say(invite({ from: '10.0.0.5', seconds: time })).say(invite({ from: PBX, seconds: time + 0.001 }))
    }
    expect(find(watched).map(({ evidence }) => evidence.requests)).toEqual([1])
    watched.say({ ...invite(), from: TRUNK, to: PBX, method: 'INVITE', start: 100, seconds: 32 })
    expect(find(watched)).toEqual([])
  })
})

describe('sip-unanswered: what the capture does not show, and who is no peer', () => {
  const silent = () => sent(alive(), invite(), INVITE_TIMES)

  test('fragments that were lost may have been the answers', () => {
    const lost = (count: number) => ({ anomalies: [{ ...ANOMALY, reason: 'fragments-incomplete', count }] })
    expect(find(silent(), LONG, lost(7))).toEqual([])
    expect(find(silent(), LONG, lost(2))).toHaveLength(1)
  })

  test('so may what could not be read', () => {
    const endpoints = { source: { address: TRUNK, port: 5060 }, destination: { address: PBX, port: 5060 } }
    const at = { position: 90, capture: 0, frame: 91, timeUs: 20e6 }
    for (const [unread, count] of [
      ['udp', 0],
      ['tcp', 1],
    ] as const) {
      const watched = silent()
      watched.watch.unread({ ...endpoints, transport: unread, at })
      expect(find(watched)).toHaveLength(count)
    }
  })

  test('so may what TLS seals, or lost', () => {
    const ends = { client: { address: PBX, port: 40_000 }, server: { address: TRUNK, port: 5061 } }
    const tls = (of: Partial<AnalysedTls>) => ({
      tls: [{ ...ends, lost: false, spoke: ['server'], ...of } as AnalysedTls],
    })
    const watched = sent(alive(), invite({ transport: 'tls' }), [1])
    expect(find(watched, LONG, tls({ read: true }))).toHaveLength(1)
    expect(find(watched, LONG, tls({}))).toEqual([])
    expect(find(watched, LONG, tls({ read: true, lost: true }))).toEqual([])
    expect(find(silent(), LONG, tls({}))).toHaveLength(1)
  })

  test('a stranger whom a server does not answer, which speaks with others', () => {
    const watched = new Watched().exchange(options({ from: PHONE, callId: 'p' }), 200)
    expect(find(sent(watched, invite({ from: '203.0.113.66' }), INVITE_TIMES))).toEqual([])
  })

  test('a scanner that says its name', () => {
    const headers = ['User-Agent: friendly-scanner']
    expect(find(sent(new Watched(), invite({ headers }), INVITE_TIMES))).toEqual([])
  })

  test('a sweep', () => {
    const watched = new Watched().exchange(options({ to: '198.51.100.7', callId: 'x' }), 200)
    for (let n = 20; n < 60; n++) sent(watched, options({ to: `198.51.100.${n}`, callId: `n${n}` }), OTHER_TIMES)
    expect(find(watched)).toEqual([])
  })

  test('strangers that a policy wants to be dropped in silence', () => {
    const policy = {
      ...DEFAULT_POLICY,
      strangersDropped: true,
      networks: { signalling: ['198.51.100.0/24'] },
    } as Policy
    expect(find(silent(), LONG, {}, policy)).toEqual([])
  })
})

describe('sip-unanswered: responses that are not acknowledged', () => {
  const ok: Said = { from: TRUNK, to: PBX, method: 'INVITE', start: 200, callId: 'c' }
  const ack = (seconds: number): Said => invite({ start: 'ACK', toTag: 'b', branch: `z9hG4bKack${seconds}`, seconds })
  const bye = (from: string, to: string, seconds: number, tags: Partial<Said> = {}): Said =>
    invite({ from, to, start: 'BYE', fromTag: 'b', toTag: 'a', seconds, ...tags })
  const answered = (times: readonly number[]) => sent(new Watched().say(invite({ seconds: 0 })), ok, times, 1)

  test('a 200 that is repeated until its sender gives up (RFC 3261 §13.3.1.4)', () => {
    const watched = answered(OTHER_TIMES).exchange(bye(TRUNK, PBX, 33) as Request, 200)
    const [found, ...more] = find(watched)
    expect(more).toEqual([])
    expect(found).toMatchObject({ kind: 'ack', severity: 'error', callId: 'c', evidence: { repeats: 10, acks: 0 } })
    expect(found.detail).toBe(
      'The 200 to INVITE from 192.0.2.9 to 192.0.2.1 came again 10 times within 31.5 s; no ACK is in the capture from the ' +
        'first repetition on. Who answered gave the call up then, by the BYE of frame 13.',
    )
  })

  test('though ACKs are there: they do not arrive', () => {
    const watched = new Watched().say(invite({ seconds: 0 }))
    for (const time of OTHER_TIMES) watched.say({ ...ok, seconds: 1 + time }).say(ack(1.1 + time))
    const [found] = find(watched.exchange(bye(TRUNK, PBX, 33) as Request, 200))
    expect(found).toMatchObject({ kind: 'ack', severity: 'error', evidence: { acks: 10 } })
    expect(found.detail).toContain('though 10 ACKs are in the capture, from frame 5 on')
  })

  test('a private Contact is named', () => {
    const contacts = (address: string) =>
      find(sent(new Watched().say(invite({ seconds: 0 })), { ...ok, contact: `sip:bob@${address}` }, OTHER_TIMES, 1))
    expect(contacts('192.168.1.5')[0].detail).toContain(
      ' Its Contact gives 192.168.1.5, a private address: without Record-Route the ACK goes there.',
    )
    expect(contacts(TRUNK)[0].detail).not.toContain('Contact')
  })

  test('INVITEs that come again show that the 200 itself may not arrive', () => {
    const watched = new Watched().say(invite({ seconds: 0 }))
    for (const time of OTHER_TIMES) watched.say({ ...ok, seconds: 1 + time }).say(invite({ seconds: 1.2 + time }))
    expect(find(watched)[0].detail).toContain(' The INVITE came again too')
  })

  test('a few repetitions and a late ACK are no fault', () => {
    expect(find(answered([0, 0.5, 1.5]).say(ack(3)))).toEqual([])
    expect(find(answered([0, 0.5, 1.5, 3.5, 7.5]).say(ack(9)))).toEqual([])
  })

  test('nor an ACK that takes a way past the capture: the 200 ends', () => {
    expect(find(answered([0, 0.5, 1.5, 3.5, 7.5]))).toEqual([])
    expect(find(answered([0]))).toEqual([])
  })

  test('a trace that ends meanwhile, and a caller that hangs up first: warnings', () => {
    expect(find(answered([0, 0.5, 1.5, 3.5, 7.5, 11.5]), 14)).toMatchObject([{ kind: 'ack', severity: 'warning' }])
    const hungUp = answered([0, 0.5, 1.5, 3.5, 7.5, 11.5]).exchange(
      bye(PBX, TRUNK, 13, { fromTag: 'a', toTag: 'b', cseq: 2 }) as Request,
      200,
    )
    expect(find(hungUp)).toMatchObject([{ kind: 'ack', severity: 'warning' }])
  })

  test('each branch of a fork has its own ACK; on several hops it is one', () => {
    const watched = answered(OTHER_TIMES)
    sent(watched, { ...ok, toTag: 'other' }, [0, 0.5], 40)
    sent(watched, { ...ok, from: PBX, to: PHONE }, OTHER_TIMES, 40)
    expect(find(watched).map(({ evidence }) => evidence.responses)).toEqual([1])
  })

  test('copies of a 200, captured twice, are no repetitions', () => {
    expect(find(answered([0, 0.001, 0.002, 0.003, 0.004, 0.005]), 2)).toEqual([])
  })

  test('many calls of one pair of hosts are one finding', () => {
    const watched = new Watched()
    for (let n = 0; n < 30; n++) {
      const callId = `c${n}`
      watched.say(invite({ callId, seconds: n }))
      sent(watched, { ...ok, callId }, OTHER_TIMES, n)
    }
    expect(find(watched)).toMatchObject([{ evidence: { responses: 30, lostCalls: 30 } }])
  })

  test('a reliable 183 without PRACK (RFC 3262 §3)', () => {
    const ringing: Said = { ...ok, start: 183, headers: ['Require: 100rel', 'RSeq: 7'] }
    const failed: Said = { ...ok, start: 504 }
    const watched = sent(new Watched().say(invite({ seconds: 0 })), ringing, INVITE_TIMES, 1).say({
      ...failed,
      seconds: 33,
    })
    expect(find(watched)).toMatchObject([{ kind: 'prack', severity: 'error', evidence: { pracks: 0 } }])
    const late = sent(new Watched().say(invite({ seconds: 0 })), ringing, [0, 0.5, 1.5], 1)
    late.exchange(invite({ start: 'PRACK', toTag: 'b', cseq: 2, headers: ['RAck: 7 1 INVITE'], seconds: 3 }), 200)
    expect(find(late)).toEqual([])
  })

  test('a 180 that is not reliable may come as often as it likes', () => {
    expect(find(sent(new Watched().say(invite({ seconds: 0 })), { ...ok, start: 180 }, OTHER_TIMES, 1))).toEqual([])
  })
})
