import { describe, expect, test, vi } from 'vitest'
import { srtpKeyReuse } from '../../../src/rules/protection/srtp-key-reuse.ts'
import { type StreamOptions, streamBack, streamOf, traceOf } from '../media-trace.ts'
import { agreement, callWith, found, line } from './agreed-suites.ts'
import { type KeyedCall, type Run, scanCalls } from './keyed-calls.ts'

const caller: Run = { from: 'caller', ssrc: 1, firstSequence: 1000, packets: 300, says: 'hello' }
const callee: Run = { from: 'callee', ssrc: 2, firstSequence: 1000, packets: 300, says: 'welcome' }
const first: KeyedCall = { callId: 'first', keys: ['a', 'b'], runs: [caller, callee] }
const later: KeyedCall = { callId: 'later', at: 30, port: 10, keys: ['c', 'd'], runs: [caller, callee] }

async function kinds(calls: readonly KeyedCall[], through: 'file' | 'pipe' = 'file'): Promise<string[]> {
  const { findings, totals } = await scanCalls(calls, through)
  expect(totals.verified).toBe(totals.rtp)
  return findings.filter(({ rule }) => rule === 'srtp-key-reuse').map(({ severity, kind }) => `${severity} ${kind}`)
}

/** Calls whose media goes past the capture. */
const CALLER_HOST = '203.0.113.10'
const silent = (callId: string, at: number, keys: KeyedCall['keys'], hosts?: KeyedCall['hosts']): KeyedCall => ({
  ...{ callId, at, keys, runs: [] },
  ...(hosts && { hosts }),
})

async function reuseIn(calls: readonly KeyedCall[]) {
  const { findings } = await scanCalls(calls)
  return findings.filter(({ rule }) => rule === 'srtp-key-reuse')
}

describe('srtp-key-reuse, from signalling alone (RFC 4568 §6.1)', () => {
  test('a device whose calls all have one key: said once, with the calls', async () => {
    const calls = [0, 60, 120].map((at) => silent(`call-${at}`, at, ['fixed', `callee-${at}`]))
    const found = await reuseIn(calls)
    expect(found).toMatchObject([
      {
        ...{ kind: 'across-calls', severity: 'warning', callId: 'call-0' },
        evidence: { host: CALLER_HOST, calls: 3, callIds: ['call-0', 'call-60', 'call-120'] },
      },
    ])
    expect(found[0].frames).toHaveLength(3)
  })

  test('a device that answers them with one key, and a second one of its own', async () => {
    const keys = (at: number): KeyedCall['keys'] => (at < 120 ? [`caller-${at}`, 'one'] : [`caller-${at}`, 'two'])
    const found = await reuseIn([0, 60, 120, 180].map((at) => silent(`call-${at}`, at, keys(at))))
    expect(found).toMatchObject([{ evidence: { host: '198.51.100.20', calls: 2 } }])
    expect(found[0].detail).toContain('1 more of its keys comes again too')
  })

  test('an answer with the key of the offer', async () => {
    expect(await reuseIn([silent('copied', 0, ['a', 'a'])])).toMatchObject([
      { kind: 'both-directions', callId: 'copied', evidence: { hosts: [CALLER_HOST, '198.51.100.20'] } },
    ])
  })

  test('keys of their own', async () => {
    expect(await reuseIn([0, 60].map((at) => silent(`call-${at}`, at, [`a-${at}`, `b-${at}`])))).toEqual([])
  })

  test('legs that go on at the same time, and a key that was passed on', async () => {
    const [phone, pbx, trunk] = [CALLER_HOST, '198.51.100.20', '192.0.2.30']
    const legs = [
      silent('leg-1', 0, ['a', 'b'], [phone, pbx]),
      silent('leg-2', 0.1, ['a', 'b'], [pbx, trunk]),
      silent('leg-3', 0.2, ['a', 'b'], [pbx, '192.0.2.31']),
    ]
    expect(await reuseIn(legs)).toEqual([])
    const moved = [...legs.slice(0, 2), silent('moved', 60, ['a', 'd'], [pbx, '192.0.2.31'])]
    expect(await reuseIn(moved)).toEqual([])
  })

  test('what media says is not said again', async () => {
    const again: KeyedCall = { ...later, keys: ['a', 'd'], runs: [{ ...caller, ssrc: 7 }, callee] }
    const found = await reuseIn([first, again, silent('third', 90, ['a', 'f'])])
    expect(found.map(({ kind }) => kind)).toEqual(['across-calls'])
  })
})

test('the keys of an m= line are named once, however many of its a=crypto lines are accepted', () => {
  const lines = Array.from({ length: 30 }, (_, n) => line(n + 1, 'AES_CM_128_HMAC_SHA1_80', n + 1))
  const call = callWith(agreement(lines, lines))
  const { offer, answers } = call.exchanges[0]
  const asked = [offer, ...answers].map(({ media: [media] }) => {
    const { keyIdentities } = media
    const get = vi.fn(() => keyIdentities)
    Object.defineProperty(media, 'keyIdentities', { get })
    return get
  })
  expect(found(srtpKeyReuse, call)).toHaveLength(30)
  expect(asked.map(({ mock }) => mock.calls.length)).toEqual([1, 1])
})

