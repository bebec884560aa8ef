import { Redis, type RedisOptions } from 'ioredis'
import { UsageError } from '../../scan/usage-error.ts'

/** Says a line to the user. */
export type Tell = (line: string) => void

/** How long a command waits for a Redis that does not answer when it starts. */
const PATIENCE_MS = 5000
const LONGEST_WAIT_MS = 2000
/** Replies that no waiting will change. */
const FINAL = /^(NOAUTH|WRONGPASS|ERR invalid password|ERR Client sent AUTH|NOPERM|ERR DB index)/

/** A URL of Redis as it may be shown: without user and password. @throws UsageError */
export function shownRedisUrl(url: string): string {
  const known = URL.canParse(url) ? new URL(url) : undefined
  if (known === undefined || !['redis:', 'rediss:'].includes(known.protocol) || known.hostname === '') {
    const begin = /^[a-z]+:/i.exec(url)?.[0] ?? ''
    throw new UsageError(`--queue ${begin}…: redis://HOST:PORT is wanted, or rediss://HOST:PORT for Redis behind TLS`)
  }
  return `${known.protocol}//${known.host}${known.pathname === '/' ? '' : known.pathname}`
}

/**
 * Connects to Redis. A connection that is lost later is made again, for as long as it takes; that is said once each time.
 *
 * @throws UsageError where there is none within seconds, or it refuses
 */
export async function connectRedis(url: string, tell: Tell, patienceMs = PATIENCE_MS): Promise<Redis> {
  const shown = shownRedisUrl(url)
  const options: RedisOptions = {
    // BullMQ asks for it: a command waits for the connection, however long that takes.
    maxRetriesPerRequest: null,
    lazyConnect: true,
    connectTimeout: patienceMs,
    retryStrategy: (times) => Math.min(100 * 2 ** Math.min(times, 10), LONGEST_WAIT_MS),
  }
  const redis = new Redis(url, options)
  try {
    await firstReady(redis, patienceMs)
  } catch (error) {
    redis.disconnect()
    // The cause stays out: ioredis puts the command into it that failed, with the password.
    throw new UsageError(`--queue ${shown}: cannot be reached (${(error as Error).message}); is Redis running there?`)
  }
  redis.on('error', () => undefined)
  let lost = false
  redis.on('close', () => {
    if (!lost && redis.status !== 'end') tell(`the queue ${shown} is not reached any more; waiting for it`)
    lost = true
  })
  redis.on('ready', () => {
    if (lost) tell(`the queue ${shown} is reached again`)
    lost = false
  })
  return redis
}

/** One more connection to the same Redis; what happens to it is not told again. */
export function duplicateRedis(redis: Redis): Redis {
  const other = redis.duplicate({ lazyConnect: false })
  other.on('error', () => undefined)
  return other
}

function firstReady(redis: Redis, patienceMs: number): Promise<void> {
  return new Promise((resolve, reject) => {
    let reason = new Error('no answer')
    const settle = (error?: Error): void => {
      clearTimeout(timer)
      redis.off('ready', settle)
      redis.off('error', noted)
      if (error === undefined) resolve()
      else reject(error)
    }
    const noted = (error: Error): void => {
      reason = error
      if (FINAL.test(error.message)) settle(error)
    }
    const timer = setTimeout(() => settle(reason), patienceMs)
    redis.on('error', noted)
    redis.once('ready', () => settle())
    // Why it rejects was an 'error' before; the strategy goes on trying.
    redis.connect().catch(() => undefined)
  })
}
