import { setImmediate as turn } from 'node:timers/promises'
import { describe, expect, test } from 'vitest'
import { inTurns } from '../../src/batch/in-turns.ts'

async function all<T>(results: AsyncIterable<T>): Promise<T[]> {
  const found: T[] = []
  for await (const result of results) found.push(result)
  return found
}

describe('tasks in turns', () => {
  test('no more at a time than asked for, and all of them', async () => {
    let underWay = 0
    let most = 0
    const work = async (n: number): Promise<number> => {
      most = Math.max(most, ++underWay)
      await turn()
      underWay--
      return n
    }
    expect((await all(inTurns([1, 2, 3, 4, 5, 6, 7], 3, undefined, work))).sort()).toEqual([1, 2, 3, 4, 5, 6, 7])
    expect(most).toBe(3)
  })

  test('once aborted none begins, and those under way end', async () => {
    const abort = new AbortController()
    const begun: number[] = []
    const work = async (n: number): Promise<number> => {
      begun.push(n)
      if (n === 2) abort.abort()
      await turn()
      return n
    }
    expect((await all(inTurns([1, 2, 3, 4, 5], 3, abort.signal, work))).sort()).toEqual([1, 2])
    expect(begun).toEqual([1, 2])
  })

  test('an error is thrown when those under way have ended', async () => {
    let ended = 0
    const work = async (n: number): Promise<void> => {
      if (n === 1) throw new Error('out of luck')
      await turn()
      ended++
    }
    await expect(all(inTurns([1, 2, 3, 4], 2, undefined, work))).rejects.toThrow('out of luck')
    expect(ended).toBe(1)
  })
})
