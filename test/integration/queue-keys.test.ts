import { spawnSync } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { SAMPLES } from '../batch/jobs.ts'
import { folderContents } from './batch-folders.ts'
import { queueTest } from './queue-test.ts'
import { freePort, HAS_REDIS } from './redis-server.ts'

/** Octets as they might be found: themselves, in hex and in the three alignments of base64. */
function shapes(octets: Buffer): Buffer[] {
  const base64 = [0, 1, 2].map((before) => {
    const text = Buffer.concat([Buffer.alloc(before), octets]).toString('base64')
    return text.slice(before + 1, -4)
  })
  return [
    octets,
    ...[octets.toString('hex'), octets.toString('hex').toUpperCase(), ...base64].map((t) => Buffer.from(t)),
  ]
}

test
  .runIf(HAS_REDIS)
  .concurrent(
    'keys reach Redis sealed only; a worker without the key, or with another, leaves the jobs',
    async ({ onTestFinished }) => {
      const { command, folder, objects, redis, worker } = queueTest(onTestFinished)
      const marked = randomBytes(30)
      const queueKey = randomBytes(32)
      const folders = [folder(), folder(), folder()]
      const [alone, shared, place] = folders
      const keys = join(place, 'keys.json')
      const text = JSON.stringify({ keys: [{ suite: 'AES_CM_128_HMAC_SHA1_80', key: marked.toString('base64') }] })
      writeFileSync(keys, text)
      writeFileSync(join(place, 'queue.key'), queueKey.toString('hex'))
      const [server, served] = await Promise.all([
        redis('--appendonly', 'yes', '--appendfsync', 'always'),
        objects({ 'call.pcap': readFileSync(`${SAMPLES}call.pcap`), 'nat.pcap': readFileSync(`${SAMPLES}nat.pcap`) }),
      ])
      const captures = served.urls.map((url) => `${url}?signature=${marked.toString('hex')}`)
      const batch = ['batch', ...captures, '--keys', keys, '--no-progress']
      const embedded = command([...batch, '--out', alone])

      const refused = command([...batch, '--out', shared, '--queue', server.url])
      expect((await refused.ended).status).toBe(2)
      expect(refused.said).toMatch(/^srtp-scan: .*--queue-key FILE or SRTP_SCAN_QUEUE_KEY.*\n$/)

      const without = await worker(server)
      const other = await worker(server, [], { SRTP_SCAN_QUEUE_KEY: randomBytes(32).toString('base64') })
      const submitter = command([
        ...batch,
        '--out',
        shared,
        '--queue',
        server.url,
        '--queue-key',
        join(place, 'queue.key'),
      ])
      await without.says(/refuses batch \w+ is sealed under the queue key \w+, and this worker has no queue key/)
      await other.says(/refuses batch \w+ is sealed under the queue key \w+, and this worker has another one/)
      await submitter.says(/worker \S+ refuses batch/)
      const before = await server.everything()

      const able = await worker(server, ['--map', served.mapping], { SRTP_SCAN_QUEUE_KEY: queueKey.toString('base64') })
      await served.held(1)
      const during = await server.everything()
      served.release()
      expect((await submitter.ended).status, submitter.said).toBe((await embedded.ended).status)
      const after = await server.everything()

      const outputs = [submitter.said, submitter.out, without.said, other.said, able.said].map((said) =>
        Buffer.from(said),
      )
      for (const seen of [before, during, after, ...outputs]) {
        for (const octets of [marked, queueKey, Buffer.from(text)]) {
          for (const shape of shapes(octets)) expect(seen.includes(shape)).toBe(false)
        }
      }
      // What was looked at has something in it.
      expect(before.includes(Buffer.from(`"capture":"${served.urls[0]}`))).toBe(true)
      expect(after.includes(Buffer.from('"status":"reported"'))).toBe(true)
      expect(folderContents(shared)).toEqual(folderContents(alone))
    },
  )

test.runIf(HAS_REDIS).concurrent('a password of Redis is asked for, and shown nowhere', async ({ onTestFinished }) => {
  const { command, redis, worker } = queueTest(onTestFinished)
  const server = await redis('--requirepass', 'marked-password')
  const url = (password: string) => server.url.replace('redis://', `redis://:${password}@`)
  const wrong = command(['worker', '--queue', url('marked-wrong')])
  expect((await wrong.ended).status).toBe(2)
  expect(wrong.said).toMatch(/^srtp-scan: --queue redis:\/\/127\.0\.0\.1:\d+: cannot be reached \(WRONGPASS .*\n$/)
  const right = await worker({ url: url('marked-password') })
  right.child.kill('SIGTERM')
  expect((await right.ended).status).toBe(0)
  expect(wrong.said + right.said).not.toContain('marked')
})

test
  .runIf(HAS_REDIS)
  .concurrent('Redis behind TLS (rediss://), whose authority has to be known', async ({ onTestFinished }) => {
    const { command, folder, redis, worker } = queueTest(onTestFinished)
    const place = folder()
    const [key, certificate] = ['key.pem', 'certificate.pem'].map((name) => join(place, name))
    const request = ['req', '-x509', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-nodes', '-days', '2']
    const names = ['-subj', '/CN=redis', '-addext', 'subjectAltName=IP:127.0.0.1']
    const { status, stderr } = spawnSync('openssl', [...request, ...names, '-keyout', key, '-out', certificate])
    expect(status, String(stderr)).toBe(0)
    const port = await freePort()
    const files = ['--tls-cert-file', certificate, '--tls-key-file', key, '--tls-ca-cert-file', certificate]
    await redis('--tls-port', String(port), '--tls-auth-clients', 'no', ...files)
    const url = `rediss://127.0.0.1:${port}`
    const unknown = command(['worker', '--queue', url])
    expect((await unknown.ended).status).toBe(2)
    expect(unknown.said).toMatch(
      /^srtp-scan: --queue rediss:\/\/\S+: cannot be reached \(self-signed certificate\); .*\n$/,
    )
    const known = await worker({ url }, [], { NODE_EXTRA_CA_CERTS: certificate })
    known.child.kill('SIGTERM')
    expect((await known.ended).status).toBe(0)
  })
