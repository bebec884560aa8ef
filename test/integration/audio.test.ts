import { execFileSync, spawnSync } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, describe, expect, test } from 'vitest'
import { seededOctets } from '../../samples/seeded-random.ts'
import { AudioWriter } from '../../src/audio/audio-writer.ts'
import { A_LAW, decodeG711, MU_LAW } from '../../src/audio/g711.ts'
import { G722Decoder } from '../../src/audio/g722.ts'
import type { FrameCodec } from '../../src/audio/rtp-frame.ts'
import { formatWavHeader } from '../../src/audio/wav-header.ts'
import { START_US } from '../audio/frames.ts'
import { g722Passages } from '../audio/g722-passages.ts'
import { MemoryFolder } from '../audio/memory-folder.ts'
import { readOgg } from '../audio/ogg-stream.ts'
import { amplitudeAt, loudness, sine } from '../audio/tone.ts'

const directory = mkdtempSync(join(tmpdir(), 'srtp-scan-audio-'))
const hasFfmpeg = ['ffmpeg', 'ffprobe'].every((tool) => spawnSync(tool, ['-version']).status === 0)
const hasOpusTools = ['opusenc', 'opusdec', 'opusinfo'].every((tool) => spawnSync(tool, ['--version']).status === 0)

afterAll(() => rmSync(directory, { recursive: true, force: true }))

function samplesOf(octets: Buffer): Int16Array {
  return Int16Array.from({ length: octets.length / 2 }, (_, i) => octets.readInt16LE(2 * i))
}

function ffmpeg(input: readonly string[], octets?: Uint8Array): Buffer {
  const args = ['-hide_banner', '-loglevel', 'error', ...input, '-f', 's16le', '-c:a', 'pcm_s16le', '-']
  return execFileSync('ffmpeg', args, { input: octets ?? '', maxBuffer: 2 ** 26 })
}

/** A file of what was sent of a codec in two seconds, 20 ms a packet, with one gap of 200 ms. */
function fileOf(codec: FrameCodec, payload: () => Uint8Array, ending: string): string {
  const folder = new MemoryFolder()
  const writer = new AudioWriter(folder, () => 8000)
  for (let i = 0; i < 100; i++) {
    if (i >= 40 && i < 50) continue
    writer.push({
      streamId: 's1',
      callId: 'c',
      codec,
      payloadType: 96,
      timestampUs: START_US + i * 20_000,
      sequence: i,
      rtpTimestamp: (i * codec.clockRate) / 50,
      payload: payload(),
    })
  }
  writer.end()
  const path = join(directory, `written.${ending}`)
  writeFileSync(path, folder.only(`.${ending}`))
  return path
}

describe.runIf(hasFfmpeg)('audio against ffmpeg', () => {
  test.each([
    ['mulaw', MU_LAW],
    ['alaw', A_LAW],
  ] as const)('every octet of G.711, %s', (law, table) => {
    const octets = Uint8Array.from({ length: 256 }, (_, octet) => octet)
    const theirs = ffmpeg(['-f', law, '-ar', '8000', '-ac', '1', '-i', '-'], octets)
    expect(decodeG711(table, octets)).toEqual(samplesOf(theirs))
  })

  test.each(g722Passages())('G.722, to the bit: $name', ({ octets }) => {
    expect(new G722Decoder().decode(octets)).toEqual(samplesOf(ffmpeg(['-f', 'g722', '-i', '-'], octets)))
  })

  // Any octets are some speech to these decoders; of AMR, ffmpeg has none for frames of no data, and leaves them out.
  test.each([
    ['AMR-WB', 16000, 'awb', Buffer.concat([Buffer.of(0xf0, 0x14), seededOctets('speech', 32)]), 'amr_wb', 32_000],
    ['AMR', 8000, 'amr', Buffer.concat([Buffer.of(0xf0, 0x3c), Buffer.alloc(31)]), 'amr_nb', 14_400],
    ['G729', 8000, 'g729', seededOctets('speech', 20), 'g729', 16_000],
    ['iLBC', 8000, 'lbc', Buffer.concat([seededOctets('speech', 37), Buffer.of(0)]), 'ilbc', 16_000],
  ] as const)('a file of %s is read as one, and its gap lasts', (name, clockRate, ending, payload, codec, samples) => {
    const path = fileOf({ name, clockRate, fmtp: 'octet-align=1; mode=20' }, () => payload, ending)
    const format = ending === 'g729' ? ['-f', 'g729'] : []
    const probed = execFileSync('ffprobe', ['-v', 'error', '-show_entries', 'stream=codec_name', ...format, path])
    expect(probed.toString()).toContain(`codec_name=${codec}\n`)
    const decoded = spawnSync('ffmpeg', ['-loglevel', 'quiet', ...format, '-i', path, '-f', 's16le', '-'], {
      maxBuffer: 2 ** 26,
    })
    expect(decoded.stdout.length / 2).toBe(samples)
  })
})

