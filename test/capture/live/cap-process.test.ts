import { EventEmitter } from 'node:events'
import { describe, expect, test } from 'vitest'
import { linkTypeOf } from '../../../src/capture/live/cap-link-types.ts'
import { runCapProcess } from '../../../src/capture/live/cap-process.ts'
import { readPcap } from './pcap-records.ts'

/** cap as it behaves: one buffer for all frames, nothing but their lengths told. */
class FakeCap extends EventEmitter {
  static last: FakeCap
  static failure: string | undefined
  frame: Buffer = Buffer.alloc(0)
  closed = false

  constructor() {
    super()
    FakeCap.last = this
  }

  open(_device: string, _filter: string, _bufferBytes: number, frame: Buffer): string {
    if (FakeCap.failure !== undefined) throw new Error(FakeCap.failure)
    this.frame = frame
    return 'LINKTYPE_LINUX_SLL'
  }

  close(): void {
    this.closed = true
  }

  deliver(octets: Buffer, truncated = false): void {
    octets.copy(this.frame)
    this.emit('packet', octets.length, truncated)
  }
}

async function run(traffic: (cap: FakeCap) => void, write?: (octets: Uint8Array) => Promise<void>, bufferMb = 1) {
  const told: string[] = []
  const written: Uint8Array[] = []
  let end: () => void = () => {}
  const until = new Promise<void>((resolve) => {
    end = resolve
  })
  const status = await runCapProcess({
    ...{ device: 'eth9', filter: 'udp', bufferMb, until },
    load: async () => ({ Cap: FakeCap }) as never,
    write: write ?? (async (octets) => void written.push(Uint8Array.from(octets))),
    tell: (line) => {
      told.push(line)
      if (!line.startsWith('listening')) return
      traffic(FakeCap.last)
      end()
    },
  })
  return { status, told, octets: Buffer.concat(written) }
}

describe('cap in a process of its own', () => {
  test('makes a pcap stream of frames that come in one buffer, with link type, times and lengths', async () => {
    const before = Date.now()
    const { status, told, octets } = await run((cap) => {
      cap.deliver(Buffer.from('one'))
      cap.deliver(Buffer.from('a second'), true)
    })
    const { linkType, records } = readPcap(octets)
    expect({ status, told, linkType }).toEqual({ status: 0, told: ['listening on eth9'], linkType: 113 })
    expect(records.map(({ bytes, originalLength }) => [bytes.toString(), originalLength])).toEqual([
      ['one', 3],
      ['a second', 9],
    ])
    for (const { timeUs } of records) expect(Math.abs(timeUs / 1000 - before)).toBeLessThan(60_000)
    expect(records[1].timeUs).toBeGreaterThanOrEqual(records[0].timeUs)
    expect(FakeCap.last.closed).toBe(true)
  })

  test('counts what finds no room while the reader lags, and holds no more than its buffer', async () => {
    const written: Uint8Array[] = []
    let read: () => void = () => {}
    const lagging = new Promise<void>((resolve) => {
      read = resolve
    })
    const write = async (octets: Uint8Array) => {
      written.push(Uint8Array.from(octets))
      await lagging
    }
    const { told } = await run((cap) => {
      for (let n = 0; n < 3000; n++) cap.deliver(Buffer.alloc(1000, n))
      read()
    }, write)
    const { records } = readPcap(Buffer.concat(written))
    const refused = Number(/^(\d+) packets without room$/.exec(told.at(-1) ?? '')?.[1])
    expect(records.length + refused).toBe(3000)
    expect(records.length).toBe(Math.floor(2 ** 20 / 1016))
  })

  test('ends when nobody reads any more', async () => {
    const { status } = await run(
      (cap) => cap.deliver(Buffer.from('one')),
      () => Promise.reject(new Error('EPIPE')),
    )
    expect(status).toBe(0)
  })

  test('says what libpcap says and closes nothing, which would abort the process', async () => {
    FakeCap.failure = 'socket: Operation not permitted'
    const { status, told } = await run(() => undefined)
    FakeCap.failure = undefined
    expect({ status, told, closed: FakeCap.last.closed }).toEqual({
      ...{ status: 1, told: ['socket: Operation not permitted'], closed: false },
    })
  })

  test('knows link types by name and by number', () => {
    expect(['ETHERNET', 'RAW', 'Unknown linktype 228', 'NONE'].map(linkTypeOf)).toEqual([1, 101, 228, undefined])
  })
})
