import { describe, expect, test } from 'vitest'
import { type LiveArguments, liveLimitsOf, liveTargetsOf } from '../../src/cli/live-arguments.ts'

const given = (options: Partial<LiveArguments>): LiveArguments =>
  ({ captures: [], read: [], interface: 'eth0', list: false, format: [], output: [], ...options }) as LiveArguments

describe('srtp-scan live: bad usage', () => {
  test.each<[string, Partial<LiveArguments>, RegExp]>([
    ['a capture', { captures: ['call.pcap'] }, /^live call\.pcap: no capture is read/],
    ['a capture by -r', { read: ['call.pcap'] }, /^live call\.pcap: no capture is read/],
    ['no interface', { interface: undefined as never }, /^live: no interface is named: .*--list/],
    ['rotation of nothing', { rotateSize: 5 }, /^--rotate-size, --rotate-time: nothing is kept; --write/],
    ['standard output', { write: '-' }, /^--write -: a file is wanted/],
    ['no time', { duration: 0 }, /^--duration: seconds are wanted, more than 0/],
    ['a time that is none', { duration: Number.NaN }, /^--duration: seconds/],
    ['no packets', { count: 0 }, /^--count: a whole number from 1/],
    ['too large a buffer', { buffer: 4096 }, /^--buffer: a whole number from 1 to 2047/],
    ['an option twice', { filter: ['a', 'b'] as never }, /^--filter: is given more than once/],
  ])('%s', (_, options, message) => {
    expect(() => liveLimitsOf(given(options))).toThrow(message)
  })

  test('limits are in the units of what uses them', () => {
    const options = { duration: 1.5, count: 3, buffer: 8, write: 'a.pcap', rotateSize: 2, rotateTime: 60 }
    expect(liveLimitsOf(given(options))).toEqual({
      ...{ durationMs: 1500, count: 3, bufferMb: 8, rotateBytes: 2_000_000, rotateMs: 60_000 },
    })
  })

  test('a listener needs no interface', () => {
    expect(liveLimitsOf(given({ interface: undefined as never, hep: ':9060' }))).toEqual({})
  })
})

describe('what goes to standard output', () => {
  test('is text on a terminal, lines as things happen elsewhere, and what is asked for', () => {
    expect(liveTargetsOf(given({}), true)).toEqual([{ format: 'text' }])
    expect(liveTargetsOf(given({}), false)).toEqual([{ format: 'ndjson' }])
    expect(liveTargetsOf(given({ format: ['json'] }), false)).toEqual([{ format: 'json' }])
    expect(liveTargetsOf(given({ output: ['r.json'] }), false)).toEqual([{ format: 'json', path: 'r.json' }])
  })
})