test.runIf(!hasFfmpeg)('ffmpeg is not installed: decoders and files were NOT compared', () => {
  expect(hasFfmpeg).toBe(false)
})

describe.runIf(hasOpusTools)('Opus in Ogg against opus-tools', () => {
  const wav = join(directory, 'tone.wav')
  const encoded = join(directory, 'tone.opus')

  /** The packets of a tone of two seconds, 20 ms each. */
  function packets(): Buffer[] {
    const tone = sine(1000, 16000, 0, 32_000)
    const octets = Buffer.alloc(4 * tone.length)
    tone.forEach((sample, i) => {
      octets.writeInt16LE(sample, 4 * i)
      octets.writeInt16LE(sample, 4 * i + 2)
    })
    writeFileSync(wav, Buffer.concat([formatWavHeader(16000, tone.length), octets]))
    execFileSync('opusenc', ['--quiet', '--bitrate', '32', '--downmix-mono', wav, encoded], { stdio: 'pipe' })
    return readOgg(readFileSync(encoded))
      .slice(2)
      .flatMap((page) => page.packets)
  }

  test('a stream with losses is a file that they have nothing to say against, and that has the tone in its time', () => {
    const lost = new Set([40, 41, 42, 43, 44, 45, 46, 47, 48, 49, 50, 51, 52, 53, 54])
    const folder = new MemoryFolder()
    const writer = new AudioWriter(folder, () => 8000)
    const all = packets()
    for (const [i, payload] of all.entries()) {
      if (lost.has(i)) continue
      writer.push({
        streamId: 's1',
        callId: 'c',
        codec: { name: 'opus', clockRate: 48000, channels: 2 },
        payloadType: 111,
        timestampUs: START_US + i * 20_000,
        sequence: i,
        rtpTimestamp: i * 960,
        payload,
      })
    }
    writer.end()
    const path = join(directory, 'written.opus')
    writeFileSync(path, folder.only('.opus'))

    const { status, stdout, stderr } = spawnSync('opusinfo', [path], { encoding: 'utf8' })
    expect([status, stderr]).toEqual([0, ''])
    expect(stdout).not.toMatch(/WARNING|ERROR/i)
    expect(stdout).toContain(`Playback length: 0m:0${((all.length * 20) / 1000).toFixed(3)}s`)

    const decoded = samplesOf(
      execFileSync('opusdec', ['--quiet', '--rate', '48000', '--raw', '--force-stereo', path, '-'], {
        maxBuffer: 2 ** 26,
        stdio: 'pipe',
      }),
    ).filter((_, i) => i % 2 === 0)
    expect(decoded.length).toBe(all.length * 960 - 312)
    expect(amplitudeAt(1000, decoded.subarray(9600, 38 * 960), 48000)).toBeCloseTo(10_000, -3)
    expect(amplitudeAt(1000, decoded.subarray(60 * 960, 90 * 960), 48000)).toBeCloseTo(10_000, -3)
    // Concealment dies away.
    expect(loudness(decoded.subarray(52 * 960, 54 * 960))).toBeLessThan(500)
  })
})

test.runIf(!hasOpusTools)('opus-tools are not installed: Ogg files were NOT given to them', () => {
  expect(hasOpusTools).toBe(false)
})
