import { describe, expect, test } from 'vitest'
import type { Finding, Report } from '../../src/model/report.ts'
import { callOf, captureOf, keysOf, line, type Media, reportOn, type Talk, under } from './faulty-call.ts'

const TALK: Talk = { at: 0, offer: [line(1, 'caller')], answer: [line(1, 'callee')] }
const CALLEE: Media = { from: 'callee', at: 0.2, count: 200, protect: under(keysOf('callee')) }

async function reportOf(media: readonly Media[], talks: readonly Talk[] = [TALK]): Promise<Report> {
  return reportOn(callOf(talks, [...media, CALLEE]))
}

async function found(rule: string, media: readonly Media[], talks?: readonly Talk[]): Promise<Finding[]> {
  return (await reportOf(media, talks)).findings.filter((finding) => finding.rule === rule)
}

/** The caller's packets, their rollover counter at `roc`, from packet `n` on at what is given. */
function caller(changes: Readonly<Record<number, number>>, more: Partial<Media> = {}): Media {
  const protectors = Object.entries(changes).map(([n, roc]) => [Number(n), roc] as const)
  const protect = (rtp: Buffer, n: number) => {
    const [, roc] = protectors.filter(([from]) => from <= n).at(-1) as readonly [number, number]
    return under(keysOf('caller'), roc)(rtp, 0)
  }
  return { from: 'caller', at: 0.2, count: 200, protect, ...more }
}

