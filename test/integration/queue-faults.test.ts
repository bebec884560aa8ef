import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { gzipSync } from 'node:zlib'
import { describe, expect, test } from 'vitest'
import { SAMPLES } from '../batch/jobs.ts'
import { folderContents } from './batch-folders.ts'
import type { HeldObjects } from './held-objects.ts'
import { queueTest } from './queue-test.ts'
import { HAS_REDIS } from './redis-server.ts'

const sample = (name: string) => readFileSync(`${SAMPLES}${name}`)

/** Sound captures, one that is none, one that breaks off, one that is empty. */
const CAPTURES: Readonly<Record<string, Uint8Array>> = {
  'call.pcap': sample('call.pcap'),
  'cut.pcap.gz': gzipSync(sample('incident.pcapng')).subarray(0, 40_000),
  'empty.pcap': new Uint8Array(0),
  'incident.pcapng': sample('incident.pcapng'),
  'leak.pcap.gz': gzipSync(sample('leak.pcap')),
  'mismatch.pcap': sample('mismatch.pcap'),
  'nat.pcap': sample('nat.pcap'),
  'one-way.pcap': sample('one-way.pcap'),
  'poison.pcap': Buffer.from('no capture at all'),
}

const batch = (served: HeldObjects, out: string) => ['batch', ...served.urls, '--out', out, '--no-progress']

describe
  .runIf(HAS_REDIS)
  .concurrent('three workers, one of them killed in its job, a queue that goes away, a poisoned set', () => {
    test.for([
      ['keeps what it had', ['--appendonly', 'yes', '--appendfsync', 'always']],
      ['has lost everything', []],
    ] as const)(
      'a Redis that is restarted and %s: every capture once, as in the embedded run',
      async ([, options], { onTestFinished }) => {
        const { command, folder, objects, redis, worker } = queueTest(onTestFinished)
        const [server, served] = await Promise.all([redis(...options), objects(CAPTURES)])
        const [alone, shared] = [folder(), folder()]
        const embedded = command(batch(served, alone))
        const workers = await Promise.all([1, 2, 3].map(() => worker(server, ['--map', served.mapping])))
        const submitter = command([...batch(served, shared), '--queue', server.url])

        await served.held(3)
        workers[0].child.kill('SIGKILL')
        await workers[0].ended
        await server.kill()
        await submitter.says(/is not reached any more/)
        await server.start()
        await submitter.says(/is reached again/)
        served.release()

        const [one, other] = await Promise.all([embedded.ended, submitter.ended])
        expect(other, submitter.said).toEqual(one)
        expect(folderContents(shared)).toEqual(folderContents(alone))
        expect(submitter.out.replaceAll(shared, 'FOLDER')).toBe(embedded.out.replaceAll(alone, 'FOLDER'))
        const summary = JSON.parse(readFileSync(join(shared, 'summary.json'), 'utf8'))
        expect(summary.counts).toEqual({ captures: 9, reported: 7, failed: 2, left: 0 })
        expect(/had lost \d+ jobs?, which w\w+ added again/.test(submitter.said)).toBe(options.length === 0)
      },
    )
  })

describe.runIf(HAS_REDIS).concurrent('what brings its worker down', () => {
  const some = { 'call.pcap': sample('call.pcap'), 'deadly.pcap': sample('nat.pcap'), 'leak.pcap': sample('leak.pcap') }

  test('the process of a job dies over it: set aside after three tries, and the others are done', async ({
    onTestFinished,
  }) => {
    const { command, folder, objects, redis, worker } = queueTest(onTestFinished)
    const [server, served] = await Promise.all([redis(), objects(some)])
    const shared = folder()
    const only = await worker(server, ['--map', served.mapping])
    let deaths = 0
    served.release(['call.pcap', 'leak.pcap'])
    served.onHeld(() => {
      deaths++
      for (const pid of only.children()) process.kill(pid, 'SIGKILL')
    })
    const submitter = command([...batch(served, shared), '--queue', server.url])
    expect((await submitter.ended).status, submitter.said).toBe(2)
    expect(deaths).toBe(3)
    const { counts, failed } = JSON.parse(readFileSync(join(shared, 'summary.json'), 'utf8'))
    expect(counts).toEqual({ captures: 3, reported: 2, failed: 1, left: 0 })
    expect(failed[0].error).toMatch(/deadly\.pcap: the process that scanned it was ended by SIGKILL/)

    const status = command(['batch', '--queue', server.url, '--queue-status'])
    expect((await status.ended).status, status.said).toBe(0)
    expect(status.out).toMatch(/^0 waiting, 0 active, 0 delayed, 0 done and not fetched yet, 1 set aside\n1 worker: /)
    expect(status.out).toMatch(/- http.*deadly\.pcap: the process .* \(tried 3 times\)\n$/)
  })

  test('three workers die over it: set aside, and the others are done by the fourth', async ({ onTestFinished }) => {
    const { command, folder, objects, redis, worker } = queueTest(onTestFinished)
    const [server, served] = await Promise.all([redis(), objects(some)])
    const shared = folder()
    served.release(['call.pcap', 'leak.pcap'])
    const submitter = command([...batch(served, shared), '--queue', server.url])
    for (let death = 0; death < 3; death++) {
      const next = await worker(server, ['--map', served.mapping])
      await served.held(1)
      next.child.kill('SIGKILL')
      await next.ended
    }
    await worker(server, ['--map', served.mapping])
    expect((await submitter.ended).status, submitter.said).toBe(2)
    const { counts, failed } = JSON.parse(readFileSync(join(shared, 'summary.json'), 'utf8'))
    expect(counts).toEqual({ captures: 3, reported: 2, failed: 1, left: 0 })
    expect(failed[0].error).toMatch(/deadly\.pcap: every worker that began it was lost$/)
  })
})

