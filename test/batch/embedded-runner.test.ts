import { expect, test } from 'vitest'
import { EmbeddedRunner } from '../../src/batch/embedded-runner.ts'
import type { JobOutcome } from '../../src/batch/job-outcome.ts'
import { jobOf, MemoryStore, SAMPLES } from './jobs.ts'

test('the embedded runner does every job, and a bad file stops none', async () => {
  const store = new MemoryStore()
  const jobs = await Promise.all(
    ['call.pcap', 'keys.json', 'leak.pcap'].map((name) => jobOf(`${SAMPLES}${name}`, name)),
  )
  const outcomes: JobOutcome[] = []
  for await (const outcome of new EmbeddedRunner({ store }).run(jobs)) outcomes.push(outcome)
  expect(outcomes.map(({ status }) => status)).toEqual(['reported', 'failed', 'reported'])
  expect([...store.reports.keys()]).toEqual(['call.pcap.json', 'leak.pcap.json'])
})
