import { randomBytes } from 'node:crypto'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { readerOf } from '../../../src/batch/option-files.ts'
import { type Batch, openBatch, packBatch } from '../../../src/batch/queue/batch-record.ts'
import { parseQueueKey, type QueueKey, readQueueKey } from '../../../src/batch/queue/queue-key.ts'
import { openJob, packJob } from '../../../src/batch/queue/queued-job.ts'
import { seal, unseal } from '../../../src/batch/queue/sealing.ts'
import { jobOf } from '../jobs.ts'

const OCTETS = randomBytes(32)
const KEY = parseQueueKey(OCTETS.toString('hex'), 'test')
const OTHER_OCTETS = randomBytes(32)
const OTHER = parseQueueKey(OTHER_OCTETS.toString('base64'), 'test')
const secretOf = (key: QueueKey | undefined) => key?.secret.export()

describe('the queue key', () => {
  test('is 32 octets in hex or base64, of a file before the environment', async () => {
    for (const text of [
      OCTETS.toString('hex').toUpperCase(),
      OCTETS.toString('base64'),
      OCTETS.toString('base64url'),
    ]) {
      const key = parseQueueKey(` ${text}\n`, 'test')
      expect([secretOf(key), key.fingerprint]).toEqual([OCTETS, KEY.fingerprint])
    }
    const folder = mkdtempSync(join(tmpdir(), 'srtp-scan-key-'))
    const path = join(folder, 'queue.key')
    writeFileSync(path, `${OCTETS.toString('hex')}\n`)
    const environment = { SRTP_SCAN_QUEUE_KEY: OTHER_OCTETS.toString('hex') }
    expect(secretOf(await readQueueKey(path, environment))).toEqual(OCTETS)
    rmSync(folder, { recursive: true })
    expect(secretOf(await readQueueKey(undefined, environment))).toEqual(OTHER_OCTETS)
    expect(await readQueueKey(undefined, {})).toBeUndefined()
  })

  test.each(['', 'secret', OCTETS.toString('hex').slice(2), `${OCTETS.toString('hex')}00`, `${'Aä'.repeat(21)}A`])(
    'anything else is one line that does not repeat it: %j',
    (text) => {
      const line = 'test: 32 octets in hex or base64 are wanted; openssl rand -hex 32 makes them'
      expect(() => parseQueueKey(text, 'test')).toThrow(line)
    },
  )
})

describe('sealing (NIST SP 800-38D)', () => {
  test('opens with the key and in the context only, and never looks the same', () => {
    const plain = Buffer.from('marked key material')
    const sealed = seal(plain, KEY, 'batch a')
    expect(unseal(sealed, KEY, 'batch a')).toEqual(plain)
    expect(seal(plain, KEY, 'batch a').box).not.toBe(sealed.box)
    expect(() => unseal(sealed, KEY, 'batch b')).toThrow('was changed after it was sealed')
    expect(() => unseal(sealed, OTHER, 'batch a')).toThrow(
      `is sealed under the queue key ${KEY.fingerprint}, and this worker has another one (${OTHER.fingerprint})`,
    )
    expect(() => unseal(sealed, undefined, 'batch a')).toThrow(
      'and this worker has no queue key; give it by --queue-key',
    )
  })

  test('every flipped bit is noticed', () => {
    const sealed = seal(Buffer.from('k'), KEY, 'c')
    const box = Buffer.from(sealed.box, 'base64')
    for (let bit = 0; bit < 8 * box.length; bit++) {
      const changed = Buffer.from(box)
      changed[bit >> 3] ^= 1 << (bit & 7)
      expect(() => unseal({ ...sealed, box: changed.toString('base64') }, KEY, 'c')).toThrow('was changed')
    }
    expect(() => unseal({ ...sealed, box: '' }, KEY, 'c')).toThrow('was changed')
  })
})

const BATCH: Batch = {
  root: '/out',
  options: { keyFiles: ['keys.json'] },
  optionsDigest: '0d',
  files: new Map([['keys.json', Buffer.from('marked key material')]]),
}

describe('what goes to Redis', () => {
  test('files that hold keys are sealed, and refused without a queue key', async () => {
    const record = JSON.stringify(packBatch('b1', BATCH, KEY))
    expect(record).not.toMatch(/marked|bWFya2Vk/)
    expect(openBatch('b1', JSON.parse(record), KEY)).toEqual(BATCH)
    expect(() => openBatch('b2', JSON.parse(record), KEY)).toThrow('was changed')
    expect(() => openBatch('b1', { ...JSON.parse(record), version: '0.0.1' }, KEY)).toThrow('version 0.0.1')
    expect(() => packBatch('b1', BATCH)).toThrow('no queue key')
    const read = readerOf(BATCH.files)
    expect((await read('keys.json')).toString()).toBe('marked key material')
    await expect(read('/etc/hostname')).rejects.toThrow('/etc/hostname: did not come along with the job')
  })

  test('other files need no key', () => {
    const batch = { ...BATCH, options: { policies: ['mine.json'] }, files: new Map([['mine.json', Buffer.from('{}')]]) }
    expect(openBatch('b1', JSON.parse(JSON.stringify(packBatch('b1', batch))), undefined)).toEqual(batch)
  })

  test('a job: absolute paths; what may be a password is sealed, and refused without a queue key', async () => {
    const plain = await jobOf('samples/call.pcap', 'call')
    expect(packJob(plain, 'b1', undefined)).toMatchObject({ place: expect.stringMatching(/^\/.*samples\/call\.pcap$/) })
    expect(openJob(packJob(plain, 'b1', undefined), plain, undefined)).toMatchObject(plain)
    const secret = { ...plain, capture: 'https://h.example/a.pcap?…', place: 'https://h.example/a.pcap?sig=marked' }
    const packed = JSON.stringify(packJob(secret, 'b1', KEY))
    expect(packed).not.toContain('marked')
    expect(packed).not.toContain('keys.json')
    expect(openJob(JSON.parse(packed), secret, KEY)).toEqual(secret)
    expect(() => packJob(secret, 'b1', undefined)).toThrow('https://h.example/a.pcap?…: its URL may hold a password')
  })
})
