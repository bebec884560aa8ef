import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, expect, test } from 'vitest'
import { formatPcap } from '../../samples/capture-writer.ts'
import { frameDatagrams, type TimedDatagram } from '../../samples/frames.ts'
import { composeTcpConnection } from '../../samples/tcp-connection.ts'
import type { Finding } from '../../src/model/report.ts'
import { scan } from '../../src/scan/scan.ts'

const FOLDER = mkdtempSync(join(tmpdir(), 'cut-hello-'))
afterAll(() => rmSync(FOLDER, { recursive: true }))

const CLIENT = { address: '203.0.113.10', port: 40000 }
const SERVER = { address: '198.51.100.20', port: 5061 }
const MESSAGE_OCTETS = 1836
const SEGMENT = 1448
const RST = 0x04

/** A ClientHello with a large extension that nobody knows, in one record. */
function clientHello(): Buffer {
  const suites = [0, 2, 0x13, 0x01]
  const head = [3, 3, ...new Array(32).fill(7), 0, ...suites, 1, 0]
  const rest = MESSAGE_OCTETS - 4 - head.length - 2
  const extension = Buffer.alloc(rest)
  extension.writeUInt16BE(0xfafa, 0)
  extension.writeUInt16BE(rest - 4, 2)
  const body = Buffer.concat([Buffer.from(head), Buffer.from([rest >> 8, rest & 255]), extension])
  const message = Buffer.concat([Buffer.from([1, 0, body.length >> 8, body.length & 255]), body])
  return Buffer.concat([Buffer.from([22, 3, 1, message.length >> 8, message.length & 255]), message])
}

/** The connection without its end; of the hello the segments that `keeps` names. */
function begun(hello: Uint8Array, keeps: (segment: number) => boolean): TimedDatagram[] {
  let segment = 0
  return composeTcpConnection(CLIENT, SERVER, [{ timeNs: 1e9, fromClient: true, octets: hello }]).filter(
    ({ payload, tcp }) => ((tcp?.flags ?? 0) & 1) === 0 && (payload.length === 0 || keeps(segment++)),
  )
}

/** Something else, later. */
const later = (timeNs: number): TimedDatagram => ({
  timeNs,
  source: CLIENT,
  destination: { ...SERVER, port: 9 },
  payload: Buffer.from('x'),
})

function resetBy(datagrams: readonly TimedDatagram[], timeNs: number): TimedDatagram {
  const fromServer = datagrams.filter(({ source }) => source.port === SERVER.port).at(-1) as TimedDatagram
  const { sequence = 0, acknowledgment = 0 } = fromServer.tcp ?? {}
  return { ...fromServer, timeNs, tcp: { sequence, acknowledgment, flags: RST } }
}

async function found(datagrams: readonly TimedDatagram[], rule = 'tls-handshake-failed'): Promise<readonly Finding[]> {
  const path = join(FOLDER, 'one.pcap')
  writeFileSync(path, formatPcap(frameDatagrams([...datagrams]), 1_700_000_000, 'micro'))
  return (await scan({ captures: [path], findings: { only: [rule] } })).findings
}

const first = (n: number) => n === 0

test('the first packet of a ClientHello, then silence: the rest does not come, and where to look', async () => {
  const [one, ...others] = await found([...begun(clientHello(), first), later(20e9)])
  expect(others).toEqual([])
  expect(one).toMatchObject({
    kind: 'client-hello-cut',
    evidence: { end: 'silence', clientHelloOctets: MESSAGE_OCTETS, octetsSeen: SEGMENT - 5, inferred: true },
    frames: [4],
  })
  expect(one.detail).toContain(
    'Nothing follows 1443 of the 1836 octets of the ClientHello of 203.0.113.10 to 198.51.100.20:5061',
  )
  expect(one.detail).toContain('MTU')
  expect(one.remedy).toContain('RFC 2923')
  // Nothing was said in it that keys would open.
  expect(await found([...begun(clientHello(), first), later(20e9)], 'keying-not-visible')).toEqual([])
})

test('the same, and a reset', async () => {
  const datagrams = begun(clientHello(), first)
  const [one] = await found([...datagrams, resetBy(datagrams, 2e9)])
  expect(one).toMatchObject({ kind: 'client-hello-cut', evidence: { end: 'reset', by: 'server' } })
})

test('a client that closes behind its first words never sent the rest: no path is to blame', async () => {
  const connection = composeTcpConnection(CLIENT, SERVER, [
    { timeNs: 1e9, fromClient: true, octets: clientHello().subarray(0, 600) },
  ])
  const [one] = await found(connection)
  expect(one).toMatchObject({ kind: 'client-hello-cut', evidence: { end: 'fin', by: 'client', octetsSeen: 595 } })
  expect(one.detail).toContain('It never sent the rest.')
  expect(one.detail).not.toContain('MTU')
})

test('the capture ends or begins there, has one side only, or lacks what the server answers: nothing is said', async () => {
  const datagrams = begun(clientHello(), first)
  expect(await found([...datagrams, later(3e9)])).toEqual([])
  expect(await found([...datagrams.slice(3), later(20e9)])).toEqual([])
  expect(await found([...datagrams.filter(({ source }) => source.port !== SERVER.port), later(20e9)])).toEqual([])
  const alert = { timeNs: 1.1e9, fromClient: false, octets: Buffer.from([21, 3, 3, 0, 2, 2, 40]) }
  const answered = composeTcpConnection(CLIENT, SERVER, [
    { timeNs: 1e9, fromClient: true, octets: clientHello() },
    alert,
  ]).filter(({ payload }) => payload.length !== clientHello().length - SEGMENT)
  expect((await found([...answered, later(20e9)])).filter(({ kind }) => kind === 'client-hello-cut')).toEqual([])
})

test('a large ClientHello that was captured whole and gets no answer: that the server may not have it is said', async () => {
  const [one] = await found([...begun(clientHello(), () => true), later(20e9)])
  expect(one).toMatchObject({ kind: 'other', evidence: { end: 'silence', clientHelloOctets: MESSAGE_OCTETS } })
  expect(one.detail).toContain('1836 octets, more than one packet holds')
})
