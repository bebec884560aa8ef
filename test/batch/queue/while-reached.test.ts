import { expect, test } from 'vitest'
import { whileReached } from '../../../src/batch/queue/while-reached.ts'

const never = new Promise<never>(() => undefined)

async function* oneAndThen(wait: Promise<unknown>): AsyncGenerator<number> {
  yield 1
  await wait
  yield 2
}

test('without a signal, or within reach, all that comes', async () => {
  const results: number[] = []
  for await (const one of whileReached(oneAndThen(Promise.resolve()), () => false, undefined)) results.push(one)
  const stop = new AbortController()
  for await (const one of whileReached(oneAndThen(Promise.resolve()), () => true, stop.signal)) {
    results.push(one)
    stop.abort()
  }
  expect(results).toEqual([1, 2, 1, 2])
})

test('out of reach, once aborted: nothing is waited for', async () => {
  const results: number[] = []
  const stop = new AbortController()
  for await (const one of whileReached(oneAndThen(never), () => false, stop.signal)) {
    results.push(one)
    stop.abort()
  }
  for await (const one of whileReached(oneAndThen(never), () => false, AbortSignal.abort())) results.push(one + 10)
  expect(results.filter((one) => one < 10)).toEqual([1])
})

test('what it throws is thrown', async () => {
  const failing = whileReached(oneAndThen(Promise.reject(new Error('broke'))), () => true, undefined)
  await expect(gathered(failing)).rejects.toThrow('broke')
})

async function gathered(results: AsyncGenerator<number>): Promise<void> {
  for await (const _ of results);
}
