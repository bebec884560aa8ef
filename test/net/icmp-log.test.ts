import { describe, expect, test } from 'vitest'
import { IcmpErrors } from '../../src/model/icmp-errors.ts'
import type { IcmpError } from '../../src/net/icmp-error.ts'
import { IcmpLog } from '../../src/net/icmp-log.ts'

const A = { address: '192.0.2.1', port: 5060 }
const B = { address: '198.51.100.2', port: 5060 }
const closed: IcmpError = {
  type: 3,
  code: 3,
  kind: 'port-unreachable',
  transport: 'udp',
  source: A,
  destination: B,
}

const at = (seconds: number) => ({
  position: seconds,
  capture: 0,
  frame: seconds + 1,
  timeUs: 1.7e15 + seconds * 1e6,
})

function logOf(...errors: readonly (readonly [seconds: number, changes?: Partial<IcmpError>, by?: string])[]): IcmpLog {
  const log = new IcmpLog()
  for (const [seconds, changes, by = B.address] of errors) log.add({ ...closed, ...changes }, by, at(seconds))
  return log
}

const shown = (log: IcmpLog) => log.list().map(({ count, first, last }) => [count, first.frame, last.frame])

describe('what is kept of ICMP errors', () => {
  test('those that follow one another within 5 s are one run; what comes later is another', () => {
    expect(shown(logOf([0], [1], [6], [12], [13]))).toEqual([
      [3, 1, 7],
      [2, 13, 14],
    ])
  })

  test('flows, reasons and senders are kept apart', () => {
    const other = { address: '192.0.2.9', port: 5060 }
    const log = logOf([0], [0, { source: other }], [0, { code: 13, kind: 'prohibited' }], [0, {}, '203.0.113.1'], [1])
    expect(log.list().map(({ count }) => count)).toEqual([2, 1, 1, 1])
  })

  test('what was listed does not change', () => {
    const log = logOf([0])
    const before = log.list()
    log.add(closed, B.address, at(1))
    expect(before[0].count).toBe(1)
    expect(log.list()[0].count).toBe(2)
  })

  test('beyond a ceiling the oldest are forgotten: of the flow, and of all', () => {
    const reached: string[] = []
    const log = new IcmpLog(1 << 20, (name) => reached.push(name))
    for (let n = 0; n < 18; n++) log.add({ ...closed, source: { ...A, port: n } }, B.address, at(n))
    expect(log.list().map(({ source }) => source.port)).toEqual(Array.from({ length: 16 }, (_, n) => n + 2))
    expect(reached).toEqual(['icmpErrorRuns', 'icmpErrorRuns'])
    const wide = new IcmpLog(undefined, (name) => reached.push(name))
    wide.add({ ...closed, source: { ...A, port: 9 } }, B.address, at(0))
    for (let n = 1; n <= 513; n++) wide.add(closed, B.address, at(n * 30))
    expect(wide.list()).toHaveLength(513)
    expect(shown(wide).slice(0, 2)).toEqual([
      [1, 1, 1],
      [1, 61, 61],
    ])
    expect(reached.slice(2)).toEqual(['icmpRunsOfFlow'])
    // Sender and reason are the choice of who sends them.
    const forged = new IcmpLog()
    for (let n = 0; n < 2000; n++) forged.add({ ...closed, code: 4, mtu: 576 + n }, `10.0.${n >> 8}.${n & 255}`, at(1))
    expect(forged.list()).toHaveLength(512)
  })
})

describe('which ICMP errors came for datagrams from A to B in a time', () => {
  const errors = new IcmpErrors(logOf([10], [11], [100], [200, { source: B, destination: A }, A.address]).list())
  const frames = (runs: ReturnType<IcmpErrors['about']>) => runs.map(({ first }) => first.frame)

  test('by flow and time: runs that were under way', () => {
    expect(frames(errors.about({ source: A, destination: B }))).toEqual([11, 101])
    expect(frames(errors.about({ source: A, destination: B }, at(11).timeUs, at(99).timeUs))).toEqual([11])
    expect(frames(errors.about({ source: A, destination: B }, at(12).timeUs, at(99).timeUs))).toEqual([])
    expect(frames(errors.about({ source: B, destination: A }, at(0).timeUs, at(200).timeUs))).toEqual([201])
  })

  test('by destination alone, and of UDP unless TCP is asked for', () => {
    expect(frames(errors.about({ destination: B }))).toEqual([11, 101])
    expect(frames(errors.about({ destination: { ...B, port: 5061 } }))).toEqual([])
  })

  test('of very many toward one destination the last that had begun by then', () => {
    const flows = Array.from({ length: 600 }, (_, n) => [n, { source: { ...A, port: n } }] as const)
    const many = new IcmpErrors(logOf(...flows).list())
    const looked = frames(many.about({ destination: B }, at(0).timeUs, at(499).timeUs))
    expect([looked.length, looked[0], looked.at(-1)]).toEqual([256, 245, 500])
  })
})
