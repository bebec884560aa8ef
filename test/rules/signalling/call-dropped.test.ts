import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, describe, expect, test } from 'vitest'
import { scan } from '../../../src/scan/scan.ts'
import { Dialog, type Party } from '../../judgement/build/dialog.ts'
import { Trace } from '../../judgement/build/trace.ts'

const FOLDER = mkdtempSync(join(tmpdir(), 'call-dropped-'))
afterAll(() => rmSync(FOLDER, { recursive: true }))

const SBC: Party = { user: '201', sip: { address: '203.0.113.10', port: 5060 } }
const PROXY = { address: '203.0.113.1', port: 5060 }
const TRUNK: Party = { user: '15550100', sip: { address: '198.51.100.20', port: 5060 } }

/** What the trunk sends takes another way. */
class OneDirection extends Trace {
  override sip(...[atMs, transport, source, ...rest]: Parameters<Trace['sip']>): void {
    if (source !== TRUNK.sip) super.sip(atMs, transport, source, ...rest)
  }
}

/** A call that was answered, and what its 200 says of the session timer. */
function answered(sessionExpires?: string, trace = new Trace()): { trace: Trace; dialog: Dialog } {
  const dialog = new Dialog(trace, { callId: 'one', caller: SBC, callee: TRUNK })
  const invite = dialog.request(0, 'caller', 'INVITE')
  const headers = sessionExpires === undefined ? [] : [`Session-Expires: ${sessionExpires}`]
  dialog.respond(1000, invite, '200 OK', { headers })
  dialog.acknowledge(1010, invite)
  return { trace, dialog }
}

/** The same through a proxy. */
function twoHops(sessionExpires?: string): { trace: Trace; hops: readonly Dialog[] } {
  const trace = new Trace()
  const proxy: Party = { user: 'proxy', sip: PROXY }
  const hops = [
    new Dialog(trace, { callId: 'one', caller: SBC, callee: proxy }),
    new Dialog(trace, { callId: 'one', caller: proxy, callee: TRUNK }),
  ]
  const invites = hops.map((hop, n) => hop.request(n, 'caller', 'INVITE'))
  const headers = sessionExpires === undefined ? [] : [`Session-Expires: ${sessionExpires}`]
  for (const n of [1, 0]) hops[n].respond(1001 - n, invites[n], '200 OK', { headers })
  for (const [n, hop] of hops.entries()) hop.acknowledge(1010 + n, invites[n])
  return { trace, hops }
}

async function found(trace: Trace) {
  const path = join(FOLDER, 'one.pcap')
  writeFileSync(path, trace.file())
  return (await scan({ captures: [path], findings: { only: ['call-dropped'] } })).findings
}

/** A re-INVITE of the callee, and the BYE behind it. */
function refused(
  status: string,
  byeAfterMs: number | undefined,
  by: 'caller' | 'callee' = 'callee',
  method = 'INVITE',
) {
  const { trace, dialog } = answered()
  const request = dialog.request(900_000, 'callee', method)
  dialog.respond(900_030, request, status)
  if (method === 'INVITE') dialog.acknowledge(900_040, request, true)
  if (byeAfterMs !== undefined) dialog.end(900_030 + byeAfterMs, by)
  return trace
}

