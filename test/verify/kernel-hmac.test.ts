import { createHash, createHmac } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { cachedDataVersionTag } from 'node:v8'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { mayHashNine, optimiseHashNine } from '../../src/verify/hash-nine.ts'
import {
  allocateSharedMemory,
  instantiateModule,
  KERNEL_STATIC_BYTES,
  type Kernel,
  type SharedMemory,
} from '../../src/verify/kernel.ts'
import { octets, withFlippedBit } from '../srtp/octets.ts'
import { type HmacJob, KernelRoom } from './kernel-room.ts'
import { noise } from './noise.ts'

declare const WebAssembly: {
  readonly Module: new (bytes: Uint8Array) => object
  readonly RuntimeError: new () => Error
}

// From Node 22 on what V8 makes of two vectors is tested, before that the same without.
const USUAL = cachedDataVersionTag()
if (mayHashNine()) optimiseHashNine(allocateSharedMemory(KERNEL_STATIC_BYTES * 2), KERNEL_STATIC_BYTES)

const MEBIBYTE = 1 << 20
const room = new KernelRoom({ keys: MEBIBYTE, jobs: 2 * MEBIBYTE })

/** What node:crypto says. */
function isGenuine({ message, roc, tag, key }: HmacJob): boolean {
  const hmac = createHmac('sha1', key).update(message)
  if (roc !== undefined) hmac.update(rocOctets(roc))
  return hmac.digest().subarray(0, tag.length).equals(tag)
}

function rocOctets(roc: number): Uint8Array {
  const four = Buffer.alloc(4)
  four.writeUInt32BE(roc)
  return four
}

/** A message under its tag of so many octets. */
function tagged(job: Omit<HmacJob, 'tag'>, tagLength: number): HmacJob {
  const hmac = createHmac('sha1', job.key).update(job.message)
  if (job.roc !== undefined) hmac.update(rocOctets(job.roc))
  return { ...job, tag: new Uint8Array(hmac.digest().subarray(0, tagLength)) }
}

const ascii = (text: string) => new Uint8Array(Buffer.from(text))
const longKey = new Uint8Array(
  createHash('sha1')
    .update(octets('aa'.repeat(80)))
    .digest(),
)

const RFC_2202 = [
  {
    n: 1,
    key: octets('0b'.repeat(20)),
    message: ascii('Hi There'),
    digest: 'b617318655057264e28bc0b6fb378c8ef146be00',
  },
  {
    n: 2,
    key: ascii('Jefe'),
    message: ascii('what do ya want for nothing?'),
    digest: 'effcdf6ae5eb2fa2d27416d5f184df9c259a7c79',
  },
  {
    n: 3,
    key: octets('aa'.repeat(20)),
    message: octets('dd'.repeat(50)),
    digest: '125d7342b9ac11cd91a39af48aa17b4f63f175d3',
  },
  {
    n: 4,
    key: octets('0102030405060708090a0b0c0d0e0f10111213141516171819'),
    message: octets('cd'.repeat(50)),
    digest: '4c9007f4026250c6bc8414f9bf50c86c2d7235da',
  },
  {
    n: 5,
    key: octets('0c'.repeat(20)),
    message: ascii('Test With Truncation'),
    digest: '4c1a03424b55e07fe7f27be1d58bb9324a9a5a04',
  },
  // RFC 2104 §3: a key longer than a block is hashed first, which is not the kernel's.
  {
    n: 6,
    key: longKey,
    message: ascii('Test Using Larger Than Block-Size Key - Hash Key First'),
    digest: 'aa4ae5e15272d00e95705637ce8a3b55ed402112',
  },
  {
    n: 7,
    key: longKey,
    message: ascii('Test Using Larger Than Block-Size Key and Larger Than One Block-Size Data'),
    digest: 'e8e99d0f45237d786d6bbaa7965c7808bbff1a91',
  },
]

