import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, expect, test } from 'vitest'
import { composeTrace } from '../../bench/captures/compose.ts'
import { CASES, quick } from '../../bench/cases.ts'
import { scan } from '../../src/scan/scan.ts'

const folder = mkdtempSync(join(tmpdir(), 'srtp-scan-bench-test-'))
afterAll(() => rmSync(folder, { recursive: true }))

test.each(CASES)(
  '$name: every packet of what is measured verifies, and its calls are whole',
  async ({ name, shape }) => {
    const path = join(folder, `${name}.pcap`)
    const few = { ...shape, calls: Math.min(shape.calls, 5), packetsEach: Math.min(shape.packetsEach, 30) }
    const records = composeTrace(path, few)
    const { totals, calls } = await scan({ captures: [path], workers: 1 })
    const packets = few.calls * 2 * few.packetsEach
    expect(totals).toMatchObject({
      frames: records,
      sipMessages: few.calls * 5,
      calls: few.calls,
      streams: few.packetsEach === 0 ? 0 : few.calls * 2,
      rtp: packets,
      verified: packets,
      failed: 0,
    })
    expect([...calls].map(({ state }) => state)).toEqual(Array.from({ length: few.calls }, () => 'completed'))
    expect(readFileSync(`${path}.keys`, 'latin1').trimEnd().split('\n')).toHaveLength(few.calls * 2)
  },
)

test('the quick form of a case is of the same kind, and small', () => {
  for (const one of CASES) {
    const { shape, peers, bars } = quick(one)
    expect(shape).toMatchObject({ payload: one.shape.payload, suite: one.shape.suite })
    expect(shape.calls * 2 * shape.packetsEach).toBeLessThanOrEqual(200_000)
    expect(peers).toEqual(one.peers)
    expect(bars).toEqual([])
  }
})