describe('srtp-roc (RFC 3711 §3.3.1)', () => {
  test('offset: a stream that does not start at 0; its packets count as verified', async () => {
    const report = await reportOf([caller({ 0: 3 })])
    const [finding, ...more] = report.findings.filter(({ rule }) => rule === 'srtp-roc')
    expect(more).toEqual([])
    expect(finding).toMatchObject({ kind: 'offset', severity: 'error' })
    expect(finding?.evidence).toMatchObject({ expectedRoc: 0, foundRoc: 3, packets: 200 })
    expect(report.streams.map(({ verified, failed }) => [verified, failed])).toContainEqual([200, 0])
  })

  test('no offset where the stream is seen later than 1 s after the answer: the capture may start late', async () => {
    expect(await found('srtp-roc', [caller({ 0: 1 }, { at: 1.5, firstSequence: 1000 })])).toEqual([])
  })

  test('an offset later than 1 s after the answer, where nobody could have sent as many packets since the INVITE', async () => {
    const kinds = (await found('srtp-roc', [caller({ 0: 3 }, { at: 1.5 })])).map(({ kind }) => kind)
    expect(kinds).toEqual(['offset'])
  })

  test('no offset where the capture starts within the call', async () => {
    const late = callOf([{ ...TALK }], [caller({ 0: 3 }), CALLEE]).filter(({ timeNs }) => timeNs > 50e6)
    expect((await reportOn(late)).findings.filter(({ rule }) => rule === 'srtp-roc')).toEqual([])
  })

  test('no offset right behind a wrap whose packets the capture lacks', async () => {
    expect(await found('srtp-roc', [caller({ 0: 1 }, { firstSequence: 5 })])).toEqual([])
  })

  test('not-advanced: the same counter after the sequence number wrapped', async () => {
    const findings = await found('srtp-roc', [caller({ 0: 0 }, { firstSequence: 65_500 })])
    expect(findings.map(({ kind }) => kind)).toEqual(['not-advanced'])
    expect(findings[0]?.evidence).toMatchObject({ expectedRoc: 1, foundRoc: 0, sequenceNumber: 0, packets: 164 })
  })

  test('set-back: a lower sequence number under the same key, counter and SSRC, which a replay list takes for old', async () => {
    const before = caller({ 0: 0 }, { firstSequence: 20_000 })
    const after = caller({ 0: 0 }, { at: 4.5, count: 100, firstSequence: 100 })
    const report = await reportOf([before, after])
    const [finding, ...more] = report.findings.filter(({ rule }) => rule === 'srtp-roc')
    expect(more).toEqual([])
    expect(finding).toMatchObject({ kind: 'set-back', severity: 'error', evidence: { behind: 20_098, packets: 100 } })
    expect(report.streams.map(({ verified, failed, replayed = 0 }) => [verified, failed, replayed])).toContainEqual([
      300, 0, 0,
    ])
  })

  test.each<[string, readonly Media[]]>([
    ['a number set forward', [caller({ 0: 0 }), caller({ 0: 0 }, { at: 4.5, firstSequence: 20_000 })]],
    [
      'old packets in a burst, and the stream goes on',
      [
        caller({ 0: 0 }, { firstSequence: 20_000 }),
        caller({ 0: 0 }, { at: 4.25, count: 60, firstSequence: 100 }),
        caller({ 0: 0 }, { at: 5.6, firstSequence: 20_200 }),
      ],
    ],
    [
      'packets of a few hundred numbers before in a burst, and the stream goes on',
      [
        caller({ 0: 0 }, { firstSequence: 20_000 }),
        caller({ 0: 0 }, { at: 4.25, count: 60, firstSequence: 19_700 }),
        caller({ 0: 0 }, { at: 5.6, firstSequence: 20_200 }),
      ],
    ],
    [
      'a lower number under another SSRC',
      [caller({ 0: 0 }, { firstSequence: 20_000 }), caller({ 0: 0 }, { at: 4.5, firstSequence: 100, ssrc: 0x77 })],
    ],
  ])('no set-back of %s', async (_, media) => {
    expect(await found('srtp-roc', media)).toEqual([])
  })

  const WRAPPED = caller({ 0: 0, 36: 1 }, { firstSequence: 65_500 })

  test('set-forward: more than half of all numbers ahead, which stands for the counter before (RFC 3711 Appendix A)', async () => {
    const report = await reportOf([WRAPPED, caller({ 0: 1 }, { at: 4.5, count: 100, firstSequence: 40_000 })])
    const [finding, ...more] = report.findings.filter(({ rule }) => rule.startsWith('srtp-r'))
    expect(more).toEqual([])
    expect(finding).toMatchObject({ kind: 'set-forward', evidence: { ahead: 39_838, roc: 1, packets: 100 } })
    expect(report.streams.map(({ verified, failed }) => [verified, failed])).toContainEqual([300, 0])
  })

  test('set-forward by nearly all numbers: that looks like a few hundred back', async () => {
    const report = await reportOf([WRAPPED, caller({ 0: 1, 536: 2 }, { at: 4.5, count: 600, firstSequence: 65_000 })])
    const findings = report.findings.filter(({ rule }) => rule.startsWith('srtp-r'))
    expect(findings).toMatchObject([{ kind: 'set-forward', evidence: { ahead: 64_838, roc: 1, packets: 600 } }])
  })

  test('set-back by a few hundred numbers, with timestamps that nothing had before, is no replay', async () => {
    const before = caller({ 0: 0 }, { firstSequence: 20_000 })
    const after = caller({ 0: 0 }, { at: 4.5, count: 100, firstSequence: 19_700 })
    const report = await reportOf([before, after])
    const findings = report.findings.filter(({ rule }) => rule.startsWith('srtp-r'))
    expect(findings).toMatchObject([{ kind: 'set-back', evidence: { behind: 498, packets: 100 } }])
  })

  // What libsrtp 2.5 takes and drops: it takes the first of these.
  test.each<[string, readonly Media[]]>([
    ['as far under the first counter', [caller({ 0: 0 }), caller({ 0: 0 }, { at: 4.5, firstSequence: 40_000 })]],
    ['less far', [WRAPPED, caller({ 0: 1 }, { at: 4.5, firstSequence: 30_000 })]],
    [
      'as far as the sender came while nothing was captured',
      [WRAPPED, caller({ 0: 1 }, { at: 800, firstSequence: 40_000 })],
    ],
  ])('a sequence number that is set forward %s is neither set back nor a replay', async (_, media) => {
    const { findings } = await reportOf(media)
    expect(findings.filter(({ rule }) => rule.startsWith('srtp-r'))).toEqual([])
  })

  test('no offset where a re-INVITE moves the ports and the source goes on counting', async () => {
    const move = { ...TALK, at: 3 }
    const end = 3e9
    const before = callOf([TALK, move], [WRAPPED]).filter(({ timeNs }) => timeNs < end)
    const moved = (first: number, roc: number, more: Partial<Media> = {}) => {
      const media = caller({ 0: roc }, { at: 3.2, firstSequence: first, ...more })
      return callOf([TALK, move], [media], undefined, 100).filter(({ timeNs }) => timeNs >= end)
    }
    const kinds = async (after: typeof before) =>
      (await reportOn([...before, ...after])).findings.flatMap(({ rule, kind }) => (rule === 'srtp-roc' ? [kind] : []))
    expect(await kinds(moved(1000, 1))).toEqual([])
    expect(await kinds(moved(1000, 5))).toEqual(['offset'])
    expect(await kinds(moved(1000, 1, { ssrc: 0x77 }))).toEqual(['offset'])
  })

  test('a sender that counts its wraps is none', async () => {
    expect(await found('srtp-roc', [caller({ 0: 0, 36: 1 }, { firstSequence: 65_500 })])).toEqual([])
  })

  test('reset: the counter goes back, and the hold at that moment is named', async () => {
    const hold = { ...TALK, at: 2, direction: 'sendonly' }
    const findings = await found('srtp-roc', [caller({ 0: 0, 36: 1, 100: 0 }, { firstSequence: 65_500 })], [TALK, hold])
    expect(findings.map(({ kind }) => kind)).toEqual(['reset'])
    expect(findings[0]?.evidence).toMatchObject({ expectedRoc: 1, foundRoc: 0, packets: 100 })
    expect(findings[0]?.evidence.holdFrame).toBeGreaterThan(100)
    expect(findings[0]?.detail).toContain('close to the hold of frame')
  })

  test('one old packet that is sent again is no reset', async () => {
    const again = caller({ 0: 0, 36: 1 }, { firstSequence: 65_500 })
    const { protect } = again
    const media = { ...again, protect: (rtp: Buffer, n: number) => (n === 60 ? old : (protect?.(rtp, n) ?? rtp)) }
    const [old] = [under(keysOf('caller'))(Buffer.concat([rtpHeader(3), Buffer.alloc(160, 9)]), 0)]
    expect(await found('srtp-roc', [media])).toEqual([])
  })
})

