import type { Worker } from 'node:worker_threads'
import { afterEach, describe, expect, test } from 'vitest'
import { endEarly, startEarly, ThreadPool } from '../../src/verify/thread-pool.ts'

/** What was heard of a thread, in order: its first message says that it has loaded. */
type Heard = 'loaded' | 'told to end'

describe('threads that nobody has a use for', () => {
  const heard: Heard[][] = []
  const watch = (thread: Worker): void => {
    const its: Heard[] = []
    heard.push(its)
    thread.once('message', () => its.push('loaded'))
    const end = thread.terminate
    thread.terminate = () => {
      its.push('told to end')
      return end.call(thread)
    }
  }
  const watched = async (what: () => Promise<void>): Promise<Heard[][]> => {
    process.on('worker', watch)
    await what()
    return heard
  }
  afterEach(() => {
    process.off('worker', watch)
    heard.length = 0
  })

  // Node 20 may abort the process where a thread ends while it loads a module.
  test('begun early: they are told to end when they have loaded', async () => {
    const seen = await watched(async () => {
      startEarly('verify', 2)
      await endEarly()
    })
    expect(seen).toEqual([
      ['loaded', 'told to end'],
      ['loaded', 'told to end'],
    ])
  })

  test('of a pool that was given nothing to do: the same', async () => {
    const seen = await watched(() => new ThreadPool('verify', 1).close())
    expect(seen).toEqual([['loaded', 'told to end']])
  })

  test('begun early for another number: the same, and the pool has its own', async () => {
    const seen = await watched(async () => {
      startEarly('verify', 1)
      await new ThreadPool('verify', 2).close()
      // The first one's end was not waited for.
      await expect.poll(() => heard.flat().length, { timeout: 30_000 }).toBe(6)
    })
    expect(seen).toEqual(Array.from({ length: 3 }, () => ['loaded', 'told to end']))
  })
})
