/**
 * What comes of a queue. Once the signal is aborted while the queue is out of reach, nothing is waited for any more: what
 * was under way there is for another run.
 */
export async function* whileReached<Result>(
  results: AsyncGenerator<Result>,
  isReached: () => boolean,
  signal: AbortSignal | undefined,
): AsyncGenerator<Result> {
  let leave = (): void => undefined
  const left = new Promise<undefined>((resolve) => {
    leave = () => {
      if (!isReached()) resolve(undefined)
    }
  })
  signal?.addEventListener('abort', leave)
  if (signal?.aborted === true) leave()
  try {
    for (;;) {
      const next = await Promise.race([results.next(), left])
      if (next === undefined || next.done === true) return
      yield next.value
    }
  } finally {
    signal?.removeEventListener('abort', leave)
    // Where it waits for the queue it may wait for ever.
    void results.return(undefined).catch(() => undefined)
  }
}
