import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, describe, expect, test } from 'vitest'
import type { Filters } from '../../../src/scan/filters.ts'
import { scan } from '../../../src/scan/scan.ts'
import { Dialog, type MessageOptions, type Party } from '../../judgement/build/dialog.ts'
import { Trace } from '../../judgement/build/trace.ts'
import { scanInPieces } from '../../live/looks.ts'

const FOLDER = mkdtempSync(join(tmpdir(), 'refused-options-'))
afterAll(() => rmSync(FOLDER, { recursive: true }))

const SBC: Party = { user: 'ping', sip: { address: '203.0.113.10', port: 5060 } }
const TRUNK: Party = { user: 'ping', sip: { address: '198.51.100.20', port: 5060 } }

/** OPTIONS one after the other, and how each is answered. */
function asked(
  statuses: readonly string[],
  everyMs = 30_000,
  request: (n: number) => MessageOptions = () => ({}),
): Trace {
  const trace = new Trace()
  for (const [n, status] of statuses.entries()) {
    const dialog = new Dialog(trace, { callId: `ping-${n}`, caller: SBC, callee: TRUNK })
    const options = dialog.request(n * everyMs, 'caller', 'OPTIONS', request(n))
    dialog.respond(n * everyMs + 30, options, status)
  }
  return trace
}

function call(trace: Trace, atMs: number, status: string, [caller, callee] = [SBC, TRUNK]): Trace {
  const dialog = new Dialog(trace, { callId: `call-${atMs}`, caller, callee })
  const invite = dialog.request(atMs, 'caller', 'INVITE')
  dialog.respond(atMs + 50, invite, status)
  dialog.acknowledge(atMs + 60, invite, !status.startsWith('2'))
  if (status.startsWith('2')) dialog.end(atMs + 5000)
  return trace
}

async function found(trace: Trace, filters: Filters = {}) {
  const path = join(FOLDER, 'one.pcap')
  writeFileSync(path, trace.file())
  const { findings } = await scan({ captures: [path], filters, findings: { only: ['call-refused'] } })
  return findings.filter(({ kind }) => kind === 'options')
}

const times = (count: number, status: string): string[] => Array.from({ length: count }, () => status)
const [OK, FORBIDDEN, UNAVAILABLE] = ['200 OK', '403 Forbidden', '503 Service Unavailable']

describe('OPTIONS that are refused', () => {
  test.each([FORBIDDEN, '408 Request Timeout', UNAVAILABLE, '504 Server Time-out'])('with %s', async (status) => {
    expect(await found(asked(times(3, status)))).toMatchObject([
      {
        severity: 'warning',
        evidence: { refusedBy: '198.51.100.20', status: Number.parseInt(status, 10), options: 3 },
      },
    ])
  })

  test('from some time on, and taken again behind it', async () => {
    const [one] = await found(asked([...times(4, OK), ...times(5, UNAVAILABLE), ...times(2, OK)]))
    expect(one).toMatchObject({ evidence: { options: 5, acceptedBefore: 4, accepted: 6 } })
    expect(one.detail).toContain(' Before, it accepted 4. Others, behind these, it accepted: 2.')
  })

  test('with a status that is usual elsewhere, where they were accepted before', async () => {
    expect(await found(asked([...times(3, OK), ...times(3, '404 Not Found')]))).toHaveLength(1)
    expect(await found(asked([...times(2, OK), ...times(3, '404 Not Found')]))).toEqual([])
  })

  test('while calls are refused too, and calls that were answered before', async () => {
    const trace = asked([...times(5, OK), ...times(5, UNAVAILABLE)])
    expect(await found(call(call(trace, 20_000, OK), 200_000, UNAVAILABLE))).toHaveLength(1)
  })
})

describe('a trunk that is up', () => {
  test.each([
    '404 Not Found',
    '405 Method Not Allowed',
    '481 Call/Transaction Does Not Exist',
    '483 Too Many Hops',
    '500 Server Internal Error',
    '501 Not Implemented',
    '401 Unauthorized',
  ])('answers %s all its life', async (status) => expect(await found(asked(times(20, status)))).toEqual([]))

  test('answers calls, whatever it says to OPTIONS; so does one that calls itself', async () => {
    expect(await found(call(asked(times(20, FORBIDDEN)), 100_000, OK))).toEqual([])
    expect(await found(call(asked(times(20, FORBIDDEN)), 100_000, OK, [TRUNK, SBC]))).toEqual([])
  })

  test('is out of order for a moment', async () => {
    const moments = [OK, UNAVAILABLE, UNAVAILABLE, OK, UNAVAILABLE, UNAVAILABLE, OK]
    expect(await found(asked(moments))).toEqual([])
  })
})

test('a telephone answers as it would an INVITE: while it is busy, or takes no calls (RFC 3261 §11.2)', async () => {
  for (const status of ['302 Moved Temporarily', '480 Temporarily Unavailable', '486 Busy Here', '603 Decline'])
    expect(await found(asked([...times(5, OK), ...times(5, status)]))).toEqual([])
})

test('strangers ask in haste, or once an hour', async () => {
  expect(await found(asked(times(10, FORBIDDEN), 1000))).toEqual([])
  expect(await found(asked(times(10, FORBIDDEN), 3_600_000))).toEqual([])
})

test('telephones that are asked through their proxy are no trunk', async () => {
  const telephones = asked(times(20, '408 Request Timeout'), 30_000, (n) => ({ uri: `sip:${n}@192.0.2.${n}:5060` }))
  expect(await found(telephones)).toEqual([])
})

describe("what is no call's own", () => {
  const STRANGERS: [Party, Party] = [
    { user: 'a', sip: { address: '192.0.2.30', port: 5060 } },
    { user: 'b', sip: { address: '192.0.2.40', port: 5060 } },
  ]

  test('is said once of a trace that goes on, however many calls of others it lets go of', async () => {
    const trace = asked(times(40, UNAVAILABLE), 10_000)
    for (let n = 0; n < 10; n++) call(trace, 5000 + n * 40_000, '200 OK', STRANGERS)
    const { report, snapshots } = await scanInPieces(trace.file(), 10, { workers: 1 })
    expect(snapshots.filter(({ ended }) => ended.length > 0).length).toBeGreaterThan(2)
    expect([...report.findings].filter(({ kind }) => kind === 'options')).toHaveLength(1)
  })

  test.each([
    [{ ip: TRUNK.sip.address }, 1],
    [{ ip: STRANGERS[0].sip.address }, 0],
    [{ call: 'call-5000' }, 0],
    [{ since: '2100-01-01' }, 0],
  ])('is said where %j lets through the two hosts', async (filters, count) => {
    const trace = call(asked(times(4, UNAVAILABLE)), 5000, '200 OK', STRANGERS)
    expect(await found(trace, filters)).toHaveLength(count)
  })
})
