import { createHash } from 'node:crypto'
import { mkdtempSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { formatPcap } from '../../samples/capture-writer.ts'
import { frameDatagrams, type TimedDatagram } from '../../samples/frames.ts'
import { analyseCaptures } from '../../src/scan/analyse-captures.ts'
import { deriveSessionKeys } from '../../src/srtp/session-keys.ts'
import { type CryptoSuite, suiteByName } from '../../src/srtp/suites.ts'
import { KeyLog } from '../../src/tls/key-log.ts'
import { protectRtcp, protectRtp } from '../srtp/protect.ts'

export const CLIENT = { address: '192.0.2.1', port: 40_000 }
export const SERVER = { address: '198.51.100.2', port: 50_000 }

type Sender = 'client' | 'server'

/** Octets that one side sends, in the order of the trace. */
export interface Sent {
  readonly sender: Sender
  readonly octets: Uint8Array
}

const FOLDER = mkdtempSync(join(tmpdir(), 'srtp-scan-dtls-'))
let written = 0

/** A capture of what was sent, one datagram each 20 ms. */
export function captureOf(sent: readonly Sent[]): string {
  const datagrams = sent.map(({ sender, octets }, n): TimedDatagram => {
    const [source, destination] = sender === 'client' ? [CLIENT, SERVER] : [SERVER, CLIENT]
    return { timeNs: n * 20_000_000, source, destination, payload: octets }
  })
  const path = join(FOLDER, `${++written}.pcap`)
  writeFileSync(path, formatPcap(frameDatagrams(datagrams), 1_780_000_000, 'micro'))
  return path
}

/** Options of a scan with this key log. */
export function keyLogFile(keyLog: string): { readonly tlsKeyLogs: string[] } {
  const path = join(FOLDER, `${++written}.log`)
  writeFileSync(path, keyLog)
  return { tlsKeyLogs: [path] }
}

/** Streams of a capture by who sends them: kind, verified, failed and unverified packets, suite and where the key is from. */
export async function streamsOf(path: string, keyLog: string, options: object = {}) {
  const log = new KeyLog()
  log.add(keyLog)
  const secrets = { keyLog: log, privateKeys: [] }
  const analysis = await analyseCaptures({ captures: [path], tlsSecrets: secrets, workers: 1, ...options })
  return {
    anomalies: analysis.anomalies,
    streams: analysis.streams.map(({ report }) => ({
      sender: report.src.startsWith(CLIENT.address) ? 'client' : 'server',
      kind: report.kind,
      verified: report.verified,
      failed: report.failed,
      unverified: report.unverified,
      suite: report.suite,
      keySource: report.keySource,
    })),
  }
}

/** The master keys out of exported material, cut by hand (RFC 5764 §4.2). */
export function mastersOf(suiteName: string, material: Uint8Array) {
  const suite = suiteByName(suiteName) as CryptoSuite
  const { masterKeyLength: key, masterSaltLength: salt } = suite
  const at = (from: number, length: number) => material.subarray(from, from + length)
  return {
    client: { suite, masterKey: at(0, key), masterSalt: at(2 * key, salt) },
    server: { suite, masterKey: at(key, key), masterSalt: at(2 * key + salt, salt) },
  }
}

type Masters = ReturnType<typeof mastersOf>

/** RTP of both sides, and an SRTCP packet of each, protected under their own keys. */
export function mediaUnder(masters: Masters, first: number, count: number): Sent[] {
  const sent: Sent[] = []
  for (let n = first; n < first + count; n++) {
    for (const sender of ['client', 'server'] as const) sent.push({ sender, octets: rtpOf(masters, sender, n) })
  }
  return sent
}

export function rtcpUnder(masters: Masters): Sent[] {
  return (['client', 'server'] as const).map((sender) => {
    const report = Buffer.alloc(28, 0x5a)
    report.writeUInt32BE(0x80c80006, 0)
    report.writeUInt32BE(ssrcOf(sender), 4)
    return { sender, octets: protectRtcp(deriveSessionKeys(masters[sender]), report, 1, true) }
  })
}

function rtpOf(masters: Masters, sender: Sender, sequence: number): Uint8Array {
  // As random as ciphertext: what is constant shows to be in the clear.
  const payload = createHash('shake256', { outputLength: 160 }).update(`${sender} ${sequence}`).digest()
  const packet = Buffer.concat([Buffer.alloc(12), payload])
  packet.writeUInt16BE(0x8000, 0)
  packet.writeUInt16BE(sequence, 2)
  packet.writeUInt32BE(sequence * 160, 4)
  packet.writeUInt32BE(ssrcOf(sender), 8)
  return protectRtp(deriveSessionKeys(masters[sender]), packet, 0)
}

function ssrcOf(sender: Sender): number {
  return sender === 'client' ? 0x11111111 : 0x22222222
}