const anyJob = fc
  .record({
    length: fc.oneof(fc.integer({ min: 12, max: 200 }), fc.integer({ min: 12, max: 1500 })),
    alignment: fc.nat({ max: 15 }),
    key: fc.nat({ max: 40 }),
    roc: fc.option(fc.nat({ max: 0xffffffff }), { nil: undefined }),
    tagLength: fc.constantFrom(4, 10, 10, 20),
    flipped: fc.constantFrom('nothing', 'nothing', 'message', 'tag', 'roc', 'key'),
    bit: fc.nat(),
  })
  .map(({ length, alignment, key, roc, tagLength, flipped, bit }): HmacJob => {
    const base = { key: noise(20, key), message: noise(length, bit), alignment, ...(roc !== undefined && { roc }) }
    const job = tagged(base, tagLength)
    if (flipped === 'message') return { ...job, message: withFlippedBit(job.message, bit % (length * 8)) }
    if (flipped === 'tag') return { ...job, tag: withFlippedBit(job.tag, bit % (tagLength * 8)) }
    if (flipped === 'roc' && roc !== undefined) return { ...job, roc: (roc ^ (1 << (bit % 32))) >>> 0 }
    return flipped === 'key' ? { ...job, key: withFlippedBit(job.key, bit % 160) } : job
  })

describe.each([
  { title: 'five at a time', nines: false },
  { title: 'nine at a time', nines: true },
])('$title', ({ nines }) => {
  const verify = (jobs: readonly HmacJob[]) => room.verifyHmac(jobs, nines)

  describe.each(RFC_2202)('RFC 2202 §3: test case $n', ({ key, message, digest }) => {
    const job = { key, message, tag: octets(digest) }

    test('verifies, cut to any length', () => {
      const cut = Array.from({ length: 20 }, (_, n) => ({ ...job, tag: job.tag.subarray(0, n + 1) }))
      expect(verify(cut)).toEqual(cut.map(() => true))
    })

    test('fails with any bit of message or tag flipped', () => {
      const messages = Array.from({ length: message.length * 8 }, (_, n) => ({
        ...job,
        message: withFlippedBit(message, n),
      }))
      const tags = Array.from({ length: 160 }, (_, n) => ({ ...job, tag: withFlippedBit(job.tag, n) }))
      for (const flipped of [messages, tags]) {
        for (let n = 0; n < flipped.length; n += 100) {
          expect(verify(flipped.slice(n, n + 100))).not.toContain(true)
        }
      }
    })

    test('its last four octets may come as the rollover counter (RFC 3711 §4.2)', () => {
      const end = message.length - 4
      const roc = Buffer.from(message).readUInt32BE(end)
      expect(verify([{ ...job, message: message.subarray(0, end), roc }])).toEqual([true])
      expect(verify([{ ...job, message: message.subarray(0, end), roc: roc ^ 1 }])).toEqual([false])
    })
  })

  test('RFC 2104 §2: keys of every length up to a block', () => {
    const jobs = Array.from({ length: 65 }, (_, n) => tagged({ key: noise(n, n), message: noise(99, n) }, 10))
    expect(verify(jobs)).toEqual(jobs.map(() => true))
  })

  describe('RFC 3711 §4.2.1: every length from 12 to 1,500 octets, at every alignment', () => {
    const key = noise(20, 7)
    test.each([
      { title: 'SRTP, 80 bits', roc: 0x12345678, tagLength: 10 },
      { title: 'SRTP, 32 bits', roc: 0xfffffffe, tagLength: 4 },
      { title: 'SRTCP, 80 bits', roc: undefined, tagLength: 10 },
    ])('$title', ({ roc, tagLength }) => {
      for (let length = 12; length <= 1500; length++) {
        const job = tagged({ key, message: noise(length, length), ...(roc !== undefined && { roc }) }, tagLength)
        const jobs = Array.from({ length: 16 }, (_, alignment) => ({ ...job, alignment }))
        // Each in another octet, all over the message.
        const forged = jobs.map((job, n) => ({ ...job, message: withFlippedBit(job.message, (n * length) >> 1) }))
        expect(verify([...jobs, ...forged]), `${length} octets`).toEqual([
          ...jobs.map(() => true),
          ...forged.map(() => false),
        ])
      }
    })

    test('the longest', () => {
      const jobs = [65_535, 65_531, 65_520, 65_472].map((length) =>
        tagged({ key, roc: 5, message: noise(length, 3) }, 10),
      )
      expect(verify([...jobs, ...jobs.map((job) => ({ ...job, roc: 6 }))])).toEqual([
        ...jobs.map(() => true),
        ...jobs.map(() => false),
      ])
    })
  })

  describe('RFC 3711 §4.2.1: verdicts are those of node:crypto', () => {
    const agrees =
      (kernel = room) =>
      (batch: HmacJob[]) => {
        expect(kernel.verifyHmac(batch, nines)).toEqual(batch.map(isGenuine))
      }

    test('lengths, keys, alignments and forgeries side by side', () => {
      fc.assert(fc.property(fc.array(anyJob, { minLength: 1, maxLength: 300, size: 'max' }), agrees()))
    })

    test('one job, and as many as fill lanes in part', () => {
      fc.assert(fc.property(fc.array(anyJob, { minLength: 1, maxLength: 20, size: 'max' }), agrees()), { numRuns: 300 })
    })

    test('at addresses on both sides of 2 GiB', () => {
      const high = new KernelRoom({ keys: MEBIBYTE, jobs: MEBIBYTE }, 0x80000000 - MEBIBYTE - 0x8000)
      const batches = fc.array(anyJob, { minLength: 100, maxLength: 300, size: 'max' })
      fc.assert(fc.property(batches, agrees(high)), { numRuns: 20 })
    })
  })

  test('no jobs, nothing done', () => expect(verify([])).toEqual([]))
})

