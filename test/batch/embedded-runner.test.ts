import { describe, expect, test } from 'vitest'
import type { CaptureJob } from '../../src/batch/capture-job.ts'
import { EmbeddedRunner } from '../../src/batch/embedded-runner.ts'
import type { JobOutcome } from '../../src/batch/job-outcome.ts'
import { jobOf, MemoryStore, SAMPLES } from './jobs.ts'

test('in this process every job is done, and a bad file stops none', async () => {
  const store = new MemoryStore()
  const jobs = await Promise.all(
    ['call.pcap', 'keys.json', 'leak.pcap'].map((name) => jobOf(`${SAMPLES}${name}`, name)),
  )
  const outcomes: JobOutcome[] = []
  for await (const outcome of new EmbeddedRunner({ store }).run(jobs)) outcomes.push(outcome)
  expect(outcomes.map(({ status }) => status)).toEqual(['reported', 'failed', 'reported'])
  expect([...store.reports.keys()]).toEqual(['call.pcap.json', 'leak.pcap.json'])
})

/** What serving.ts says that it was asked. */
interface Asked {
  readonly pid: number
  readonly workers?: number
  readonly maxMemoryMb: number
}

const MB = 1 << 20
const module = new URL('./serving.ts', import.meta.url)

/** Outcomes by name, in the order in which they came. */
async function outcomesOf(
  captures: Readonly<Record<string, number>>,
  limits: { workers?: number; maxMemoryMb?: number },
): Promise<Map<string, JobOutcome & { readonly asked?: Asked }>> {
  const runner = new EmbeddedRunner({ store: new MemoryStore(), processes: { module, root: '' }, ...limits })
  const jobs = Object.entries(captures).map(([capture, megabytes]): CaptureJob => {
    return {
      kind: 'report',
      name: capture,
      capture,
      sizeBytes: megabytes * MB,
      options: {},
      optionsDigest: '',
      reports: [],
    }
  })
  const outcomes = new Map<string, JobOutcome>()
  try {
    for await (const outcome of runner.run(jobs)) outcomes.set(outcome.name, outcome)
  } finally {
    await runner.close()
  }
  return outcomes
}

describe('in processes', () => {
  test('captures that would go on when all others are done are done alone with all threads, the others with one', async () => {
    const outcomes = await outcomesOf({ a: 1, huge: 500, b: 40, large: 100, c: 40, d: 40 }, { workers: 3 })
    expect([...outcomes.keys()].slice(0, 2)).toEqual(['huge', 'large'])
    const asked = [...outcomes.values()].map((outcome) => outcome.asked as Asked)
    expect(asked.map(({ workers }) => workers)).toEqual([3, 3, 1, 1, 1, 1])
    expect(asked.map(({ maxMemoryMb }) => maxMemoryMb)).toEqual([1024, 1024, 341, 341, 341, 341])
    expect(new Set(asked.map(({ pid }) => pid)).size).toBeLessThanOrEqual(3)
  })

  test('with one worker all are done one after the other, by one process', async () => {
    const outcomes = await outcomesOf({ a: 1, b: 1, c: 1 }, { workers: 1, maxMemoryMb: 256 })
    const asked = [...outcomes.values()].map((outcome) => outcome.asked as Asked)
    expect(new Set(asked.map(({ pid }) => pid)).size).toBe(1)
    expect(asked.map(({ maxMemoryMb }) => maxMemoryMb)).toEqual([256, 256, 256])
  })

  test('no more are under way than there is memory for', async () => {
    const outcomes = await outcomesOf({ a: 1, b: 1, c: 1, d: 1 }, { workers: 4, maxMemoryMb: 128 })
    const asked = [...outcomes.values()].map((outcome) => outcome.asked as Asked)
    expect(asked.map(({ maxMemoryMb }) => maxMemoryMb)).toEqual([64, 64, 64, 64])
    expect(new Set(asked.map(({ pid }) => pid)).size).toBeLessThanOrEqual(2)
  })

  test('what met its share of the ceiling is done again with all of it', async () => {
    const outcomes = await outcomesOf({ small: 2, b: 1 }, { workers: 2 })
    expect([...outcomes.keys()]).toEqual(['b', 'small'])
    expect(outcomes.get('small')?.asked?.maxMemoryMb).toBe(1024)
  })

  test('one that dies takes its capture along and no other', async () => {
    const outcomes = await outcomesOf({ a: 4, die: 3, b: 2, c: 1 }, { workers: 2 })
    expect([...outcomes.values()].filter(({ status }) => status === 'failed')).toEqual([outcomes.get('die')])
    expect((outcomes.get('die') as { error: string }).error).toMatch(
      /^die: the process that scanned it was ended by SIGKILL/,
    )
    expect(outcomes.size).toBe(4)
  })

  test('what is no fault of a capture ends them all', async () => {
    await expect(outcomesOf({ a: 2, refuse: 1 }, { workers: 2 })).rejects.toThrow('no report can be written')
  })
})