describe('a request within the call that is refused', () => {
  test('481: the other side has lost the call, with a BYE and without', async () => {
    const [one] = await found(refused('481 Call/Transaction Does Not Exist', 20))
    expect(one).toMatchObject({ kind: 'refused', severity: 'error', callId: 'one', frames: [5, 7] })
    expect(one.detail).toBe(
      '203.0.113.10 refuses the INVITE of 198.51.100.20 within the call with 481 (Call/Transaction Does Not Exist): it does not know the call any more. ' +
        '198.51.100.20 ends the call at once. It had lasted for 899 s.',
    )
    expect(await found(refused('481 Call/Transaction Does Not Exist', undefined, 'callee', 'UPDATE'))).toHaveLength(1)
  })

  test('408, and a BYE within half a minute', async () => {
    expect(await found(refused('408 Request Timeout', 30_000))).toMatchObject([{ severity: 'error' }])
    expect(await found(refused('408 Request Timeout', 60_000))).toEqual([])
  })

  test('another refusal is told where the BYE follows at once, as a warning', async () => {
    for (const status of ['405 Method Not Allowed', '488 Not Acceptable Here', '500 Server Internal Error'])
      expect(await found(refused(status, 100))).toMatchObject([{ kind: 'refused', severity: 'warning' }])
    expect(await found(refused('488 Not Acceptable Here', 10_000))).toEqual([])
    expect(await found(refused('488 Not Acceptable Here', undefined))).toEqual([])
    expect(await found(refused('488 Not Acceptable Here', 100, 'caller'))).toEqual([])
  })

  test('and sent again with success', async () => {
    for (const status of [
      '407 Proxy Authentication Required',
      '491 Request Pending',
      '422 Session Interval Too Small',
    ]) {
      const { trace, dialog } = answered()
      const request = dialog.request(900_000, 'callee', 'INVITE')
      dialog.respond(900_030, request, status)
      dialog.acknowledge(900_040, request, true)
      dialog.renegotiate(900_100, 'callee', [undefined, undefined])
      dialog.end(901_000, 'callee')
      expect(await found(trace)).toEqual([])
    }
  })

  test('481, and somebody hangs up in the usual way later on', async () => {
    for (const [by, afterMs] of [
      ['callee', 60_000],
      ['caller', 20],
    ] as const)
      expect(await found(refused('481 Call/Transaction Does Not Exist', afterMs, by))).toEqual([])
  })

  test('487 is what was cancelled (RFC 3261 §9.1)', async () => {
    const { trace, dialog } = answered()
    const request = dialog.request(60_000, 'caller', 'INVITE')
    dialog.respond(60_100, request, '100 Trying')
    const { number, branch } = request
    const cancel = dialog.request(65_000, 'caller', 'CANCEL', { number, branch })
    dialog.respond(65_010, cancel, '200 OK')
    dialog.respond(65_020, request, '487 Request Terminated')
    dialog.acknowledge(65_030, request, true)
    dialog.end(65_040, 'caller')
    expect(await found(trace)).toEqual([])
  })

  test('is refused by who says so first, and not by a proxy before it', async () => {
    const { trace, hops } = twoHops()
    const requests = hops.map((hop, n) => hop.request(900_000 + n, 'caller', 'UPDATE'))
    for (const n of [1, 0]) hops[n].respond(900_030 - n, requests[n], '481 Call/Transaction Does Not Exist')
    expect(await found(trace)).toMatchObject([
      { kind: 'refused', evidence: { by: SBC.sip.address, of: TRUNK.sip.address } },
    ])
  })

  test('and the session timer runs out behind it', async () => {
    const { trace, dialog } = answered('1800;refresher=uas')
    dialog.respond(900_030, dialog.request(900_000, 'callee', 'UPDATE'), '405 Method Not Allowed')
    dialog.end(1_770_000, 'caller')
    expect(await found(trace)).toMatchObject([{ kind: 'refused', severity: 'warning', evidence: { status: 405 } }])
  })

  test('481 to a re-INVITE that crosses a BYE (RFC 5407 §3.1.1)', async () => {
    for (const askedMs of [899_990, 900_010]) {
      const { trace, dialog } = answered()
      const bye = dialog.request(900_000, 'caller', 'BYE')
      const request = dialog.request(askedMs, 'callee', 'INVITE')
      dialog.respond(900_030, request, '481 Call/Transaction Does Not Exist')
      dialog.acknowledge(900_040, request, true)
      dialog.respond(900_050, bye, '200 OK')
      expect(await found(trace)).toEqual([])
    }
  })
})

describe('a request within the call that is not answered', () => {
  const unanswered = (byeAfterMs: number, by: 'caller' | 'callee' = 'callee') => {
    const { trace, dialog } = answered()
    const { number, branch } = dialog.request(900_000, 'callee', 'INVITE')
    for (const ms of [500, 1500, 3500, 7500]) dialog.request(900_000 + ms, 'callee', 'INVITE', { number, branch })
    dialog.end(900_000 + byeAfterMs, by)
    return trace
  }

  test('and the BYE of who waited', async () => {
    expect(await found(unanswered(32_000))).toMatchObject([
      { kind: 'unanswered', severity: 'error', evidence: { by: '198.51.100.20', of: '203.0.113.10' } },
    ])
  })

  test('the other side hangs up, or who asked does not wait', async () => {
    expect(await found(unanswered(32_000, 'caller'))).toEqual([])
    expect(await found(unanswered(2000))).toEqual([])
  })

  test('and the session timer runs out behind it', async () => {
    const { trace, dialog } = answered('1800;refresher=uas')
    dialog.request(900_000, 'callee', 'UPDATE')
    dialog.end(1_770_000, 'caller')
    expect(await found(trace)).toMatchObject([{ kind: 'unanswered', frames: [4, 5] }])
  })

  test('nothing is said where the capture shows one direction only', async () => {
    const { trace, dialog } = answered(undefined, new OneDirection())
    dialog.request(900_000, 'caller', 'UPDATE')
    dialog.end(920_000, 'caller')
    expect(await found(trace)).toEqual([])
  })

  test('487 behind the BYE: it waited for its callee (RFC 3261 §15.1.2)', async () => {
    for (const isTerminated of [false, true]) {
      const { trace, dialog } = answered()
      const request = dialog.request(60_000, 'caller', 'INVITE')
      dialog.respond(60_010, request, '100 Trying')
      dialog.end(75_000, 'caller')
      if (isTerminated) dialog.respond(75_020, request, '487 Request Terminated')
      expect(await found(trace)).toHaveLength(isTerminated ? 0 : 1)
    }
  })

  test('its ACK shows that it was answered beside the capture', async () => {
    const { trace, dialog } = answered()
    const request = dialog.request(900_000, 'callee', 'INVITE')
    dialog.acknowledge(900_100, request)
    dialog.end(930_000, 'callee')
    expect(await found(trace)).toEqual([])
  })
})

