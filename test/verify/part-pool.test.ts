import { mkdtempSync, readdirSync, rmSync, statSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterAll, expect, test } from 'vitest'
import { PartPool } from '../../src/verify/parts/part-pool.ts'
import type { PartTask } from '../../src/verify/parts/part-task.ts'

const CALL = fileURLToPath(new URL('../../samples/call.pcap', import.meta.url))
const folder = mkdtempSync(join(tmpdir(), 'srtp-scan-pool-'))
afterAll(() => rmSync(folder, { recursive: true }))

const lean = (place: string, part: number): PartTask => ({
  kind: 'lean',
  file: { path: place, place, sizeBytes: place === CALL ? statSync(CALL).size : 1 },
  limits: { slabBytes: 1 << 20, maxMemoryBytes: 32 << 20 },
  lean: `${part}.lean`,
  part,
  whole: false,
  outcome: `${part}.json`,
})

test.each([1, 2])('%i threads: where a part cannot be read, no job of another is begun', async (threads) => {
  const pool = new PartPool(threads)
  const none = join(folder, 'none.pcap')
  // Every thread meets one that is not there first.
  const tasks = [none, none, CALL, CALL, CALL, CALL].map(lean)
  const ended: PartTask[] = []
  try {
    await expect(pool.run(tasks, folder, (task) => ended.push(task))).rejects.toThrow(`${none}: no such file`)
    expect(ended).toEqual([])
    expect(readdirSync(folder)).toEqual([])
    await pool.run(tasks.slice(2), folder, (task) => ended.push(task))
    expect(new Set(ended)).toEqual(new Set(tasks.slice(2)))
  } finally {
    await pool.close()
    for (const name of readdirSync(folder)) rmSync(join(folder, name))
  }
})
