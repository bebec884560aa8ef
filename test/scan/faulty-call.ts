import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { formatPcap } from '../../samples/capture-writer.ts'
import { frameDatagrams, type TimedDatagram } from '../../samples/frames.ts'
import { seededOctets } from '../../samples/seeded-random.ts'
import type { Report } from '../../src/model/report.ts'
import { scan } from '../../src/scan/scan.ts'
import { deriveSessionKeys, type MasterKey, type SessionKeys } from '../../src/srtp/session-keys.ts'
import { type CryptoSuite, suiteByName } from '../../src/srtp/suites.ts'
import { audio } from '../media/exchanges.ts'
import { protectRtcp, protectRtp } from '../srtp/protect.ts'

export const CALLER = { address: '203.0.113.10', port: 16384 }
export const CALLEE = { address: '198.51.100.20', port: 20000 }
export const STRONG = 'AES_CM_128_HMAC_SHA1_80'
export const SHORT = 'AES_CM_128_HMAC_SHA1_32'
const EPOCH_SECONDS = 1_768_469_400

/** A master key by the name of whoever has it. */
export function masterOf(name: string, suite = STRONG): MasterKey {
  const shape = suiteByName(suite) as CryptoSuite
  const octets = seededOctets(name, shape.masterKeyLength + shape.masterSaltLength)
  return {
    suite: shape,
    masterKey: octets.subarray(0, shape.masterKeyLength),
    masterSalt: octets.subarray(shape.masterKeyLength),
  }
}

export const keysOf = (name: string, suite = STRONG): SessionKeys => deriveSessionKeys(masterOf(name, suite))

/** The a=crypto line of the same key. */
export function line(tag: number, name: string, suite = STRONG, more = ''): string {
  const { masterKey, masterSalt } = masterOf(name, suite)
  return `a=crypto:${tag} ${suite} inline:${Buffer.concat([masterKey, masterSalt]).toString('base64')}${more}`
}

/** An offer with its answer: seconds after the start of the trace, and the lines of both sides. */
export interface Talk {
  readonly at: number
  readonly offer: readonly string[]
  readonly answer: readonly string[]
  /** Lines of a 183 before the answer. */
  readonly early?: readonly string[]
  readonly profile?: string
  /** Where it differs. */
  readonly answerProfile?: string
  readonly direction?: string
  /** The offer is refused with 488 instead. */
  readonly isRefused?: boolean
}

/** RTP of one side, a packet every 20 ms. */
export interface Media {
  readonly from: 'caller' | 'callee'
  /** Seconds after the start of the trace; an answer comes 0.1 s after its offer. */
  readonly at: number
  readonly count: number
  readonly firstSequence?: number
  readonly ssrc?: number
  /** The packet on the wire; in the clear where nothing is given. `n` counts from 0. */
  readonly protect?: (rtp: Buffer, n: number) => Uint8Array
  readonly isRtcp?: boolean
}

/** Protects with the keys; the rollover counter follows the sequence numbers, from `roc` on. */
export function under(keys: SessionKeys, roc = 0): NonNullable<Media['protect']> {
  let last = -1
  let current = roc
  return (rtp, n) => {
    if (rtp[1] >= 200 && rtp[1] <= 204) return protectRtcp(keys, rtp, n + 1, true)
    const sequence = rtp.readUInt16BE(2)
    if (n === 0) current = roc
    else if (sequence < last) current++
    last = sequence
    return protectRtp(keys, rtp, current)
  }
}

/** The datagrams of a call. */
export function callOf(
  talks: readonly Talk[],
  media: readonly Media[],
  callId = 'call@203.0.113.10',
  ports = 0,
): TimedDatagram[] {
  const datagrams = talks.flatMap((talk, n) => signalling(talk, n, callId, ports))
  const endMs = Math.max(...media.map(({ at, count }) => at * 1000 + count * 20)) + 100
  datagrams.push(message(endMs, 'caller', 'BYE sip:b@198.51.100.20 SIP/2.0', talks.length + 1, 'BYE', callId))
  for (const stream of media) datagrams.push(...packetsOf(stream, ports))
  return datagrams
}

function signalling(
  { at, offer, answer, early, profile, answerProfile, direction, isRefused }: Talk,
  n: number,
  callId: string,
  ports: number,
) {
  const more = direction === undefined ? [] : [`a=${direction}`]
  const secured = profile ?? 'RTP/SAVP'
  const offered = audio(CALLER.address, CALLER.port + ports, secured, ...offer, ...more)
  const answered = audio(CALLEE.address, CALLEE.port + ports, answerProfile ?? secured, ...answer)
  const progress = early && audio(CALLEE.address, CALLEE.port + ports, answerProfile ?? secured, ...early)
  return [
    message(at * 1000, 'caller', 'INVITE sip:b@198.51.100.20 SIP/2.0', n + 1, 'INVITE', callId, offered, n > 0),
    ...(progress === undefined
      ? []
      : [message(at * 1000 + 50, 'callee', 'SIP/2.0 183 Session Progress', n + 1, 'INVITE', callId, progress)]),
    isRefused
      ? message(at * 1000 + 100, 'callee', 'SIP/2.0 488 Not Acceptable Here', n + 1, 'INVITE', callId)
      : message(at * 1000 + 100, 'callee', 'SIP/2.0 200 OK', n + 1, 'INVITE', callId, answered, true),
    message(at * 1000 + 110, 'caller', 'ACK sip:b@198.51.100.20 SIP/2.0', n + 1, 'ACK', callId, '', true),
  ]
}