function rtpHeader(sequence: number): Buffer {
  const header = Buffer.alloc(12)
  header[0] = 0x80
  header.writeUInt16BE(sequence, 2)
  header.writeUInt32BE(0xaaaa, 8)
  return header
}

describe('srtp-auth-failed', () => {
  const broken = (isBroken: (n: number) => boolean, more: Partial<Media> = {}): Media => {
    const [right, wrong] = [keysOf('caller'), keysOf('nobody knows')]
    return { ...caller({ 0: 0 }), protect: (rtp, n) => under(isBroken(n) ? wrong : right)(rtp, 0), ...more }
  }

  test('all of a stream', async () => {
    const findings = await found('srtp-auth-failed', [broken(() => true)])
    expect(findings.map(({ kind }) => kind)).toEqual(['all'])
    expect(findings[0]?.detail).toContain('no known key fits them, so the key used is not in evidence')
  })

  test('from one packet on, whatever failed before, and the re-INVITE at that moment is named', async () => {
    const again = { ...TALK, at: 2 }
    const [finding] = await found('srtp-auth-failed', [broken((n) => n === 7 || n >= 100)], [TALK, again])
    expect(finding?.kind).toBe('from-packet')
    expect(finding?.evidence).toMatchObject({ failed: 101, failedFromThere: 100 })
    expect(finding?.frames[0]).toBe(finding?.evidence.fromFrame)
    expect(finding?.detail).toContain(`; none from frame ${finding?.evidence.fromFrame} on does`)
    expect(finding?.detail).toContain('close to the re-INVITE of frame')
  })

  test('here and there', async () => {
    const findings = await found('srtp-auth-failed', [broken((n) => n % 50 === 9)])
    expect(findings.map(({ kind, evidence }) => [kind, evidence.failed])).toEqual([['sporadic', 4]])
  })

  test('is judged by SSRC, and its change is named', async () => {
    const media = [broken(() => false, { count: 100 }), broken(() => true, { at: 2.2, count: 100, ssrc: 0xcccc })]
    const findings = await found('srtp-auth-failed', media)
    expect(findings.map(({ kind, evidence }) => [kind, evidence.ssrc])).toEqual([['all', '0x0000cccc']])
    expect(findings[0]?.detail).toContain('close to a change of SSRC (0x0000aaaa)')
  })
})

