import { createCipheriv, createDecipheriv } from 'node:crypto'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { octets, withFlippedBit } from '../srtp/octets.ts'
import { type GcmJob, KernelRoom } from './kernel-room.ts'
import { noise } from './noise.ts'

const MEBIBYTE = 1 << 20
const room = new KernelRoom({ keys: 2 * MEBIBYTE, jobs: 2 * MEBIBYTE })

/** What node:crypto says. */
function isGenuine(job: GcmJob): boolean {
  const decipher = createDecipheriv(algorithm(job), job.key, iv(job), { authTagLength: job.tag.length })
  decipher.setAuthTag(job.tag).setAAD(associated(job))
  decipher.update(job.ciphertext)
  try {
    decipher.final()
    return true
  } catch {
    return false
  }
}

/** A packet under its tag; the ciphertext is what comes of zeros. */
function sealed(job: Omit<GcmJob, 'ciphertext' | 'tag'>, length: number, authTagLength: number): GcmJob {
  const cipher = createCipheriv(algorithm(job), job.key, iv(job), { authTagLength })
  cipher.setAAD(associated(job))
  const ciphertext = new Uint8Array(cipher.update(new Uint8Array(length)))
  cipher.final()
  return { ...job, ciphertext, tag: new Uint8Array(cipher.getAuthTag()) }
}

function algorithm({ key }: Pick<GcmJob, 'key'>) {
  return key.length === 16 ? 'aes-128-gcm' : 'aes-256-gcm'
}

function associated({ header, index }: Pick<GcmJob, 'header' | 'index'>): Uint8Array {
  return index === undefined ? header : Buffer.concat([header, index])
}

/** RFC 7714 §8.1 and §9.1. */
function iv({ header, salt, roc, index }: Pick<GcmJob, 'header' | 'salt' | 'roc' | 'index'>): Uint8Array {
  const iv = Buffer.alloc(12)
  if (index !== undefined) {
    iv.set(header.subarray(4, 8), 2)
    iv.set(index, 8)
    iv[8] &= 0x7f
  } else {
    iv.set(header.subarray(8, 12), 2)
    iv.writeUInt32BE(roc ?? 0, 6)
    iv.set(header.subarray(2, 4), 10)
  }
  return iv.map((octet, n) => octet ^ salt[n])
}

/** An RTP header with its CSRC list and extension (RFC 3550 §5.1, §5.3.1). */
function rtpHeader(seed: number, csrcs: number, extensionWords: number | undefined): Uint8Array {
  const extensionLength = extensionWords === undefined ? 0 : 4 + 4 * extensionWords
  const header = noise(12 + 4 * csrcs + extensionLength, seed)
  header[0] = 0x80 | (extensionWords === undefined ? 0 : 0x10) | csrcs
  if (extensionWords !== undefined) new DataView(header.buffer).setUint16(14 + 4 * csrcs, extensionWords)
  return header
}

const KEYS = {
  rfc128: '000102030405060708090a0b0c0d0e0f',
  rfc256: '000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f',
  nist128: 'feffe9928665731c6d6a8f9467308308',
  nist256: 'feffe9928665731c6d6a8f9467308308feffe9928665731c6d6a8f9467308308',
}
const RFC_SALT = '517569642070726f2071756f'
const RTP_HEADER = '8040f17b 8041f8d3 5501a0b2'
const RTP_PAYLOAD = '47616c6c696120657374206f6d6e69732064697669736120696e207061727465732074726573'
/** The IV of these is cafebabefacedbaddecaf888: this salt is what the SSRC and the number in the "header" leave of it. */
const NIST_SALT = 'cafe4453 0000dbad deca0246'
const NIST_HEADER = 'feedfacedeadbeef feedfacedeadbeef abaddad2'

interface Vector {
  readonly title: string
  readonly key: string
  readonly salt?: string
  readonly header: string
  readonly ciphertext: string
  readonly tag: string
  readonly index?: string
}

