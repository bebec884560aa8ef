import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Readable } from 'node:stream'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { TimedDatagram } from '../../samples/frames.ts'
import { LINKTYPE_RAW } from '../../src/capture/made-frame.ts'
import type { Report } from '../../src/model/report.ts'
import { Anonymizer } from '../../src/report/anonymize/anonymizer.ts'
import { type ScanOptions, scan } from '../../src/scan/scan.ts'
import { writePcap } from '../capture/capture-writer.ts'
import { decrypting } from './decrypting.ts'
import {
  atTheCaller,
  atTheServer,
  BINDINGS,
  CLIENT,
  captureOf,
  DIRECT,
  inChannel,
  inIndication,
  KEYS,
  overTcp,
} from './turn-call.ts'

const folder = mkdtempSync(join(tmpdir(), 'turn-'))
beforeAll(() => writeFileSync(join(folder, 'keys.json'), JSON.stringify({ keys: KEYS })))
afterAll(() => rmSync(folder, { recursive: true }))

let files = 0
function written(datagrams: readonly TimedDatagram[]): string {
  const path = join(folder, `${++files}.pcap`)
  writeFileSync(path, captureOf(datagrams))
  return path
}

function scanned(datagrams: readonly TimedDatagram[], options: Partial<ScanOptions> = {}): Promise<Report> {
  return scan({ captures: [written(datagrams)], workers: 1, ...options })
}

/** What is said of the streams, without what says where they were seen. */
function told({ streams }: Report) {
  return streams.map(({ kind, src, dst, ssrc, packets, verified, callId, sender, codec, lost }) => {
    return { kind, src, dst, ssrc, packets, verified, callId, sender, codec, lost }
  })
}

const rulesOf = ({ findings }: Report) => findings.map(({ rule }) => rule)