describe.runIf(HAS_REDIS).concurrent('signals', () => {
  test('a worker that is to stop finishes its job and takes no more; a second signal ends it at once', async ({
    onTestFinished,
  }) => {
    const { command, folder, objects, redis, worker } = queueTest(onTestFinished)
    const [server, served] = await Promise.all([
      redis(),
      objects({ a: CAPTURES['call.pcap'], b: CAPTURES['nat.pcap'] }),
    ])
    const shared = folder()
    const first = await worker(server, ['--map', served.mapping])
    const submitter = command([...batch(served, shared), '--queue', server.url])
    const [begun] = await served.held(1)
    first.child.kill('SIGTERM')
    await first.says(/stops once the jobs under way are done/)
    served.release([begun])
    expect(await first.ended).toEqual({ status: 0, signal: null })

    const second = await worker(server, ['--map', served.mapping])
    expect(await served.held(1)).not.toEqual([begun])
    second.child.kill('SIGINT')
    await second.says(/stops once the jobs under way are done/)
    second.child.kill('SIGINT')
    expect(await second.ended).toEqual({ status: 130, signal: null })

    await worker(server, ['--map', served.mapping])
    await served.held(1)
    served.release()
    expect((await submitter.ended).status, submitter.said).not.toBe(2)
    const { counts } = JSON.parse(readFileSync(join(shared, 'summary.json'), 'utf8'))
    expect(counts).toEqual({ captures: 2, reported: 2, failed: 0, left: 0 })
  })

  test('a worker that has nothing to do ends at once, also where its queue has gone', async ({ onTestFinished }) => {
    const { redis, worker } = queueTest(onTestFinished)
    const server = await redis()
    const idle = await worker(server)
    await server.kill()
    await idle.says(/is not reached any more/)
    idle.child.kill('SIGTERM')
    expect(await idle.ended).toEqual({ status: 0, signal: null })
  })

  test('a submitter that is to stop while its queue is gone does not wait for it, and goes on where it was', async ({
    onTestFinished,
  }) => {
    const { command, folder, objects, redis, worker } = queueTest(onTestFinished)
    const [server, served] = await Promise.all([redis(), objects(CAPTURES)])
    const [alone, shared] = [folder(), folder()]
    const embedded = command(batch(served, alone))
    const first = await worker(server, ['--map', served.mapping])
    const submitter = command([...batch(served, shared), '--queue', server.url])
    await served.held(1)
    await server.kill()
    await submitter.says(/is not reached any more/)
    submitter.child.kill('SIGINT')
    expect(await submitter.ended, submitter.said).toEqual({ status: 130, signal: null })
    const { counts } = JSON.parse(readFileSync(join(shared, 'summary.json'), 'utf8'))
    expect(counts).toMatchObject({ captures: 9, left: 9 })

    first.child.kill('SIGKILL')
    served.release()
    await server.start()
    await worker(server, ['--map', served.mapping])
    const again = command([...batch(served, shared), '--queue', server.url])
    const [one, other] = await Promise.all([embedded.ended, again.ended])
    expect(other, again.said).toEqual(one)
    expect(folderContents(shared)).toEqual(folderContents(alone))
  })

  test('a submitter that is to stop takes back what nobody has begun, and goes on where it was', async ({
    onTestFinished,
  }) => {
    const { command, folder, objects, redis, worker } = queueTest(onTestFinished)
    const [server, served] = await Promise.all([redis(), objects(CAPTURES)])
    const [alone, shared] = [folder(), folder()]
    const embedded = command(batch(served, alone))
    await worker(server, ['--map', served.mapping])
    const submitter = command([...batch(served, shared), '--queue', server.url])
    await served.held(1)
    submitter.child.kill('SIGINT')
    await submitter.says(/once more quits at once/)
    served.release()
    expect((await submitter.ended).status, submitter.said).toBe(130)
    const { counts } = JSON.parse(readFileSync(join(shared, 'summary.json'), 'utf8'))
    expect(counts.left).toBeGreaterThan(0)
    const again = command([...batch(served, shared), '--queue', server.url])
    const [one, other] = await Promise.all([embedded.ended, again.ended])
    expect(other, again.said).toEqual(one)
    expect(folderContents(shared)).toEqual(folderContents(alone))
  })
})

test.runIf(!HAS_REDIS)('redis-server is not installed: jobs over a queue were NOT tested', () => {
  expect(HAS_REDIS).toBe(false)
})
