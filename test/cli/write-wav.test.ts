import { execFile } from 'node:child_process'
import { chmodSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterAll, describe, expect, test } from 'vitest'
import { readOgg } from '../audio/ogg-stream.ts'
import { amplitudeAt, loudness } from '../audio/tone.ts'
import { opusPacket, type ToneCall, toneCapture } from '../audio/tone-call.ts'
import { readWav } from '../audio/wav-file.ts'

const ROOT = fileURLToPath(new URL('../../', import.meta.url))
const place = mkdtempSync(join(tmpdir(), 'srtp-scan-wav-'))
afterAll(() => rmSync(place, { recursive: true }))
let places = 0

interface Outcome {
  readonly status: number | null
  readonly out: string
  readonly err: string
  /** Of the folder that was written to. */
  readonly folder: string
}

function decrypt(captures: readonly string[], folder: string, ...more: readonly string[]): Promise<Outcome> {
  const args = ['--import', 'tsx', 'src/cli/main.ts', 'decrypt', ...captures, '--write-wav', folder, ...more]
  return new Promise((resolve) => {
    const child = execFile(process.execPath, args, { cwd: ROOT }, (_, out, err) =>
      resolve({ status: child.exitCode, out, err, folder }),
    )
  })
}

/** Decrypts calls that are made for it. */
async function decryptCalls(...calls: readonly ToneCall[]): Promise<Outcome> {
  const name = join(place, `${places++}`)
  writeFileSync(`${name}.pcap`, toneCapture(...calls))
  return decrypt([`${name}.pcap`], name)
}

const wavOf = (folder: string, name: string) => readWav(readFileSync(join(folder, name)))

/** Numbers of the packets of 20 ms that are silent. */
function silentPackets(samples: Int16Array, rate: number): number[] {
  const length = rate / 50
  return Array.from({ length: Math.ceil(samples.length / length) }, (_, n) => n).filter(
    // The receiving filter of G.722 rings on for some samples.
    (n) => loudness(samples.subarray(n * length + 24, (n + 1) * length)) < 30,
  )
}

