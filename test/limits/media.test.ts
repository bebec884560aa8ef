import { createHash } from 'node:crypto'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, describe, expect, test } from 'vitest'
import { closeSpillFile, emptySpilledPacket, openSpillFile, SpillWriter } from '../../src/capture/spill-file.ts'
import { LIMITS, type LimitName } from '../../src/limits/limits.ts'
import { MEDIA_LIMITS } from '../../src/limits/media-limits.ts'
import { Binder } from '../../src/media/binder.ts'
import { Keyring } from '../../src/media/keyring.ts'
import { NextCalls } from '../../src/media/next-calls.ts'
import { F } from '../../src/rtp/stream-table.ts'
import type { ScanOptions } from '../../src/scan/scan.ts'
import type { MasterKey } from '../../src/srtp/session-keys.ts'
import { suiteByName } from '../../src/srtp/suites.ts'
import { TraceKeys } from '../../src/verify/judgement/trace-keys.ts'
import { Rollover } from '../../src/verify/second-pass/rollover.ts'
import { at, audio, described, exchange } from '../media/exchanges.ts'
import { ethernet, ipv4, udp } from '../net/frame-builder.ts'
import { flowKey, newTable } from '../rtp/rtp-packets.ts'
import { captureOf, reachedIn, scanned } from './limited-scan.ts'

type Reached = Partial<Record<LimitName, number>>

const FOLDER = mkdtempSync(join(tmpdir(), 'media-limits-'))
afterAll(() => rmSync(FOLDER, { recursive: true }))

const repeated = <T>(times: number, of: (n: number) => T): T[] => Array.from({ length: times }, (_, n) => of(n))

interface Packet {
  readonly sequence: number
  readonly ssrc?: number
  readonly port?: number
  readonly payloadType?: number
  readonly identification?: number
  readonly payload?: Uint8Array
}

function rtp({
  sequence,
  ssrc = 1,
  port = 20_000,
  payloadType = 0,
  identification = sequence,
  payload,
}: Packet): Buffer {
  const header = Buffer.from([0x80, payloadType, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0])
  header.writeUInt16BE(sequence, 2)
  header.writeUInt32BE(160 * sequence, 4)
  header.writeUInt32BE(ssrc, 8)
  const octets = Buffer.concat([header, payload ?? Buffer.alloc(20, 0xd5)])
  return ethernet(ipv4(udp(octets, { sourcePort: 10_000, destinationPort: port }), { identification }))
}

async function of(frames: readonly Uint8Array[], options: Partial<ScanOptions> = {}): Promise<Reached> {
  return reachedIn(await scanned(captureOf(frames), options))
}

const SUITE = suiteByName('AES_CM_128_HMAC_SHA1_80') as MasterKey['suite']

function master(n: number): MasterKey {
  const octets = createHash('sha256').update(`${n}`).digest()
  return { suite: SUITE, masterKey: octets.subarray(0, 16), masterSalt: octets.subarray(16, 30) }
}

function keyringOf(capacity: number, keys: number): Keyring {
  const keyring = new Keyring(capacity, () => undefined)
  for (let n = 0; n < keys; n++) keyring.add(master(n), { source: 'keys-file' })
  return keyring
}

const REACHING: Readonly<
  Record<keyof typeof MEDIA_LIMITS, () => readonly [dropped: number, Reached | Promise<Reached>]>
