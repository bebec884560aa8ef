import { describe, expect, test } from 'vitest'
import { LiveLines } from '../../src/cli/live-lines.ts'
import type { LargeReport } from '../../src/model/report-objects.ts'
import { ChainedSequence } from '../../src/model/sequence.ts'
import { EMPTY, replayed, SAMPLES, sampleReport, snapshotOf } from './screen/snapshots.ts'

type Line = Record<string, unknown> & { readonly type: string }

/** Lines that are collected, parsed. */
function collect() {
  const told: Line[] = []
  return { told, lines: new LiveLines((line) => void told.push(JSON.parse(line) as Line)) }
}

const names = (told: readonly Line[], type: string, name: string) =>
  told.filter((line) => line.type === type).map((line) => line[name])

describe('a live scan as NDJSON', () => {
  const reports = SAMPLES.map(sampleReport)
  const snapshots = replayed(reports)
  const calls = snapshots.flatMap(({ ended }) => ended.map(({ call }) => call))
  const streams = snapshots.flatMap(({ ended }) => ended.flatMap(({ streams }) => streams))
  const findings = snapshots.flatMap(({ ended }) => ended.flatMap(({ findings }) => findings))
  /** The report where so many calls had been let go before the end. */
  const whole = (released: number): LargeReport => ({
    ...{ ...EMPTY, streams, findings },
    calls: new ChainedSequence(calls.slice(0, released), calls.slice(released)),
  })

  test('tells calls, streams and findings as they end, each once, and the sums at the end', () => {
    const { told, lines } = collect()
    for (const snapshot of snapshots) lines.show(snapshot)
    const ended = calls.length
    expect(names(told, 'call', 'callId')).toHaveLength(ended)
    lines.finish(whole(ended))
    expect(names(told, 'call', 'callId')).toEqual(calls.map(({ callId }) => callId))
    expect(names(told, 'stream', 'id')).toEqual(streams.map(({ id }) => id))
    expect(names(told, 'finding', 'rule')).toEqual(findings.map(({ rule }) => rule))
    expect(told.at(-1)?.type).toBe('totals')
  })

  test('tells what had not ended when the scan did', () => {
    const { told, lines } = collect()
    for (const snapshot of snapshots.slice(0, 4)) lines.show(snapshot)
    const before = names(told, 'call', 'callId').length
    expect(before).toBeGreaterThan(0)
    expect(before).toBeLessThan(calls.length)
    lines.finish(whole(before))
    expect(names(told, 'call', 'callId')).toEqual(calls.map(({ callId }) => callId))
    expect(names(told, 'stream', 'id').sort()).toEqual(streams.map(({ id }) => id).sort())
    expect(names(told, 'finding', 'rule').sort()).toEqual(findings.map(({ rule }) => rule).sort())
  })

  test('tells all that had not ended, though the disk had no room for calls before', () => {
    const { told, lines } = collect()
    for (const snapshot of snapshots.slice(0, 4)) lines.show(snapshot)
    const before = names(told, 'call', 'callId').length
    const left = calls.slice(before)
    lines.finish({ ...whole(0), calls: new ChainedSequence(calls.slice(1, before), left) })
    expect(names(told, 'call', 'callId')).toEqual(calls.map(({ callId }) => callId))
  })

  test('tells a finding early when it is seen first, and again where it had gone', () => {
    const [finding] = sampleReport('mismatch').findings
    const { told, lines } = collect()
    const has = snapshotOf({ ...EMPTY, findings: [finding] })
    const grown = snapshotOf({ ...EMPTY, findings: [{ ...finding, detail: 'more of it' }] })
    lines.show(has)
    lines.show(grown)
    expect(told.map(({ type, rule }) => [type, rule])).toEqual([['early-finding', finding.rule]])
    lines.show(snapshotOf(EMPTY))
    lines.show(has)
    expect(told).toHaveLength(2)
  })
})
