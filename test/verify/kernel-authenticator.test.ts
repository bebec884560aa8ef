import { createCipheriv } from 'node:crypto'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { createAuthenticator, Verdict } from '../../src/srtp/authenticator.ts'
import { deriveSessionKeys } from '../../src/srtp/session-keys.ts'
import { compileKernel, instantiateKernel } from '../../src/verify/kernel.ts'
import { KernelAuthenticator, SingleVerifier } from '../../src/verify/kernel-authenticator.ts'
import { KeyTable } from '../../src/verify/key-table.ts'
import { allocate, laneAddress, layoutOf } from '../../src/verify/shared-memory.ts'
import { octets } from '../srtp/octets.ts'
import { protectRtcp, protectRtp } from '../srtp/protect.ts'
import { CRYPTEX_KEYS, CRYPTEX_VECTORS } from '../srtp/rfc9335-vectors.ts'
import { anyMasterKey, suite } from '../srtp/suite-arbitraries.ts'

const layout = layoutOf({
  threads: 1,
  slabBytes: 64 << 10,
  maxMemoryBytes: 1 << 20,
})
const memory = allocate(layout)
const { buffer } = memory
const kernel = instantiateKernel(compileKernel(), memory)
const single = new SingleVerifier(kernel, buffer, laneAddress(layout, 0))
const keys = new KeyTable(kernel, buffer, layout, 0)
/** Room of the test's own in the kernel's memory. */
const slab = new Uint8Array(buffer, layout.slabs, layout.slabBytes)
let keysMade = 0

/** An RTP packet with CSRC list and header extension, or an RTCP packet, in the clear. */
const plain = fc
  .record({
    csrcs: fc.integer({ min: 0, max: 15 }),
    extension: fc.option(fc.integer({ min: 0, max: 8 }), { nil: undefined }),
    body: fc.uint8Array({ minLength: 12, maxLength: 300, size: 'max' }),
  })
  .map(({ csrcs, extension, body }) => {
    const rtp = Buffer.concat([
      Buffer.alloc(12 + csrcs * 4, 7),
      Buffer.alloc(extension === undefined ? 0 : 4 + extension * 4),
      body,
    ])
    rtp[0] = 0x80 | csrcs | (extension === undefined ? 0 : 0x10)
    if (extension !== undefined) rtp.writeUInt16BE(extension, 12 + csrcs * 4 + 2)
    const rtcp = Buffer.from(rtp)
    rtcp[1] = 200
    return { rtp, rtcp }
  })

/** What happens to a packet on its way: nothing, a bit, its end. */
const fate = fc.oneof(
  { weight: 4, arbitrary: fc.constant(undefined) },
  fc.record({ at: fc.nat(2000), bit: fc.nat(7) }),
  fc.record({ cut: fc.nat(400) }),
)

function befallen(packet: Uint8Array, what: { at: number; bit: number } | { cut: number } | undefined): Uint8Array {
  if (what === undefined) return packet
  if ('cut' in what) return packet.slice(0, Math.min(what.cut, packet.length))
  const changed = packet.slice()
  changed[what.at % packet.length] ^= 1 << what.bit
  return changed
}

test('the kernel says of every packet what node:crypto says, in its memory or out of it', () => {
  let verified = 0
  fc.assert(
    fc.property(
      anyMasterKey,
      plain,
      fate,
      fc.integer({ min: 0, max: 70_000 }),
      fc.boolean(),
      fc.boolean(),
      fc.nat(15),
      (master, { rtp, rtcp }, what, roc, isOtherRoc, isEncrypted, alignment) => {
        const session = deriveSessionKeys(master)
        const reference = createAuthenticator(session)
        keys.put(++keysMade, master)
        const tested = keys.authenticator(keysMade)
        const { suite, parameters } = master
        const isKernels = suite.authentication !== 'none' && !parameters?.kdr && session.rcc === undefined
        expect(tested instanceof KernelAuthenticator).toBe(isKernels)

        const srtp = befallen(protectRtp(session, rtp, roc), what)
        const said = reference.verifyRtp(srtp, 0, srtp.length, isOtherRoc ? roc + 1 : roc)
        if (said === Verdict.Verified) verified++
        expect(tested.verifyRtp(srtp, 0, srtp.length, isOtherRoc ? roc + 1 : roc)).toBe(said)
        slab.set(srtp, alignment)
        expect(tested.verifyRtp(slab, alignment, srtp.length, isOtherRoc ? roc + 1 : roc)).toBe(said)

        for (const tagLength of session.srtcpTagLengths) {
          const srtcp = befallen(protectRtcp(session, rtcp, roc, isEncrypted, tagLength), what)
          const expected = reference.verifyRtcp(srtcp, 0, srtcp.length)
          expect(tested.verifyRtcp(srtcp, 0, srtcp.length)).toBe(expected)
          slab.set(srtcp, alignment)
          expect(tested.verifyRtcp(slab, alignment, srtcp.length)).toBe(expected)
        }
      },
    ),
    { numRuns: 1500 },
  )
  expect(verified).toBeGreaterThan(60)
})