describe('srtp-replay (RFC 3711 §3.3.2)', () => {
  const sound = callOf([TALK], [caller({ 0: 0 }), CALLEE])
  const isCaller = ({ source, payload }: (typeof sound)[number]) => source.port === 16384 && payload.length > 100
  const again = (afterMs: number) =>
    sound
      .filter(isCaller)
      .slice(20, 30)
      .map((datagram) => ({ ...datagram, timeNs: datagram.timeNs + afterMs * 1e6 }))
  const replays = ({ findings }: Report) => findings.filter(({ rule }) => rule === 'srtp-replay')
  const captureOnly = (datagrams: typeof sound) => captureOf(datagrams)

  test.each([15, 500, 3100])('packets that come again %d ms later are counted and told', async (afterMs) => {
    const report = await reportOn([...sound, ...again(afterMs)])
    expect(replays(report).map(({ severity, evidence }) => [severity, evidence.replayed])).toEqual([['warning', 10]])
    expect(replays(report)[0]?.frames).toHaveLength(10)
    expect(report.streams.map(({ replayed, verified }) => [replayed, verified])).toContainEqual([10, 210])
  })

  test('also where other packets of the stream fail; a forged packet is none, nor the right one after it', async () => {
    const [victim] = sound.filter(isCaller).slice(50)
    const forged = {
      ...victim,
      payload: Buffer.from(victim?.payload ?? []).fill(3, 20),
      timeNs: (victim?.timeNs ?? 0) - 1e6,
    }
    const report = await reportOn([...sound, ...again(500), forged as (typeof sound)[number]])
    expect(report.streams.map(({ replayed, failed }) => [replayed, failed])).toContainEqual([10, 1])
  })

  test('the same packets captured twice are counted, never told', async () => {
    const report = await reportOn(captureOf(sound, true))
    expect(replays(report)).toEqual([])
    expect(report.streams.map(({ replayed, captureDuplicates }) => [replayed, captureDuplicates])).toEqual([
      [0, 200],
      [0, 200],
    ])
  })

  test('captures of two points that are far from each other, or from one time, show every packet twice', async () => {
    const later = (afterMs: number) => sound.map((one) => ({ ...one, timeNs: one.timeNs + afterMs * 1e6 }))
    for (const afterMs of [15, 400])
      expect(replays(await reportOn([sound, later(afterMs)].map(captureOnly)))).toEqual([])
    const [finding] = replays(await reportOn([...sound, ...later(15)]))
    expect(finding?.detail).toContain('A file that holds what two distant points captured looks the same.')
  })

  test('in a ring of captures what comes again in a later file is told', async () => {
    const all = [...sound, ...again(500)].sort((a, b) => a.timeNs - b.timeNs)
    const report = await reportOn([all.slice(0, 20), all.slice(20)].map(captureOnly))
    expect(replays(report).map(({ evidence }) => evidence.replayed)).toEqual([10])
  })

  test('events alone are an info: some number the ends of a DTMF digit alike (RFC 4733 §2.5.1.4)', async () => {
    const event = 'a=rtpmap:101 telephone-event/8000'
    const talk = { offer: [line(1, 'caller'), event], answer: [line(1, 'callee'), event], profile: 'RTP/SAVP 101' }
    const digits = (rtp: Buffer, n: number) => {
      if (n >= 20 && n < 25) rtp[1] = 101
      return under(keysOf('caller'))(rtp, n)
    }
    const call = callOf([{ at: 0, ...talk }], [{ ...caller({}), protect: digits }, CALLEE])
    const later = (from: number, to: number) =>
      call
        .filter(isCaller)
        .slice(from, to)
        .map((one) => ({ ...one, timeNs: one.timeNs + 5e6 }))
    const events = replays(await reportOn([...call, ...later(22, 25)]))
    expect(events).toMatchObject([{ severity: 'info', evidence: { replayed: 3 } }])
    expect(events[0]?.detail).toContain('telephone events')
    expect(replays(await reportOn([...call, ...later(22, 26)]))).toMatchObject([{ severity: 'warning' }])
  })

  test('a sound call has none', async () => {
    expect(replays(await reportOn(sound))).toEqual([])
  })
})

test('what fails behind a re-INVITE is not taken for the plain RTP that was agreed before it', async () => {
  const plain: Talk = { at: 0, offer: [], answer: [], profile: 'RTP/AVP' }
  const encrypt = under(keysOf('unknown'))
  const protect: Media['protect'] = (rtp, n) => (n < 145 ? rtp.fill(255, 12) : encrypt(rtp, n))
  const talks = [plain, { ...TALK, at: 3 }]
  const { findings, streams } = await reportOn(callOf(talks, [{ from: 'caller', at: 0.2, count: 300, protect }]))
  expect(streams[0]).toMatchObject({ protection: 'srtp', verified: 0 })
  expect(streams[0].failed).toBeGreaterThan(40)
  expect(findings.map(({ rule }) => rule)).toContain('srtp-auth-failed')
  expect(findings.map(({ rule }) => rule)).not.toContain('rtp-avp-leak')
})
