import { afterAll, describe, expect, test } from 'vitest'
import type { Finding, Report } from '../../src/model/report.ts'
import { scan } from '../../src/scan/scan.ts'
import { AWAITED } from './awaited.ts'
import type { Trace } from './build/trace.ts'
import { CAPTURES, FOLDER, isSupported, lacking, rulesFor, truthOf } from './captures.ts'
import type { FaultyTrace, HealthyTrace } from './entry.ts'
import { isAllowed, isNamed, lackingOf, reportOn, summary } from './judge.ts'
import { SAMPLE_CONSEQUENCES, SAMPLE_FAULTS, samplePath } from './samples.ts'
import { unsound } from './soundness.ts'
import { Tally } from './tally.ts'
import { healthyDialogs } from './traces/healthy-dialogs.ts'
import { healthyEdges } from './traces/healthy-edges.ts'
import { healthyMedia } from './traces/healthy-media.ts'
import { healthyPeers } from './traces/healthy-peers.ts'
import { healthyTurns } from './traces/healthy-turns.ts'
import { healthyWays } from './traces/healthy-ways.ts'
import { leakTraces } from './traces/leaks.ts'
import { healthyLinesAndLegs, lineAndLegTraces } from './traces/lines-and-legs.ts'
import { mediaTraces } from './traces/media.ts'
import { negotiationTraces } from './traces/negotiation.ts'
import { packetTraces } from './traces/packets.ts'
import { policyTraces } from './traces/policies.ts'
import { healthyRefusals, refusedTraces } from './traces/refused.ts'
import { healthyRelays, relayTraces } from './traces/relays.ts'
import { signallingTraces } from './traces/signalling.ts'
import { turnTraces } from './traces/turns.ts'
import { healthyAnswers, unansweredTraces } from './traces/unanswered.ts'
import { wireKeyTraces } from './traces/wire-keys.ts'

const faulty: readonly FaultyTrace[] = [
  ...negotiationTraces,
  ...wireKeyTraces,
  ...packetTraces,
  ...leakTraces,
  ...mediaTraces,
  ...refusedTraces,
  ...lineAndLegTraces,
  ...signallingTraces,
  ...unansweredTraces,
  ...policyTraces,
  ...turnTraces,
  ...relayTraces,
]
const healthy: readonly HealthyTrace[] = [
  ...healthyDialogs,
  ...healthyEdges,
  ...healthyMedia,
  ...healthyRefusals,
  ...healthyPeers,
  ...healthyAnswers,
  ...healthyTurns,
  ...healthyWays,
  ...healthyLinesAndLegs,
  ...healthyRelays,
]

/** How well each rule judges, over everything in this file. */
const tally = new Tally()

afterAll(() => {
  const short = [...AWAITED].map(([name, reason]) => `falls short: ${name} (${reason})\n`)
  process.stdout.write(`\nRecall and precision by rule:\n${tally.table()}\n${short.join('')}\n`)
})

/** A fault, the rule that is for it, and what the findings lack of it. */
interface Fault {
  readonly rule: string
  readonly lacks: readonly string[]
}

/** Counts what was found and what was said beside the truth, and demands that nothing is amiss. */
function hold(
  name: string,
  faults: readonly Fault[],
  report: Report,
  isRight: (finding: Finding) => boolean,
  secrets: Iterable<string> = [],
): void {
  for (const { rule, lacks } of faults) tally.fault(rule, lacks.length === 0)
  for (const finding of report.findings) tally.finding(finding.rule, isRight(finding))
  const missing = faults.flatMap(({ lacks }) => lacks)
  const wrong = report.findings.filter((finding) => !isRight(finding)).map(summary)
  expect(unsound(report, secrets)).toEqual([])
  if (AWAITED.has(name)) expect({ missing, wrong }, 'no longer awaited').not.toEqual({ missing: [], wrong: [] })
  else expect({ missing, wrong }).toEqual({ missing: [], wrong: [] })
}

/** What is true of a trace by the way it is made. */
function ambientFaults(trace: Trace, { findings }: Report): Fault[] {
  return [...trace.ambient].map((rule) => {
    const found = findings.some((finding) => finding.rule === rule)
    return { rule, lacks: found ? [] : [`nothing of ${rule}`] }
  })
}

test('names are unique, and what is awaited is there', () => {
  const names = [...[...faulty, ...healthy].map(({ name }) => name), ...CAPTURES, ...Object.keys(SAMPLE_FAULTS)]
  expect(new Set(names).size).toBe(names.length)
  if (CAPTURES.length > 0) expect([...AWAITED.keys()].filter((name) => !names.includes(name))).toEqual([])
})

describe('a trace with one fault', () => {
  test.each(faulty.map((entry) => [entry.name, entry] as const))('%s', async (name, entry) => {
    const trace = entry.build()
    const report = await reportOn(trace, entry)
    const { rule, kind } = entry.found
    const expected = kind === undefined ? rule : `${rule}:${kind}`
    const fault = { rule, lacks: lackingOf(entry.found, report, trace) }
    const isRight = (finding: Finding) => isAllowed(finding, [expected, ...(entry.allowed ?? [])], trace)
    hold(name, [fault, ...ambientFaults(trace, report)], report, isRight, trace.secrets)
  })
})

describe('a trace in which nothing is wrong', () => {
  test.each(healthy.map((entry) => [entry.name, entry] as const))('%s', async (name, entry) => {
    const trace = entry.build()
    const report = await reportOn(trace, entry)
    const isRight = (finding: Finding) => isAllowed(finding, entry.allowed ?? [], trace)
    hold(name, ambientFaults(trace, report), report, isRight, trace.secrets)
  })
})

describe('a sample', () => {
  test.each(Object.entries(SAMPLE_FAULTS))('%s', async (name, sampleFaults) => {
    const report = await scan({ captures: [samplePath(name)], workers: 1 })
    const faults = sampleFaults.map((fault) => ({
      rule: fault.rule,
      lacks: lackingOf(fault, { ...report, findings: report.findings.filter((finding) => isOf(finding, fault.call)) }),
    }))
    hold(name, faults, report, (finding) => {
      const ofCall = sampleFaults.filter(({ call }) => isOf(finding, call))
      const rules = ofCall.map(({ rule, kind }) => (kind === undefined ? rule : `${rule}:${kind}`))
      return isNamed(finding, [...rules, ...SAMPLE_CONSEQUENCES])
    })
  })
})

function isOf({ callId }: Finding, call: string): boolean {
  return callId?.replace(/-\d+@.*$/, '') === call
}

describe.runIf(CAPTURES.length > 0)('a capture with known truth', () => {
  test.each(CAPTURES)('%s', async (name) => {
    const { truth, keyFiles } = truthOf(name)
    const report = await scan({ captures: [`${FOLDER}${name}`], keyFiles, workers: 1 })
    const faults = truth.problems.flatMap((problem) =>
      rulesFor(problem).map((rule) => ({ rule, lacks: lacking(problem, report) })),
    )
    hold(name, faults, report, (finding) => isSupported(finding, truth))
  })
})
