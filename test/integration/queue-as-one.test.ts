import { randomBytes } from 'node:crypto'
import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { expect, test } from 'vitest'
import { SAMPLES } from '../batch/jobs.ts'
import { cutInto, piecesOf } from '../scan/parts-of-captures.ts'
import { folderContents } from './batch-folders.ts'
import { queueTest } from './queue-test.ts'
import { HAS_REDIS } from './redis-server.ts'

const FILES = 12

test
  .runIf(HAS_REDIS)
  .concurrent(
    'a rotated set as one trace over workers, one of them killed: the report of one machine; no key is told',
    async ({ onTestFinished }) => {
      const { command, folder, redis, worker } = queueTest(onTestFinished)
      const [alone, shared, set] = [folder(), folder(), folder()]
      const keys = `${SAMPLES}keys.json`
      for (const [n, octets] of cutInto(piecesOf(readFileSync(`${SAMPLES}mismatch.pcap`)), FILES).entries()) {
        writeFileSync(join(set, `ring_${String(n).padStart(3, '0')}.pcap`), octets)
      }
      const server = await redis('--appendonly', 'yes', '--appendfsync', 'always')
      const batch = ['batch', '--as-one', set, '--keys', keys, '--no-progress']
      const embedded = command([...batch, '--out', alone])

      const refused = command([...batch, '--out', shared, '--queue', server.url])
      expect((await refused.ended).status).toBe(2)
      expect(refused.said).toMatch(/^srtp-scan: --as-one: .*--queue-key FILE or SRTP_SCAN_QUEUE_KEY.*\n$/)

      const env = { SRTP_SCAN_QUEUE_KEY: randomBytes(32).toString('base64') }
      const submitter = command([...batch, '--out', shared, '--queue', server.url], env)
      const first = await worker(server, [], env)
      const parts = join(shared, '.as-one')
      const done = () =>
        existsSync(parts) ? readdirSync(parts).filter((name) => name.endsWith('.lean.json')).length : 0
      // On a machine that is too busy to look in time all may be done by then, and the folder gone: nothing to wait for.
      while (done() === 0 && submitter.child.exitCode === null) await delay(20)
      first.child.kill('SIGKILL')
      await first.ended
      const others = await Promise.all([worker(server, [], env), worker(server, [], env)])

      expect(await submitter.ended, submitter.said).toEqual(await embedded.ended)
      expect(folderContents(shared)).toEqual(folderContents(alone))
      expect(existsSync(parts)).toBe(false)
      const told = [await server.everything(), ...[submitter, ...others].map(({ said }) => Buffer.from(said))]
      for (const { key } of JSON.parse(readFileSync(keys, 'utf8')).keys as { key: string }[]) {
        for (const text of told) expect(text.includes(Buffer.from(key))).toBe(false)
      }
    },
  )
