import { createRequire } from 'node:module'
import { fileURLToPath } from 'node:url'
import { afterEach, expect, test } from 'vitest'
import { analyseCaptures } from '../../src/scan/analyse-captures.ts'

const CALL = fileURLToPath(new URL('../../samples/call.pcap', import.meta.url))
const threads = createRequire(import.meta.url)('node:worker_threads')
const { Worker } = threads

afterEach(() => {
  threads.Worker = Worker
})

const analysed = async (workers: number): Promise<string> =>
  JSON.stringify(await analyseCaptures({ captures: [CALL], slabBytes: 64 << 10, workers }))

test.each([0, 1])(
  'where the system starts %i thread(s) and no more, the main thread goes on alone',
  async (possible) => {
    const alone = await analysed(1)
    let begun = 0
    threads.Worker = function begin(...args: unknown[]) {
      if (begun++ >= possible) throw Object.assign(new Error('EAGAIN'), { code: 'EAGAIN' })
      return Reflect.construct(Worker, args)
    }
    expect(await analysed(3)).toBe(alone)
    expect(begun).toBe(possible + 1)
  },
)
