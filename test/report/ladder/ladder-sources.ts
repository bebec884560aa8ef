import fc from 'fast-check'
import type { Call, Finding, LadderStepReport, Stream } from '../../../src/model/report.ts'
import type { LadderSource } from '../../../src/report/ladder/ladder.ts'
import { CALL, FINDING, STREAM } from '../sample-report.ts'

const START_US = Date.parse('2026-01-15T09:30:00Z') * 1000

function isoTime(us: number): string {
  return `${new Date(Math.floor((START_US + us) / 1000)).toISOString().slice(0, 20)}${`${us % 1_000_000}`.padStart(6, '0')}Z`
}

const endpoint = fc.constantFrom(
  ...['192.0.2.1:5060', '192.0.2.1:41234', '192.0.2.1:50123', '192.0.2.2:5060', '192.0.2.2:5070'],
  ...[
    '198.51.100.200:15060',
    '203.0.113.3:5061',
    '[2001:db8::1]:5060',
    '[2001:db8:aaaa:bbbb:cccc:dddd:eeee:ffff]:55060',
  ],
)
const label = fc.constantFrom(
  'INVITE',
  '100 Trying (INVITE)',
  '200 OK (INVITE)',
  'ACK',
  'BYE',
  'REINVITE-OF-A-VENDOR',
  '487 Request Terminated (INVITE)',
)
/** Mostly soon after the one before, now and then after an hour, never at another time. */
const pause = fc.oneof(
  { weight: 8, arbitrary: fc.nat(900_000) },
  fc.constantFrom(0, 1_000_000, 64_000_000, 3_600_000_000),
)

const steps: fc.Arbitrary<LadderStepReport[]> = fc
  .array(fc.record({ pause, from: endpoint, to: endpoint, label, sdp: fc.boolean(), repeated: fc.boolean() }), {
    maxLength: 40,
  })
  .map((all) => {
    let us = 0
    return all.map(({ pause: wait, from, to, label: text, sdp, repeated }, n) => {
      us += wait
      return {
        ...{ time: isoTime(us), frame: n + 1, from, to, label: text },
        ...(sdp && { sdp: true as const }),
        ...(repeated && { repeated: true as const }),
      }
    })
  })

const media = fc.oneof(endpoint, fc.constantFrom('192.0.2.1:4000', '198.51.100.9:4000', '[2001:db8::9]:40000'))
const stream: fc.Arbitrary<Partial<Stream>> = fc
  .record({
    at: fc.nat(10_000_000),
    run: fc.nat(100_000_000),
    kind: fc.constantFrom('rtp' as const, 'rtcp' as const),
    src: media,
    dst: media,
    sender: fc.constantFrom('offerer' as const, 'answerer' as const),
    fate: fc.constantFrom('verified', 'failed', 'plain', 'unverified'),
    codec: fc.constantFrom('PCMU/8000', 'telephone-event/8000'),
    firstFrame: fc.integer({ min: 1, max: 40 }),
  })
  .map(({ at, run, fate, ...rest }) => ({
    ...{ ...rest, firstTime: isoTime(at), lastTime: isoTime(at + run) },
    ...{ packets: 10, verified: 0, failed: 0, plain: 0, unverified: 0, [fate]: 10 },
  }))

const finding: fc.Arbitrary<Partial<Finding>> = fc.record({
  frames: fc.array(fc.integer({ min: 1, max: 40 }), { maxLength: 3 }),
  severity: fc.constantFrom('error', 'warning', 'info'),
})

/** Calls as they come and as they hardly ever do: any party sends anything to any, itself among them. */
export const ladderSources: fc.Arbitrary<LadderSource> = fc
  .record({
    legs: fc.array(steps, { minLength: 1, maxLength: 3 }),
    streams: fc.array(stream, { maxLength: 8 }),
    findings: fc.array(finding, { maxLength: 4 }),
  })
  .map(({ legs, streams, findings }) => {
    const calls: Call[] = legs.map((ladder, n) => ({
      ...CALL,
      ...{ callId: `leg-${n}`, ladder, messages: ladder.length, startTime: ladder[0]?.time ?? CALL.startTime },
      sessions: n === 0 ? CALL.sessions : [],
    }))
    return {
      calls,
      streams: streams.map(
        (one, n) => ({ ...STREAM, ...one, callId: `leg-${n % legs.length}`, id: `s${n}` }) as Stream,
      ),
      findings: findings.map(
        (one, n) =>
          ({ ...FINDING, capture: undefined, callId: `leg-${n % legs.length}`, streamId: `s${n}`, ...one }) as Finding,
      ),
    }
  })
