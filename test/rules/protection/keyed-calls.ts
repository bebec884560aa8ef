import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Readable } from 'node:stream'
import { formatPcap } from '../../../samples/capture-writer.ts'
import { frameDatagrams, type TimedDatagram } from '../../../samples/frames.ts'
import { formatRtp } from '../../../samples/rtp-packet.ts'
import { formatAudioDescription } from '../../../samples/sdp-body.ts'
import { seededOctets } from '../../../samples/seeded-random.ts'
import { composeSipCall, type Side } from '../../../samples/sip-call.ts'
import { createSrtpSender } from '../../../samples/srtp-sender.ts'
import type { Report } from '../../../src/model/report.ts'
import type { Filters } from '../../../src/scan/filters.ts'
import { scan } from '../../../src/scan/scan.ts'

const SUITE = 'AES_CM_128_HMAC_SHA1_80'
const SECOND = 1e9

/** A stretch of packets, 20 ms apart. */
export interface Run {
  readonly from: Side
  readonly ssrc: number
  readonly firstSequence: number
  readonly packets: number
  /** Seconds after the answer; 1 where nothing is said. */
  readonly at?: number
  /** Decides the payload: runs with the same words are the same packets. */
  readonly says: string
}

/** An SDES call of which every key and every packet is told. */
export interface KeyedCall {
  readonly callId: string
  /** Seconds after the start of the trace. */
  readonly at?: number
  readonly hosts?: readonly [caller: string, callee: string]
  /** The last octet of each host's ports. */
  readonly port?: number
  /** Keys, named by a word. */
  readonly keys: readonly [caller: string, callee: string]
  readonly lifetime?: string
  readonly runs: readonly Run[]
}

/** What a scan of a capture of these calls reports. */
export async function scanCalls(
  calls: readonly KeyedCall[],
  through: 'file' | 'pipe' = 'file',
  filters: Filters = {},
): Promise<Report> {
  const datagrams = calls.flatMap(datagramsOf).sort((a, b) => a.timeNs - b.timeNs)
  const octets = formatPcap(frameDatagrams(datagrams), 1_700_000_000, 'micro')
  if (through === 'pipe') return scan({ captures: ['-'], stdin: Readable.from([octets]), filters, workers: 1 })
  const folder = await mkdtemp(join(tmpdir(), 'srtp-scan-test-'))
  try {
    const path = join(folder, 'calls.pcap')
    await writeFile(path, octets)
    return await scan({ captures: [path], filters, workers: 1 })
  } finally {
    await rm(folder, { recursive: true })
  }
}

function datagramsOf({
  callId,
  at = 0,
  hosts = ['203.0.113.10', '198.51.100.20'],
  port = 0,
  keys,
  lifetime = '',
  runs,
}: KeyedCall) {
  const ends = hosts.map((address) => ({ address, port: 5060 }))
  const media = hosts.map((address, side) => ({ address, port: 30_000 + side * 1000 + port }))
  const secrets = keys.map((word) => seededOctets(word, 30))
  const inviteNs = at * SECOND
  const answerNs = inviteNs + SECOND
  const [offer, answer] = hosts.map((origin, side) =>
    formatAudioDescription({
      origin,
      port: media[side].port,
      profile: 'RTP/SAVP',
      codecs: [0],
      crypto: [{ tag: 1, suite: SUITE, key: secrets[side] }],
      sessionId: side + 1,
    }).replace(/(inline:[^\r]+)/, `$1${lifetime}`),
  )
  const end = Math.max(2, ...runs.map(({ at: start = 1, packets }) => start + packets * 0.02 + 1))
  const party = (side: number) => ({
    user: `u${side}${callId}`,
    displayName: '',
    signalling: ends[side],
    userAgent: 'test',
  })
  const messages = composeSipCall({
    callId,
    transport: 'udp',
    caller: party(0),
    callee: party(1),
    offer,
    inviteNs,
    outcome: { answer, answerNs, byeNs: answerNs + end * SECOND },
  })
  const signalling = messages.map(({ timeNs, from, text }): TimedDatagram => {
    const [source, destination] = from === 'caller' ? ends : [...ends].reverse()
    return { timeNs, source, destination, payload: Buffer.from(text) }
  })
  return [...signalling, ...runs.flatMap((run) => packetsOf(run, answerNs, media, secrets))]
}

function packetsOf(
  { from, ssrc, firstSequence, packets, at = 1, says }: Run,
  answerNs: number,
  media: readonly TimedDatagram['source'][],
  secrets: readonly Uint8Array[],
): TimedDatagram[] {
  const side = from === 'caller' ? 0 : 1
  const sender = createSrtpSender(SUITE, secrets[side])
  return Array.from({ length: packets }, (_, n) => {
    const sequenceNumber = (firstSequence + n) & 0xffff
    const header = { marker: n === 0, payloadType: 0, sequenceNumber, timestamp: sequenceNumber * 160, ssrc }
    return {
      timeNs: answerNs + at * SECOND + n * 20e6,
      source: media[side],
      destination: media[1 - side],
      payload: sender.protectRtp(formatRtp(header, seededOctets(`${says} ${sequenceNumber}`, 160))),
    }
  })
}