describe('srtp-scan decrypt --write-wav', () => {
  test.each([
    ['PCMU', 8000, 'AES_CM_128_HMAC_SHA1_80'],
    ['PCMA', 8000, 'AES_CM_128_HMAC_SHA1_32'],
    ['G722', 16000, 'AES_256_CM_HMAC_SHA1_80'],
  ] as const)('a call of tones in %s is a WAV with these tones, as long as they were', async (codec, rate, suite) => {
    const { status, out, err, folder } = await decryptCalls({
      callId: 'tone@203.0.113.5',
      suite,
      sides: {
        caller: { codec, frequency: 1000, packets: 150 },
        callee: { codec, frequency: 640, packets: 100, startMs: 500 },
      },
    })
    expect([status, out]).toEqual([0, ''])
    expect(err).toMatch(/private speech/)
    expect(err).toMatch(/1 audio file: 250 packets decoded/)
    expect(readdirSync(folder)).toEqual(['20260115T093002Z_tone@203.0.113.5.wav'])
    const wav = wavOf(folder, readdirSync(folder)[0])
    expect([wav.rate, wav.left.length]).toEqual([rate, 3 * rate])
    expect(amplitudeAt(1000, wav.left.subarray(0.1 * rate), rate)).toBeCloseTo(10_000, -3)
    expect(amplitudeAt(640, wav.right.subarray(0.6 * rate, 2.5 * rate), rate)).toBeCloseTo(10_000, -3)
    expect(amplitudeAt(640, wav.left, rate)).toBeLessThan(100)
    expect(amplitudeAt(1000, wav.right, rate)).toBeLessThan(100)
    expect(silentPackets(wav.left, rate)).toEqual([])
    expect(silentPackets(wav.right, rate)).toEqual([
      ...Array(25).keys(),
      ...Array.from({ length: 25 }, (_, i) => 125 + i),
    ])
  })

  test('lost, late and failed packets are silence in their place, over the end of the sequence numbers too', async () => {
    const { err, folder } = await decryptCalls({
      callId: 'impaired',
      sides: {
        caller: {
          codec: 'PCMU',
          frequency: 1000,
          packets: 100,
          firstSequence: 65_500,
          way(n, packet) {
            if (n === 20 || n === 36) return undefined
            if (n === 50) return { packet, lateMs: 700 }
            if (n === 60) return { packet, lateMs: 50 }
            if (n === 70 || n === 71) packet[20] ^= 1
            return { packet }
          },
        },
        callee: { codec: 'PCMU', frequency: 640, packets: 100 },
      },
    })
    const { left, right } = wavOf(folder, '20260115T093002Z_impaired.wav')
    expect(silentPackets(left, 8000)).toEqual([20, 36, 50, 70, 71])
    expect(silentPackets(right, 8000)).toEqual([])
    expect(err).toMatch(/2 packets that fail/)
    expect(err).toMatch(
      /silence instead of 4 packets that did not come in the clear, 1 packet that came over 200 ms late/,
    )
  })

  test('each call is a file; G.722 on one side takes the other to 16 kHz; a Call-ID leaves the folder never', async () => {
    const { folder } = await decryptCalls(
      {
        callId: '../../wide',
        sides: {
          caller: { codec: 'G722', frequency: 1000, packets: 50 },
          callee: { codec: 'PCMA', frequency: 640, packets: 50 },
        },
      },
      {
        callId: 'narrow',
        inviteMs: 10,
        sides: {
          caller: { codec: 'PCMA', frequency: 1000, packets: 50 },
          callee: { codec: 'PCMU', frequency: 640, packets: 50 },
        },
      },
    )
    const names = readdirSync(folder).sort()
    expect(names).toEqual(['20260115T093002Z_.._.._wide~6531c41e.wav', '20260115T093002Z_narrow.wav'])
    const [wide, narrow] = names.map((name) => wavOf(folder, name))
    expect([wide.rate, narrow.rate]).toEqual([16000, 8000])
    expect(amplitudeAt(1000, wide.left.subarray(1600), 16000)).toBeCloseTo(10_000, -3)
    expect(amplitudeAt(640, wide.right.subarray(1600), 16000)).toBeCloseTo(10_000, -3)
    expect(amplitudeAt(640, narrow.right, 8000)).toBeCloseTo(10_000, -3)
  })

  test('Opus is a file in Ogg for each stream, with what was lost in its place, beside the WAV of what is decoded', async () => {
    const { err, folder } = await decryptCalls({
      callId: 'opus',
      sides: {
        caller: {
          codec: 'opus',
          frequency: 0,
          packets: 60,
          way: (n, packet) => (n === 10 || n === 11 ? undefined : { packet }),
        },
        callee: { codec: 'PCMU', frequency: 640, packets: 60 },
      },
    })
    const names = readdirSync(folder).sort()
    expect(names).toEqual(['20260115T093002Z_opus.wav', expect.stringMatching(/^20260115T093002Z_opus_s\d+\.opus$/)])
    const audio = readOgg(readFileSync(join(folder, names[1])))
      .slice(2)
      .flatMap(({ packets }) => packets)
    const expected = Array.from({ length: 60 }, (_, n) => Buffer.from(opusPacket(n)))
    // Two empty frames of 20 ms in the place of two packets.
    expected.splice(10, 2, Buffer.of((13 << 3) | 3, 2))
    expect(audio).toEqual(expected)
    expect(amplitudeAt(640, wavOf(folder, names[0]).right, 8000)).toBeCloseTo(10_000, -3)
    expect(err).toContain('2 audio files: 60 packets decoded, 58 packets kept in their codec\n')
  })

  test('files are for their owner only, and are not replaced without --force', async () => {
    const folder = join(place, 'kept')
    const call = 'samples/call.pcap'
    const first = await decrypt([call], folder)
    expect(first.status).toBe(0)
    const [name] = readdirSync(folder)
    const file = join(folder, name)
    expect([statSync(folder).mode & 0o777, statSync(file).mode & 0o777]).toEqual([0o700, 0o600])
    const { left, right } = readWav(readFileSync(file))
    expect([left.length, right.length].every((length) => length >= 63_900 && length < 64_500)).toBe(true)

    writeFileSync(file, 'mine')
    chmodSync(file, 0o644)
    const again = await decrypt([call], folder)
    expect(again.status).toBe(2)
    expect(again.err).toContain(`${file}: exists; --force replaces it`)
    expect(readdirSync(folder)).toEqual([name])
    expect(readFileSync(file, 'utf8')).toBe('mine')

    const forced = await decrypt([call], folder, '--force')
    expect(forced.status).toBe(0)
    expect(readWav(readFileSync(file)).left).toEqual(left)
    expect(statSync(file).mode & 0o777).toBe(0o600)
  })

  test('a place that is no folder is refused before anything is read', async () => {
    const file = join(place, 'file')
    writeFileSync(file, '')
    const { status, err } = await decrypt(['samples/call.pcap'], file)
    expect([status, err]).toEqual([2, `srtp-scan: ${file}: is no folder; --write-wav takes one\n`])
  })
})
