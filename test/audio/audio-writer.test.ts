import { describe, expect, test } from 'vitest'
import { AudioWriter } from '../../src/audio/audio-writer.ts'
import type { RtpFrame } from '../../src/audio/rtp-frame.ts'
import { inTime, START_US, toneFrames } from './frames.ts'
import { MemoryFolder } from './memory-folder.ts'
import { amplitudeAt, loudness, sine, speechEncoders } from './tone.ts'
import { readWav } from './wav-file.ts'

function written(frames: readonly RtpFrame[], rate: 8000 | 16000 = 8000) {
  const folder = new MemoryFolder()
  const writer = new AudioWriter(folder, () => rate)
  for (const frame of frames) writer.push(frame)
  writer.end()
  return { folder, tally: writer.tally }
}

function wavOf(frames: readonly RtpFrame[], rate: 8000 | 16000 = 8000) {
  const { folder, tally } = written(frames, rate)
  return { ...readWav(folder.only('.wav')), tally }
}

describe('the WAV of a call', () => {
  test.each([
    ['PCMU', 8000],
    ['PCMA', 8000],
    ['G722', 16000],
  ] as const)('%s: each side its tone in its channel, as long as it was', (codec, rate) => {
    const caller = toneFrames({ codec, sender: 'caller', frequency: 1000, packets: 150 })
    const callee = toneFrames({ codec, sender: 'callee', frequency: 640, packets: 100, startMs: 500 })
    const wav = wavOf(inTime(caller, callee), rate)
    expect(wav.rate).toBe(rate)
    expect(wav.left).toHaveLength(3 * rate)
    expect(wav.tally).toMatchObject({ heard: 250, missing: 0, late: 0, beside: 0 })
    // The second before the callee begins, and after.
    expect(loudness(wav.right.subarray(0, rate / 2))).toBe(0)
    expect(loudness(wav.right.subarray(2.5 * rate + 50))).toBe(0)
    const middle = (samples: Int16Array) => samples.subarray(rate, 2 * rate)
    expect(amplitudeAt(1000, middle(wav.left), rate)).toBeCloseTo(10_000, -3)
    expect(amplitudeAt(640, middle(wav.right), rate)).toBeCloseTo(10_000, -3)
    expect(amplitudeAt(640, middle(wav.left), rate)).toBeLessThan(100)
    expect(amplitudeAt(1000, middle(wav.right), rate)).toBeLessThan(100)
  })

  test('lost and late packets are silence where they were, those overtaken are not', () => {
    const all = toneFrames({ packets: 100 })
    const lost = new Set([20, 21, 22])
    const late = all[40]
    const frames = all.filter((_, i) => !lost.has(i) && i !== 40)
    frames.push({ ...late, timestampUs: late.timestampUs + 500_000 })
    const overtaken = frames.find(({ sequence }) => sequence === 160) as RtpFrame
    frames.splice(frames.indexOf(overtaken), 1, { ...overtaken, timestampUs: overtaken.timestampUs + 50_000 })
    const { left, tally } = wavOf(inTime(frames))
    expect(left).toHaveLength(16_000)
    const silent = Array.from({ length: 100 }, (_, i) => i).filter(
      (i) => loudness(left.subarray(i * 160, (i + 1) * 160)) === 0,
    )
    expect(silent).toEqual([20, 21, 22, 40])
    expect(tally).toMatchObject({ heard: 96, missing: 3, late: 1 })
  })

  test('copies of packets, at once or later, change nothing', () => {
    const all = toneFrames({ packets: 60 })
    const copies = all.map((frame, i) => ({ ...frame, timestampUs: frame.timestampUs + (i % 2 === 0 ? 1000 : 90_000) }))
    const { left, tally } = wavOf(inTime(all, copies))
    expect(left).toEqual(wavOf(all).left)
    expect(tally.duplicates).toBe(60)
  })

  test('a talkspurt after silence, without packets or with comfort noise (PT 13), begins when it began', () => {
    const first = toneFrames({ packets: 20 })
    const second = toneFrames({ packets: 20, startMs: 2000, firstSequence: 121, firstTimestamp: 5000 + 16_000 })
    const noise: RtpFrame = {
      ...first[19],
      codec: { name: 'CN', clockRate: 8000 },
      payloadType: 13,
      sequence: 120,
      timestampUs: START_US + 400_000,
      rtpTimestamp: 5000 + 3200,
      payload: Uint8Array.of(70),
    }
    const { left, tally } = wavOf([...first, noise, ...second])
    expect(left).toHaveLength(2.4 * 8000)
    expect(loudness(left.subarray(0.4 * 8000, 16_000))).toBe(0)
    expect(loudness(left.subarray(16_000, 16_160))).toBeGreaterThan(6000)
    expect(tally).toMatchObject({ silent: 1, missing: 0, jumps: 0 })
  })

  test('telephone events are silence', () => {
    const frames = toneFrames({ packets: 30 }).map((frame, i) =>
      i < 10 || i >= 15 ? frame : { ...frame, codec: { name: 'telephone-event', clockRate: 8000 }, payloadType: 101 },
    )
    const { left, tally } = wavOf(frames)
    expect(loudness(left.subarray(1600, 2400))).toBe(0)
    expect(loudness(left.subarray(2400, 2560))).toBeGreaterThan(6000)
    expect(tally.silent).toBe(5)
  })

  test('a change from G.711 to G.722 and back keeps tone and time, at 16 kHz', () => {
    const one = toneFrames({ codec: 'PCMA', packets: 50 })
    const two = toneFrames({ codec: 'G722', packets: 50, startMs: 1000, firstSequence: 150, firstTimestamp: 13_000 })
    const three = toneFrames({ codec: 'PCMU', packets: 50, startMs: 2000, firstSequence: 200, firstTimestamp: 21_000 })
    const { left, rate, tally } = wavOf([...one, ...two, ...three], 16000)
    expect([rate, left.length, tally.heard]).toEqual([16000, 48_000, 150])
    for (const second of [0, 1, 2]) {
      expect(amplitudeAt(1000, left.subarray(second * 16000 + 800, (second + 1) * 16000), 16000)).toBeCloseTo(
        10_000,
        -3,
      )
    }
  })

  test('a new SSRC goes on where it is captured; of two at a time the newer is heard', () => {
    const first = toneFrames({ streamId: 's1', frequency: 400, packets: 100 })
    const second = toneFrames({ streamId: 's2', frequency: 1000, packets: 50, startMs: 1010, firstTimestamp: 3e9 })
    const { left, tally } = wavOf(inTime(first, second))
    expect(left).toHaveLength(16_080)
    expect(amplitudeAt(400, left.subarray(0, 8000), 8000)).toBeCloseTo(10_000, -3)
    expect(amplitudeAt(1000, left.subarray(8160), 8000)).toBeCloseTo(10_000, -3)
    expect(amplitudeAt(400, left.subarray(8160), 8000)).toBeLessThan(100)
    expect(tally.beside).toBe(49)
  })

  test('an older stream is heard again where the newer one ended: early media of a fork that did not answer', () => {
    const first = toneFrames({ streamId: 's1', frequency: 400, packets: 200 })
    const second = toneFrames({ streamId: 's2', frequency: 1000, packets: 50, startMs: 1000 })
    const { left } = wavOf(inTime(first, second))
    expect(amplitudeAt(400, left.subarray(2.4 * 8000), 8000)).toBeCloseTo(10_000, -3)
  })

  test('the m= lines of a side are heard together', () => {
    const first = toneFrames({ streamId: 's1', frequency: 400, packets: 50 })
    const second = toneFrames({ streamId: 's2', frequency: 1000, packets: 50 })
    const numbered = (frames: RtpFrame[], mediaIndex: number) => frames.map((frame) => ({ ...frame, mediaIndex }))
    const { left, tally } = wavOf(inTime(numbered(first, 0), numbered(second, 1)))
    for (const frequency of [400, 1000]) expect(amplitudeAt(frequency, left, 8000)).toBeCloseTo(10_000, -3)
    expect(tally).toMatchObject({ heard: 100, beside: 0 })
  })

  test('absurd timestamps and capture times make no silence of gigabytes, and it is counted', () => {
    const frames = toneFrames({ packets: 50 }).map((frame, i) => ({
      ...frame,
      rtpTimestamp: (i * 2_654_435_761) >>> 0,
      timestampUs: i < 25 ? frame.timestampUs : frame.timestampUs + 1e15,
    }))
    const { folder, tally } = written(frames)
    expect(folder.only('.wav').length).toBeLessThan(3 * 32_000)
    expect(tally.heard).toBe(50)
    expect(tally.jumps).toBeGreaterThan(20)
    expect(tally.cuts).toBe(1)
  })

  test('packets that are too long for speech are counted, and nothing else', () => {
    const [frame] = toneFrames({ packets: 1 })
    const { folder, tally } = written([{ ...frame, payload: new Uint8Array(65_000) }])
    expect(tally).toMatchObject({ heard: 0, unreadable: 1 })
    expect(readWav(folder.only('.wav')).left).toHaveLength(0)
  })

  test('ten minutes on hold take room in the file, and no memory or writing', () => {
    const before = toneFrames({ packets: 10 })
    const after = toneFrames({ packets: 10, startMs: 600_000, firstSequence: 110 })
    const { folder } = written([...before, ...after])
    expect(readWav(folder.only('.wav')).left).toHaveLength(600.2 * 8000)
    expect(folder.written).toBeLessThan(100_000)
  })

  test('any number of calls side by side, and media that no signalling describes', () => {
    const calls = Array.from({ length: 20 }, (_, i) =>
      toneFrames({ callId: `c${i}@x`, packets: 20, startMs: i * 7, frequency: 300 + 50 * i }),
    )
    const stray = toneFrames({ streamId: 's99', packets: 5 }).map(({ callId: _, ...frame }) => frame)
    const { folder } = written(inTime(...calls, stray))
    expect([...folder.files.keys()].sort()).toEqual(
      [
        ...Array.from({ length: 20 }, (_, i) => `20260115T093000Z_c${i}@x.wav`),
        '20260115T093000Z_no-call_s99.wav',
      ].sort(),
    )
    const seventh = readWav(folder.files.get('20260115T093000Z_c7@x.wav') as Buffer)
    expect(amplitudeAt(650, seventh.left, 8000)).toBeCloseTo(10_000, -3)
  })

  test('a codec that is written nowhere is counted by its name', () => {
    const [frame] = toneFrames({ packets: 1 })
    const { folder, tally } = written([
      { ...frame, codec: { name: 'SPEEX', clockRate: 8000 } },
      { ...frame, sequence: 101, codec: undefined, payloadType: 96 },
      { ...frame, sequence: 102, codec: { name: 'L16', clockRate: 8000 } },
    ])
    expect(folder.files.size).toBe(0)
    expect([...tally.leftOut]).toEqual([
      ['SPEEX', 1],
      ['payload type 96', 1],
      ['L16', 1],
    ])
  })
})

test('what is decoded is a function of the packets, not of how the buffers are used again', () => {
  const frames = toneFrames({ packets: 30, encoder: speechEncoders.PCMU() })
  const shuffled = [...frames]
  ;[shuffled[4], shuffled[6]] = [shuffled[6], shuffled[4]]
  const folder = new MemoryFolder()
  const writer = new AudioWriter(folder, () => 8000)
  const buffer = new Uint8Array(160)
  shuffled.forEach(({ payload, ...frame }, i) => {
    buffer.set(payload)
    writer.push({ ...frame, timestampUs: START_US + i * 20_000, payload: buffer })
    buffer.fill(0x55)
  })
  writer.end()
  const { left } = readWav(folder.only('.wav'))
  expect(amplitudeAt(1000, left, 8000)).toBeCloseTo(10_000, -3)
  expect(left.subarray(0, 160)).not.toEqual(sine(1000, 8000, 0, 160))
})
