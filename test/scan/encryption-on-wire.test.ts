import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, expect, test } from 'vitest'
import { createSrtpSender } from '../../samples/srtp-sender.ts'
import { createVoice } from '../../samples/voice.ts'
import { deriveSessionKeys } from '../../src/srtp/session-keys.ts'
import { protectRtp } from '../srtp/protect.ts'
import { decrypting } from './decrypting.ts'
import { callOf, captureOf, line, masterOf, STRONG } from './faulty-call.ts'

const place = mkdtempSync(join(tmpdir(), 'srtp-scan-decrypt-'))
afterAll(() => rmSync(place, { recursive: true }))

const OPEN = ' UNENCRYPTED_SRTP'

/** What is heard of a sender, and what it said. */
async function heard(agreed: string, sends: { readonly isEncrypted: boolean }) {
  const master = masterOf('caller')
  const keys = deriveSessionKeys(master)
  const sender = createSrtpSender(STRONG, Buffer.concat([master.masterKey, master.masterSalt]))
  const speak = createVoice('caller')
  const said: string[] = []
  const protect = (rtp: Buffer) => {
    const payload = speak(160)
    said.push(Buffer.from(payload).toString('hex'))
    const spoken = Buffer.concat([rtp.subarray(0, 12), payload])
    return sends.isEncrypted ? sender.protectRtp(spoken) : protectRtp(keys, spoken, 0)
  }
  const talk = { at: 0, offer: [line(1, 'caller', STRONG, agreed)], answer: [line(1, 'callee', STRONG, agreed)] }
  const path = join(place, 'trace.pcap')
  writeFileSync(path, captureOf(callOf([talk], [{ from: 'caller', at: 0.2, count: 50, protect }])))
  const { rtp } = await decrypting({ captures: [path] })
  return { said, heard: rtp.map(({ payload }) => Buffer.from(payload).toString('hex')) }
}

test.each([
  ['a sender that encrypts, as agreed', '', true],
  ['one that does not, by UNENCRYPTED_SRTP', OPEN, false],
  ['one that does not, whatever was agreed', '', false],
  ['one that encrypts in spite of UNENCRYPTED_SRTP (RFC 4568 §6.3.2)', OPEN, true],
])('what is said is heard: %s', async (_, agreed, isEncrypted) => {
  const { said, heard: got } = await heard(agreed, { isEncrypted })
  expect(got).toEqual(said)
})