describe('what V8 makes of two vectors is an experiment', () => {
  const genuine = Array.from({ length: 9 }, (_, n) => tagged({ key: noise(20, n), message: noise(172, n) }, 10))
  const roomWith = (give: (kernel: Kernel, memory: SharedMemory) => void) =>
    new KernelRoom({ keys: MEBIBYTE, jobs: MEBIBYTE }, KERNEL_STATIC_BYTES, give)

  test('it hashes nine, and fewer are hashed without', () => {
    const none = roomWith(() => {})
    expect(() => none.verifyHmac(genuine, true)).toThrow(WebAssembly.RuntimeError)
    expect(none.verifyHmac(genuine.slice(1), true)).toEqual(genuine.slice(1).map(() => true))
  })

  test('nine verify what is genuine: of other lengths, keys and tags the rest alone is verified by fives', () => {
    fc.assert(
      fc.property(fc.array(anyJob, { minLength: 1, maxLength: 100, size: 'max' }), (batch) => {
        const genuine = batch.filter(isGenuine)
        room.verifyHmac(genuine, true)
        expect(room.byFives).toBe(genuine.length % 9)
      }),
    )
  })

  test('its flag leaves nothing behind: what V8 had compiled it takes back as before', () => {
    expect(cachedDataVersionTag()).toBe(USUAL)
  })

  test('were it made wrong, every verdict would be the same: what does not verify so is verified again', () => {
    const wrong = roomWith((kernel, memory) => {
      const module = new WebAssembly.Module(hashNineWithOtherConstant())
      kernel.table.set(0, (instantiateModule(module, memory) as { hashNine: object }).hashNine)
    })
    fc.assert(
      fc.property(fc.array(anyJob, { minLength: 9, maxLength: 100, size: 'max' }), (batch) => {
        expect(wrong.verifyHmac(batch, true)).toEqual(batch.map(isGenuine))
      }),
    )
  })
})

/** With a bit flipped in the vectors' constant of the last twenty rounds (FIPS 180-4 §4.2.1). */
function hashNineWithOtherConstant(): Uint8Array {
  const bytes = readFileSync(new URL('../../workers/kernel/hash-nine.wasm', import.meta.url))
  const constant = octets('d6c162ca'.repeat(4))
  let places = 0
  for (let at = bytes.indexOf(constant); at >= 0; at = bytes.indexOf(constant, at)) {
    bytes[at] ^= 1
    places++
  }
  expect(places).toBeGreaterThan(0)
  return bytes
}
