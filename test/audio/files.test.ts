import { describe, expect, test } from 'vitest'
import { fileStem } from '../../src/audio/file-name.ts'
import { formatWavHeader, WAV_HEADER_LENGTH } from '../../src/audio/wav-header.ts'
import { START_US } from './frames.ts'

describe('the name of a file', () => {
  test('is the time and the Call-ID', () => {
    expect(fileStem(START_US, 'call-23@203.0.113.11')).toBe('20260115T093000Z_call-23@203.0.113.11')
  })

  test.each([
    '../../etc/passwd',
    '..',
    '/',
    'a\0b',
    'con\r\n',
    '\u202egnp.wav',
    'ü',
    '',
    'x'.repeat(100_000),
    '~root',
    'a\\b',
  ])('of %j stays one short segment', (callId) => {
    const stem = fileStem(START_US, callId)
    expect(stem).toMatch(/^20260115T093000Z_[A-Za-z0-9@._-]*(~[0-9a-f]{8})?$/)
    expect(stem.length).toBeLessThan(120)
  })

  test('differs where Call-IDs differ that look alike in it', () => {
    const stems = ['a/b', 'a_b', 'a\\b', `${'x'.repeat(99)}1`, `${'x'.repeat(99)}2`].map((id) => fileStem(START_US, id))
    expect(new Set(stems).size).toBe(5)
  })

  test('says so where there is no time', () => {
    expect(fileStem(-1, 'c')).toBe('unknown-time_c')
    expect(fileStem(Number.MAX_SAFE_INTEGER * 1000, 'c')).toBe('unknown-time_c')
  })
})

describe('the header of a WAV file', () => {
  test('of a second', () => {
    const header = Buffer.from(formatWavHeader(8000, 8000))
    expect(header).toHaveLength(WAV_HEADER_LENGTH)
    expect(header.toString('latin1', 0, 4)).toBe('RIFF')
    expect(header.readUInt32LE(4)).toBe(32_000 + WAV_HEADER_LENGTH - 8)
    expect(header.readUInt32LE(76)).toBe(32_000)
    expect([header.readUInt32LE(60), header.readUInt32LE(64)]).toEqual([8000, 32_000])
  })

  test('over 4 GiB is RF64 (EBU Tech 3306 §3)', () => {
    const samples = 2 ** 31
    const header = Buffer.from(formatWavHeader(16000, samples))
    expect(header.toString('latin1', 0, 16)).toBe('RF64\xff\xff\xff\xffWAVEds64')
    expect(header.readBigUInt64LE(20)).toBe(BigInt(4 * samples + WAV_HEADER_LENGTH - 8))
    expect(header.readBigUInt64LE(28)).toBe(BigInt(4 * samples))
    expect(header.readBigUInt64LE(36)).toBe(BigInt(samples))
    expect(header.readUInt32LE(76)).toBe(0xffffffff)
  })
})
