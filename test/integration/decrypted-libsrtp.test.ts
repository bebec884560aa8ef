import { execFileSync, spawnSync } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterAll, describe, expect, test } from 'vitest'
import { formatPcap } from '../../samples/capture-writer.ts'
import { frameDatagrams, type TimedDatagram } from '../../samples/frames.ts'
import { formatRtp } from '../../samples/rtp-packet.ts'
import { seededGenerator } from '../../samples/seeded-random.ts'
import { suiteByName } from '../../src/srtp/suites.ts'
import { decrypting } from '../scan/decrypting.ts'

const SOURCE = fileURLToPath(new URL('../srtp/libsrtp/protect.c', import.meta.url))
const place = mkdtempSync(join(tmpdir(), 'srtp-scan-libsrtp-'))
const program = join(place, 'protect')
const compiled = spawnSync(process.env.CC ?? 'cc', ['-O1', '-o', program, SOURCE, '-lsrtp2'], { encoding: 'utf8' })
const isMissing =
  compiled.error !== undefined || /srtp2\/srtp\.h: No such file|cannot find -lsrtp2/.test(compiled.stderr)
afterAll(() => rmSync(place, { recursive: true }))

const A = { address: '203.0.113.11', port: 16_404 }
const B = { address: '198.51.100.20', port: 20_004 }
const EPOCH = 1_768_469_400
const FIRST = 65_500

interface Sent {
  readonly roc: number
  readonly clear: Buffer
}

/** Packets across the rollover of their sequence numbers; most are 172 octets, some have no payload. */
function packetsOf(seed: string): Sent[] {
  const random = seededGenerator(seed)
  return Array.from({ length: 80 }, (_, n) => {
    const payload = Buffer.from(Array.from({ length: n % 20 === 7 ? 0 : 160 }, () => random() & 0xff))
    const header = {
      marker: n === 0,
      payloadType: 0,
      sequenceNumber: (FIRST + n) & 0xffff,
      timestamp: n * 160,
      ssrc: 77,
    }
    return { roc: FIRST + n > 0xffff ? 1 : 0, clear: formatRtp(header, payload) }
  })
}

/** As a network brings them: some overtake others, some come twice. */
function asReceived<T>(packets: readonly T[]): T[] {
  const received = [...packets]
  for (let n = 4; n < received.length; n += 9) [received[n], received[n - 3]] = [received[n - 3], received[n]]
  for (let n = received.length - 1; n > 0; n -= 11) received.splice(n, 0, received[n - 1])
  return received
}

function protect(suite: string, key: string, mki: string, packets: readonly Sent[]): Buffer[] {
  const input = packets.map(({ roc, clear }) => `${suite} 3 rtp ${roc} ${key} ${mki} ${clear.toString('hex')}\n`)
  const output = execFileSync(program, { input: input.join(''), encoding: 'utf8', maxBuffer: 1 << 24 })
  return output
    .trim()
    .split('\n')
    .map((line) => Buffer.from(line, 'hex'))
}

const SUITES = [
  ['AES_CM_128_HMAC_SHA1_80', ''],
  ['AES_CM_128_HMAC_SHA1_80', '01020304'],
  ['AES_CM_128_HMAC_SHA1_32', ''],
  ['AES_256_CM_HMAC_SHA1_80', '07'],
  ['AES_256_CM_HMAC_SHA1_32', ''],
  ['NULL_HMAC_SHA1_80', ''],
  ['AES_CM_128_NULL_AUTH', ''],
  ['AEAD_AES_128_GCM', '0001'],
  ['AEAD_AES_256_GCM', ''],
  ['AEAD_AES_128_GCM_8', ''],
  ['AEAD_AES_256_GCM_8', '01'],
] as const

describe.runIf(!isMissing)('what libsrtp sent is decrypted, whatever the network did to its order', () => {
  test.each(SUITES)('%s, MKI "%s": reordered, sent again, over a rollover', async (name, mki) => {
    const suite = suiteByName(name)
    const length = (suite?.masterKeyLength ?? 0) + (suite?.masterSaltLength ?? 0)
    const key = Buffer.from(Array.from({ length }, (_, n) => (n * 37 + name.length) & 0xff))
    const packets = packetsOf(name)
    const protectedPackets = protect(name, key.toString('hex'), mki === '' ? '-' : mki, packets)
    const received = asReceived(packets.map(({ clear }, n) => ({ clear, payload: protectedPackets[n] })))
    const datagrams = received.map(
      ({ payload }, n): TimedDatagram => ({ timeNs: n * 2e7, source: A, destination: B, payload }),
    )
    const capture = join(place, 'trace.pcap')
    const keys = join(place, 'keys.json')
    writeFileSync(capture, formatPcap(frameDatagrams(datagrams), EPOCH, 'nano'))
    const entry = { suite: name, key: key.toString('base64'), ...(mki !== '' && { mki, mkiLength: mki.length / 2 }) }
    writeFileSync(keys, JSON.stringify({ keys: [entry] }))
    const { frames, decrypted } = await decrypting({ captures: [capture], keyFiles: [keys] })
    const counted = name === 'AES_CM_128_NULL_AUTH' ? decrypted.unproven : decrypted.decrypted
    expect([...counted]).toEqual([[name, { rtp: received.length, rtcp: 0 }]])
    // Ethernet, IPv4 and UDP stand before.
    const clear = frames.map(({ data }) => Buffer.from(data.subarray(42)).toString('hex'))
    expect(clear).toEqual(received.map((packet) => packet.clear.toString('hex')))
  })
})

test.runIf(isMissing)('libsrtp is not there: what it sends was NOT decrypted', () => {
  expect(compiled.status).not.toBe(0)
})
