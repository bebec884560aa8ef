import { type AddressInfo, createServer, type Socket } from 'node:net'
import { describe, expect, test } from 'vitest'
import { connectRedis } from '../../src/batch/queue/redis.ts'
import { openQueueRunner, printQueueStatus } from '../../src/cli/batch-queue.ts'
import { type WorkerArguments, workerCommand } from '../../src/cli/worker-command.ts'

const NOTHING = 'redis://anna:secret@127.0.0.1:1'
const worker = (options: Partial<WorkerArguments>) => workerCommand({ map: [], quiet: true, ...options })

describe('a queue that cannot be used is one line', () => {
  test.each([
    ['worker: --queue redis://HOST:PORT says whose jobs it does', () => worker({})],
    ['--queue http:…: redis://HOST:PORT is wanted', () => worker({ queue: 'http://h' })],
    ['--jobs: a whole number from 1 to 256 is wanted', () => worker({ queue: NOTHING, jobs: 0 })],
    ['--lease: a whole number from 1 to 3600 is wanted', () => worker({ queue: NOTHING, lease: 0.5 })],
    ['--map /a: FROM=TO is wanted', () => worker({ queue: NOTHING, map: ['/a'] })],
    ['/none/key: no such file', () => worker({ queue: NOTHING, queueKey: '/none/key' })],
    ['--queue-status: --queue redis://HOST:PORT says of which queue', () => printQueueStatus({})],
    [
      '--queue: what --keys, --tls-keylog and --tls-key name must be sealed to travel: --queue-key FILE or SRTP_SCAN_QUEUE_KEY',
      () => openQueueRunner({ queue: NOTHING }, 'out', { tlsKeyLogs: ['keys.log'] }),
    ],
  ])('%s', async (line, act) => {
    await expect(act()).rejects.toThrow(line)
  })

  test('nothing listens there: after a bounded wait, without the password', async () => {
    const server = createServer()
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
    const { port } = server.address() as AddressInfo
    await new Promise((resolve) => server.close(resolve))
    const refused = connectRedis(`redis://anna:secret@127.0.0.1:${port}`, () => undefined, 200)
    await expect(refused).rejects.toThrow(
      `--queue redis://127.0.0.1:${port}: cannot be reached (connect ECONNREFUSED 127.0.0.1:${port}); is Redis running there?`,
    )
    await expect(refused).rejects.toMatchObject({ code: 'SRTP_SCAN_USAGE', cause: undefined })
  })

  test('something listens that is no Redis, or never answers', async () => {
    const sockets: Socket[] = []
    for (const says of ['HTTP/1.1 400 Bad Request\r\n\r\n', '']) {
      const server = createServer((socket) => {
        sockets.push(socket)
        socket.on('error', () => undefined)
        if (says !== '') socket.end(says)
      })
      await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
      const { port } = server.address() as AddressInfo
      const refused = connectRedis(`redis://127.0.0.1:${port}`, () => undefined, 300)
      await expect(refused).rejects.toThrow(`--queue redis://127.0.0.1:${port}: cannot be reached (`)
      for (const socket of sockets) socket.destroy()
      await new Promise((resolve) => server.close(resolve))
    }
  })
})