> = {
  streams: () => {
    const frames = repeated(1027, (n) => rtp({ sequence: 1, ssrc: n, port: 20_000 + n }))
    return [4, of([...frames, rtp({ sequence: 2, ssrc: 1026, port: 21_026 })], { maxMemoryMb: 2 })]
  },
  streamsToOnePort: () => {
    const beyond = LIMITS.streamsToOnePort.most + 3
    return [3, of(repeated(beyond, (n) => rtp({ sequence: 1, ssrc: n, identification: n & 0xffff })))]
  },
  looseStreamsToOnePort: () => {
    const path = join(FOLDER, 'other.json')
    const { masterKey, masterSalt } = master(0)
    const key = Buffer.concat([masterKey, masterSalt]).toString('base64')
    writeFileSync(path, JSON.stringify([{ suite: SUITE.name, key, ssrc: 0xffffffff }]))
    const beyond = LIMITS.looseStreamsToOnePort.most + 3
    return [
      6,
      of(
        repeated(2 * beyond, (n) => rtp({ sequence: n, ssrc: n % beyond })),
        { keyFiles: [path] },
      ),
    ]
  },
  nextCalls: () => {
    const offer = described(1, audio('192.0.2.2', 5000, 'RTP/AVP'))
    const binder = new Binder()
    for (let n = 0; n < LIMITS.nextCalls.most + 3; n++) binder.add(exchange(`${n}`, { ...offer, at: at(n + 2) }))
    const table = newTable()
    for (const ssrc of [1, 2]) table.floats[table.floatsAt(table.findOrAdd(flowKey(ssrc))) + F.LastPosition] = 1e6
    const nextCalls = new NextCalls(binder, () => 'ended')
    for (const id of [0, 1]) expect(nextCalls.of(table, id)).toEqual([])
    return [2, { nextCalls: nextCalls.notLookedAt }]
  },
  payloadTypesOfStream: () => [
    2,
    of(repeated(100, (n) => rtp({ sequence: n, payloadType: [0, 8, 3, 18, 4][Math.floor(n / 20)] }))),
  ],
  repeatedPackets: () => {
    const rounds = repeated(1001, (round) =>
      repeated(66, (n) => rtp({ sequence: n, identification: (round * 66 + n) & 0xffff })),
    )
    return [1000 * 66 - LIMITS.repeatedPackets.most, of(rounds.flat())]
  },
  timelineChunks: () => [
    3,
    of(
      repeated(515, (n) => rtp({ sequence: 1, ssrc: n, port: 20_000 + n })),
      { maxMemoryMb: 1, timelines: true },
    ),
  ],
  keys: () => {
    const { most } = LIMITS.keys
    return [3, { keys: keyringOf(most + 1, most + 3).refused }]
  },
  keysOfOtherCalls: () => {
    const { leftOut } = new TraceKeys(keyringOf(2000, 1003), [], []).between(0, 1, () => false)
    return [3, { keysOfOtherCalls: leftOut }]
  },
  keysUsedOtherwise: () => {
    const keys = repeated(10, (n) => {
      const { masterKey, masterSalt } = master(n)
      return { suite: SUITE.name, key: Buffer.concat([masterKey, masterSalt]).toString('base64') }
    })
    const path = join(FOLDER, 'keys.json')
    writeFileSync(path, JSON.stringify({ keys }))
    const payload = (n: number) => createHash('sha512').update(`${n}`).digest()
    return [
      2,
      of(
        repeated(60, (n) => rtp({ sequence: n, payload: payload(n) })),
        { keyFiles: [path] },
      ),
    ]
  },
  rolloverChanges: () => {
    const rollover = new Rollover()
    let frame = 0
    for (let roc = 30; roc > 4; roc -= 2) {
      for (let n = 0; n < 3; n++)
        rollover.verified(roc, 100 + n, 30, { position: frame, frame: ++frame, timeUs: frame })
    }
    expect(rollover.changes).toHaveLength(8)
    return [4, { rolloverChanges: rollover.changesBeyond }]
  },
  spillOctets: () => {
    const file = openSpillFile()
    const writer = new SpillWriter(file, 3 * 148)
    writer.begin(0)
    for (let n = 0; n < 5; n++) writer.append({ ...emptySpilledPacket(new Uint8Array(100)), length: 100 })
    writer.flush()
    closeSpillFile(file)
    expect(writer.lost).toBe(0)
    return [2, { spillOctets: writer.beyond }]
  },
}

describe('limits of media, keys and verification', () => {
  test.each(Object.keys(MEDIA_LIMITS) as (keyof typeof MEDIA_LIMITS)[])(
    '%s',
    async (name) => {
      const [dropped, reached] = REACHING[name]()
      expect(await reached).toEqual({ [name]: dropped })
    },
    60_000,
  )
})

test('of what looks like RTP by its first octets and is no stream, no payload types are counted', async () => {
  const noise = repeated(100, (n) => rtp({ sequence: (n * 30_011) & 0xffff, payloadType: (n * 37) % 70 }))
  const path = join(FOLDER, 'unused.json')
  const { masterKey, masterSalt } = master(0)
  writeFileSync(
    path,
    JSON.stringify([{ suite: SUITE.name, key: Buffer.concat([masterKey, masterSalt]).toString('base64') }]),
  )
  expect(await of(noise, { keyFiles: [path] })).not.toHaveProperty('payloadTypesOfStream')
})