function message(
  ms: number,
  from: 'caller' | 'callee',
  start: string,
  cseq: number,
  method: string,
  callId: string,
  body = '',
  toTag = true,
): TimedDatagram {
  const ends = [
    { address: CALLER.address, port: 5060 },
    { address: CALLEE.address, port: 5060 },
  ]
  const [source, destination] = from === 'caller' ? ends : ends.reverse()
  const text = [
    start,
    `Via: SIP/2.0/UDP 203.0.113.10:5060;branch=z9hG4bK${callId}${cseq}${method === 'ACK' ? 'a' : ''}`,
    `From: <sip:a@203.0.113.10>;tag=a`,
    `To: <sip:b@198.51.100.20>${toTag ? ';tag=b' : ''}`,
    `Call-ID: ${callId}`,
    `CSeq: ${cseq} ${method}`,
    `Contact: <sip:${from}@${source?.address}>`,
    ...(body === '' ? [] : ['Content-Type: application/sdp']),
    `Content-Length: ${Buffer.byteLength(body)}`,
    '',
    body,
  ].join('\r\n')
  return {
    timeNs: ms * 1e6,
    source: source as typeof CALLER,
    destination: destination as typeof CALLER,
    payload: Buffer.from(text),
  }
}

function packetsOf(stream: Media, ports: number): TimedDatagram[] {
  const { from, at, count, firstSequence = 1000, ssrc = from === 'caller' ? 0xaaaa : 0xbbbb, isRtcp = false } = stream
  const plus = ports + (isRtcp ? 1 : 0)
  const ends = [
    { ...CALLER, port: CALLER.port + plus },
    { ...CALLEE, port: CALLEE.port + plus },
  ]
  const [source, destination] = (from === 'caller' ? ends : ends.reverse()) as [typeof CALLER, typeof CALLER]
  return Array.from({ length: count }, (_, n) => {
    const packet = isRtcp ? senderReport(ssrc) : rtp(ssrc, firstSequence + n, n)
    const payload = stream.protect?.(packet, n) ?? packet
    return { timeNs: at * 1e9 + n * (isRtcp ? 500e6 : 20e6), source, destination, payload }
  })
}

/** Payload that looks encrypted. */
function rtp(ssrc: number, sequence: number, n: number): Buffer {
  const header = Buffer.alloc(12)
  header[0] = 0x80
  header.writeUInt16BE(sequence & 0xffff, 2)
  header.writeUInt32BE((sequence * 160) >>> 0, 4)
  header.writeUInt32BE(ssrc, 8)
  return Buffer.concat([header, seededOctets(`${ssrc} ${sequence} ${n}`, 160)])
}

function senderReport(ssrc: number): Buffer {
  const report = Buffer.alloc(28)
  report.writeUInt32BE(0x80c80006, 0)
  report.writeUInt32BE(ssrc, 4)
  seededOctets(`report ${ssrc}`, 20).copy(report, 8)
  return report
}

/** The capture of these datagrams. `seenTwice`: every frame is captured a second time, 2 ms later. */
export function captureOf(datagrams: readonly TimedDatagram[], seenTwice = false): Buffer {
  const frames = frameDatagrams([...datagrams].sort((a, b) => a.timeNs - b.timeNs))
  if (seenTwice) frames.push(...frames.map((frame) => ({ ...frame, timeNs: frame.timeNs + 2e6 })))
  frames.sort((a, b) => a.timeNs - b.timeNs)
  return formatPcap(frames, EPOCH_SECONDS, 'micro')
}

/** The report on a capture, or on several as one trace, with the text of a keys file where one is given. */
export async function reportOn(
  capture: readonly TimedDatagram[] | Buffer | readonly Buffer[],
  keys?: string,
): Promise<Report> {
  const folder = mkdtempSync(join(tmpdir(), 'srtp-scan-test-'))
  try {
    const captures = isSeveral(capture)
      ? capture
      : [Buffer.isBuffer(capture) ? capture : captureOf(capture as readonly TimedDatagram[])]
    const paths = captures.map((_, n) => join(folder, `trace${n}.pcap`))
    for (const [n, path] of paths.entries()) writeFileSync(path, captures[n])
    const keyFiles = keys === undefined ? [] : [join(folder, 'keys.json')]
    if (keys !== undefined) writeFileSync(join(folder, 'keys.json'), keys)
    return await scan({ captures: paths, keyFiles, workers: 1 })
  } finally {
    rmSync(folder, { recursive: true })
  }
}

function isSeveral(capture: readonly TimedDatagram[] | Buffer | readonly Buffer[]): capture is readonly Buffer[] {
  return !Buffer.isBuffer(capture) && Buffer.isBuffer(capture[0])
}
