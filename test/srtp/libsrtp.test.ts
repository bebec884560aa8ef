import { execFileSync, spawnSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import { existsSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterAll, describe, expect, test } from 'vitest'
import { createAuthenticator, Verdict } from '../../src/srtp/authenticator.ts'
import { createDecryptor } from '../../src/srtp/decryptor.ts'
import { misreadAes192Keys } from '../../src/srtp/misread-aes-192.ts'
import { deriveSessionKeys, type MasterKey, type SessionKeys } from '../../src/srtp/session-keys.ts'
import { hexOf } from './octets.ts'
import { suite } from './suite-arbitraries.ts'

const SOURCE = fileURLToPath(new URL('libsrtp/protect.c', import.meta.url))
const directory = mkdtempSync(join(tmpdir(), 'srtp-scan-libsrtp-'))
const program = join(directory, 'protect')
const compiler = process.env.CC ?? 'cc'
const compiled = spawnSync(compiler, ['-O1', '-o', program, SOURCE, '-lsrtp2'], { encoding: 'utf8' })
const missing = whatIsMissing()

afterAll(() => rmSync(directory, { recursive: true, force: true }))

/** Why libsrtp cannot be asked here; '' where it can. */
function whatIsMissing(): string {
  if (compiled.error !== undefined) return 'no C compiler'
  return /srtp2\/srtp\.h: No such file|cannot find -lsrtp2/.test(compiled.stderr) ? 'no libsrtp2 to compile with' : ''
}

interface Packet {
  readonly kind: 'rtp' | 'rtcp' | 'rtcp+5'
  readonly roc: number
  readonly octets: Uint8Array
}

/** Octets that look random and are the same in every run. */
function noise(seed: string, length: number): Uint8Array {
  const octets: number[] = []
  for (let n = 0; octets.length < length; n++) octets.push(...createHash('sha256').update(`${seed} ${n}`).digest())
  return Uint8Array.from(octets.slice(0, length))
}

/** Packets of several lengths, with and without CSRCs and header extension, under several rollover counters. */
function packetsOf(seed: string): Packet[] {
  const rtp = [0, 1, 20, 52, 53, 160, 1187].flatMap((length, n): Packet[] => {
    const body = noise(`${seed} rtp ${length}`, length)
    const fixed = noise(`${seed} header ${length}`, 10)
    const csrcs = n % 3
    const extension = n % 2 === 1 ? [0xbe, 0xde, 0, 2, 0x10, 1, 0x20, 2, 0, 0, 0, 0] : []
    const first = 0x80 | (extension.length > 0 ? 0x10 : 0) | csrcs
    const octets = Uint8Array.from([first, 96, ...fixed, ...noise('csrc', csrcs * 4), ...extension, ...body])
    return [0, 1, 0xfffe + n].map((roc) => ({ kind: 'rtp', roc, octets }))
  })
  const rtcp = [0, 20, 72].flatMap((length): Packet[] => {
    const octets = Uint8Array.from([0x80, 200, 0, length / 4 + 1, ...noise(`${seed} rtcp ${length}`, length + 4)])
    return [
      { kind: 'rtcp', roc: 0, octets },
      { kind: 'rtcp+5', roc: 0, octets },
    ]
  })
  return [...rtp, ...rtcp]
}

const CONFIDENTIAL_AND_AUTHENTICATED = 3
const AUTHENTICATED = 2

function protectWithLibsrtp(name: string, services: number, master: MasterKey, packets: readonly Packet[]): Buffer[] {
  const key = hexOf(master.masterKey) + hexOf(master.masterSalt)
  const mki = master.mki === undefined ? '-' : hexOf(master.mki)
  const input = packets.map(
    ({ kind, roc, octets }) => `${name} ${services} ${kind} ${roc} ${key} ${mki} ${hexOf(octets)}\n`,
  )
  const lines = execFileSync(program, { input: input.join(''), encoding: 'utf8', maxBuffer: 1 << 26 })
    .trim()
    .split('\n')
  expect(lines).toHaveLength(packets.length)
  return lines.map((line) => {
    expect(line, 'libsrtp protects the packet').toMatch(/^[0-9a-f]+$/)
    return Buffer.from(line, 'hex')
  })
}

function masterKeyOf(name: string, mki?: Uint8Array): MasterKey {
  const of = suite(name)
  return {
    suite: of,
    masterKey: noise(`${name} key`, of.masterKeyLength),
    masterSalt: noise(`${name} salt`, of.masterSaltLength),
    ...(mki && { mki }),
  }
}

/** The packet as the decryptor gives it back, in hex. */
function decrypted(keys: SessionKeys, { kind, roc }: Packet, octets: Uint8Array): string | undefined {
  const decryptor = createDecryptor(keys)
  const verdict = verify(keys, { kind, roc, octets }, octets)
  const clear =
    kind === 'rtp'
      ? decryptor.decryptRtp(octets, 0, octets.length, roc)
      : decryptor.decryptRtcp(octets, 0, octets.length, verdict)
  return clear && hexOf(clear)
}

function verify(keys: SessionKeys, { kind, roc }: Packet, octets: Uint8Array): Verdict {
  const authenticator = createAuthenticator(keys)
  if (kind === 'rtp') return authenticator.verifyRtp(octets, 0, octets.length, roc)
  return authenticator.verifyRtcp(octets, 0, octets.length)
}

/** libsrtp's name of the suite, ours, and what SRTP and SRTCP come to. */
const SUITES = [
  ['AES_CM_128_HMAC_SHA1_80', 'AES_CM_128_HMAC_SHA1_80', Verdict.Verified, Verdict.Verified],
  ['AES_CM_128_HMAC_SHA1_32', 'AES_CM_128_HMAC_SHA1_32', Verdict.Verified, Verdict.Verified],
  ['AES_256_CM_HMAC_SHA1_80', 'AES_256_CM_HMAC_SHA1_80', Verdict.Verified, Verdict.Verified],
  ['AES_256_CM_HMAC_SHA1_32', 'AES_256_CM_HMAC_SHA1_32', Verdict.Verified, Verdict.Verified],
  ['NULL_HMAC_SHA1_80', 'NULL_HMAC_SHA1_80', Verdict.Verified, Verdict.Verified],
  ['AES_CM_128_NULL_AUTH', 'AES_CM_128_NULL_AUTH', Verdict.NotAuthenticated, Verdict.Verified],
  ['AEAD_AES_128_GCM', 'AEAD_AES_128_GCM', Verdict.Verified, Verdict.Verified],
  ['AEAD_AES_256_GCM', 'AEAD_AES_256_GCM', Verdict.Verified, Verdict.Verified],
  ['AEAD_AES_128_GCM_8', 'AEAD_AES_128_GCM_8', Verdict.Verified, Verdict.VerifiedShortTag],
  ['AEAD_AES_256_GCM_8', 'AEAD_AES_256_GCM_8', Verdict.Verified, Verdict.VerifiedShortTag],
] as const

if (missing === '') {
  describe('differential: what libsrtp protects verifies, and is decrypted to what it was', () => {
    describe.each(SUITES)('%s', (theirs, ours, rtpVerdict, rtcpVerdict) => {
      // libsrtp 2.5 misplaces the MKI of SRTCP under _32 suites: no oracle for that.
      const mkis = ours.endsWith('_32') ? [undefined] : [undefined, Uint8Array.of(1), Uint8Array.of(0, 1, 2, 3, 4)]

      test.each(mkis)('with the MKI %s', (mki) => {
        const master = masterKeyOf(ours, mki)
        const keys = deriveSessionKeys(master)
        for (const services of [CONFIDENTIAL_AND_AUTHENTICATED, AUTHENTICATED]) {
          const packets = packetsOf(ours)
          const protectedPackets = protectWithLibsrtp(theirs, services, master, packets)
          packets.forEach((packet, n) => {
            const expected = packet.kind === 'rtp' ? rtpVerdict : rtcpVerdict
            const what = `services ${services}, ${packet.kind}, ${packet.octets.length} octets, ROC ${packet.roc}`
            expect(verify(keys, packet, protectedPackets[n]), what).toBe(expected)
            // Without confidentiality libsrtp leaves SRTP as UNENCRYPTED_SRTP does; SRTCP says so by its E bit.
            const isEncrypted = services === CONFIDENTIAL_AND_AUTHENTICATED
            const clear = decrypted({ ...keys, srtpEncrypted: isEncrypted }, packet, protectedPackets[n])
            expect(clear, what).toBe(hexOf(packet.octets))
          })
        }
      })
    })

    test('RFC 4568 §6.2.2: SRTCP shortened to 4 octets under _32', () => {
      const master = masterKeyOf('AES_CM_128_HMAC_SHA1_32')
      const packets = packetsOf('short').filter(({ kind }) => kind !== 'rtp')
      const name = 'AES_CM_128_HMAC_SHA1_32+short'
      const shortened = protectWithLibsrtp(name, CONFIDENTIAL_AND_AUTHENTICATED, master, packets)
      packets.forEach((packet, n) => {
        expect(verify(deriveSessionKeys(master), packet, shortened[n])).toBe(Verdict.VerifiedShortTag)
        expect(decrypted(deriveSessionKeys(master), packet, shortened[n])).toBe(hexOf(packet.octets))
      })
    })

    test('AES_192_CM_HMAC_SHA1_80: libsrtp derives as RFC 6188 §3 asks, or with the key misread as AES-256', () => {
      const master = masterKeyOf('AES_192_CM_HMAC_SHA1_80')
      const packets = packetsOf('192')
      const made = protectWithLibsrtp('AES_192_CM_HMAC_SHA1_80', CONFIDENTIAL_AND_AUTHENTICATED, master, packets)
      const misread = misreadAes192Keys(master) as SessionKeys
      const asMisread = packets.filter((packet, n) => verify(misread, packet, made[n]) === Verdict.Verified)
      const asAsked = packets.filter((p, n) => verify(deriveSessionKeys(master), p, made[n]) === Verdict.Verified)
      expect([asMisread.length, asAsked.length].sort((a, b) => a - b)).toEqual([0, packets.length])
      const keys = asMisread.length > 0 ? misread : deriveSessionKeys(master)
      packets.forEach((packet, n) => {
        expect(decrypted(keys, packet, made[n])).toBe(hexOf(packet.octets))
      })
    })
  })
} else {
  test(`differential: NOT RUN against libsrtp (${missing})`, () => {
    expect(existsSync(program)).toBe(false)
    expect(compiled.status).not.toBe(0)
  })
}
