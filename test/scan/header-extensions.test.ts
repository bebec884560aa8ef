import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, expect, test } from 'vitest'
import { decryptSummary } from '../../src/cli/decrypt-summary.ts'
import { extensionData, HeaderExtensionDecryptor } from '../../src/srtp/header-extension.ts'
import { deriveSessionKeys } from '../../src/srtp/session-keys.ts'
import { protectRtp } from '../srtp/protect.ts'
import { decrypting } from './decrypting.ts'
import { callOf, captureOf, line, masterOf, STRONG } from './faulty-call.ts'

const place = mkdtempSync(join(tmpdir(), 'srtp-scan-decrypt-'))
afterAll(() => rmSync(place, { recursive: true }))

const LEVEL = 'urn:ietf:params:rtp-hdrext:ssrc-audio-level'
const ENCRYPTED = `a=extmap:1 urn:ietf:params:rtp-hdrext:encrypt ${LEVEL}`
/** An audio level of 42 and number 2 beside it. */
const EXTENSION = Buffer.from('bede000110aa20bb', 'hex')

/** The header extensions that are written of a sender, who encrypts number 1. */
async function written(suite: string, extmap: string) {
  const master = masterOf('caller', suite)
  const sender = HeaderExtensionDecryptor.of(master)
  const protect = (rtp: Buffer) => {
    const packet = Buffer.concat([rtp.subarray(0, 12), EXTENSION, rtp.subarray(12)])
    packet[0] |= 0x10
    sender?.decrypt(packet, 0, extensionData(packet, new Set([1])))
    return protectRtp(deriveSessionKeys(master), packet, 0)
  }
  const sides = { offer: [line(1, 'caller', suite), extmap], answer: [line(1, 'callee', suite), extmap] }
  const path = join(place, 'trace.pcap')
  writeFileSync(path, captureOf(callOf([{ at: 0, ...sides }], [{ from: 'caller', at: 0.2, count: 20, protect }])))
  const { frames, decrypted } = await decrypting({ captures: [path] })
  // Ethernet, IPv4, UDP and RTP stand before it.
  const media = frames.map(({ data }) => data.subarray(42)).filter((octets) => octets[0] === 0x90)
  const extensions = media.map((octets) => Buffer.from(octets.subarray(12, 12 + EXTENSION.length)).toString('hex'))
  return { extensions, summary: decryptSummary(decrypted, true).join('\n') }
}

const CLEAR = Array.from({ length: 20 }, () => EXTENSION.toString('hex'))

test('header extensions that are encrypted by agreement are written in the clear (RFC 6904)', async () => {
  const { extensions, summary } = await written(STRONG, ENCRYPTED)
  expect(extensions).toEqual(CLEAR)
  expect(summary).not.toContain('header extensions')
})

test('others are left as they are', async () => {
  const { extensions } = await written(STRONG, `a=extmap:1 ${LEVEL}`)
  expect(extensions).toHaveLength(20)
  expect(extensions).not.toEqual(CLEAR)
})

test('what cannot be decrypted is said to stay encrypted', async () => {
  const { summary } = await written('AEAD_AES_128_GCM', ENCRYPTED)
  expect(summary).toContain('of these, 20 RTP packets with header extensions that stay encrypted (RFC 6904)')
})
