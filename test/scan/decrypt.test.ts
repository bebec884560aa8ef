import { createCipheriv } from 'node:crypto'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Readable } from 'node:stream'
import { fileURLToPath } from 'node:url'
import { afterAll, describe, expect, test } from 'vitest'
import { formatPcap } from '../../samples/capture-writer.ts'
import { frameDatagrams, type TimedDatagram, type TimedFrame } from '../../samples/frames.ts'
import { composeMediaStream } from '../../samples/media.ts'
import { createSrtpSender, masterLength } from '../../samples/srtp-sender.ts'
import type { RtpFrame } from '../../src/audio/rtp-frame.ts'
import { readRtp } from '../../src/scan/clear-rtp.ts'
import { scan } from '../../src/scan/scan.ts'
import { deriveSessionKeys } from '../../src/srtp/session-keys.ts'
import { writePcap } from '../capture/capture-writer.ts'
import { ethernet, ipv4, udp } from '../net/frame-builder.ts'
import { suite } from '../srtp/suite-arbitraries.ts'
import { decrypting } from './decrypting.ts'

const SAMPLES = fileURLToPath(new URL('../../samples/', import.meta.url))
const place = mkdtempSync(join(tmpdir(), 'srtp-scan-decrypt-'))
afterAll(() => rmSync(place, { recursive: true }))

const EPOCH = 1_768_469_400
const A = { address: '203.0.113.11', port: 16_404 }
const B = { address: '198.51.100.20', port: 20_004 }
const MASTER = Buffer.alloc(46, 'a master key and its salt')

function capture(frames: readonly TimedFrame[]): string {
  const path = join(place, 'trace.pcap')
  writeFileSync(path, formatPcap(frames, EPOCH, 'nano'))
  return path
}

function keysFile(suiteName: string, octetsOfKey: Uint8Array, more: object = {}): string {
  const path = join(place, 'keys.json')
  const entry = { suite: suiteName, key: Buffer.from(octetsOfKey).toString('base64'), ...more }
  writeFileSync(path, JSON.stringify({ keys: [entry] }))
  return path
}

/** A direction in the clear, and the same one protected. */
function bothWays(suiteName: string, firstSequence: number, rolloverCounter: number) {
  const master = MASTER.subarray(0, masterLength(suiteName))
  const sender = createSrtpSender(suiteName, master, rolloverCounter)
  const of = { label: 'voice', source: A, destination: B, startNs: 0, durationNs: 1e9, cname: 'a', epochSeconds: EPOCH }
  const plain = composeMediaStream({ ...of, firstSequence })
  const sent = composeMediaStream({ ...of, firstSequence, rtpProtection: sender, rtcpProtection: sender })
  return { plain, sent, keys: keysFile(suiteName, master, { roc: rolloverCounter }) }
}

const rtpOf = (datagrams: readonly TimedDatagram[]) =>
  datagrams.filter(({ payload }) => payload[1] < 192).map(({ payload }) => readRtp(payload))