test('finds the rollover counter of a packet among those it is asked to try, or says that it is not there', () => {
  let found = 0
  fc.assert(
    fc.property(anyMasterKey, plain, fc.nat(4100), (master, { rtp }, roc) => {
      const session = deriveSessionKeys(master)
      keys.put(++keysMade, master)
      const tested = keys.authenticator(keysMade)
      if (!(tested instanceof KernelAuthenticator) || session.srtpTagLength === 0) return
      const packet = protectRtp(session, rtp, roc)
      // What node:crypto verifies in the kernel's place is searched for among few: it takes fifty times as long.
      const isThere = roc >= 1 && roc < (session.srtpEncrypted || master.suite.authentication !== 'gcm' ? 4096 : 65)
      expect(tested.findRolloverCounter(packet, 0, packet.length, 1, 4096)).toBe(isThere ? roc : -1)
      if (isThere) found++
    }),
    { numRuns: 200 },
  )
  expect(found).toBeGreaterThan(5)
})

test('keys that the kernel knows nothing of are searched for among few counters: each has session keys of its own (KDR)', () => {
  const { masterKey, masterSalt } = CRYPTEX_KEYS.AEAD_AES_128_GCM
  const master = { suite: suite('AEAD_AES_128_GCM'), masterKey: octets(masterKey), masterSalt: octets(masterSalt) }
  const session = deriveSessionKeys(master)
  // The first 2^24 packets are under the keys that are derived once, those of 256 rollover counters.
  keys.put(++keysMade, { ...master, parameters: { kdr: 24 } })
  const rtp = Buffer.alloc(40, 0x80)
  rtp[0] = 0x80
  const found = [1, 64, 65, 200].map((roc) => {
    const packet = protectRtp(session, rtp, roc)
    return keys.authenticator(keysMade).findRolloverCounter?.(packet, 0, packet.length, 1, 4096)
  })
  expect(found).toEqual([1, 64, -1, -1])
})

test.each(CRYPTEX_VECTORS)('RFC 9335 Appendix A, AEAD_AES_128_GCM: $title', ({ AEAD_AES_128_GCM: hex }) => {
  const { masterKey, masterSalt } = CRYPTEX_KEYS.AEAD_AES_128_GCM
  const master = { suite: suite('AEAD_AES_128_GCM'), masterKey: octets(masterKey), masterSalt: octets(masterSalt) }
  keys.put(++keysMade, master)
  const tested = keys.authenticator(keysMade)
  expect(tested).toBeInstanceOf(KernelAuthenticator)
  const sent = octets(hex)
  expect(tested.verifyRtp(sent, 0, sent.length, 0)).toBe(Verdict.Verified)
  expect(tested.verifyRtp(sent, 0, sent.length, 1)).toBe(Verdict.Failed)
  expect(tested.findRolloverCounter?.(sent, 0, sent.length, 0, 2)).toBe(0)
})

test('the kernel encrypts blocks as node:crypto does (FIPS 197)', () => {
  const octetsOf = (length: number) => fc.uint8Array({ minLength: length, maxLength: length, size: 'max' })
  const keyAndBlocks = fc.tuple(
    fc.constantFrom(16, 24, 32).chain(octetsOf),
    fc.integer({ min: 1, max: 12 }).chain((blocks) => octetsOf(blocks * 16)),
  )
  fc.assert(
    fc.property(keyAndBlocks, ([key, blocks]) => {
      const cipher = createCipheriv(`aes-${key.length * 8}-ecb`, key, null)
      expect(Buffer.from(single.encryptBlocks(key, blocks))).toEqual(cipher.update(blocks))
    }),
  )
})

test('a key table holds the session keys that node:crypto derives (RFC 3711 §4.3.1)', () => {
  fc.assert(
    fc.property(anyMasterKey, (master) => {
      expect(deriveSessionKeys(master, single.encryptBlocks)).toEqual(deriveSessionKeys(master))
    }),
  )
})