describe('srtp-key-reuse, from packets (RFC 3711 §9.1)', () => {
  test('silent where each side of each call has a key of its own', async () => {
    expect(await kinds([first, later])).toEqual([])
  })

  test('two calls under one key with one SSRC and the same numbers: keystream', async () => {
    const again: KeyedCall = { ...later, keys: ['a', 'd'], runs: [{ ...caller, says: 'other words' }, callee] }
    const { findings } = await scanCalls([first, again])
    const reuse = findings.filter(({ rule }) => rule === 'srtp-key-reuse')
    expect(reuse.map(({ severity, kind }) => `${severity} ${kind}`)).toEqual([
      'error keystream',
      'warning across-calls',
    ])
    expect(reuse[0]).toMatchObject({ callId: 'first', evidence: { ssrc: '0x00000001', rolloverCounter: 0 } })
    expect(reuse[0].frames).toHaveLength(2)
    expect(await kinds([first, again], 'pipe')).toEqual(['error keystream', 'warning across-calls'])
  })

  test.each([
    ['first', []],
    ['later', []],
    ['by itself', ['keystream']],
  ])('a report on the call %s alone says what is of that call alone: %j', async (call, kinds) => {
    const again: Run = { ...caller, at: 8, says: 'other words' }
    const alone: KeyedCall = {
      ...first,
      callId: 'by itself',
      at: 60,
      port: 20,
      keys: ['e', 'f'],
      runs: [caller, again],
    }
    const calls = [first, { ...later, keys: ['a', 'd'], runs: [again, callee] } as const, alone]
    const report = await scanCalls(calls, 'file', { call })
    expect(report.calls.map(({ callId }) => callId)).toEqual([call])
    expect(report.findings.filter(({ rule }) => rule === 'srtp-key-reuse').map(({ kind }) => kind)).toEqual(kinds)
  })

  test('numbers that overlap only in part are found too', async () => {
    const overlapping: Run = { ...caller, packets: 2000 }
    const again: Run = { ...caller, firstSequence: 1800, packets: 2000, says: 'other words' }
    expect(
      await kinds([
        { ...first, runs: [overlapping] },
        { ...later, at: 60, keys: ['a', 'd'], runs: [again] },
      ]),
    ).toContain('error keystream')
  })

  test('one key in two calls without a common SSRC is a warning', async () => {
    const again: KeyedCall = { ...later, keys: ['a', 'd'], runs: [{ ...caller, ssrc: 7 }, callee] }
    expect(await kinds([first, again])).toEqual(['warning across-calls'])
  })

  test('an answer that copies the key of the offer', async () => {
    expect(await kinds([{ ...first, keys: ['a', 'a'] }])).toEqual(['warning both-directions'])
    const sameSsrc = { ...callee, ssrc: 1 }
    expect(await kinds([{ ...first, keys: ['a', 'a'], runs: [caller, sameSsrc] }])).toEqual([
      'error keystream',
      'warning both-directions',
    ])
  })

  test('a sender that starts its numbers again under the same key', async () => {
    const again: Run = { ...caller, at: 10, says: 'other words' }
    expect(await kinds([{ ...first, runs: [caller, again, callee] }])).toEqual(['error keystream'])
  })

  test('silent for the same packets sent again, and for those that a relay passes on', async () => {
    expect(await kinds([{ ...first, runs: [caller, { ...caller, at: 10 }, callee] }])).toEqual([])
    const onward: KeyedCall = { ...first, callId: 'onward', hosts: ['198.51.100.20', '192.0.2.7'], port: 4 }
    expect(
      await kinds([
        { ...first, runs: [caller] },
        { ...onward, runs: [caller] },
      ]),
    ).toEqual([])
  })
})

describe('srtp-key-reuse, across calls', () => {
  const under = (call: number, options: StreamOptions = {}) =>
    streamOf({
      ...options,
      call,
      report: { callId: `call ${call}`, ssrc: `0x0000000${call}`, ...options.report },
      facts: { verifiedUnder: [{ fingerprint: '0a0b0c0d', packets: 500 }] },
    })
  const said = (streams: readonly ReturnType<typeof streamOf>[], joined: readonly number[] = []) =>
    srtpKeyReuse
      .find(
        traceOf({
          streams,
          joined: joined.length > 0 ? [{ calls: joined, by: ['parties'], certainty: 'likely' }] : [],
        }),
      )
      .map(({ kind, evidence }) => `${kind} ${evidence.calls}`)

  test('calls are told once for a key', () => {
    expect(said([under(0), under(1), under(2)])).toEqual(['across-calls 3'])
  })

  test('more senders than a sentence names are not left out of it', () => {
    const streams = [0, 1, 2, 3, 4].map((n) => under(n, { source: { address: `192.0.2.${n}`, port: 20000 } }))
    const [found] = srtpKeyReuse.find(traceOf({ streams }))
    expect(found.detail).toContain('sent by 192.0.2.0, 192.0.2.1, 192.0.2.2, 192.0.2.3 and others: calls')
  })

  test('silent for legs of one call', () => {
    expect(said([under(0), under(1)], [0, 1])).toEqual([])
    expect(said([under(0), under(1), under(2)], [0, 1])).toEqual(['across-calls 2'])
  })

  test('silent where a relay passes the key on with the call, under an SSRC of its own', () => {
    const relay = { address: '192.0.2.1', port: 20000 }
    const toRelay = under(0, { destination: relay })
    expect(said([toRelay, under(1, { source: { ...relay, port: 20002 } })])).toEqual([])
    expect(said([toRelay, under(1, { source: { ...relay, port: 20002 }, from: 100, until: 110 })])).toEqual([
      'across-calls 2',
    ])
  })

  test('the other way round in another call is another call, not another direction', () => {
    const facts = { verifiedUnder: [{ fingerprint: '0a0b0c0d', packets: 500 }] }
    expect(said([under(0), streamBack({ facts, call: 1, from: 100, until: 110 })])).toEqual(['across-calls 2'])
  })
})
