import { execFileSync, spawnSync } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterAll, describe, expect, test } from 'vitest'
import { AudioWriter } from '../../src/audio/audio-writer.ts'
import { A_LAW, decodeG711, MU_LAW } from '../../src/audio/g711.ts'
import { G722Decoder } from '../../src/audio/g722.ts'
import { formatWavHeader } from '../../src/audio/wav-header.ts'
import { START_US } from '../audio/frames.ts'
import { g722Passages } from '../audio/g722-passages.ts'
import { MemoryFolder } from '../audio/memory-folder.ts'
import { readOgg } from '../audio/ogg-stream.ts'
import { amplitudeAt, loudness, sine } from '../audio/tone.ts'

const directory = mkdtempSync(join(tmpdir(), 'srtp-scan-audio-'))
const program = join(directory, 'decode')
const source = fileURLToPath(new URL('../audio/spandsp/decode.c', import.meta.url))
const compiled = spawnSync(process.env.CC ?? 'cc', ['-O1', '-o', program, source, '-lspandsp', '-lm'], {
  encoding: 'utf8',
})
const hasSpandsp = compiled.status === 0
const hasOpusTools = ['opusenc', 'opusdec', 'opusinfo'].every((tool) => spawnSync(tool, ['--version']).status === 0)

afterAll(() => rmSync(directory, { recursive: true, force: true }))

function samplesOf(octets: Buffer): Int16Array {
  return Int16Array.from({ length: octets.length / 2 }, (_, i) => octets.readInt16LE(2 * i))
}

describe.runIf(hasSpandsp)('decoders against spandsp', () => {
  const decode = (codec: string, input: Uint8Array) =>
    samplesOf(execFileSync(program, [codec], { input, maxBuffer: 2 ** 26 }))

  test.each([
    ['mu', MU_LAW],
    ['a', A_LAW],
  ] as const)('every octet of G.711, %s-law', (law, table) => {
    const octets = Uint8Array.from({ length: 256 }, (_, octet) => octet)
    expect(decodeG711(table, octets)).toEqual(decode(law, octets))
  })

  test.each(g722Passages())('G.722, to the bit: $name', ({ octets }) => {
    const theirs = decode('g722', octets)
    const ours = new G722Decoder().decode(octets)
    expect(ours).toHaveLength(theirs.length)
    // Its filter lets a sum of over 16 bits wrap, which ITU-T G.722 has saturate: the sign alone tells what was meant.
    const differing = [...ours.keys()].filter((i) => ours[i] !== theirs[i] && Math.abs(ours[i] + 0.5) !== 32767.5)
    expect(differing).toEqual([])
  })
})

test.runIf(!hasSpandsp)('libspandsp cannot be compiled with: the decoders were NOT compared', () => {
  expect(hasSpandsp).toBe(false)
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
    expect(decoded.length).toBe(all.length * 960)
    expect(amplitudeAt(1000, decoded.subarray(9600, 38 * 960), 48000)).toBeCloseTo(10_000, -3)
    expect(amplitudeAt(1000, decoded.subarray(60 * 960, 90 * 960), 48000)).toBeCloseTo(10_000, -3)
    // Concealment dies away.
    expect(loudness(decoded.subarray(52 * 960, 54 * 960))).toBeLessThan(500)
  })
})

test.runIf(!hasOpusTools)('opus-tools are not installed: Ogg files were NOT given to them', () => {
  expect(hasOpusTools).toBe(false)
})
