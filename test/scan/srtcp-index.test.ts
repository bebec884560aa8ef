import { describe, expect, test } from 'vitest'
import { deriveSessionKeys } from '../../src/srtp/session-keys.ts'
import { protectRtcp } from '../srtp/protect.ts'
import { callOf, captureOf, line, masterOf, reportOn, SHORT, STRONG } from './faulty-call.ts'

const GCM = 'AEAD_AES_128_GCM'

interface Sent {
  readonly suite?: string
  readonly count?: number
  /** Every packet has the same octets. */
  readonly isSame?: boolean
  readonly tagLength?: number
  readonly seenTwice?: boolean
  readonly mki?: Uint8Array
  /** Seconds at which the same is offered again. */
  readonly again?: readonly number[]
  /** A 183 answers with another key than the 200 does. */
  readonly isForked?: boolean
  readonly at?: number
}

/** What is said of the caller's SRTCP, whose n-th packet has this index. */
async function said(indexOf: (n: number) => number, sent: Sent = {}) {
  const {
    suite = STRONG,
    count = 10,
    isSame = false,
    tagLength,
    seenTwice = false,
    mki,
    again = [],
    isForked,
    at = 0.2,
  } = sent
  const keys = deriveSessionKeys({ ...masterOf('caller', suite), ...(mki !== undefined && { mki }) })
  const protect = (rtcp: Buffer, n: number) => {
    if (!isSame) rtcp.writeUInt32BE(n, 16)
    return protectRtcp(keys, rtcp, indexOf(n), true, tagLength)
  }
  const more = mki === undefined ? '' : `|1:${mki.length}`
  const lines = { offer: [line(1, 'caller', suite, more)], answer: [line(1, 'callee', suite)] }
  const early = isForked === true ? { early: [line(1, 'first', suite)] } : {}
  const talks = [0, ...again].map((second) => ({ at: second, ...lines, ...early }))
  const call = callOf(talks, [{ from: 'caller', at, count, isRtcp: true, protect }])
  const report = await reportOn(captureOf(call, seenTwice))
  expect(report.streams[0]).toMatchObject({ verified: seenTwice ? 2 * count : count, failed: 0 })
  return report.findings.flatMap(({ rule, kind, severity, evidence }) =>
    rule === 'srtp-key-reuse' ? [`${severity} ${kind} ${evidence.again}`] : [],
  )
}

describe('SRTCP indexes that come again (RFC 3711 §3.4)', () => {
  test.each([
    ['of an HMAC suite', {}],
    ['with a short tag', { suite: SHORT, tagLength: 4 }],
    ['under _32, whose SRTCP has 80 bits', { suite: SHORT }],
    ['of an AEAD suite', { suite: GCM }],
  ] as const)('one that stays as it is, %s', async (_, sent) => {
    expect(await said(() => 1, sent)).toEqual(['warning srtcp-index 9'])
  })

  test('one that begins anew', async () => {
    expect(await said((n) => n % 4)).toEqual(['warning srtcp-index 2'])
  })

  test('each further offer may begin it anew', async () => {
    const anew = (n: number) => n % 5
    expect(await said(anew)).toEqual(['warning srtcp-index 1'])
    expect(await said(anew, { again: [2.5] })).toEqual([])
    expect(await said(anew, { again: [2.5], seenTwice: true })).toEqual([])
    expect(await said(() => 1, { again: [2.5] })).toEqual(['warning srtcp-index 9'])
  })

  test('so may a 200 that answers otherwise than the 183 before it', async () => {
    const anew = (n: number) => (n === 0 ? 0 : n - 1)
    expect(await said(anew, { at: 0.06 })).toEqual(['warning srtcp-index 1'])
    expect(await said(anew, { at: 0.06, isForked: true })).toEqual([])
  })

  test('of packets that were captured twice each counts once', async () => {
    expect(await said(() => 1, { seenTwice: true })).toEqual(['warning srtcp-index 9'])
  })

  test.each([STRONG, SHORT, GCM])('nothing is said of one that grows: %s', async (suite) => {
    expect(await said((n) => n, { suite })).toEqual([])
    expect(await said((n) => 0x7fff_fff0 + n, { suite })).toEqual([])
  })

  test('nor of packets that were captured twice, or out of their order', async () => {
    expect(await said((n) => n, { seenTwice: true })).toEqual([])
    expect(await said((n) => n ^ 1)).toEqual([])
    expect(await said(() => 1, { isSame: true })).toEqual([])
  })

  test('nor where an MKI stands among them', async () => {
    expect(await said((n) => n, { mki: Uint8Array.of(0, 0, 0, 1) })).toEqual([])
  })
})
