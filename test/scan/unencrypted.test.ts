import { describe, expect, test } from 'vitest'
import { seededOctets } from '../../samples/seeded-random.ts'
import type { Report } from '../../src/model/report.ts'
import { isOpenSrtcp } from '../../src/rtp/media-kind.ts'
import { deriveSessionKeys } from '../../src/srtp/session-keys.ts'
import { protectRtcp } from '../srtp/protect.ts'
import { callOf, keysOf, line, type Media, masterOf, reportOn, under } from './faulty-call.ts'

const protect = under(keysOf('caller'))
const media = (more: Partial<Media> = {}): Media => ({ from: 'caller', at: 0.2, count: 50, protect, ...more })
/** Silence that only a tag protects. */
const unencrypted: Media['protect'] = (rtp, n) => protect(rtp.fill(255, 12), n)

async function told(one: Media, more = ''): Promise<{ report: Report; findings: string[] }> {
  const talk = { at: 0, offer: [line(1, 'caller', undefined, more)], answer: [line(1, 'callee', undefined, more)] }
  const report = await reportOn(callOf([talk], [one]))
  const findings = report.findings.filter(({ rule }) => rule === 'srtp-null-cipher')
  return { report, findings: findings.map(({ severity, kind }) => `${severity} ${kind}`) }
}

describe('packets that verify and are not encrypted', () => {
  test('RTP shows it by its payload', async () => {
    const { report, findings } = await told(media({ protect: unencrypted }))
    expect(findings).toEqual(['error on-wire'])
    const [stream] = report.streams
    expect(stream).toMatchObject({ verified: 50, failed: 0, plain: 0, explanation: { kind: 'wire-not-encrypted' } })
  })

  test('SRTCP shows it by its E bit (RFC 3711 §3.4)', async () => {
    const open: Media['protect'] = (rtcp, n) => protectRtcp(keysOf('caller'), rtcp, n + 1, false)
    expect((await told(media({ isRtcp: true, count: 3, protect: open }))).findings).toEqual(['warning on-wire'])
  })

  test('SRTCP of AES-GCM, whose tag stands before the E bit (RFC 7714 §9.2)', async () => {
    const gcm = 'AEAD_AES_128_GCM'
    const open = (isEncrypted: boolean): NonNullable<Media['protect']> => {
      return (rtcp, n) => protectRtcp(keysOf('caller', gcm), rtcp, n + 1, isEncrypted)
    }
    const of = async (isEncrypted: boolean) => {
      const talk = { at: 0, offer: [line(1, 'caller', gcm)], answer: [line(1, 'callee', gcm)] }
      const report = await reportOn(callOf([talk], [media({ isRtcp: true, count: 3, protect: open(isEncrypted) })]))
      expect(report.streams[0]).toMatchObject({ verified: 3, failed: 0 })
      return report.findings.filter(({ rule }) => rule === 'srtp-null-cipher').map(({ kind }) => kind)
    }
    expect(await of(false)).toEqual(['on-wire'])
    expect(await of(true)).toEqual([])
  })

  test.each([
    [20, 4],
    [160, 128],
  ])('an MKI is no payload: %d octets and an MKI of %d', async (octets, mkiLength) => {
    const mki = new Uint8Array(mkiLength)
    mki[mkiLength - 1] = 1
    const keys = deriveSessionKeys({ ...masterOf('caller'), mki })
    const short: Media['protect'] = (rtp, n) => {
      const payload = seededOctets(`encrypted ${n}`, octets)
      return under(keys)(Buffer.concat([rtp.subarray(0, 12), payload]), n)
    }
    const talk = { at: 0, offer: [line(1, 'caller', undefined, `|1:${mkiLength}`)], answer: [line(1, 'callee')] }
    const known = await reportOn(callOf([talk], [media({ protect: short })]))
    expect(known.streams[0]).toMatchObject({ verified: 50, failed: 0, plain: 0 })
    expect(known.findings.filter(({ rule }) => rule === 'srtp-null-cipher')).toEqual([])
  })

  test('nor is one whose key is not known', async () => {
    const keys = deriveSessionKeys({ ...masterOf('another'), mki: Uint8Array.of(0, 0, 0, 1) })
    const short: Media['protect'] = (rtp, n) => {
      return under(keys)(Buffer.concat([rtp.subarray(0, 12), seededOctets(`encrypted ${n}`, 20)]), n)
    }
    const report = await reportOn(callOf([], [media({ protect: short })]))
    expect(report.streams[0]).toMatchObject({ plain: 0, unverified: 50 })
  })

  test('is what was agreed with UNENCRYPTED_SRTP (RFC 4568 §6.3.2)', async () => {
    const { findings } = await told(media({ protect: unencrypted }), ' UNENCRYPTED_SRTP')
    expect(findings).toEqual(['error no-encryption'])
  })

  test('nothing is said of encrypted ones, nor of too few', async () => {
    expect((await told(media())).findings).toEqual([])
    expect((await told(media({ isRtcp: true, count: 3 }))).findings).toEqual([])
    expect((await told(media({ protect: unencrypted, count: 7 }))).findings).toEqual([])
  })

  test('nor of one packet that comes again and again: its octets are no pattern', async () => {
    let first: Uint8Array | undefined
    const again: Media['protect'] = (rtp, n) => {
      first ??= protect(rtp, n)
      return first
    }
    const { report, findings } = await told(media({ protect: again }))
    expect(report.streams[0].verified).toBe(50)
    expect(findings).toEqual([])
  })

  test('nor where packets fail beside them: the first ones may be others', async () => {
    const some: Media['protect'] = (rtp, n) => (n < 45 ? (unencrypted?.(rtp, n) ?? rtp) : Buffer.concat([rtp, rtp]))
    expect((await told(media({ protect: some }))).findings).toEqual([])
  })
})

