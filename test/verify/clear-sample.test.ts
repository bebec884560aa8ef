import { describe, expect, test } from 'vitest'
import { seededOctets } from '../../samples/seeded-random.ts'
import { createVoice } from '../../samples/voice.ts'
import { isClearSample } from '../../src/verify/judgement/clear-sample.ts'
import type { SampledPacket } from '../../src/verify/second-pass/resolution.ts'

const HEADER = Buffer.from('8000000100000000feedface', 'hex')

const sampleOf = (payloads: readonly Uint8Array[], header = HEADER): SampledPacket[] =>
  payloads.map((payload, n) => ({ position: n, frame: n + 1, roc: 0, bytes: Buffer.concat([header, payload]) }))

const speak = createVoice('clear')
const voice = Array.from({ length: 32 }, () => speak(160))
const noise = (n: number, from = 0) => Array.from({ length: n }, (_, k) => seededOctets(`noise/${from + k}`, 170))

describe('packets that fail and are in the clear', () => {
  test('speech is', () => expect(isClearSample(sampleOf(voice))).toBe(true))

  test('a codec whose frames begin alike is, though the rest is dense', () => {
    const frames = noise(32).map((octets) => Buffer.concat([Buffer.from([0x78]), octets.subarray(1)]))
    expect(isClearSample(sampleOf(frames))).toBe(true)
  })

  test('encrypted payload is not, in whatever number', () => {
    for (let n = 0; n < 40; n++) expect(isClearSample(sampleOf(noise(3 + (n % 30), n * 40)))).toBe(false)
  })

  test('a header extension is in the clear anyway and says nothing (RFC 3711 §3.1)', () => {
    const header = Buffer.concat([HEADER, Buffer.from('bede0004', 'hex'), Buffer.alloc(16)])
    header[0] |= 0x10
    expect(isClearSample(sampleOf(noise(32), header))).toBe(false)
    expect(isClearSample(sampleOf(voice, header))).toBe(true)
  })

  test('two packets, or cut ones, are too few', () => {
    expect(isClearSample(sampleOf(voice.slice(0, 2)))).toBe(false)
    expect(isClearSample(sampleOf(voice.map((octets) => octets.subarray(0, 20))))).toBe(false)
    expect(isClearSample([])).toBe(false)
  })
})
