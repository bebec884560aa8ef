import { once } from 'node:events'
import { connect } from 'node:net'
import { deflateSync, gzipSync } from 'node:zlib'
import { describe, expect, test } from 'vitest'
import { HepSource } from '../../src/capture/live/hep-source.ts'
import { CAPTURE_LIMITS } from '../../src/limits/capture-limits.ts'
import type { LimitName } from '../../src/limits/limits.ts'
import { liveScan } from '../../src/live/live-scan.ts'
import { type WrittenBlock, writePcap, writePcapng } from '../capture/capture-writer.ts'
import { portOf, sendStream, until } from '../capture/live/hep-agent.ts'
import { writeHep } from '../capture/live/hep-writer.ts'
import { packetsOf } from '../capture/live/sample-packets.ts'
import { captureOf, reachedIn, scanned, scannedTogether } from './limited-scan.ts'
import { sipFrame } from './sip-frames.ts'

type Reached = Partial<Record<LimitName, number>>

const MIB = 1 << 20
const FRAME = sipFrame()

const packet = (data: Uint8Array) => ({ seconds: 1_768_469_400, nanoseconds: 0, data })
const block = (data: Uint8Array, number = 0): WrittenBlock => ({
  kind: 'enhanced',
  interface: number,
  ticks: 1_768_469_400_000_000n,
  data,
})
const described = (linkType = 1): WrittenBlock => ({ kind: 'interface', description: { linkType } })

/** What the report says of a capture with a frame in front and two behind: they are read. */
async function around(capture: Uint8Array, name = 'one.pcap', frames = 3): Promise<Reached> {
  const report = await scanned(capture, {}, name)
  expect(report.totals.sipMessages).toBe(frames)
  return reachedIn(report)
}

/** A gzip file that becomes 16 MiB for each of its members, and the capture's end. */
function bomb(members: number): Uint8Array {
  const zeros = Array.from({ length: 64 }, () => packet(new Uint8Array(MIB / 4 - 16)))
  const member = gzipSync(writePcap(zeros).subarray(24))
  const last = gzipSync(writePcap([packet(FRAME)]).subarray(24))
  return Buffer.concat([gzipSync(writePcap([packet(FRAME)])), ...Array.from({ length: members }, () => member), last])
}

/** A packet of an agent. */
const reported = { ...packetsOf('samples/call.pcap')[0], ipProtocol: 6 }

async function live(send: (source: HepSource) => Promise<void>): Promise<{ reached: Reached; source: HepSource }> {
  const source = await HepSource.open({ host: '127.0.0.1', port: 0 })
  await send(source)
  await source.stop()
  return { reached: reachedIn(await liveScan({ source, workers: 1 })), source }
}

const REACHING: Readonly<Record<keyof typeof CAPTURE_LIMITS, () => Promise<readonly [dropped: number, Reached]>>> = {
  inflationRatio: async () => {
    expect(await around(bomb(4), 'small.pcap.gz', 2)).toEqual({})
    return [1, await around(bomb(20), 'one.pcap.gz', 1)]
  },
  recordOctets: async () => {
    // Two records in a row show where records go on.
    const [one, other] = [262_145, 300_000].map((octets) => new Uint8Array(octets))
    const frames = [FRAME, one, FRAME, FRAME, other, FRAME, FRAME].map(packet)
    return [2, await around(writePcap(frames), 'one.pcap', 5)]
  },
  blockOctets: async () => {
    const body = new Uint8Array(16 * MIB)
    const blocks: WrittenBlock[] = [described(), block(FRAME), { kind: 'other', type: 0xbad, body }, block(FRAME)]
    return [1, await around(writePcapng([{ blocks: [...blocks, block(FRAME)] }]), 'one.pcapng')]
  },
  interfaces: async () => {
    const interfaces = Array.from({ length: 4099 }, () => described())
    const blocks = [...interfaces, block(FRAME), block(FRAME, 4095), block(FRAME, 4096), block(FRAME)]
    return [3, await around(writePcapng([{ blocks }]), 'one.pcapng')]
  },
  linkTypes: async () => {
    const interfaces = [1, ...Array.from({ length: 34 }, (_, n) => 200 + n)].map(described)
    return [
      3,
      await around(writePcapng([{ blocks: [...interfaces, ...[1, 2, 3].map(() => block(FRAME))] }]), 'a.pcapng'),
    ]
  },
  capturesCountedApart: async () => {
    // IPv4 in Ethernet, whose header is shorter than any (RFC 791 §3.1).
    const malformed = Uint8Array.of(...new Array(12).fill(0), 0x08, 0x00, 0x42, ...new Array(25).fill(0))
    const captures = Array.from({ length: 1026 }, (_, n) => captureOf(n < 1023 ? [FRAME] : [FRAME, malformed]))
    const report = await scannedTogether(captures)
    expect(report.captures.filter(({ malformedFrames }) => malformedFrames > 0)).toEqual([])
    return [3, reachedIn(report)]
  },
  hepConnections: async () => {
    const { reached } = await live(async (source) => {
      const sockets = Array.from({ length: 259 }, () => connect(portOf(source), '127.0.0.1'))
      for (const socket of sockets) socket.on('error', () => undefined)
      await Promise.all(sockets.map((socket) => once(socket, 'connect')))
      await until(() => source.counts().refused.size > 0 && [...source.counts().refused.values()][0] === 3)
      for (const socket of sockets) socket.destroy()
    })
    return [3, reached]
  },
  hepPayloadOctets: async () => {
    const { payload, ...rest } = reported
    const large = writeHep({ ...rest, compressedPayload: deflateSync(Buffer.alloc(MIB, payload[0])) })
    const { reached } = await live(async (source) => {
      await sendStream(source, Buffer.concat([large, large]))
      await until(() => source.counts().received === 2)
    })
    return [2, reached]
  },
  livePacketsOctets: async () => {
    const large = writeHep({ ...reported, payload: Buffer.alloc(60_000, 0x41) })
    const { reached, source } = await live(async (one) => {
      await sendStream(one, Buffer.concat(Array.from({ length: 320 }, () => large)))
      await until(() => one.counts().received === 320)
    })
    return [source.counts().refused.get(CAPTURE_LIMITS.livePacketsOctets.anomaly.reason) as number, reached]
  },
}

describe('limits of captures and of live sources', () => {
  test.each(Object.keys(CAPTURE_LIMITS) as (keyof typeof CAPTURE_LIMITS)[])(
    '%s',
    async (name) => {
      const [dropped, reached] = await REACHING[name]()
      expect(dropped).toBeGreaterThan(0)
      expect(reached).toEqual({ [name]: dropped })
    },
    120_000,
  )
})