describe('packets that are encrypted although UNENCRYPTED_SRTP was agreed (RFC 4568 §6.3.2)', () => {
  const mismatches = ({ findings }: Report) => findings.filter(({ rule }) => rule === 'crypto-mismatch')

  test('G.711 shows it by its payload', async () => {
    const { report } = await told(media(), ' UNENCRYPTED_SRTP')
    expect(report.streams[0]).toMatchObject({ verified: 50, failed: 0, explanation: { kind: 'wire-encrypted' } })
    expect(mismatches(report)).toMatchObject([{ kind: 'wire-encrypted', severity: 'error', frames: [4] }])
  })

  test('nothing is said of what is readable, of too few packets, of another codec, or where it was not agreed', async () => {
    const otherCodec: Media['protect'] = (rtp, n) => {
      rtp[1] = 18
      return protect(rtp, n)
    }
    for (const one of [{ protect: unencrypted }, { count: 47 }, { protect: otherCodec }]) {
      expect(mismatches((await told(media(one), ' UNENCRYPTED_SRTP')).report)).toEqual([])
    }
    expect(mismatches((await told(media())).report)).toEqual([])
  })
})

describe('SRTCP with an E bit of 0', () => {
  const report = Buffer.concat([Buffer.from([0x80, 200, 0, 6]), Buffer.alloc(24, 7)])
  const source = Buffer.concat([Buffer.from([0x81, 202, 0, 2]), Buffer.alloc(8, 7)])
  const trailer = (first: number, tag: number) => Buffer.concat([Buffer.from([first, 0, 0, 1]), Buffer.alloc(tag, 9)])
  const isOpen = (...parts: readonly Uint8Array[]) => {
    const packet = Buffer.concat(parts)
    return isOpenSrtcp(packet, 0, packet.length)
  }

  test.each([10, 4])('is told behind a whole compound packet, with a tag of %d octets', (tag) => {
    expect(isOpen(report, trailer(0, tag))).toBe(true)
    expect(isOpen(report, source, trailer(0, tag))).toBe(true)
    expect(isOpen(report, trailer(0x80, tag))).toBe(false)
    expect(isOpen(report, seededOctets('encrypted', 12), trailer(0x80, tag))).toBe(false)
  })

  test('is not RTCP in the clear, nor what is cut', () => {
    expect(isOpen(report, source)).toBe(false)
    expect(isOpen(report.subarray(0, 20))).toBe(false)
    expect(isOpen(trailer(0, 10))).toBe(false)
  })
})
