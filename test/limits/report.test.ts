import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { REPORT_LIMITS } from '../../src/limits/report-limits.ts'
import { AnomalyLog } from '../../src/model/anomaly-log.ts'
import type { Report } from '../../src/model/report.ts'
import { TcpFlag } from '../../src/net/datagram.ts'
import { DEFAULT_POLICY } from '../../src/policy/policy.ts'
import { analyseCaptures } from '../../src/scan/analyse-captures.ts'
import { reportOf } from '../../src/scan/report-of.ts'
import { scan } from '../../src/scan/scan.ts'
import { ethernet, ipv4, tcp, u16, udp } from '../net/frame-builder.ts'
import { keysOf, line } from '../scan/faulty-call.ts'
import { protectRtp } from '../srtp/protect.ts'
import { captureOf, reachedIn, scanned } from './limited-scan.ts'
import { address, repeated, sipFrame } from './sip-frames.ts'

async function inFolder<T>(work: (folder: string) => Promise<T>): Promise<T> {
  const folder = mkdtempSync(join(tmpdir(), 'limits-'))
  try {
    return await work(folder)
  } finally {
    rmSync(folder, { recursive: true })
  }
}

const KEYED = ['v=0', 'o=- 1 1 IN IP4 203.0.113.1', 's=-', 'c=IN IP4 203.0.113.1', 't=0 0', 'm=audio 4000 RTP/SAVP 0']
const body = (n: number) => [...KEYED, line(1, `key ${n}`), ''].join('\r\n')

/** Seven calls whose keys everybody can read, where three findings of a rule and severity are listed. */
function keysInClear(filters = {}): Promise<Report> {
  return inFolder(async (folder) => {
    const path = join(folder, 'one.pcap')
    writeFileSync(path, captureOf(repeated(7, (n) => sipFrame({ start: 'INVITE', callId: `${n}`, body: body(n) }))))
    const analysis = await analyseCaptures({ captures: [path], workers: 1 })
    const room = Math.ceil((3 * (1 << 20)) / REPORT_LIMITS.findingsOfRule.perMegabyte)
    return (await reportOf(analysis, DEFAULT_POLICY, filters, room)) as unknown as Report
  })
}

const CLIENT_HELLO = Buffer.concat([
  Buffer.from([22, 3, 3, 0, 47, 1, 0, 0, 43, 3, 3]),
  Buffer.alloc(32, 7),
  Buffer.from([0, 0, 2, 0xc0, 0x2f, 1, 0, 0]),
])

function handshake(n: number): Uint8Array[] {
  const frame = (octets: Uint8Array | string, sequence: number, flags: number) =>
    ethernet(
      ipv4(tcp(octets, { sourcePort: 40_000, destinationPort: 5061, sequence, flags }), { destination: address(n) }),
    )
  return [frame('', 0, TcpFlag.Syn), frame(CLIENT_HELLO, 1, TcpFlag.Ack)]
}

const KEYS = keysOf('one')

function rtp(n: number, sequence: number): Uint8Array {
  const packet = Buffer.alloc(172, n & 255)
  packet.set([0x80, 0, ...u16(sequence), 0, 0, 0, sequence, 1, 2, 3, 4])
  return ethernet(
    ipv4(udp(protectRtp(KEYS, packet, 0), { sourcePort: 10_000 + 2 * n, destinationPort: 20_000 + 2 * n })),
  )
}

describe('limits of the report', () => {
  test('findingsOfRule: what is beyond is counted in the totals, and of each severity some are listed', async () => {
    const whole = await keysInClear({ only: ['sdes-key-exposed'] })
    expect(whole.findings).toHaveLength(3)
    expect(whole.totals.findings).toMatchObject({ error: 7 })
    expect(reachedIn(whole)).toEqual({ findingsOfRule: 4 })
    expect(whole.calls).toHaveLength(7)
    expect(reachedIn(await keysInClear({ ignore: ['sdes-key-exposed'] }))).toEqual({})
  })

  test('findingsOfRule: there is the more room the more memory there may be', async () => {
    const samples = new URL('../../samples/', import.meta.url).pathname
    const options = { captures: [`${samples}leak.pcap`], keyFiles: [`${samples}keys.json`] }
    const usual = await scan(options)
    for (const maxMemoryMb of [2048, 3072]) expect(await scan({ ...options, maxMemoryMb })).toEqual(usual)
  })

  test('tlsPeersListed', { timeout: 120_000 }, async () => {
    const report = await scanned(captureOf(repeated(1003, handshake).flat()))
    expect(reachedIn(report)).toMatchObject({ tlsPeersListed: 3 })
    expect(report.tls).toHaveLength(1000)
  })

  test('comparedStreams', { timeout: 120_000 }, () =>
    inFolder(async (folder) => {
      const keys = join(folder, 'keys.txt')
      writeFileSync(keys, `${line(1, 'one')}\n`)
      const frames = repeated(1003, (n) => repeated(3, (sequence) => rtp(n, sequence + 1))).flat()
      const report = await scanned(captureOf(frames), { keyFiles: [keys] })
      expect(report.totals).toMatchObject({ streams: 1003, verified: 3009 })
      expect(reachedIn(report)).toMatchObject({ comparedStreams: 3 })
    }),
  )

  test('anomalyKinds: further kinds are counted together, limits by themselves', () => {
    const log = new AnomalyLog()
    for (let n = 0; n < REPORT_LIMITS.anomalyKinds.most; n++) log.note('sip', `reason ${n}`, { capture: 0, frame: n })
    for (let n = 0; n < 5; n++) log.note('sip', `further ${n}`, { capture: 3, frame: n })
    log.reached('sdpMedia', { capture: 0, frame: 9 })
    const anomalies = log.anomalies(false)
    expect(anomalies).toHaveLength(REPORT_LIMITS.anomalyKinds.most + 2)
    expect(anomalies.filter(({ limit }) => limit !== undefined)).toMatchObject([
      { reason: 'further-kinds', count: 5, limit: { name: 'anomalyKinds' }, frames: [] },
      { reason: 'too-many-media', count: 1, limit: { name: 'sdpMedia' }, frames: [9] },
    ])
  })
})
