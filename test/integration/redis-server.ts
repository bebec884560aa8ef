import { type ChildProcess, spawn, spawnSync } from 'node:child_process'
import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync } from 'node:fs'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Redis } from 'ioredis'

export const HAS_REDIS = spawnSync('redis-server', ['--version']).status === 0

/** A redis-server of a test's own: on a free port of the loopback interface, in a folder that goes with it. */
export class RedisServer {
  readonly folder = mkdtempSync(join(tmpdir(), 'srtp-scan-redis-'))
  readonly #options: readonly string[]
  #port = 0
  #process: ChildProcess | undefined

  private constructor(options: readonly string[]) {
    this.#options = options
  }

  static async start(...options: string[]): Promise<RedisServer> {
    const server = new RedisServer(options)
    do server.#port = await freePort()
    while (!(await server.#answers()))
    return server
  }

  get url(): string {
    return `redis://127.0.0.1:${this.#port}`
  }

  /** Starts it where it stood before; resolves when it answers. */
  async start(): Promise<void> {
    if (!(await this.#answers())) throw new Error(`redis-server did not start at ${this.url} again`)
  }

  /** Starts it; false where it ended instead, for somebody else took the port meanwhile. */
  async #answers(): Promise<boolean> {
    const place = ['--port', String(this.#port), '--bind', '127.0.0.1', '--dir', this.folder, '--save', '']
    const started = spawn('redis-server', [...place, ...this.#options], { stdio: 'ignore' })
    const ended = new Promise<boolean>((resolve) => started.once('exit', () => resolve(false)))
    const redis = this.client()
    // Whatever it answers, it answers; but it has to be this one.
    const answered = redis.info('server').then(
      (text) => text.includes(`process_id:${started.pid}\r`),
      () => true,
    )
    const isUp = await Promise.race([ended, answered])
    redis.disconnect()
    if (isUp) this.#process = started
    else started.kill('SIGKILL')
    return isUp
  }

  /** Ends it at once, as a loss of power would, and resolves when it has gone. */
  async kill(): Promise<void> {
    const gone = this.#process
    if (gone === undefined) return
    this.#process = undefined
    await new Promise((resolve) => {
      gone.once('exit', resolve)
      gone.kill('SIGKILL')
    })
  }

  async remove(): Promise<void> {
    await this.kill()
    rmSync(this.folder, { recursive: true, force: true })
  }

  client(): Redis {
    const redis = new Redis(this.url, { retryStrategy: () => 20, maxRetriesPerRequest: null })
    redis.on('error', () => undefined)
    return redis
  }

  /** Every key with its value, of every type, and every file that the server keeps, as they lie there. */
  async everything(): Promise<Buffer> {
    const redis = this.client()
    const parts: Buffer[] = []
    for (const key of await redis.keys('*')) {
      const dump = DUMPS[await redis.type(key)]
      parts.push(Buffer.from(key), ...flat(await dump(redis, key)))
    }
    redis.disconnect()
    for (const name of readdirSync(this.folder, { recursive: true, encoding: 'utf8' })) {
      const path = join(this.folder, name)
      if (statSync(path).isFile()) parts.push(readFileSync(path))
    }
    return Buffer.concat(parts)
  }
}

const DUMPS: Readonly<Record<string, (redis: Redis, key: string) => Promise<unknown>>> = {
  string: (redis, key) => redis.getBuffer(key),
  hash: (redis, key) => redis.hgetallBuffer(key).then((hash) => Object.entries(hash)),
  list: (redis, key) => redis.lrangeBuffer(key, 0, -1),
  set: (redis, key) => redis.smembersBuffer(key),
  zset: (redis, key) => redis.zrangeBuffer(key, 0, -1),
  stream: (redis, key) => redis.xrangeBuffer(key, '-', '+'),
  none: async () => [],
}

function flat(value: unknown): Buffer[] {
  if (Array.isArray(value)) return value.flatMap(flat)
  return value === null ? [] : [Buffer.from(value as string | Buffer)]
}

/** Below what systems give to whoever connects: a port stays free while a server that stood there is started again. */
const [FIRST_PORT, PORTS] = [16_384, 16_000]

/** A port of the loopback interface that nothing listens at. */
export async function freePort(): Promise<number> {
  for (;;) {
    const port = FIRST_PORT + Math.floor(Math.random() * PORTS)
    const server = createServer()
    const isFree = await new Promise<boolean>((resolve) => {
      server.once('error', () => resolve(false))
      server.listen(port, '127.0.0.1', () => resolve(true))
    })
    if (!isFree) continue
    await new Promise((resolve) => server.close(resolve))
    return port
  }
}
