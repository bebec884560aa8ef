import { describe, expect, test } from 'vitest'
import { AudioWriter } from '../../src/audio/audio-writer.ts'
import { framingOf } from '../../src/audio/framing.ts'
import type { FrameCodec } from '../../src/audio/rtp-frame.ts'
import { START_US } from './frames.ts'
import { MemoryFolder } from './memory-folder.ts'

const hex = (text: string) => Buffer.from(text.replace(/ /g, ''), 'hex')

function frames(codec: FrameCodec, payload: Uint8Array): string[] | undefined {
  return framingOf(codec)
    ?.frames(payload)
    ?.map((frame) => Buffer.from(frame).toString('hex'))
}

/** Writes payloads 20 ms apart, numbered; where one is missing, nothing came. */
function fileOf(codec: FrameCodec, payloads: readonly (Uint8Array | undefined)[], ending: string) {
  const folder = new MemoryFolder()
  const writer = new AudioWriter(folder, () => 8000)
  payloads.forEach((payload, i) => {
    if (payload === undefined) return
    writer.push({
      streamId: 's3',
      callId: 'a@b',
      codec,
      payloadType: 96,
      timestampUs: START_US + i * 20_000,
      sequence: 9 + i,
      rtpTimestamp: i * (codec.clockRate / 50),
      payload,
    })
  })
  writer.end()
  return { octets: folder.only(ending), tally: writer.tally, names: [...folder.files.keys()] }
}

describe('AMR', () => {
  const aligned: FrameCodec = { name: 'AMR', clockRate: 8000, fmtp: 'mode-set=0,2; octet-align=1' }
  // 4.75 kbit/s: 95 bits, the last of twelve octets has one that is unused.
  const speech = 'fedcba98765432100123 45fe'.replace(' ', '')

  test('RFC 4867 §4.4: octet-aligned, two frames and one of no data', () => {
    const payload = hex(`f0 84 fc 04 ${speech} ${speech}`)
    expect(frames(aligned, payload)).toEqual([`04${speech}`, '7c', `04${speech}`])
  })

  test('RFC 4867 §4.3: bandwidth-efficient, where the parameters do not say otherwise', () => {
    // CMR 15; F 0, FT 0, Q 1; then 95 bits from bit 10 on.
    const bits = `1111000001${[...hex(speech)].map((octet) => octet.toString(2).padStart(8, '0')).join('')}`.slice(
      0,
      105,
    )
    const octets = bits.padEnd(112, '0').match(/.{8}/g) as string[]
    const payload = Uint8Array.from(octets, (octet) => Number.parseInt(octet, 2))
    expect(frames({ name: 'amr', clockRate: 8000 }, payload)).toEqual([`04${speech}`])
  })

  test.each([
    ['an empty payload', ''],
    ['a table without end', 'f0 84 84'],
    ['a frame that is cut', `f0 04 ${speech.slice(2)}`],
    ['a type that is not for use', 'f0 54'],
  ])('%s is unreadable', (_, payload) => {
    expect(frames(aligned, hex(payload))).toBeUndefined()
    expect(frames({ ...aligned, fmtp: '' }, hex(payload).subarray(0, 1))).toBeUndefined()
  })

  test.each(['crc=1', 'robust-sorting=1; octet-align=1', 'interleaving=30'])('with %s it is left out', (fmtp) => {
    expect(framingOf({ ...aligned, fmtp })).toBeUndefined()
  })

  test('RFC 4867 §5: a file begins with its magic, and has no data where nothing came', () => {
    const payload = hex(`f0 04 ${speech}`)
    const { octets, tally, names } = fileOf(aligned, [payload, undefined, undefined, payload], '.amr')
    expect(names).toEqual(['20260115T093000Z_a@b_s3.amr'])
    expect(octets.toString('latin1', 0, 6)).toBe('#!AMR\n')
    expect(octets.subarray(6).toString('hex')).toBe(`04${speech}7c7c04${speech}`)
    expect(tally).toMatchObject({ kept: 2, missing: 2 })
  })

  test('AMR-WB: 6.60 kbit/s at 16 kHz', () => {
    const codec = { name: 'AMR-WB', clockRate: 16000, fmtp: 'octet-align=1' }
    const payload = Buffer.concat([hex('f0 04'), Buffer.alloc(17, 0xa5)])
    const { octets } = fileOf(codec, [payload, undefined, payload], '.awb')
    const frame = `04${'a5'.repeat(17)}`
    expect(octets.toString('latin1', 0, 9)).toBe('#!AMR-WB\n')
    expect(octets.subarray(9).toString('hex')).toBe(`${frame}7c${frame}`)
  })
})

describe('G.729', () => {
  const codec = { name: 'G729', clockRate: 8000 }

  test('RFC 3551 §4.5.6: two frames a packet, erased ones for what did not come, and for noise', () => {
    const payload = Buffer.alloc(20, 0x3c)
    const noise = Buffer.concat([Buffer.alloc(10, 0x3c), hex('1234')])
    const { octets } = fileOf(codec, [payload, undefined, noise, payload], '.g729')
    const [speech, erased] = ['3c'.repeat(10), '00'.repeat(10)]
    expect(octets.toString('hex')).toBe([speech, speech, erased, erased, speech, erased, speech, speech].join(''))
  })

  test('a payload of another length is unreadable', () => {
    expect(fileOf(codec, [Buffer.alloc(20), Buffer.alloc(13)], '.g729').tally).toMatchObject({ kept: 1, unreadable: 1 })
  })
})

test.each([
  ['mode=20', 20, 38],
  [undefined, 30, 50],
])('RFC 3952: iLBC, %s', (fmtp, milliseconds, length) => {
  const codec = { name: 'iLBC', clockRate: 8000, ...(fmtp !== undefined && { fmtp }) }
  const { octets } = fileOf(codec, [Buffer.alloc(length, 2)], '.lbc')
  expect(octets.toString('latin1', 0, 9)).toBe(`#!iLBC${milliseconds}\n`)
  expect(octets.length).toBe(9 + length)
})

test('a stream that is moved back in time goes on behind what is there', () => {
  const folder = new MemoryFolder()
  const writer = new AudioWriter(folder, () => 8000)
  const frame = { streamId: 's1', callId: 'c', codec: { name: 'G729', clockRate: 8000 }, payloadType: 18 }
  for (const [i, ms] of [0, 1000, 1001, 1002].entries()) {
    const payload = Buffer.alloc(10, i + 1)
    writer.push({ ...frame, timestampUs: START_US + ms * 1000, sequence: i, rtpTimestamp: i * 80, payload })
  }
  writer.end()
  expect(folder.only('.g729').length % 10).toBe(0)
  expect(folder.only('.g729').length).toBe(10 * 103)
})
