import { once } from 'node:events'
import { PassThrough } from 'node:stream'
import { expect, test, vi } from 'vitest'
import { liveScan } from '../../src/live/live-scan.ts'
import type { BrokenOffError } from '../../src/scan/broken-off.ts'
import { longTrace } from '../scan/long-trace.ts'

const faults = vi.hoisted(() => ({ rules: false }))
vi.mock('../../src/rules/run-rules.ts', async (original) => {
  const { runRules } = await original<typeof import('../../src/rules/run-rules.ts')>()
  return {
    runRules: (...args: Parameters<typeof runRules>) => {
      if (faults.rules) throw new RangeError('a rule failed')
      return runRules(...args)
    },
  }
})

const CALLS = 40
const trace = longTrace(CALLS, 5)

/** A live scan of which most calls have ended and are let go when a look at it fails; its source goes on. */
async function brokenOff(workers: number, fail: () => void) {
  const octets = new PassThrough()
  const looks = new PassThrough({ objectMode: true })
  const said: BrokenOffError[] = []
  let failing = false
  let released = 0
  const report = liveScan({
    ...{ workers, snapshotMs: 1 },
    source: { name: 'eth0', octets, counts: () => ({}), stop: async () => void octets.end() },
    onBrokenOff: (error) => said.push(error),
    onSnapshot: ({ ended }) => {
      if (failing) fail()
      else released += ended.length
      looks.emit('look')
    },
  })
  for (let n = 0; n < 4; n++) {
    octets.write(trace.subarray((n * trace.length) / 4, ((n + 1) * trace.length) / 4))
    for (let look = 0; look < 2; look++) await once(looks, 'look')
  }
  failing = true
  return { report: await report, said, released: () => released }
}

test.each([1, 3])(
  'a look that fails ends a live scan with the report of all that came, %i threads',
  async (workers) => {
    const { report, said } = await brokenOff(workers, () => {
      throw new TypeError('the screen failed')
    })
    expect(said.map(({ message, code }) => [message, code])).toEqual([
      ['the screen failed; the report is of what was judged by then', 'SRTP_SCAN_BROKEN_OFF'],
    ])
    expect(report.calls).toHaveLength(CALLS)
    expect(report.captures[0].lost).toEqual({
      reason: expect.stringContaining('the scan broke off'),
      atByte: trace.length,
    })
  },
  60_000,
)

test('where what is left cannot be judged either, the calls that had ended are reported', async () => {
  const { report, said, released } = await brokenOff(1, () => {
    faults.rules = true
  })
  faults.rules = false
  expect(said.map(({ message }) => message)).toEqual(['a rule failed; the report is of what was judged by then'])
  expect(released()).toBeGreaterThan(CALLS / 2)
  expect([...report.calls].length).toBe(released())
  expect([...report.streams].length).toBeGreaterThan(released())
  expect(report.totals).toMatchObject({ calls: released(), unverified: 0 })
  expect(report.captures[0].lost?.atByte).toBe(trace.length)
}, 60_000)
