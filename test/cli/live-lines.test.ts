import { describe, expect, test } from 'vitest'
import { LiveLines } from '../../src/cli/live-lines.ts'
import type { LargeReport } from '../../src/model/report-objects.ts'
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
  const whole: LargeReport = {
    ...EMPTY,
    calls: snapshots.flatMap(({ ended }) => ended.map(({ call }) => call)),
    streams: snapshots.flatMap(({ ended }) => ended.flatMap(({ streams }) => streams)),
    findings: snapshots.flatMap(({ ended }) => ended.flatMap(({ findings }) => findings)),
  }

  test('tells calls, streams and findings as they end, each once, and the sums at the end', () => {
    const { told, lines } = collect()
    for (const snapshot of snapshots) lines.show(snapshot)
    const ended = whole.calls.length
    expect(names(told, 'call', 'callId')).toHaveLength(ended)
    lines.finish(whole)
    expect(names(told, 'call', 'callId')).toEqual([...whole.calls].map(({ callId }) => callId))
    expect(names(told, 'stream', 'id')).toEqual([...whole.streams].map(({ id }) => id))
    expect(names(told, 'finding', 'rule')).toEqual([...whole.findings].map(({ rule }) => rule))
    expect(told.at(-1)?.type).toBe('totals')
  })

  test('tells what had not ended when the scan did', () => {
    const { told, lines } = collect()
    for (const snapshot of snapshots.slice(0, 4)) lines.show(snapshot)
    const before = names(told, 'call', 'callId').length
    expect(before).toBeGreaterThan(0)
    expect(before).toBeLessThan(whole.calls.length)
    lines.finish(whole)
    expect(names(told, 'call', 'callId')).toEqual([...whole.calls].map(({ callId }) => callId))
    expect(names(told, 'stream', 'id').sort()).toEqual([...whole.streams].map(({ id }) => id).sort())
    expect(names(told, 'finding', 'rule').sort()).toEqual([...whole.findings].map(({ rule }) => rule).sort())
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