describe('media by a TURN server (RFC 8656)', () => {
  test('is told as the same call without it: ends, descriptions, keys, findings', async () => {
    const direct = await scanned(DIRECT)
    const relayed = await scanned([...BINDINGS, ...atTheCaller(inChannel)])
    expect(told(relayed)).toEqual(told(direct))
    expect(rulesOf(relayed)).toEqual(rulesOf(direct))
    expect(relayed.totals.verified).toBe(relayed.totals.rtp + relayed.totals.rtcp)
    const [first] = relayed.streams
    expect(first.turn).toEqual({ channel: '0x4001', client: '192.168.1.20:50000', server: '203.0.113.9:3478' })
    expect(direct.streams.every(({ turn }) => turn === undefined)).toBe(true)
  })

  test('in indications, each of which names its peer', async () => {
    const relayed = await scanned([...BINDINGS, ...atTheCaller(inIndication)])
    expect(told(relayed)).toEqual(told(await scanned(DIRECT)))
    expect(relayed.streams[0].turn).toEqual({ client: '192.168.1.20:50000', server: '203.0.113.9:3478' })
  })

  test('an allocation that was not captured: the client stands for it, and the peer names the call', async () => {
    const report = await scanned([...BINDINGS.filter((_, n) => n % 2 === 1), ...atTheCaller(inChannel)])
    expect(report.totals.verified).toBe(report.totals.rtp + report.totals.rtcp)
    const sent = report.streams.find(({ kind, sender }) => kind === 'rtp' && sender === 'offerer')
    expect(sent).toMatchObject({ src: '192.168.1.20:50000', dst: '198.51.100.20:20004' })
    // It is not said of the client that it is elsewhere than its description says.
    expect(rulesOf(report)).toEqual(rulesOf(await scanned(DIRECT)))
  })

  test('a channel that was bound before the capture began: its keys verify it, between the ends on the wire', async () => {
    const media = atTheCaller(inChannel).filter(
      ({ source, destination }) => source.port >= 3478 && destination.port >= 3478,
    )
    const onWire = media.filter(({ source, destination }) => source.port !== 5060 && destination.port !== 5060)
    const report = await scanned(onWire, { keyFiles: [join(folder, 'keys.json')] })
    expect(report.totals.verified).toBe(report.totals.rtp + report.totals.rtcp)
    expect(report.streams).toHaveLength(4)
    expect(report.streams.map(({ turn }) => turn)).toEqual(Array(4).fill({ channel: '0x4001' }))
    expect(report.streams[0]).toMatchObject({ src: '203.0.113.9:3478', dst: '192.168.1.20:50000' })
  })

  test('a channel whose binding is renewed while it is used has its peer from the beginning on', async () => {
    const [, bindRtp, , bindRtcp] = BINDINGS
    const renewed = [bindRtp, bindRtcp].map((one) => ({ ...one, timeNs: 3e9 }))
    const all = [...atTheCaller(inChannel), ...renewed].sort((a, b) => a.timeNs - b.timeNs)
    const report = await scanned(all)
    const rtp = report.streams.filter(({ kind }) => kind === 'rtp')
    expect(rtp.map(({ src, dst, verified }) => [src, dst, verified])).toEqual([
      ['198.51.100.20:20004', '192.168.1.20:50000', 100],
      ['192.168.1.20:50000', '198.51.100.20:20004', 100],
    ])
    expect(told(await scanned(all, { workers: 2 }))).toEqual(told(report))
  })

  test('where the server was captured both of its sides are told, and no packet counts as one that came again', async () => {
    const report = await scanned(atTheServer())
    const direct = await scanned(DIRECT)
    expect(report.streams).toHaveLength(2 * direct.streams.length)
    expect(report.streams.filter(({ turn }) => turn === undefined)).toHaveLength(direct.streams.length)
    for (const { duplicates, replayed, captureDuplicates, lost } of report.streams) {
      expect([duplicates, replayed, captureDuplicates, lost].map((count) => count ?? 0)).toEqual([0, 0, 0, 0])
    }
    expect(rulesOf(report)).toEqual(rulesOf(direct))
  })

  test('a channel that is bound to another peer later leaves earlier streams where they were', async () => {
    const all = [...BINDINGS, ...atTheCaller(inChannel)]
    const later = BINDINGS.map((one) => ({ ...one, timeNs: 60e9 }))
    const other = later
      .filter((_, n) => n % 2 === 1)
      .map((one, n) => ({ ...one, payload: BINDINGS[(2 * n + 3) % 4].payload }))
    expect(told(await scanned([...all, ...other]))).toEqual(told(await scanned(all)))
  })

  test('says the same with any number of threads, from a pipe, and by parts', async () => {
    for (const wrap of [inChannel, inIndication]) {
      const datagrams = [...BINDINGS, ...atTheCaller(wrap)]
      const reference = await scanned(datagrams)
      expect(told(await scanned(datagrams, { workers: 2 }))).toEqual(told(reference))
      const stdin = Readable.from([captureOf(datagrams)])
      expect(told(await scan({ captures: ['-'], stdin, workers: 1 }))).toEqual(told(reference))
      const files = [0, 1].map((n) => written(datagrams.filter((_, at) => at < datagrams.length / 2 === (n === 0))))
      expect(told(await scan({ captures: files, workers: 1 }))).toEqual(told(reference))
    }
  })

  test('over TCP, wherever segments begin and end', async () => {
    const datagrams = [...BINDINGS, ...atTheCaller(inChannel)]
    const direct = told(await scanned(DIRECT))
    for (const heldBack of [
      () => 0,
      (n: number) => n % 7,
      (n: number, octets: number) => (n === 0 ? 0 : Math.floor(octets * 0.6)),
    ]) {
      const capture = overTcp(datagrams, heldBack)
      const report = await scanned(capture)
      expect(told(report)).toEqual(direct)
      expect(told(await scanned(capture, { workers: 2 }))).toEqual(direct)
      expect(report.streams[0].turn).toMatchObject({ client: '192.168.1.20:50000', server: '203.0.113.9:3478' })
      const stdin = Readable.from([captureOf(capture)])
      expect(told(await scan({ captures: ['-'], stdin, workers: 1 }))).toEqual(direct)
      const { rtp } = await decrypting({ captures: [written(capture)] })
      expect(rtp).toHaveLength(report.totals.rtp)
    }
    const indications = overTcp([...BINDINGS, ...atTheCaller(inIndication)], (n) => n % 5)
    expect(told(await scanned(indications))).toEqual(direct)
  })

  test('over TCP: segments that come again or late cost nothing, one that is missing its own messages', async () => {
    const direct = await scanned(DIRECT)
    const isSegment = ({ tcp, source }: TimedDatagram) => tcp !== undefined && source.port === CLIENT.port
    const whole = overTcp([...BINDINGS, ...atTheCaller(inChannel)])
    const places = whole.flatMap((one, n) => (isSegment(one) ? [n] : []))
    const again = whole.flatMap((one) => (isSegment(one) ? [one, one] : [one]))
    expect(told(await scanned(again))).toEqual(told(direct))
    const [a, b] = places.slice(20, 22)
    const late = whole.map((one, n) => ({ ...(n === a ? whole[b] : n === b ? whole[a] : one), timeNs: one.timeNs }))
    const reordered = await scanned(late)
    expect(reordered.streams.map(({ packets, lost = 0 }) => packets + lost)).toEqual(
      direct.streams.map(({ packets }) => packets),
    )
    expect(reordered.totals.verified).toBe(direct.totals.verified)
    const missing = await scanned(whole.filter((_, n) => n !== a))
    expect(missing.totals.rtp).toBe(direct.totals.rtp - 1)
    expect(missing.totals.verified).toBe(direct.totals.verified - 1)
    const fromTheMiddle = whole.filter(({ tcp }, n) => tcp === undefined || n > a)
    const report = await scanned(fromTheMiddle, { keyFiles: [join(folder, 'keys.json')] })
    expect(report.totals.failed).toBe(0)
    expect(report.totals.verified).toBeGreaterThan(100)
  })

  test('a host of the wire is meant by --ip as well', async () => {
    const datagrams = [...BINDINGS, ...atTheCaller(inChannel)]
    expect((await scanned(datagrams, { filters: { ip: CLIENT.address } })).streams).toHaveLength(4)
    expect((await scanned(datagrams, { filters: { ip: '10.0.0.1' } })).streams).toHaveLength(0)
  })

  test('its ends are replaced where a report is made anonymous', async () => {
    const report = await scanned([...BINDINGS, ...atTheCaller(inChannel)])
    const anonymous = new Anonymizer(Buffer.alloc(32, 1)).report(report)
    expect(JSON.stringify(anonymous)).not.toMatch(/192\.168\.1\.20|203\.0\.113\.9\b/)
    expect([...anonymous.streams][0].turn?.channel).toBe('0x4001')
  })

  test('is decrypted as what goes between its ends', async () => {
    for (const wrap of [inChannel, inIndication]) {
      const path = written([...BINDINGS, ...atTheCaller(wrap)])
      const { frames, rtp } = await decrypting({ captures: [path] })
      const report = await scan({ captures: [path], workers: 1 })
      const packets = report.streams.flatMap(({ kind, packets }) => (kind === 'rtp' ? [packets] : []))
      expect(rtp).toHaveLength(packets.reduce((sum, count) => sum + count, 0))
      // What is written is read as the same streams, in the clear.
      const clear = join(folder, `${++files}-clear.pcap`)
      const media = frames.filter(({ linkType }) => linkType === LINKTYPE_RAW)
      writeFileSync(clear, writePcap(media, { linkType: LINKTYPE_RAW }))
      const again = await scan({ captures: [clear], workers: 1 })
      const where = (one: Report) => one.streams.map(({ src, dst, ssrc, packets }) => ({ src, dst, ssrc, packets }))
      expect(where(again)).toEqual(where(report))
      expect(again.streams.every(({ plain, packets: all }) => plain === all)).toBe(true)
    }
  })
})
