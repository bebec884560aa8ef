import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Readable } from 'node:stream'
import { fileURLToPath } from 'node:url'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { Analysis } from '../../src/model/analysis.ts'
import type { Stream } from '../../src/model/report.ts'
import { reportedStream } from '../../src/model/timeline.ts'
import { Anonymizer } from '../../src/report/anonymize/anonymizer.ts'
import { analyseCaptures } from '../../src/scan/analyse-captures.ts'
import { analyseInParts } from '../../src/scan/analyse-parts.ts'
import { type ScanOptions, scan } from '../../src/scan/scan.ts'
import { cutInto, piecesOf } from './parts-of-captures.ts'
import { refusedCall, SIP, TRUNK_MEDIA } from './refused-call.ts'

let folder = ''
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'srtp-scan-test-'))
})
afterAll(() => rmSync(folder, { recursive: true }))

const SOUND = fileURLToPath(new URL('../../samples/call.pcap', import.meta.url))

let files = 0
function written(octets: Uint8Array): string {
  const path = join(folder, `${String(files++).padStart(3, '0')}.pcap`)
  writeFileSync(path, octets)
  return path
}

const report = (capture: Uint8Array, options: Partial<ScanOptions> = {}) =>
  scan({ captures: [written(capture)], workers: 1, ...options })

/** About one error a second, each of which quotes the whole datagram: SRTP, SIP with its keys. */
const THROUGHOUT = refusedCall({ when: (port, n) => port === TRUNK_MEDIA && n % 40 === 0 })
const SIP_TOO = refusedCall({ when: (port) => port === SIP, quoted: 1500 })

const withoutPlaces = ({ firstFrame: _, lastFrame: __, ...stream }: Stream) => stream

describe('ICMP errors in a trace', () => {
  test('media that is refused through the call: who hears nothing, and what the report has of it', async () => {
    const { findings, icmpErrors } = await report(THROUGHOUT)
    expect(findings.find(({ rule }) => rule === 'one-way-media')).toMatchObject({
      kind: 'refused',
      evidence: { party: 'callee', hearsNothing: '198.51.100.20' },
    })
    expect(icmpErrors).toEqual([
      {
        by: '198.51.100.20',
        kind: 'port-unreachable',
        icmpType: 3,
        icmpCode: 3,
        transport: 'udp',
        src: '203.0.113.11:16404',
        dst: '198.51.100.20:20004',
        errors: 10,
        firstFrame: expect.any(Number),
        lastFrame: expect.any(Number),
        firstTime: expect.any(String),
        lastTime: expect.any(String),
      },
    ])
  })

  test('what they quote is neither media nor SIP', async () => {
    const [sound, media, sip] = await Promise.all([
      scan({ captures: [SOUND], workers: 1 }),
      report(THROUGHOUT),
      report(SIP_TOO),
    ])
    for (const { streams, totals } of [media, sip]) {
      expect(streams.map(withoutPlaces)).toEqual(sound.streams.map(withoutPlaces))
      const { frames: _, findings: __, ...counts } = totals
      expect(sound.totals).toMatchObject(counts)
    }
  })

  test.each([
    ['as the port opens, and after the BYE', (_: number, n: number) => n < 5],
    ['of RTCP', (port: number) => port === TRUNK_MEDIA + 1],
  ])('nothing is said of errors %s', async (_name, when) => {
    const isMedia = (port: number) => port === TRUNK_MEDIA || port === TRUNK_MEDIA + 1
    const { findings, icmpErrors = [] } = await report(
      refusedCall({ when: (port, n) => isMedia(port) && when(port, n) }),
    )
    expect(icmpErrors.length).toBeGreaterThan(0)
    expect(findings.map(({ rule }) => rule)).toEqual(['sdes-key-exposed', 'sip-cleartext'])
  })

  test('a message that quotes no datagram is a fact, one that the snap length cut says nothing', async () => {
    const { anomalies, icmpErrors } = await report(
      refusedCall({ when: (port, n) => port === TRUNK_MEDIA && n < 3, quoted: 23 }),
    )
    expect(icmpErrors).toBeUndefined()
    expect(anomalies).toContainEqual({
      layer: 'net',
      reason: 'icmp-error-without-datagram',
      count: 3,
      frames: expect.any(Array),
    })
  })

  test('keys that an error quotes are in no report', async () => {
    const whole = JSON.stringify(await report(SIP_TOO))
    const [key] = /inline:[^\s|]+/.exec(readFileSync(SOUND, 'latin1')) as RegExpExecArray
    expect(SIP_TOO.toString('latin1').split(key).length).toBeGreaterThan(2)
    expect(whole).not.toContain(key.slice('inline:'.length))
  })

  test('filters keep those of the calls that stay', async () => {
    const about = async (filters: ScanOptions['filters']) =>
      (await report(THROUGHOUT, { ...(filters !== undefined && { filters }) })).icmpErrors?.length ?? 0
    expect(await about({ call: 'call-23482849@203.0.113.11' })).toBe(1)
    expect(await about({ call: 'another' })).toBe(0)
    expect(await about({ ip: '198.51.100.0/24' })).toBe(1)
    expect(await about({ ip: '192.0.2.0/24' })).toBe(0)
    expect(await about({ until: '2026-01-15T09:30:01Z' })).toBe(0)
  })

  test('anonymised, an error has the same ends as its stream', async () => {
    const { icmpErrors, streams } = new Anonymizer(new Uint8Array(32)).report(await report(THROUGHOUT))
    expect(icmpErrors).toHaveLength(1)
    const [{ by, src, dst }] = icmpErrors ?? []
    expect([...streams].map((stream) => `${stream.src} ${stream.dst}`)).toContain(`${src} ${dst}`)
    expect(dst.startsWith(by)).toBe(true)
    expect(by).not.toBe('198.51.100.20')
  })
})

