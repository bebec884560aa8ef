import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Readable } from 'node:stream'
import { afterAll, describe, expect, test } from 'vitest'
import { HepSource } from '../../../src/capture/live/hep-source.ts'
import { udpSocketDrops } from '../../../src/capture/live/udp-drops.ts'
import type { Report } from '../../../src/model/report.ts'
import { scan } from '../../../src/scan/scan.ts'
import { walk } from '../walk.ts'
import { portOf, sendDatagrams, sendStream, until } from './hep-agent.ts'
import { type WrittenHep, writeHep } from './hep-writer.ts'
import { packetsOf } from './sample-packets.ts'

const place = mkdtempSync(join(tmpdir(), 'srtp-scan-hep-'))
afterAll(() => rmSync(place, { recursive: true }))

const LOOPBACK = { host: '127.0.0.1', port: 0 }
const CALL = 'samples/call.pcap'

async function collect(octets: Readable): Promise<Buffer> {
  const parts: Buffer[] = []
  for await (const part of octets) parts.push(part)
  return Buffer.concat(parts)
}

/** The report on a stream, without what its file says of itself. */
async function reportOf(octets: Uint8Array | string): Promise<Report> {
  const path = typeof octets === 'string' ? octets : join(place, 'heard.pcapng')
  if (typeof octets !== 'string') writeFileSync(path, octets)
  const { captures, ...report } = await scan({ captures: [path] })
  const facts = captures.map(({ frames, firstTime, lastTime, malformedFrames, undecodedFrames }) => {
    return { frames, firstTime, lastTime, malformedFrames, undecodedFrames }
  })
  return { ...report, captures: facts as never }
}

describe('a call that agents report', () => {
  test.each([
    ['by UDP', 'datagrams'],
    ['by TCP', 'stream'],
  ])('%s is judged as its capture is', async (_, way) => {
    const packets = packetsOf(CALL).map((packet) => writeHep(packet))
    const source = await HepSource.open(LOOPBACK)
    const heard = collect(source.octets)
    if (way === 'datagrams') await sendDatagrams(source, packets)
    else await sendStream(source, Buffer.concat(packets))
    await until(() => source.counts().received === packets.length)
    await source.stop()
    expect(source.counts().refused).toEqual(new Map())
    expect(await reportOf(await heard)).toEqual(await reportOf(CALL))
  })

  const overTls = (packet: WrittenHep & { readonly payload: Uint8Array }, ipProtocol: number): WrittenHep => {
    if (packet.protocolType !== 1) return packet
    const text = Buffer.from(packet.payload).toString('latin1').replaceAll('SIP/2.0/UDP', 'SIP/2.0/TLS')
    return { ...packet, ipProtocol, payload: Buffer.from(text, 'latin1') }
  }

  test.each([
    ['is called TCP', 6],
    ['is called XNS IDP, which stands for TLS', 22],
    ['is called UDP', 17],
  ])('over TLS is over TLS, though its IP protocol %s: no key was exposed', async (_, ipProtocol) => {
    const packets = packetsOf(CALL).map((packet) => writeHep(overTls(packet, ipProtocol)))
    const source = await HepSource.open(LOOPBACK)
    const heard = collect(source.octets)
    await sendStream(source, Buffer.concat(packets))
    await until(() => source.counts().received === packets.length)
    await source.stop()
    const report = await reportOf(await heard)
    const clear = await reportOf(CALL)
    expect(report.calls.map(({ transport }) => transport)).toEqual(['tls'])
    expect(report.totals).toEqual({ ...clear.totals, findings: { error: 0, warning: 0, info: 0 } })
    expect(clear.findings.map(({ rule }) => rule).sort()).toEqual(['sdes-key-exposed', 'sip-cleartext'])
    expect(report.findings).toEqual([])
  })
})

