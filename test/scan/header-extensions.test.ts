import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, expect, test } from 'vitest'
import { decryptSummary } from '../../src/cli/decrypt-summary.ts'
import { extensionData, HeaderExtensionDecryptor } from '../../src/srtp/header-extension.ts'
import { deriveSessionKeys } from '../../src/srtp/session-keys.ts'
import { protectRtp } from '../srtp/protect.ts'
import { decrypting } from './decrypting.ts'
import { callOf, captureOf, line, masterOf, STRONG, type Talk } from './faulty-call.ts'

const place = mkdtempSync(join(tmpdir(), 'srtp-scan-decrypt-'))
afterAll(() => rmSync(place, { recursive: true }))

const LEVEL = 'urn:ietf:params:rtp-hdrext:ssrc-audio-level'
const ENCRYPTED = `a=extmap:1 urn:ietf:params:rtp-hdrext:encrypt ${LEVEL}`
const PLAIN = `a=extmap:1 ${LEVEL}`
const GCM = 'AEAD_AES_128_GCM'
/** An audio level of 42 and number 2 beside it. */
const EXTENSION = Buffer.from('bede000110aa20bb', 'hex')

/** Both sides have this line. */
function agreeing(extmap: string, suite = STRONG, at = 0): Talk {
  return { at, offer: [line(1, 'caller', suite), extmap], answer: [line(1, 'callee', suite), extmap] }
}

/** The header extensions that are written of a sender, who encrypts number 1 of the first `encrypted` packets. */
async function written(talks: readonly Talk[], { suite = STRONG, encrypted = 20, isOfSession = false } = {}) {
  const master = masterOf('caller', suite)
  const sender = HeaderExtensionDecryptor.of(master)
  const protect = (rtp: Buffer, n: number) => {
    const packet = Buffer.concat([rtp.subarray(0, 12), EXTENSION, rtp.subarray(12)])
    packet[0] |= 0x10
    if (n < encrypted) sender?.decrypt(packet, 0, extensionData(packet, new Set([1])))
    return protectRtp(deriveSessionKeys(master), packet, 0)
  }
  const path = join(place, 'trace.pcap')
  const call = callOf(talks, [{ from: 'caller', at: 0.2, count: 20, protect }])
  const datagrams = isOfSession ? call.map((one) => ({ ...one, payload: ofSession(one.payload) })) : call
  writeFileSync(path, captureOf(datagrams))
  const { frames, decrypted } = await decrypting({ captures: [path] })
  // Ethernet, IPv4, UDP and RTP stand before it.
  const media = frames.map(({ data }) => data.subarray(42)).filter((octets) => octets[0] === 0x90)
  const extensions = media.map((octets) => Buffer.from(octets.subarray(12, 12 + EXTENSION.length)).toString('hex'))
  return { extensions, summary: decryptSummary(decrypted, true).join('\n') }
}

/** The same with a=extmap before the first m= line: as long as it was. */
function ofSession(message: Uint8Array): Uint8Array {
  const text = Buffer.from(message).toString('latin1')
  const extmap = /a=extmap:.*\r\n/.exec(text)?.[0]
  if (extmap === undefined) return message
  return Buffer.from(text.replace(extmap, '').replace('m=', `${extmap}m=`), 'latin1')
}

const CLEAR = Array.from({ length: 20 }, () => EXTENSION.toString('hex'))

test('header extensions that are encrypted by agreement are written in the clear (RFC 6904)', async () => {
  const { extensions, summary } = await written([agreeing(ENCRYPTED)])
  expect(extensions).toEqual(CLEAR)
  expect(summary).not.toContain('header extensions')
})

test('others are left as they are', async () => {
  const { extensions } = await written([agreeing(PLAIN)])
  expect(extensions).toHaveLength(20)
  expect(extensions).not.toEqual(CLEAR)
})

test('what cannot be decrypted is said to stay encrypted', async () => {
  const { summary } = await written([agreeing(ENCRYPTED, GCM)], { suite: GCM })
  expect(summary).toContain('of these, 20 RTP packets with header extensions that stay encrypted (RFC 6904)')
})

test('at the level of the session they are agreed for all media (RFC 8285 §5)', async () => {
  const { extensions } = await written([agreeing(ENCRYPTED)], { isOfSession: true })
  expect(extensions).toEqual(CLEAR)
})

test('the answer says whether a number is one that is encrypted', async () => {
  const talk = { ...agreeing(ENCRYPTED), answer: agreeing(PLAIN).answer }
  expect((await written([talk], { encrypted: 0 })).extensions).toEqual(CLEAR)
})

test('an agreement holds until the next', async () => {
  // Answered 0.1 s later, between packets 9 and 10.
  const talks = [agreeing(ENCRYPTED), agreeing(PLAIN, STRONG, 0.29)]
  expect((await written(talks, { encrypted: 10 })).extensions).toEqual(CLEAR)
})
