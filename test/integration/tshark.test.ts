import { spawnSync } from 'node:child_process'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { describe, expect, test } from 'vitest'
import { reportOnSample, sampleCaptures } from '../../samples/expected-reports.ts'

const folder = fileURLToPath(new URL('../../samples', import.meta.url))

function tshark(capture: string, ...options: string[]): string {
  const { status, stdout, stderr } = spawnSync('tshark', ['-r', join(folder, capture), ...options], {
    encoding: 'utf8',
    maxBuffer: 2 ** 26,
  })
  expect(status, stderr).toBe(0)
  return stdout
}

const fields = (capture: string, filter: string, ...names: string[]) =>
  tshark(capture, '-Y', filter, '-T', 'fields', ...names.flatMap((name) => ['-e', name]))
    .split('\n')
    .filter((line) => line !== '')

describe.runIf(spawnSync('tshark', ['--version']).status === 0)('decoding against tshark', () => {
  test.each(sampleCaptures())('%s: frames, SIP messages and RTP streams agree', (capture) => {
    const report = reportOnSample(capture)
    expect(report.totals.frames).toBe(fields(capture, 'frame', 'frame.number').length)
    expect(report.totals.sipMessages).toBe(fields(capture, 'sip', 'frame.number').length)

    const packets = new Map<string, number>()
    const names = ['ip.src', 'udp.srcport', 'ip.dst', 'udp.dstport', 'rtp.ssrc']
    for (const line of fields(capture, 'rtp', ...names)) {
      const [source, sourcePort, destination, destinationPort, ssrc] = line.split('\t')
      const stream = `${source}:${sourcePort} > ${destination}:${destinationPort} ${ssrc}`
      packets.set(stream, (packets.get(stream) ?? 0) + 1)
    }
    const streams = report.streams.filter(({ kind }) => kind === 'rtp')
    const ours = streams.map(({ src, dst, ssrc, packets }) => [`${src} > ${dst} ${ssrc}`, packets])
    expect(Object.fromEntries(ours)).toEqual(Object.fromEntries(packets))
  })

  test.each(sampleCaptures())('%s: every checksum is right', (capture) => {
    const checks = ['ip', 'udp', 'tcp'].flatMap((name) => ['-o', `${name}.check_checksum:TRUE`])
    const wrong = 'ip.checksum.status != 1 or udp.checksum.status != 1 or tcp.checksum.status != 1'
    expect(tshark(capture, ...checks, '-Y', wrong)).toBe('')
  })
})

test.runIf(spawnSync('tshark', ['--version']).status !== 0)(
  'tshark is not installed: decoding was NOT compared',
  () => {
    expect(spawnSync('tshark', ['--version']).error).toBeDefined()
  },
)