describe('what was protected comes out as it was', () => {
  test.each([
    ['AES_CM_128_HMAC_SHA1_80', 100, 0],
    ['AES_CM_128_HMAC_SHA1_32', 65_520, 0],
    ['AES_256_CM_HMAC_SHA1_80', 65_520, 7],
  ])('%s from sequence number %i and rollover counter %i on', async (suiteName, firstSequence, roc) => {
    const { plain, sent, keys } = bothWays(suiteName, firstSequence, roc)
    const path = capture(frameDatagrams(sent))
    const { frames, rtp, decrypted } = await decrypting({ captures: [path], keyFiles: [keys] })
    expect([...decrypted.decrypted]).toEqual([[suiteName, { rtp: 50, rtcp: 2 }]])
    // Frame for frame what would have been captured of RTP.
    const clear = frameDatagrams(plain)
    expect(frames.map(({ data }) => Buffer.from(data).toString('hex'))).toEqual(
      clear.map(({ bytes }) => Buffer.from(bytes).toString('hex')),
    )
    expect(frames.map(({ seconds, nanoseconds }) => (seconds - EPOCH) * 1e9 + nanoseconds)).toEqual(
      clear.map(({ timeNs }) => timeNs),
    )
    const expected = rtpOf(plain).map((fields) => ({ payload: new Uint8Array(fields?.payload ?? []) }))
    expect(rtp.map(({ payload }) => ({ payload }))).toEqual(expected)
    expect(rtp.map(({ sequence }) => sequence)).toEqual(rtp.map((_, n) => roc * 65_536 + firstSequence + n))
  })

  test('a call of the samples names who sends what', async () => {
    const { rtp } = await decrypting({ captures: [join(SAMPLES, 'call.pcap')] })
    const of = ({ streamId, callId, sender, codec, payloadType }: RtpFrame) =>
      JSON.stringify({ streamId, callId, sender, codec: codec?.name, payloadType })
    expect([...new Set(rtp.map(of))].map((text) => JSON.parse(text))).toEqual([
      { streamId: 's1', callId: 'call-23482849@203.0.113.11', sender: 'callee', codec: 'PCMU', payloadType: 0 },
      { streamId: 's2', callId: 'call-23482849@203.0.113.11', sender: 'caller', codec: 'PCMU', payloadType: 0 },
    ])
  })

  test('a pipe gives what the file gives', async () => {
    const { sent, keys } = bothWays('AES_CM_128_HMAC_SHA1_80', 1, 0)
    const octetsOfFile = formatPcap(frameDatagrams(sent), EPOCH, 'nano')
    const stdin = Readable.from([octetsOfFile.subarray(0, 5000), octetsOfFile.subarray(5000)])
    const piped = await decrypting({ captures: ['-'], keyFiles: [keys], stdin })
    const read = await decrypting({ captures: [capture(frameDatagrams(sent))], keyFiles: [keys] })
    expect(piped.frames).toEqual(read.frames)
    expect(piped.decrypted.captures).toEqual(['-'])
  })
})

describe('left out, and counted', () => {
  test('packets that were changed on their way; all others are there', async () => {
    const { sent, keys } = bothWays('AES_CM_128_HMAC_SHA1_80', 1, 0)
    for (const n of [5, 6, 30]) (sent[n].payload as Buffer)[40] ^= 1
    const { decrypted, frames } = await decrypting({ captures: [capture(frameDatagrams(sent))], keyFiles: [keys] })
    expect(decrypted).toMatchObject({ failed: 3, unverified: 0 })
    expect(frames).toHaveLength(sent.length - 3)
  })

  test('packets that nobody has a key for', async () => {
    const { sent } = bothWays('AES_CM_128_HMAC_SHA1_80', 1, 0)
    const { decrypted, frames } = await decrypting({ captures: [capture(frameDatagrams(sent))] })
    expect(decrypted).toMatchObject({ failed: 0, unverified: sent.length })
    expect(frames).toEqual([])
  })

  test('the calls that a filter leaves out, with their SIP and their media', async () => {
    const callId = 'incident-mismatch-97206082@203.0.113.24'
    const options = { captures: [join(SAMPLES, 'incident.pcapng')], keyFiles: [join(SAMPLES, 'keys.json')] }
    const all = await decrypting(options)
    const one = await decrypting({ ...options, filters: { call: callId } })
    expect(new Set(one.rtp.map((frame) => frame.callId))).toEqual(new Set([callId]))
    expect(one.rtp).toEqual(all.rtp.filter((frame) => frame.callId === callId))
    const { totals } = await scan({ ...options, filters: { call: callId }, workers: 1 })
    expect(one.decrypted.messages).toBeGreaterThan(0)
    expect(one.decrypted.messages).toBeLessThan(all.decrypted.messages)
    expect(one.decrypted.failed).toBe(totals.failed)
  })
})