describe('the same errors give the same facts', () => {
  const textOf = (analysis: Analysis) => {
    const captures = analysis.captures.map((capture) => ({ ...capture, path: '', bytes: 0 }))
    return JSON.stringify({
      ...analysis,
      captures,
      calls: [...analysis.calls],
      streams: analysis.streams.map(reportedStream),
    })
  }

  test('whatever the number of threads and the size of a slab, from a file and a pipe', async () => {
    const path = written(THROUGHOUT)
    const reference = textOf(await analyseCaptures({ captures: [path], workers: 1 }))
    expect(reference).toContain('port-unreachable')
    for (const slabBytes of [64 << 10, 1 << 20]) {
      for (const workers of [1, 2]) {
        expect(textOf(await analyseCaptures({ captures: [path], workers, slabBytes }))).toBe(reference)
        const stdin = Readable.from([THROUGHOUT.subarray(0, 30_000), THROUGHOUT.subarray(30_000)])
        expect(textOf(await analyseCaptures({ captures: ['-'], stdin, workers, slabBytes }))).toBe(reference)
      }
    }
  })

  test('a run that goes on through several files has the number of either file beside its frames', async () => {
    const captures = cutInto(piecesOf(THROUGHOUT), 3).map(written)
    const { icmpErrors } = await scan({ captures, workers: 1 })
    expect(icmpErrors).toMatchObject([{ capture: expect.any(Number), lastCapture: 2 }])
    expect((await report(THROUGHOUT)).icmpErrors?.[0]).not.toHaveProperty('lastCapture')
  })

  test('read in parts', async () => {
    const captures = cutInto(piecesOf(THROUGHOUT), 3).map(written)
    const joined = textOf(await analyseCaptures({ captures, workers: 1 }))
    const parted = textOf(await analyseInParts({ captures, workers: 1 }, { folder: join(folder, 'parts') }))
    expect(parted).toBe(joined)
    expect(parted).toContain('port-unreachable')
  })
})
