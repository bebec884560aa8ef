import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { scan } from '../../src/scan/scan.ts'
import type { Sent } from '../judgement/build/media-flow.ts'
import { telephoneCall } from '../judgement/build/telephone-call.ts'
import { Trace } from '../judgement/build/trace.ts'

/** A pcap file whose frames of RTP and RTCP are no longer than that. */
function withSnapLength(pcap: Buffer, most: number): Buffer {
  const pieces = [pcap.subarray(0, 24)]
  for (let at = 24; at < pcap.length; ) {
    const record = Buffer.from(pcap.subarray(at, at + 16))
    const frame = pcap.subarray(at + 16, at + 16 + record.readUInt32LE(8))
    at += 16 + frame.length
    const kept = frame.includes('SIP/2.0') ? frame : frame.subarray(0, most)
    record.writeUInt32LE(kept.length, 8)
    pieces.push(record, kept)
  }
  return Buffer.concat(pieces)
}

test('a few telephone events in the clear do not make SRTP plain that the snap length cut', async () => {
  const trace = new Trace()
  const each = (sent: Sent, n: number) =>
    n % 60 > 49 ? { ...sent, payloadType: 101, payload: Buffer.from([7, 10, 0, 160]), under: undefined } : sent
  telephoneCall(trace, { caller: { sends: { each } } })
  const folder = mkdtempSync(join(tmpdir(), 'cut-media-'))
  try {
    const path = join(folder, 'cut.pcap')
    writeFileSync(path, withSnapLength(trace.file(), 96))
    const { streams, findings } = await scan({ captures: [path], workers: 1 })
    expect(streams.filter(({ plain }) => plain > 0)).toMatchObject([
      { protection: 'srtp', packets: 197, plain: 30, unverified: 167, failed: 0 },
    ])
    expect(findings.filter(({ rule }) => rule === 'rtp-avp-leak')).toMatchObject([{ kind: 'on-wire' }])
  } finally {
    rmSync(folder, { recursive: true })
  }
})
