import { randomBytes } from 'node:crypto'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, expect, test } from 'vitest'
import { readTask, sealedFor, writeTask } from '../../src/batch/part-job.ts'
import { parseQueueKey } from '../../src/batch/queue/queue-key.ts'
import { SealError, type Sealed, seal, unseal } from '../../src/batch/queue/sealing.ts'
import { suiteByName } from '../../src/srtp/suites.ts'
import type { PartTask } from '../../src/verify/parts/part-task.ts'

const root = mkdtempSync(join(tmpdir(), 'srtp-scan-part-'))
afterAll(() => rmSync(root, { recursive: true }))

const queueKey = () => parseQueueKey(randomBytes(32).toString('hex'), 'test')
const suite = suiteByName('AES_CM_128_HMAC_SHA1_80')
if (suite === undefined) throw new Error('a suite is missing')

const master = {
  suite,
  masterKey: Uint8Array.from(randomBytes(16)),
  masterSalt: Uint8Array.from(randomBytes(14)),
  mki: Uint8Array.of(1, 2),
  parameters: { kdr: 3 },
}
const task: PartTask = {
  kind: 'verify',
  file: { path: 'a.pcap', place: '/ring/a.pcap', sizeBytes: 24 },
  limits: { slabBytes: 1 << 20, maxMemoryBytes: 1 << 26 },
  plan: {
    facts: { frames: 3, truncatedFrames: 0, linkTypes: [1], bytes: 24 },
    guide: 'g',
    left: 'l',
    streams: [{ stream: 4, identity: Array.from({ length: 12 }, (_, n) => -1 - n), key: 7 }],
  },
  keys: [{ number: 7, master }],
  outcome: 'o.json',
}

test('a task travels whole; its keys are in its file sealed only, and open with it alone', () => {
  const key = queueKey()
  const name = 'one.task'
  const path = join(root, name)
  writeTask(path, task, (keys) => seal(keys, key, sealedFor(name)))
  const written = readFileSync(path, 'latin1')
  for (const octets of [master.masterKey, master.masterSalt]) {
    for (const encoding of ['hex', 'base64', 'latin1'] as const) {
      expect(written).not.toContain(Buffer.from(octets).toString(encoding))
    }
  }
  const work = { folder: '.', task: name }
  const open = (box: Sealed) => unseal(box, key, sealedFor(name))
  expect(readTask(root, work, open)).toEqual({ task, folder: root })
  expect(() => readTask<Sealed>(root, work, (box) => unseal(box, queueKey(), sealedFor(name)))).toThrow(SealError)
  expect(() => readTask<Sealed>(root, work, (box) => unseal(box, key, sealedFor('other.task')))).toThrow(SealError)
  expect(() => readTask(root, { folder: 'nowhere', task: name }, open)).toThrow(/every worker must see/)
})