describe('the listener', () => {
  const [invite] = packetsOf(CALL)

  test('takes the times that agents give, and the packets in the order in which they come', async () => {
    const source = await HepSource.open(LOOPBACK)
    const heard = collect(source.octets)
    const times = [30, 10, 20].map((seconds) => ({ ...invite, seconds, microseconds: 5 }))
    const { seconds: _, ...timeless } = invite
    const before = Math.floor(Date.now() / 1000)
    await sendDatagrams(source, [...times, timeless].map(writeHep))
    await source.stop()
    const { records, facts } = walk('pcapng', await heard)
    expect(records.map(({ seconds, nanoseconds }) => seconds + nanoseconds / 1e9).slice(0, 3)).toEqual([
      30.000005, 10.000005, 20.000005,
    ])
    expect(records[3].seconds).toBeGreaterThanOrEqual(before)
    expect(facts.lost).toBeUndefined()
  })

  test('hears IPv6', async () => {
    const source = await HepSource.open({ host: '::1', port: 0 })
    expect(source.name).toMatch(/^hep:\[::1\]:\d+$/)
    const heard = collect(source.octets)
    await sendDatagrams(source, [writeHep(invite)])
    await source.stop()
    expect(walk('pcapng', await heard).records).toHaveLength(1)
  })

  test('a name is one address for UDP and TCP', async () => {
    const source = await HepSource.open({ host: 'localhost', port: 0 })
    const host = source.name.includes('[') ? '::1' : '127.0.0.1'
    const heard = collect(source.octets)
    await sendDatagrams(source, [writeHep(invite)])
    await sendStream(source, writeHep(invite), host)
    await until(() => source.counts().received === 2)
    await source.stop()
    expect(walk('pcapng', await heard).records).toHaveLength(2)
  })

  test('lets in who knows the key, where one is asked for, and never shows it', async () => {
    const source = await HepSource.open({ ...LOOPBACK, key: 'open sesame' })
    const heard = collect(source.octets)
    const keys = ['open sesame', 'open sesam', 'another one', '']
    await sendDatagrams(source, [writeHep(invite), ...keys.map((key) => writeHep({ ...invite, key }))])
    await source.stop()
    expect(walk('pcapng', await heard).records).toHaveLength(1)
    expect(source.counts().refused).toEqual(new Map([['HEP: another authentication key, or none', 4]]))
    expect((await heard).includes('open sesame')).toBe(false)
  })

  test('counts what yields nothing, by why, and goes on', async () => {
    const source = await HepSource.open(LOOPBACK)
    const heard = collect(source.octets)
    await sendDatagrams(source, [
      Buffer.from('GET / HTTP/1.1'),
      writeHep({ ...invite, protocolType: 100 }),
      Buffer.from('HEP3\0\u0006'),
      Buffer.from('HEP3\0\u0006'),
      writeHep(invite),
    ])
    await sendStream(source, Buffer.from('GET / HTTP/1.1\r\n\r\n'))
    await sendStream(source, writeHep(invite).subarray(0, -1))
    await sendStream(source, writeHep(invite))
    await until(() => source.counts().received === 6)
    await source.stop()
    expect(walk('pcapng', await heard).records).toHaveLength(2)
    expect(Object.fromEntries(source.counts().refused)).toEqual({
      'HEP: no HEP version 3': 1,
      'HEP: a protocol that is not read': 1,
      'HEP: a chunk is missing': 2,
      'HEP: a connection that carries no HEP version 3': 1,
      'HEP: a connection that ends inside a packet': 1,
    })
  })

  test('loses what nobody fetches, beyond a bound, and counts it; what was kept comes out', async () => {
    const source = await HepSource.open(LOOPBACK)
    const large = writeHep({ ...invite, ipProtocol: 6, payload: Buffer.alloc(60_000, 0x41) })
    const sent = 320
    await sendStream(source, Buffer.concat(Array(sent).fill(large)))
    await until(() => source.counts().received === sent)
    const lost = source.counts().refused.get('HEP: no room was left for it') ?? 0
    expect(lost).toBeGreaterThan(0)
    expect(lost).toBeLessThan(sent / 2)
    // Where the operating system tells what it lost itself.
    expect([lost, undefined]).toContain(source.counts().dropped)
    const heard = collect(source.octets)
    await source.stop()
    expect(walk('pcapng', await heard).records).toHaveLength(sent - lost)
  })

  test('a port in use is an error of the system, and nothing stays open', async () => {
    const source = await HepSource.open(LOOPBACK)
    await expect(HepSource.open({ host: '127.0.0.1', port: portOf(source) })).rejects.toThrow('EADDRINUSE')
    const again = portOf(source)
    await Promise.all([source.stop(), source.stop()])
    await source.stop()
    const next = await HepSource.open({ host: '127.0.0.1', port: again })
    expect(portOf(next)).toBe(again)
    await next.stop()
  })
})

test('what Linux dropped at a port, in either table; nothing where there is none', () => {
  const head =
    '   sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode ref pointer drops'
  const row = (address: string, drops: number) =>
    `  123: ${address} 00000000:0000 07 00000000:00000000 00:00000000 00000000     0        0 1234 2 0000000000000000 ${drops} `
  const tables: Record<string, string> = {
    '/proc/net/udp': [head, row('0100007F:2364', 7), row('0100007F:2365', 100), ''].join('\n'),
    '/proc/net/udp6': [head, row('00000000000000000000000001000000:2364', 3)].join('\n'),
  }
  expect(udpSocketDrops(0x2364, (path) => tables[path])).toBe(10)
  expect(udpSocketDrops(80, (path) => tables[path])).toBeUndefined()
  const none = () => {
    throw new Error('ENOENT')
  }
  expect(udpSocketDrops(0x2364, none)).toBeUndefined()
})