describe('a session timer', () => {
  const ended = (afterMs: number, sessionExpires?: string, by: 'caller' | 'callee' = 'caller') => {
    const { trace, dialog } = answered(sessionExpires)
    dialog.end(1000 + afterMs, by)
    return trace
  }

  test('that nobody refreshes: BYE 32 s before its end, or at it', async () => {
    for (const seconds of [1768, 1800, 1830]) {
      expect(await found(ended(seconds * 1000, '1800;refresher=uas'))).toMatchObject([
        {
          ...{ kind: 'expired', severity: 'error', frames: [2, 4] },
          evidence: { by: '198.51.100.20', of: '203.0.113.10', sessionExpires: 1800, endedBy: '203.0.113.10' },
        },
      ])
    }
    const [caller] = await found(ended(868_000, '900;refresher=uac'))
    expect(caller.detail).toBe(
      'A session timer of 900 s was agreed on, by which 203.0.113.10 was to refresh the session, and no refresh is in the capture for the 868 s up to the end ' +
        'of the call. 203.0.113.10 sends BYE as the timer ends. It had lasted for 868 s.',
    )
    const [unknown] = await found(ended(868_000, '900'))
    expect(unknown.detail).toMatch(/^A session timer of 900 s was agreed on, and no refresh/)
  })

  test('that was not over, and none', async () => {
    expect(await found(ended(1_700_000, '1800;refresher=uas'))).toEqual([])
    expect(await found(ended(1_900_000, '1800;refresher=uas'))).toEqual([])
    expect(await found(ended(1_790_000))).toEqual([])
    expect(await found(ended(58_000, '60;refresher=uas'))).toEqual([])
  })

  test('that was refreshed', async () => {
    for (const method of ['INVITE', 'UPDATE'] as const) {
      const { trace, dialog } = answered('1800;refresher=uas')
      const refresh = dialog.request(900_000, 'callee', method)
      dialog.respond(900_030, refresh, '200 OK', { headers: ['Session-Expires: 1800;refresher=uac'] })
      if (method === 'INVITE') dialog.acknowledge(900_040, refresh)
      dialog.end(1_790_000)
      expect(await found(trace)).toEqual([])
    }
  })

  test('that was refreshed by what the capture shows no 2xx of', async () => {
    const { trace, dialog } = answered('1800;refresher=uac')
    dialog.acknowledge(900_100, dialog.request(900_000, 'caller', 'INVITE'))
    dialog.end(1_790_000)
    expect(await found(trace)).toEqual([])
  })

  test('is refreshed by one of the two sides, whatever is between them', async () => {
    for (const [refresher, by] of [
      ['uac', SBC],
      ['uas', TRUNK],
    ] as const) {
      const { trace, hops } = twoHops(`1800;refresher=${refresher}`)
      for (const [n, hop] of hops.entries()) hop.end(1_780_000 + n)
      const of = by === SBC ? TRUNK : SBC
      expect(await found(trace)).toMatchObject([{ evidence: { by: by.sip.address, of: of.sip.address } }])
    }
  })

  test('that a refresh without one switches off', async () => {
    const { trace, dialog } = answered('1800;refresher=uas')
    dialog.renegotiate(10_000, 'callee', [undefined, undefined])
    dialog.end(1_790_000)
    expect(await found(trace)).toEqual([])
  })
})

describe('481 to a BYE', () => {
  const unknown = (prepare: (dialog: Dialog) => void = () => undefined, complete = prepare) => {
    const { trace, dialog } = answered()
    if (complete !== prepare) prepare(dialog)
    const bye = dialog.request(60_000, 'caller', 'BYE')
    dialog.respond(60_030, bye, '481 Call/Transaction Does Not Exist')
    complete(dialog)
    return trace
  }

  test('the other side knows the call no more', async () => {
    expect(await found(unknown())).toMatchObject([{ kind: 'unknown', severity: 'warning', frames: [5] }])
  })

  test('that crosses another BYE, before it or behind it', async () => {
    const crossing = (dialog: Dialog) => void dialog.request(60_010, 'callee', 'BYE')
    expect(await found(unknown(crossing))).toEqual([])
    const late = (dialog: Dialog) => void dialog.request(60_040, 'callee', 'BYE')
    expect(await found(unknown(late))).toEqual([])
  })

  test('that is sent once more, behind one that was taken', async () => {
    expect(
      await found(
        unknown(
          (dialog) => dialog.end(59_000),
          () => undefined,
        ),
      ),
    ).toEqual([])
  })
})