const VECTORS: readonly Vector[] = [
  {
    title: 'RFC 7714 §16.1.1: AEAD_AES_128_GCM',
    key: KEYS.rfc128,
    header: RTP_HEADER,
    ciphertext: 'f24de3a3fb34de6cacba861c9d7e4bcabe633bd50d294e6f42a5f47a51c7d19b36de3adf8833',
    tag: '899d7f27beb16a9152cf765ee4390cce',
  },
  {
    title: 'RFC 7714 §16.1.3: AEAD_AES_128_GCM, tagged only',
    key: KEYS.rfc128,
    header: RTP_HEADER + RTP_PAYLOAD,
    ciphertext: '',
    tag: '22493f82d2bce397e9d79e3b19aa4216',
  },
  {
    title: 'RFC 7714 §16.2.1: AEAD_AES_256_GCM',
    key: KEYS.rfc256,
    header: RTP_HEADER,
    ciphertext: '32b1de78a822fe12ef9f78fa332e33aab18012389a58e2f3b50b2a0276ffae0f1ba63799b87b',
    tag: '7aa3db36dfffd6b0f9bb7878d7a76c13',
  },
  {
    title: 'RFC 7714 §16.2.3: AEAD_AES_256_GCM, tagged only',
    key: KEYS.rfc256,
    header: RTP_HEADER + RTP_PAYLOAD,
    ciphertext: '',
    tag: 'a866d5910f887463067ceefec45215d4',
  },
  {
    title: 'RFC 7714 §17.1: AEAD_AES_128_GCM, SRTCP',
    key: KEYS.rfc128,
    header: '81c8000d4d617273',
    ciphertext: '63e94885dcdab67ca727d7662f6b7e997ff5c0f76c06f32dc676a5f1730d6fda4ce09b4686303ded0bb9275b',
    tag: 'c84aa45896cf4d2fc5abf87245d9eade',
    index: '800005d4',
  },
  {
    title: 'RFC 7714 §17.2: AEAD_AES_256_GCM, SRTCP',
    key: KEYS.rfc256,
    header: '81c8000d4d617273',
    ciphertext: 'd50ae4d1f5ce5d304ba297e47d470c282c3ece5dbffe0a50a2eaa5c1110555be8415f658c61de0476f1b6fad',
    tag: '1d1eb30c4446839f57ff6f6cb26ac3be',
    index: '800005d4',
  },
  {
    title: 'the GCM specification, appendix B, test case 4: AES-128',
    key: KEYS.nist128,
    salt: NIST_SALT,
    header: NIST_HEADER,
    ciphertext:
      '42831ec2217774244b7221b784d0d49ce3aa212f2c02a4e035c17e2329aca12e' +
      '21d514b25466931c7d8f6a5aac84aa051ba30b396a0aac973d58e091',
    tag: '5bc94fbc3221a5db94fae95ae7121a47',
  },
  {
    title: 'the GCM specification, appendix B, test case 16: AES-256',
    key: KEYS.nist256,
    salt: NIST_SALT,
    header: NIST_HEADER,
    ciphertext:
      '522dc1f099567d07f47f37a32a84427d643a8cdcbfe5c0c97598a2bd2555d1aa' +
      '8cb08e48590dbb3da7b08b1056828838c5f61e6393ba7a0abcc9f662',
    tag: '76fc6ece0f4e1768cddf8853bb2d551b',
  },
]

function jobOf({ key, salt, header, ciphertext, tag, index }: Vector): GcmJob {
  return {
    key: octets(key),
    salt: octets(salt ?? RFC_SALT),
    header: octets(header),
    ciphertext: octets(ciphertext),
    tag: octets(tag),
    ...(index === undefined ? { roc: 0 } : { index: octets(index) }),
  }
}

describe.each(VECTORS)('$title', (vector) => {
  const job = jobOf(vector)

  test('verifies, cut to any length from 4 octets', () => {
    const cut = Array.from({ length: 13 }, (_, n) => ({ ...job, tag: job.tag.subarray(0, n + 4) }))
    expect(room.verifyGcm(cut)).toEqual(cut.map(() => true))
  })

  test('fails with any bit flipped', () => {
    for (const part of ['header', 'ciphertext', 'tag', 'index'] as const) {
      const all = job[part] ?? new Uint8Array(0)
      const flipped = Array.from({ length: all.length * 8 }, (_, n) => ({ ...job, [part]: withFlippedBit(all, n) }))
      expect(room.verifyGcm(flipped), part).toEqual(flipped.map(() => false))
    }
  })
})

test.each(VECTORS.filter(({ index }) => index === undefined))(
  '$title: fails under another rollover counter',
  (vector) => {
    const others = Array.from({ length: 32 }, (_, n) => ({ ...jobOf(vector), roc: (1 << n) >>> 0 }))
    expect(room.verifyGcm(others)).toEqual(others.map(() => false))
  },
)