test('AES_CM_128_NULL_AUTH: decrypted by sequence numbers alone, and counted apart', async () => {
  const { plain } = bothWays('AES_CM_128_HMAC_SHA1_80', 65_520, 0)
  const packets = plain.filter(({ payload }) => payload[1] < 192)
  const master = { masterKey: MASTER.subarray(0, 16), masterSalt: MASTER.subarray(16, 30) }
  const { srtp } = deriveSessionKeys({ suite: suite('AES_CM_128_NULL_AUTH'), ...master })
  const sent = packets.map((datagram, n): TimedDatagram => {
    const iv = Buffer.alloc(16)
    iv.set(datagram.payload.subarray(8, 12), 4)
    iv.writeUIntBE(65_520 + n, 8, 6)
    const salted = iv.map((octet, at) => octet ^ (srtp.salt[at] ?? 0))
    const cipher = createCipheriv('aes-128-ctr', srtp.encryptionKey, salted)
    const { payload } = datagram
    return { ...datagram, payload: Buffer.concat([payload.subarray(0, 12), cipher.update(payload.subarray(12))]) }
  })
  const keys = keysFile('AES_CM_128_NULL_AUTH', MASTER.subarray(0, 30))
  const { decrypted, rtp } = await decrypting({ captures: [capture(frameDatagrams(sent))], keyFiles: [keys] })
  expect([...decrypted.decrypted]).toEqual([])
  expect([...decrypted.unproven]).toEqual([['AES_CM_128_NULL_AUTH', { rtp: 50, rtcp: 0 }]])
  expect(rtp.map(({ payload }) => Buffer.from(payload).toString('hex'))).toEqual(
    rtpOf(packets).map((fields) => Buffer.from(fields?.payload ?? []).toString('hex')),
  )
})

test('RFC 791 §3.2: what came in fragments is one datagram, of IP alone', async () => {
  const { plain, sent, keys } = bothWays('AES_CM_128_HMAC_SHA1_80', 1, 0)
  const [{ payload }] = sent
  const datagram = udp(payload, { sourcePort: A.port, destinationPort: B.port }).bytes
  const piece = (from: number, to: number, more: boolean) =>
    ethernet(
      ipv4(
        { bytes: datagram.subarray(from, to), type: 17 },
        { source: A.address, destination: B.address, fragmentOffset: from, more },
      ),
    )
  const frames = [
    { timeNs: 0, bytes: piece(0, 96, true) },
    { timeNs: 1e6, bytes: piece(96, datagram.length, false) },
    ...frameDatagrams(sent.slice(1)),
  ]
  const heard = await decrypting({ captures: [capture(frames)], keyFiles: [keys] })
  expect(heard.frames).toHaveLength(sent.length)
  expect(heard.frames[0]).toMatchObject({ linkType: 101, seconds: EPOCH, nanoseconds: 1e6 })
  expect(Buffer.from(heard.frames[0].data.subarray(28)).equals(plain[0].payload)).toBe(true)
  expect(heard.frames.slice(1).every(({ linkType }) => linkType === 1)).toBe(true)
})

describe('SIP that came out of a connection', () => {
  test('is a frame of its own for each message, which a scan reads again', async () => {
    const trace = join(place, 'read-again.pcap')
    const text = (cseq: number) =>
      `OPTIONS sip:a@b SIP/2.0\r\nVia: SIP/2.0/TCP b;branch=z9hG4bK${cseq}\r\nFrom: <sip:a@b>;tag=1\r\nTo: <sip:b@b>\r\nCall-ID: c${cseq}\r\nCSeq: ${cseq} OPTIONS\r\nContent-Length: 0\r\n\r\n`
    const both = Buffer.from(text(1) + text(2))
    const tcp = (sequence: number, flags: number, payload: Uint8Array): TimedDatagram => ({
      timeNs: sequence * 1000,
      source: A,
      destination: { ...B, port: 5060 },
      payload,
      tcp: { sequence, acknowledgment: 0, flags },
    })
    const cut = 100
    const segments = [
      tcp(1, 2, new Uint8Array(0)),
      tcp(2, 0x18, both.subarray(0, cut)),
      tcp(2 + cut, 0x18, both.subarray(cut)),
    ]
    const { decrypted, frames } = await decrypting({ captures: [capture(frameDatagrams(segments))] })
    expect(decrypted.messages).toBe(2)
    expect(frames.map(({ linkType }) => linkType)).toEqual([252, 252])
    const packets = frames.map(({ seconds, nanoseconds, data }) => ({ seconds, nanoseconds, data }))
    writeFileSync(trace, writePcap(packets, { linkType: 252, variant: 'nanoseconds' }))
    const report = await scan({ captures: [trace], workers: 1 })
    expect(report.totals.sipMessages).toBe(2)
  })
})
