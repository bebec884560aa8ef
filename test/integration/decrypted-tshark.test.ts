import { spawnSync } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterAll, describe, expect, test } from 'vitest'
import { sampleCaptures } from '../../samples/expected-reports.ts'
import type { RtpFrame } from '../../src/audio/rtp-frame.ts'
import { PcapOutput } from '../../src/cli/pcap-output.ts'
import { decryptCaptures } from '../../src/scan/decrypt.ts'
import { healthyEdges } from '../judgement/traces/healthy-edges.ts'
import { healthyWays } from '../judgement/traces/healthy-ways.ts'

const SAMPLES = fileURLToPath(new URL('../../samples/', import.meta.url))
const place = mkdtempSync(join(tmpdir(), 'srtp-scan-decrypted-'))
afterAll(() => rmSync(place, { recursive: true }))
const isInstalled = spawnSync('tshark', ['--version']).status === 0

/** What tshark prints, which has no help but what stands in the file: no guessing of RTP, no keys. */
function tshark(path: string, ...options: string[]): string[] {
  const { status, stdout, stderr } = spawnSync('tshark', ['-n', '-r', path, ...options], {
    encoding: 'utf8',
    maxBuffer: 2 ** 27,
  })
  expect(status, stderr).toBe(0)
  return stdout.split('\n').filter((line) => line !== '')
}

async function decrypted(capture: string, folder = SAMPLES) {
  const path = join(place, `${capture}.decrypted.pcapng`)
  rmSync(path, { force: true })
  const output = new PcapOutput(path)
  const rtp: RtpFrame[] = []
  const hear = { onRtp: (frame: RtpFrame) => void rtp.push({ ...frame, payload: new Uint8Array(frame.payload) }) }
  const counts = await decryptCaptures({
    captures: [join(folder, capture)],
    keyFiles: [join(SAMPLES, 'keys.json')],
    sinks: [output, hear],
  })
  await output.finish()
  return { path, counts, rtp }
}

describe.runIf(isInstalled)('what tshark reads of a decrypted capture', () => {
  test.each(sampleCaptures())(
    '%s: media as plain RTP with its payloads, set up by the SIP beside it',
    async (capture) => {
      const { path, counts, rtp } = await decrypted(capture)
      const fields = ['rtp.ssrc', 'rtp.seq', 'rtp.payload', 'rtp.setup-method', 'srtp.enc_payload']
      const shown = tshark(path, '-Y', 'rtp', '-T', 'fields', ...fields.flatMap((name) => ['-e', name]))
      expect(shown.length).toBe(rtp.length)
      const payloads = shown.map((line) => line.split('\t')[2])
      expect(payloads).toEqual(rtp.map(({ payload }) => Buffer.from(payload).toString('hex')))
      expect(new Set(shown.map((line) => line.split('\t').slice(3).join()))).toEqual(new Set(['SDP,']))
      expect(tshark(path, '-Y', 'sip').length).toBe(counts.messages)
      // One line a stream, between two rulers and under two lines of title.
      const streams = tshark(path, '-q', '-z', 'rtp,streams').filter((line) => line.includes(' 0x'))
      expect(streams.length).toBe(new Set(rtp.map(({ streamId }) => streamId)).size)
    },
  )

  test.each(sampleCaptures())('%s: nothing is malformed, and every checksum is right', async (capture) => {
    const { path } = await decrypted(capture)
    const checks = ['ip', 'udp', 'tcp'].flatMap((name) => ['-o', `${name}.check_checksum:TRUE`])
    const wrong = '_ws.malformed or ip.checksum.status == 0 or udp.checksum.status == 0 or srtp.enc_payload'
    expect(tshark(path, ...checks, '-Y', wrong)).toEqual([])
  })

  test.each([...healthyWays, ...healthyEdges].filter(({ name }) => name.includes('over TCP')))(
    '$name: SIP out of its connection sets the media up',
    async ({ build }) => {
      writeFileSync(join(place, 'tcp.pcap'), build().file())
      const { path, counts, rtp } = await decrypted('tcp.pcap', place)
      expect(tshark(path, '-Y', 'sip and exported_pdu').length).toBe(counts.messages)
      const methods = tshark(path, '-Y', 'rtp', '-T', 'fields', '-e', 'rtp.setup-method')
      expect(methods).toEqual(rtp.map(() => 'SDP'))
      expect(rtp.length).toBeGreaterThan(0)
    },
  )

  test('no key stands in it', async () => {
    const { path } = await decrypted('incident.pcapng')
    const before = tshark(`${SAMPLES}incident.pcapng`, '-Y', 'sdp', '-V').join('\n')
    const keys = [...before.matchAll(/inline:([\w+/=]{38,})/g)].map(([, key]) => key)
    expect(keys.length).toBeGreaterThan(4)
    const after = tshark(path, '-x').join('\n') + tshark(path, '-V').join('\n')
    for (const key of keys) expect(after).not.toContain(key.slice(0, 16))
  })
})

test.runIf(!isInstalled)('tshark is not installed: decrypted captures were NOT read by it', () => {
  expect(spawnSync('tshark', ['--version']).error).toBeDefined()
})