describe('RFC 7714 §8, §9: every length from 12 to 1,500 octets, at every alignment', () => {
  const key = noise(16, 7)
  const salt = noise(12, 8)
  test.each([
    { title: 'SRTP, tags of 16 octets', tagLength: 16, head: { header: rtpHeader(1, 0, undefined), roc: 0xfffffffe } },
    { title: 'SRTP, tags of 8 octets', tagLength: 8, head: { header: rtpHeader(2, 0, undefined), roc: 1 } },
    { title: 'SRTP with CSRC list and extension', tagLength: 16, head: { header: rtpHeader(3, 15, 3), roc: 0 } },
    { title: 'SRTCP', tagLength: 16, head: { header: noise(8, 4), index: octets('800005d4') } },
  ])('$title', ({ head, tagLength }) => {
    for (let length = Math.max(12, head.header.length); length <= 1500; length++) {
      const job = sealed({ ...head, key, salt }, length - head.header.length, tagLength)
      const jobs = Array.from({ length: 16 }, (_, alignment) => ({ ...job, alignment }))
      // Each in another octet, all over the packet.
      const forged = jobs.map((job, n) => withFlippedPacketBit(job, (n * length) >> 1))
      expect(room.verifyGcm([...jobs, ...forged]), `${length} octets`).toEqual([
        ...jobs.map(() => true),
        ...forged.map(() => false),
      ])
    }
  })

  test('the longest', () => {
    const jobs = [65_535, 65_520, 65_472].map((length) =>
      sealed({ key, salt, header: rtpHeader(5, 0, undefined), roc: 5 }, length - 12, 16),
    )
    expect(room.verifyGcm([...jobs, ...jobs.map((job) => ({ ...job, roc: 6 }))])).toEqual([
      ...jobs.map(() => true),
      ...jobs.map(() => false),
    ])
  })
})

/** A bit of header and ciphertext, as one. */
function withFlippedPacketBit(job: GcmJob, bit: number): GcmJob {
  const headerBits = job.header.length * 8
  if (bit < headerBits) return { ...job, header: withFlippedBit(job.header, bit) }
  return { ...job, ciphertext: withFlippedBit(job.ciphertext, bit - headerBits) }
}

describe('RFC 7714: verdicts are those of node:crypto', () => {
  const rtp = fc
    .record({
      seed: fc.nat(),
      csrcs: fc.oneof(fc.constant(0), fc.nat({ max: 15 })),
      extensionWords: fc.option(fc.oneof(fc.nat({ max: 5 }), fc.nat({ max: 330 })), { nil: undefined }),
      roc: fc.nat({ max: 0xffffffff }),
    })
    .map(({ seed, csrcs, extensionWords, roc }) => ({ header: rtpHeader(seed, csrcs, extensionWords), roc }))
  const rtcp = fc
    .record({ seed: fc.nat(), index: fc.uint8Array({ minLength: 4, maxLength: 4 }) })
    .map(({ seed, index }) => ({
      header: noise(8, seed),
      index: index.map((octet, n) => (n === 0 ? octet | 0x80 : octet)),
    }))
  const jobs = fc
    .record({
      head: fc.oneof(rtp, rtp, rtcp),
      length: fc.oneof(fc.nat({ max: 40 }), fc.nat({ max: 200 }), fc.nat({ max: 1500 })),
      alignment: fc.nat({ max: 15 }),
      key: fc.nat({ max: 20 }),
      tagLength: fc.constantFrom(16, 16, 8, 4, 12),
      flipped: fc.constantFrom('nothing', 'nothing', 'packet', 'tag', 'roc', 'index', 'salt'),
      bit: fc.nat(),
    })
    .map(({ head, length, alignment, key, tagLength, flipped, bit }): GcmJob => {
      const keys = { key: noise(key % 2 === 0 ? 16 : 32, key), salt: noise(12, key) }
      const job = sealed({ ...head, ...keys, alignment }, length, tagLength)
      if (flipped === 'packet') return withFlippedPacketBit(job, bit % ((job.header.length + length) * 8))
      if (flipped === 'tag') return { ...job, tag: withFlippedBit(job.tag, bit % (tagLength * 8)) }
      if (flipped === 'salt') return { ...job, salt: noise(12, key + 1) }
      if (flipped === 'roc' && job.roc !== undefined) return { ...job, roc: (job.roc ^ (1 << (bit % 32))) >>> 0 }
      if (flipped === 'index' && job.index) return { ...job, index: withFlippedBit(job.index, 1 + (bit % 31)) }
      return job
    })

  const agrees = (kernel: KernelRoom) => (batch: GcmJob[]) => {
    expect(kernel.verifyGcm(batch)).toEqual(batch.map(isGenuine))
  }

  test('headers, lengths, keys, alignments and forgeries side by side', () => {
    fc.assert(fc.property(fc.array(jobs, { minLength: 1, maxLength: 300, size: 'max' }), agrees(room)))
  })

  test('one job, two, three', () => {
    fc.assert(fc.property(fc.array(jobs, { minLength: 1, maxLength: 3, size: 'max' }), agrees(room)), { numRuns: 300 })
  })

  test('at addresses on both sides of 2 GiB', () => {
    const high = new KernelRoom({ keys: MEBIBYTE, jobs: MEBIBYTE }, 0x80000000 - MEBIBYTE - 0x8000)
    const batches = fc.array(jobs, { minLength: 100, maxLength: 300, size: 'max' })
    fc.assert(fc.property(batches, agrees(high)), { numRuns: 20 })
  })
})

test('no jobs, nothing done', () => expect(room.verifyGcm([])).toEqual([]))
