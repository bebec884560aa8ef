import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, describe, expect, test } from 'vitest'
import { run } from '../security/marked-run.ts'
import { seenOf } from '../security/secrets.ts'

const WORD = 'marked-Pa55word-of-nobody'
const secret = [{ name: 'password', octets: Buffer.from(WORD) }]
const folder = mkdtempSync(join(tmpdir(), 'srtp-scan-marked-'))
afterAll(() => rmSync(folder, { recursive: true }))
const bad = join(folder, 'queue.key')
writeFileSync(bad, WORD)

/** Port 9 of this machine, where nobody listens. */
const QUEUES = [
  `redis://:${WORD}@127.0.0.1:9`,
  `rediss://user:${WORD}@127.0.0.1:9/0`,
  `redis://user:${WORD}@[::x/`,
  `http://:${WORD}@127.0.0.1:9`,
]
const CAPTURES = [
  `http://user:${WORD}@127.0.0.1:9/call.pcap`,
  `http://127.0.0.1:9/call.pcap?X-Amz-Signature=${WORD}`,
  `http://user:${WORD}@[::x/call.pcap`,
  `https://${WORD}@127.0.0.1:9/call.pcap#${WORD}`,
]
const empty = (command: string[]) => [...command, '--out', mkdtempSync(join(folder, 'out-'))]

describe('words in addresses and files that are secret are in no message', () => {
  test.each<[string, string[]]>([
    ...QUEUES.slice(0, 3).map((url): [string, string[]] => [
      `worker, ${url.replace(WORD, '…')}`,
      ['worker', '--queue', url],
    ]),
    ...QUEUES.slice(1, 2).map((url): [string, string[]] => [
      `batch, ${url.replace(WORD, '…')}`,
      empty(['batch', 'samples/call.pcap', '--queue', url]),
    ]),
    ...CAPTURES.map((url): [string, string[]] => [`scan, ${url.replaceAll(WORD, '…')}`, [url]]),
    ...CAPTURES.slice(1, 2).map((url): [string, string[]] => [
      `batch, ${url.replace(WORD, '…')}`,
      empty(['batch', url]),
    ]),
    ['a queue key that is none', ['worker', '--queue', 'redis://127.0.0.1:9', '--queue-key', bad]],
  ])('%s', { concurrent: true, timeout: 120_000 }, async (_, args) => {
    const { status, said } = await run(args, { env: { DEBUG: '1' } })
    expect(said.toString()).toMatch(/srtp-scan: |cannot be read/)
    expect([1, 2], said.toString()).toContain(status)
    expect(seenOf(secret, said)).toEqual([])
  })

  test('a queue key of the environment that is none', async () => {
    const { status, said } = await run(['worker', '--queue', 'redis://127.0.0.1:9'], {
      env: { SRTP_SCAN_QUEUE_KEY: WORD },
    })
    expect(status).toBe(2)
    expect(seenOf(secret, said)).toEqual([])
  })
})
