import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, describe, expect, test } from 'vitest'
import { scan } from '../../../src/scan/scan.ts'
import { Dialog, type Party } from '../../judgement/build/dialog.ts'
import { Trace } from '../../judgement/build/trace.ts'

const FOLDER = mkdtempSync(join(tmpdir(), 'call-refused-'))
afterAll(() => rmSync(FOLDER, { recursive: true }))

const party = (address: string, more: Partial<Party> = {}): Party => ({
  user: '201',
  sip: { address, port: 5060 },
  ...more,
})
const SBC = party('203.0.113.10')
const TRUNK = party('198.51.100.20', { user: '15550100' })

interface Made {
  readonly calls?: number
  readonly headers?: readonly string[]
  readonly startMs?: number
  readonly caller?: Party
  readonly callee?: Party
  /** Of INVITEs that follow one another, the last alone is refused with the status. */
  readonly challenges?: number
}

function call(trace: Trace, status: string, { calls = 5, headers = [], startMs = 0, ...made }: Made = {}): Trace {
  const { caller = SBC, callee = TRUNK, challenges = 0 } = made
  for (let n = 0; n < calls; n++) {
    const dialog = new Dialog(trace, { callId: `${caller.sip.address}-${status}-${startMs}-${n}`, caller, callee })
    const atMs = startMs + n * 3000
    for (let round = 0; round <= challenges; round++) {
      const credentials =
        round === 0
          ? []
          : ['Proxy-Authorization: Digest username="201", realm="r", nonce="n", uri="sip:x", response="0"']
      const invite = dialog.request(atMs + round * 100, 'caller', 'INVITE', { headers: credentials })
      dialog.respond(atMs + round * 100 + 10, invite, '100 Trying')
      const said = round < challenges ? '407 Proxy Authentication Required' : status
      dialog.respond(atMs + round * 100 + 30, invite, said, { headers })
      dialog.acknowledge(atMs + round * 100 + 40, invite, !said.startsWith('2'))
    }
    if (status.startsWith('2')) dialog.end(atMs + 2000)
  }
  return goOn(trace, startMs + calls * 3000)
}

/** What is captured goes on. */
function goOn(trace: Trace, untilMs: number): Trace {
  trace.datagram(untilMs, SBC.sip, TRUNK.sip, Buffer.from('\r\n\r\n'))
  return trace
}

async function found(trace: Trace, only = ['call-refused']) {
  const path = join(FOLDER, 'one.pcap')
  writeFileSync(path, trace.file())
  return (await scan({ captures: [path], findings: { only } })).findings
}

describe('call-refused: which refusals', () => {
  test.each([
    ['400 Bad Request', 'request'],
    ['401 Unauthorized', 'admission'],
    ['403 Forbidden', 'admission'],
    ['407 Proxy Authentication Required', 'admission'],
    ['408 Request Timeout', 'server'],
    ['416 Unsupported URI Scheme', 'request'],
    ['420 Bad Extension', 'request'],
    ['421 Extension Required', 'request'],
    ['422 Session Interval Too Small', 'request'],
    ['481 Call/Transaction Does Not Exist', 'request'],
    ['482 Loop Detected', 'loop'],
    ['483 Too Many Hops', 'loop'],
    ['500 Server Internal Error', 'server'],
    ['502 Bad Gateway', 'server'],
    ['503 Service Unavailable', 'server'],
    ['504 Server Time-out', 'server'],
    ['505 Version Not Supported', 'request'],
    ['513 Message Too Large', 'request'],
  ])('%s: one finding for two hosts (RFC 3261 §21)', async (status, kind) => {
    expect(await found(call(new Trace(), status))).toMatchObject([
      {
        kind,
        severity: 'error',
        evidence: { refusedBy: '198.51.100.20', source: '203.0.113.10', status: Number(status.slice(0, 3)), calls: 5 },
      },
    ])
  })

  test.each(['404 Not Found', '480 Temporarily Unavailable', '486 Busy Here', '484 Address Incomplete', '603 Decline'])(
    '%s is the callee',
    async (status) => expect(await found(call(new Trace(), status))).toEqual([]),
  )

  test('a challenge that is followed by credentials that are taken', async () =>
    expect(await found(call(new Trace(), '200 OK', { challenges: 1 }))).toEqual([]))

  test('a challenge at the end of the capture: nobody knows what the caller sends', async () => {
    const challenged = (): Trace => {
      const trace = new Trace()
      const dialog = new Dialog(trace, { callId: 'end', caller: SBC, callee: TRUNK })
      const invite = dialog.request(0, 'caller', 'INVITE')
      dialog.respond(30, invite, '407 Proxy Authentication Required')
      dialog.acknowledge(40, invite, true)
      return trace
    }
    expect(await found(challenged())).toEqual([])
    expect(await found(goOn(challenged(), 3000))).toHaveLength(1)
  })

  test('a challenge, and a BYE: what is between the two was not captured', async () => {
    const trace = new Trace()
    const dialog = new Dialog(trace, { callId: 'drops', caller: SBC, callee: TRUNK })
    const invite = dialog.request(0, 'caller', 'INVITE')
    dialog.respond(30, invite, '407 Proxy Authentication Required')
    dialog.acknowledge(40, invite, true)
    dialog.end(9000)
    expect(await found(goOn(trace, 20_000))).toEqual([])
  })

  test('408 for a callee that rings is no server that is silent', async () => {
    const trace = new Trace()
    const dialog = new Dialog(trace, { callId: 'rings', caller: SBC, callee: TRUNK })
    const invite = dialog.request(0, 'caller', 'INVITE')
    dialog.respond(200, invite, '180 Ringing')
    dialog.respond(30_000, invite, '408 Request Timeout')
    expect(await found(trace)).toEqual([])
  })

  test.each(['408 Request Timeout', '500 Server Internal Error', '503 Service Unavailable'])(
    '%s to a call that its caller cancelled (RFC 3261 §9.1)',
    async (status) => {
      const trace = new Trace()
      const dialog = new Dialog(trace, { callId: 'cancelled', caller: SBC, callee: TRUNK })
      const invite = dialog.request(0, 'caller', 'INVITE')
      const { number, branch } = invite
      dialog.respond(200, invite, '100 Trying')
      dialog.respond(5010, dialog.request(5000, 'caller', 'CANCEL', { number, branch }), '200 OK')
      dialog.respond(5020, invite, status)
      expect(await found(trace)).toEqual([])
    },
  )

  test.each([
    ['408 Request Timeout', 18],
    ['500 Server Internal Error', 19],
    ['502 Bad Gateway', 27],
    ['503 Service Unavailable', 17],
  ])('%s with Q.850 cause %d is the callee (RFC 3398 §7.2.4.1)', async (status, cause) =>
    expect(await found(call(new Trace(), status, { headers: [`Reason: Q.850;cause=${cause}`] }))).toEqual([]),
  )

  test('503 for incompatible destination is about media', async () => {
    const headers = ['Reason: Q.850;cause=88']
    expect(await found(call(new Trace(), '503 Service Unavailable', { headers }))).toEqual([])
    const others = await found(call(new Trace(), '503 Service Unavailable', { headers: ['Reason: Q.850;cause=41'] }))
    expect(others[0].detail).toContain('Q.850 cause 41')
  })
})

