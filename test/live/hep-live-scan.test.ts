import { expect, test } from 'vitest'
import { HepSource } from '../../src/capture/live/hep-source.ts'
import { liveScan } from '../../src/live/live-scan.ts'
import { openMetrics } from '../../src/live/metrics.ts'
import type { Snapshot } from '../../src/live/snapshot.ts'
import { scan } from '../../src/scan/scan.ts'
import { sendStream, until } from '../capture/live/hep-agent.ts'
import { type WrittenHep, writeHep } from '../capture/live/hep-writer.ts'
import { packetsOf } from '../capture/live/sample-packets.ts'
import { type Family, parsePrometheusText } from './prometheus-text.ts'

const LOOPBACK = { host: '127.0.0.1', port: 0 }
const CALL = 'samples/call.pcap'
const STRAY_PACKETS = 20

/** Plain RTP that no call speaks of, at the time of the call. */
function strayMedia({ seconds = 0 }: WrittenHep): WrittenHep[] {
  return Array.from({ length: STRAY_PACKETS }, (_, n) => {
    const rtp = Buffer.alloc(172, 0xd5)
    rtp.set([0x80, 0])
    rtp.writeUInt16BE(n, 2)
    rtp.writeUInt32BE(160 * n, 4)
    rtp.writeUInt32BE(0x51515151, 8)
    const source = Buffer.from([192, 0, 2, 77])
    const destination = Buffer.from([192, 0, 2, 78])
    const ports = { sourcePort: 40_000, destinationPort: 40_002 }
    return {
      source,
      destination,
      ...ports,
      ipProtocol: 17,
      seconds,
      microseconds: n * 20_000,
      protocolType: 4,
      payload: rtp,
    }
  })
}

test('a call that agents report is judged as it goes on, shown to Prometheus, and reported in the end', async () => {
  const source = await HepSource.open(LOOPBACK)
  const metrics = await openMetrics(LOOPBACK)
  const snapshots: Snapshot[] = []
  const running = liveScan({
    source,
    workers: 1,
    snapshotMs: 20,
    onSnapshot(snapshot) {
      snapshots.push(snapshot)
      metrics.update(snapshot)
    },
  })
  const scrape = async (): Promise<ReadonlyMap<string, Family>> => {
    return parsePrometheusText(await (await fetch(`http://${metrics.at}/metrics`)).text())
  }
  const read = (families: ReadonlyMap<string, Family>, name: string): number =>
    families.get(`srtp_scan_${name}`)?.samples.reduce((sum, { value }) => sum + value, 0) ?? Number.NaN

  const call = packetsOf(CALL)
  const last = call[call.length - 1]
  const packets = [...call, ...strayMedia(last)]
  await sendStream(source, Buffer.concat([...packets.map(writeHep), writeHep({ ...last, protocolType: 100 })]))
  await until(() => snapshots.at(-1)?.report.totals.frames === packets.length)
  const during = await scrape()
  expect(read(during, 'current_calls')).toBe(1)
  expect(read(during, 'current_streams')).toBe(5)
  expect(read(during, 'current_verified_packets')).toBe(808)
  expect(read(during, 'verified_packets_total')).toBe(0)
  expect(read(during, 'source_refused_packets_total')).toBe(1)

  // By the agent's clock two minutes go by: the call and the stray stream have ended.
  const later = { ...last, payload: Buffer.from('\r\n'), protocolType: 1, seconds: (last.seconds ?? 0) + 120 }
  await sendStream(source, writeHep(later))
  await until(() => snapshots.some(({ ended }) => ended.length > 0))
  const after = await scrape()
  expect(read(after, 'ended_calls_total')).toBe(1)
  expect(read(after, 'current_calls')).toBe(0)
  expect(read(after, 'current_streams')).toBe(0)
  expect(read(after, 'verified_packets_total')).toBe(808)
  expect(read(after, 'plain_packets_total')).toBe(STRAY_PACKETS)
  expect(read(after, 'packets_total')).toBe(packets.length + 1)
  expect(read(after, 'source_received_packets_total')).toBe(packets.length + 2)

  await source.stop()
  const report = await running
  await metrics.close()
  const whole = await scan({ captures: [CALL] })
  expect([...report.calls]).toEqual(whole.calls)
  expect([...report.streams].filter(({ callId }) => callId !== undefined)).toEqual(whole.streams)
  expect(report.captures).toMatchObject([{ path: source.name, frames: packets.length + 1 }])
  expect(report.anomalies).toContainEqual({
    layer: 'capture',
    reason: 'HEP: a protocol that is not read',
    count: 1,
    frames: [],
  })
})
