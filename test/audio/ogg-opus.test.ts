import { describe, expect, test } from 'vitest'
import { AudioWriter } from '../../src/audio/audio-writer.ts'
import { oggCrc } from '../../src/audio/ogg-page.ts'
import { parseOpusPacket } from '../../src/audio/opus-packet.ts'
import { START_US } from './frames.ts'
import { MemoryFolder } from './memory-folder.ts'
import { readOgg } from './ogg-stream.ts'

const codec = { name: 'opus', clockRate: 48000, channels: 2, fmtp: 'useinbandfec=1' }
/** Hybrid, 20 ms, mono, one frame. */
const TOC = 13 << 3

function written(packets: readonly (Uint8Array | undefined)[], timestampOf = (i: number) => i * 960) {
  const folder = new MemoryFolder()
  const writer = new AudioWriter(folder, () => 8000)
  packets.forEach((payload, i) => {
    if (payload === undefined) return
    const rtpTimestamp = timestampOf(i) >>> 0
    const timestampUs = START_US + i * 20_000
    writer.push({
      streamId: 's1',
      callId: 'c',
      codec,
      payloadType: 111,
      timestampUs,
      sequence: i,
      rtpTimestamp,
      payload,
    })
  })
  writer.end()
  return { pages: readOgg(folder.only('.opus')), tally: writer.tally }
}

const packet = (i: number, length = 40) => Uint8Array.from({ length }, (_, at) => (at === 0 ? TOC : i))

describe('Opus in Ogg', () => {
  test('RFC 3533 §6: the CRC of the first page of a file of opusenc', () => {
    // Its own CRC is set to 0.
    const page = Buffer.from(
      '4f67675300020000000000000000785634120000000000000000011 34f707573486561640101380180 3e0000000000'.replace(
        / /g,
        '',
      ),
      'hex',
    )
    expect(oggCrc(page)).toBe(0x69831376)
  })

  test('RFC 7845 §3 and §5: two pages of headers, then pages of about a second, the last one marked', () => {
    const { pages, tally } = written(Array.from({ length: 125 }, (_, i) => packet(i)))
    expect(pages.map(({ kind }) => kind)).toEqual([2, 0, 0, 0, 4])
    expect(pages.map(({ sequence }) => sequence)).toEqual([0, 1, 2, 3, 4])
    expect(new Set(pages.map(({ serial }) => serial)).size).toBe(1)
    const [[head], [tags], ...audio] = pages.map(({ packets }) => packets)
    expect(head.toString('hex')).toBe(`${Buffer.from('OpusHead').toString('hex')}0101380180bb0000000000`)
    expect(tags.toString('latin1')).toBe('OpusTags\x09\0\0\0srtp-scan\0\0\0\0')
    expect(audio.flat().map((one) => one[1])).toEqual(Array.from({ length: 125 }, (_, i) => i))
    expect(pages.map(({ granule }) => granule)).toEqual([0, 0, 48_000, 96_000, 120_000])
    expect(tally.kept).toBe(125)
  })

  test('RFC 7845 §4.1: what did not come is asked to be concealed, in the frames of the packet before', () => {
    const { pages } = written([packet(0), undefined, undefined, packet(3), ...Array(9), packet(13)])
    const audio = pages.slice(2).flatMap(({ packets }) => packets)
    expect(audio.map((one) => (one.length > 2 ? one[1] : one.toString('hex')))).toEqual([
      0,
      '6b02',
      3,
      '6b06',
      '6b03',
      13,
    ])
    expect(pages.at(-1)?.granule).toBe(14 * 960)
  })

  test('a timestamp that jumps makes no hours of it', () => {
    const { pages, tally } = written(
      Array.from({ length: 10 }, (_, i) => packet(i)),
      (i) => i * 960 + (i > 4 ? 0x30000000 : 0),
    )
    expect(pages.at(-1)?.granule).toBe(9600)
    expect(tally.jumps).toBe(1)
  })

  test('packets of any length up to the largest are whole, what is none is counted', () => {
    const large = packet(1, 60_000)
    const { pages, tally } = written([packet(0, 255), large, packet(2, 510), new Uint8Array(0), Uint8Array.of(TOC | 3)])
    expect(pages.slice(2).flatMap(({ packets }) => packets.map(({ length }) => length))).toEqual([255, 60_000, 510])
    expect(tally).toMatchObject({ kept: 3, unreadable: 2 })
  })
})

test.each([
  ['SILK, 60 ms', [3 << 3, 1], 2880],
  ['SILK, 60 ms, twice', [(3 << 3) | 1, 1], 5760],
  ['hybrid, 10 ms', [12 << 3, 1], 480],
  ['CELT, 2.5 ms, two of different length', [(16 << 3) | 2, 1, 0], 240],
  ['CELT, 20 ms, three, stereo', [(31 << 3) | 7, 3], 2880],
])('RFC 6716 §3.1: %s', (_, octets, samples) => {
  expect(parseOpusPacket(Uint8Array.from(octets))?.samples).toBe(samples)
})

test('RFC 6716 §3.4: no frames, and more than 120 ms, are no packet', () => {
  expect(parseOpusPacket(Uint8Array.of((3 << 3) | 3, 3))).toBeUndefined()
  expect(parseOpusPacket(Uint8Array.of((3 << 3) | 3, 0x40))).toBeUndefined()
})