describe('call-refused: what is told', () => {
  test('Warning, and how many were answered between the two: a warning then', async () => {
    const headers = ['Warning: 399 trunk "Not in the list"']
    const trace = call(call(new Trace(), '403 Forbidden', { headers }), '200 OK', { calls: 2, startMs: 20_000 })
    const [one] = await found(trace)
    expect(one).toMatchObject({ severity: 'warning', evidence: { answered: 2, warning: headers[0].slice(9) } })
    expect(one.detail).toContain('198.51.100.20 refuses 5 calls of 203.0.113.10 with 403 (Forbidden).')
    expect(one.detail).toContain('2 other calls between the two were answered.')
  })

  test('credentials that were not sent, and that were not taken (RFC 3261 §22)', async () => {
    const status = '407 Proxy Authentication Required'
    expect((await found(call(new Trace(), status)))[0].detail).toContain('The caller sent none.')
    const [one] = await found(call(new Trace(), status, { challenges: 1 }))
    expect(one.detail).toContain('What the caller sent was not taken')
    expect(one.evidence).toMatchObject({ calls: 5, withCredentials: 5 })
  })

  test('a PBX with a wrong password is no scanner, however many it calls', async () => {
    const trace = new Trace()
    for (let n = 0; n < 30; n++) {
      const callee = party('198.51.100.20', { user: `${15550100 + n}` })
      call(trace, '407 Proxy Authentication Required', { calls: 1, challenges: 1, callee, startMs: n * 1000 })
    }
    expect(await found(trace, ['call-refused', 'sip-scanner'])).toMatchObject([
      { rule: 'call-refused', severity: 'error', evidence: { calls: 30, withCredentials: 30 } },
    ])
  })

  test('a few that are not admitted may be a stranger’s', async () => {
    expect(await found(call(new Trace(), '403 Forbidden', { calls: 3 }))).toMatchObject([{ severity: 'warning' }])
    expect(await found(call(new Trace(), '420 Bad Extension', { calls: 1 }))).toMatchObject([{ severity: 'error' }])
  })

  test('a server out of order, while another takes the calls: a warning', async () => {
    const other = party('198.51.100.30', { user: '15550100' })
    const trace = call(new Trace(), '503 Service Unavailable')
    expect(await found(call(trace, '200 OK', { callee: other, startMs: 100 }))).toMatchObject([{ severity: 'warning' }])
  })

  test('where it came from: proxies pass it on (RFC 3261 §16.7)', async () => {
    const trace = new Trace()
    const proxy = '192.0.2.1'
    for (const [status, atMs, from, to, vias] of [
      ['INVITE', 0, SBC.sip.address, proxy, 1],
      ['INVITE', 10, proxy, TRUNK.sip.address, 2],
      ['503', 30, TRUNK.sip.address, proxy, 2],
      ['503', 40, proxy, SBC.sip.address, 1],
    ] as const) {
      const via = ['b', 'a'].slice(2 - vias).map((branch) => `Via: SIP/2.0/UDP 192.0.2.9;branch=z9hG4bK${branch}`)
      const lines = [
        status === 'INVITE' ? 'INVITE sip:1@x.example SIP/2.0' : 'SIP/2.0 503 Service Unavailable',
        ...via,
        'From: <sip:2@x.example>;tag=1',
        `To: <sip:1@x.example>${status === 'INVITE' ? '' : ';tag=2'}`,
        'Call-ID: hops',
        'CSeq: 1 INVITE',
        'Content-Length: 0',
      ]
      const end = (address: string) => ({ address, port: 5060 })
      trace.sip(atMs, 'udp', end(from), end(to), `${lines.join('\r\n')}\r\n\r\n`)
    }
    expect(await found(trace)).toMatchObject([{ evidence: { refusedBy: '198.51.100.20', source: proxy, calls: 1 } }])
  })

  describe('a B2BUA', () => {
    const sessionId = { caller: 'a'.repeat(32), callee: 'b'.repeat(32) }
    const b2bua = party('192.0.2.1', { user: '15550100' })
    /** @param onward what the second leg gets, before the first is refused */
    const through = (onward: string): Trace => {
      const trace = new Trace()
      const first = new Dialog(trace, { callId: 'first', caller: SBC, callee: b2bua, sessionId })
      const second = new Dialog(trace, {
        callId: 'second',
        caller: { ...b2bua, user: '201' },
        callee: TRUNK,
        sessionId,
      })
      const invite = first.request(0, 'caller', 'INVITE')
      const other = second.request(20, 'caller', 'INVITE')
      second.respond(1000, other, onward)
      second.acknowledge(1010, other, !onward.startsWith('2'))
      first.respond(1030, invite, '500 Server Internal Error')
      first.acknowledge(1040, invite, true)
      if (onward.startsWith('2')) second.end(1060)
      return trace
    }

    test('passes on what it was refused with', async () =>
      expect(await found(through('503 Service Unavailable'))).toMatchObject([
        { evidence: { refusedBy: TRUNK.sip.address, source: b2bua.sip.address, status: 503 } },
      ]))

    test('refuses by itself where its own call was answered', async () =>
      expect(await found(through('200 OK'))).toMatchObject([
        { evidence: { refusedBy: b2bua.sip.address, source: SBC.sip.address, status: 500 } },
      ]))
  })

  test('a scanner', async () => {
    const caller = party('192.0.2.66', { agent: 'friendly-scanner' })
    expect(await found(call(new Trace(), '403 Forbidden', { caller }))).toEqual([])
  })

  test('more than fifty are summed up', async () => {
    const trace = new Trace()
    for (let n = 1; n <= 60; n++)
      call(trace, '420 Bad Extension', { calls: 1, caller: party(`203.0.113.${n}`), startMs: n * 1000 })
    const findings = await found(trace)
    expect(findings).toHaveLength(51)
    expect(findings.find(({ evidence }) => evidence.more === 10)).toMatchObject({ severity: 'error' })
  })
})

