/**
 * Works on some tasks at a time, and yields results as they come. Once aborted no further task begins; those under way
 * are finished. The first error is thrown, after what was under way has ended.
 */
export async function* inTurns<Task, Result>(
  tasks: Iterable<Task>,
  atOnce: number,
  signal: AbortSignal | undefined,
  work: (task: Task) => Promise<Result>,
): AsyncGenerator<Result> {
  const open = tasks[Symbol.iterator]()
  const underWay = new Set<Promise<{ readonly settled: PromiseSettledResult<Result>; readonly own: () => unknown }>>()
  const begin = (): void => {
    while (underWay.size < atOnce && signal?.aborted !== true) {
      const next = open.next()
      if (next.done === true) return
      const own = Promise.allSettled([work(next.value)]).then(([settled]) => ({
        settled,
        own: () => underWay.delete(own),
      }))
      underWay.add(own)
    }
  }
  try {
    for (begin(); underWay.size > 0; begin()) {
      const { settled, own } = await Promise.race(underWay)
      own()
      if (settled.status === 'rejected') throw settled.reason
      yield settled.value
    }
  } finally {
    await Promise.all(underWay)
  }
}
