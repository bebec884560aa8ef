import { createHash } from 'node:crypto'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, expect, test } from 'vitest'
import { JUDGEMENT_LIMITS } from '../../src/limits/judgement-limits.ts'
import { ethernet, ipv4, udp } from '../net/frame-builder.ts'
import { captureOf, reachedIn, scanned } from './limited-scan.ts'

const FOLDER = mkdtempSync(join(tmpdir(), 'judgement-limits-'))
afterAll(() => rmSync(FOLDER, { recursive: true }))

const SUITE = 'AES_CM_128_HMAC_SHA1_80'
/** No stream has it. */
const NOBODY = 0xffffffff

/** What is reached by streams to ports of their own that none of the keys fits. */
async function reachedBy(streams: number, packets: number, keys: number, keysOfNobody = 0) {
  const path = join(FOLDER, `${streams}-${keys}.json`)
  const entries = Array.from({ length: keys + keysOfNobody }, (_, n) => {
    const key = createHash('sha256').update(`${n}`).digest().subarray(0, 30).toString('base64')
    return { suite: SUITE, key, ...(n >= keys && { ssrc: NOBODY }) }
  })
  writeFileSync(path, JSON.stringify(entries))
  const frames = Array.from({ length: streams * packets }, (_, n) => {
    const [stream, sequence] = [n % streams, Math.floor(n / streams)]
    const header = Buffer.from([0x80, 0, 0, sequence, 0, 0, 0, sequence, 0, 0, 0, stream])
    const octets = Buffer.concat([header, createHash('sha512').update(`${n}`).digest().subarray(0, 40)])
    return ethernet(ipv4(udp(octets, { sourcePort: 10_000, destinationPort: 20_000 + stream })))
  })
  return reachedIn(await scanned(captureOf(frames), { keyFiles: [path] }))
}

test('searches for rollover counters: eight are needed for a key', async () => {
  const { most } = JUDGEMENT_LIMITS.rolloverSearches
  expect(await reachedBy(most / 8 + 3, 1, 1)).toEqual({ rolloverSearches: 3 })
}, 60_000)

test('keys tried: each once', async () => {
  const keys = 2000
  const whole = Math.floor(JUDGEMENT_LIMITS.keyTrials.most / keys)
  expect(await reachedBy(whole + 4, 1, keys)).toMatchObject({ keyTrials: 4 })
}, 60_000)

test('keys of other calls, and failures that are looked into', async () => {
  const ofOthers = 199
  const whole = Math.floor(JUDGEMENT_LIMITS.otherKeyTrials.most / (ofOthers + 1))
  expect(await reachedBy(whole + 5, 4, 1, ofOthers)).toMatchObject({ otherKeyTrials: 5 })
  expect(await reachedBy(JUDGEMENT_LIMITS.explanations.most + 2, 4, 1)).toMatchObject({ explanations: 2 })
}, 60_000)