describe('strangers at a public address', () => {
  const stranger = party('192.0.2.66', { user: '900' })
  const customer = party('192.0.2.7')
  const refused = (trace: Trace, status = '401 Unauthorized', challenges = 0) =>
    call(trace, status, { calls: 10, startMs: 60_000, caller: stranger, callee: TRUNK, challenges })

  test('who has no credentials, and of whom nobody wants anything, is a warning that says so', async () => {
    for (const status of ['401 Unauthorized', '403 Forbidden']) {
      const [one, ...others] = await found(refused(call(new Trace(), '200 OK', { caller: customer }), status))
      expect(others).toEqual([])
      expect(one).toMatchObject({ kind: 'admission', severity: 'warning', evidence: { source: '192.0.2.66' } })
      expect(one.detail).toContain('a stranger, whom it is right to refuse')
    }
  })

  test('not who gives credentials, is called or asked itself, or is the only one', async () => {
    const others = () => call(new Trace(), '200 OK', { caller: customer })
    const called = call(others(), '480 Temporarily Unavailable', {
      calls: 1,
      startMs: 30_000,
      caller: TRUNK,
      callee: stranger,
    })
    for (const trace of [refused(others(), '403 Forbidden', 1), refused(called), refused(new Trace())])
      expect(await found(trace)).toMatchObject([{ severity: 'error' }])
  })

  test('what is no admission is an error as before', async () => {
    const trace = refused(call(new Trace(), '200 OK', { caller: customer }), '503 Service Unavailable')
    expect(await found(trace)).toMatchObject([{ kind: 'server', severity: 'error' }])
  })
})
