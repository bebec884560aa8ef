import { describe, expect, test } from 'vitest'
import { seededOctets } from '../../samples/seeded-random.ts'
import { createVoice } from '../../samples/voice.ts'
import { type ProtectionOptions, protectionOf } from '../judgement/build/protection.ts'
import { callOf, line, type Media, masterOf, reportOn, SHORT, STRONG } from './faulty-call.ts'

function protection(name: string, suite: string, options: ProtectionOptions) {
  const { masterKey, masterSalt } = masterOf(name, suite)
  return protectionOf(suite, Buffer.concat([masterKey, masterSalt]), options)
}

/** G.711 of somebody who speaks, encrypted. */
function voice(name: string, suite = STRONG, options: ProtectionOptions = {}): NonNullable<Media['protect']> {
  const protect = protection(name, suite, options)
  const speak = createVoice('caller')
  return (rtp) => protect.rtp(Buffer.concat([rtp.subarray(0, 12), speak(160)]), 0)
}

/** A compound packet of a sender report and an SDES. */
function compound(name: string, cut: number): NonNullable<Media['protect']> {
  const protect = protection(name, STRONG, {})
  const source = (rtcp: Buffer) =>
    Buffer.concat([Buffer.of(0x81, 202, 0, 2), rtcp.subarray(4, 8), Buffer.of(1, 2, 97, 98)])
  return (rtcp, n) => protect.rtcp(Buffer.concat([rtcp, source(rtcp)]), n).subarray(0, -cut)
}

function changed(protect: NonNullable<Media['protect']>, change: (packet: Buffer, n: number) => void) {
  return (rtp: Buffer, n: number) => {
    const packet = Buffer.from(protect(rtp, n))
    change(packet, n)
    return packet
  }
}

async function told(one: Partial<Media>, suite = STRONG): Promise<{ findings: string[]; text: string | undefined }> {
  const talk = { at: 0, offer: [line(1, 'caller', suite)], answer: [line(1, 'callee', suite)] }
  const { findings, streams } = await reportOn(callOf([talk], [{ from: 'caller', at: 0.2, count: 50, ...one }]))
  const rules = ['crypto-mismatch', 'srtp-auth-failed']
  return {
    findings: findings.flatMap(({ rule, kind }) => (rules.includes(rule) ? [`${rule} ${kind}`] : [])),
    text: streams[0].explanation?.text,
  }
}

describe('what packets decrypt to proves their key where no tag does', () => {
  test.each([
    [STRONG, 10],
    [SHORT, 4],
    ['AES_192_CM_HMAC_SHA1_80', 10],
    ['AES_256_CM_HMAC_SHA1_80', 10],
  ])('tags of %s that are left out', async (suite, octets) => {
    const { findings, text } = await told({ protect: voice('caller', suite, { noRtpTag: true }) }, suite)
    expect(findings).toEqual(['crypto-mismatch wire-no-tag'])
    expect(text).toBe(
      `203.0.113.10:16384 leaves out the authentication tags: its packets decrypt under the agreed key as they are; ${suite} has tags of ${octets} octets`,
    )
  })

  test.each([
    ['the payload type', (packet: Buffer) => packet.writeUInt8(8, 1)],
    ['the timestamp', (packet: Buffer) => packet.writeUInt32BE(packet.readUInt32BE(4) ^ 0x80000, 4)],
  ])('%s that is changed behind the sender', async (_, change) => {
    for (const suite of [STRONG, SHORT]) {
      const { findings, text } = await told({ protect: changed(voice('caller', suite), change) }, suite)
      expect(findings).toEqual(['crypto-mismatch wire-other-tag'])
      expect(text).toContain('sends packets that decrypt under the agreed key, and whose tags do not fit them')
    }
  })

  test('of some packets among others that verify it is said that they were changed, as of any', async () => {
    const some = changed(voice('caller'), (packet, n) => n % 5 === 2 && packet.writeUInt8(8, 1))
    expect((await told({ protect: some })).findings).toEqual(['srtp-auth-failed sporadic'])
  })

  test('from one packet on, it is not another key that they go under', async () => {
    const from = (first: number) => changed(voice('caller'), (packet, n) => n >= first && packet.writeUInt8(8, 1))
    const { findings, text } = await told({ protect: from(20) })
    expect(findings).toEqual(['crypto-mismatch wire-other-tag'])
    expect(text).toMatch(/whose tags do not fit them from frame 24 on: from there they were changed behind it \(fields/)
  })

  test('from one packet on, another key is one that nobody knows', async () => {
    const [one, other] = [voice('caller'), voice('another')]
    const rekeyed: Media['protect'] = (rtp, n) => (n < 20 ? one : other)(rtp, n)
    expect((await told({ protect: rekeyed })).findings).toEqual(['srtp-auth-failed from-packet'])
  })

  test('SRTCP without tags shows it by the packet behind the first', async () => {
    const rtcp = { isRtcp: true, count: 5 }
    expect((await told({ ...rtcp, protect: compound('caller', 10) })).findings).toEqual(['crypto-mismatch wire-no-tag'])
    expect((await told({ ...rtcp, protect: compound('another', 10) })).findings).toEqual(['srtp-auth-failed all'])
  })

  test('SRTCP that is not encrypted tells of no key', async () => {
    const { rtcp } = protection('another', STRONG, { clearRtcp: true })
    const open: Media['protect'] = (packet, n) => rtcp(Buffer.concat([packet, Buffer.of(0x80, 203, 0, 0)]), n)
    expect((await told({ isRtcp: true, count: 5, protect: open })).text ?? '').not.toContain('decrypt')
  })

  test('nothing is made up of another key, nor of payload that has no pattern by itself', async () => {
    const random = protection('caller', STRONG, { noRtpTag: true })
    const compressed: Media['protect'] = (rtp, n) => {
      return random.rtp(Buffer.concat([rtp.subarray(0, 12), seededOctets(`compressed ${n}`, 160)]), 0)
    }
    for (const protect of [voice('another'), voice('another', STRONG, { noRtpTag: true }), compressed]) {
      expect((await told({ protect })).findings).toEqual(['srtp-auth-failed all'])
    }
  })
})
