import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { describe, expect, test } from 'vitest'
import { parseAddress } from '../../src/net/addresses.ts'
import { analyseCaptures } from '../../src/scan/analyse-captures.ts'
import { readKeyFiles } from '../../src/scan/key-files.ts'
import { readTlsSecrets } from '../../src/scan/tls-secrets.ts'

/** Real captures by real clients, with what is true of them; beside the project where they are given. */
const FOLDER = fileURLToPath(new URL('../../../shared/captures/', import.meta.url))
const PRESENT = existsSync(FOLDER)
const CAPTURES = PRESENT ? readdirSync(FOLDER).filter((name) => /\.(pcap|pcapng)(\.gz)?$/.test(name)) : []

interface TrueStream {
  kind: 'rtp' | 'rtcp'
  src: string
  dst: string
  ssrc: string
  packets: number
  protected: boolean
  media: string
  verified?: number
  ownKeyVerified?: number
  lost?: number
  duplicates?: number
}

interface Truth {
  frames: number
  sip: { messages: number; transports: Record<string, number> }
  /** A text where they are too many to list. */
  calls: { method?: string; requests: Record<string, number> }[] | string
  streams: TrueStream[]
}

/** The truth writes IPv6 endpoints without brackets. */
function canonical(endpoint: string): string {
  const colon = endpoint.lastIndexOf(':')
  const address = endpoint.slice(0, colon)
  return parseAddress(address)?.length === 16 ? `[${address}]${endpoint.slice(colon)}` : endpoint
}

async function analyse(name: string) {
  const base = `${FOLDER}${name.replace(/\.(pcap|pcapng)(\.gz)?$/, '')}`
  // Where SIP is in TLS, or media keyed by DTLS, the keys have to come out of it.
  const keyFiles = [`${base}.keys.json`].filter((path) => existsSync(path) && !/^d?tls/.test(name))
  const tlsKeyLogs = [`${base}.keylog.txt`].filter((path) => existsSync(path))
  return analyseCaptures({
    captures: [`${FOLDER}${name}`],
    keyEntries: await readKeyFiles(keyFiles),
    tlsSecrets: await readTlsSecrets({ tlsKeyLogs }),
    workers: 1,
  })
}

describe.runIf(PRESENT)('captures with known truth', () => {
  test('are there', () => expect(CAPTURES.length).toBeGreaterThan(50))

  test.each(CAPTURES)('%s', async (name) => {
    const truth = JSON.parse(
      readFileSync(`${FOLDER}${name.replace(/\.(pcap|pcapng)(\.gz)?$/, '')}.expect.json`, 'utf8'),
    ) as Truth
    const analysis = await analyse(name)
    expect(analysis.frames).toBe(truth.frames)
    expect(analysis.sipMessages).toBe(truth.sip.messages)
    if (Array.isArray(truth.calls)) {
      expect(analysis.calls).toHaveLength(truth.calls.filter(({ requests }) => 'INVITE' in requests).length)
    }
    const found = analysis.streams
      .map(({ report }) => ({
        stream: `${report.kind} ${report.src} > ${report.dst} ${report.ssrc}`,
        packets: report.packets,
        verified: report.verified,
        failedOrPlain: report.failed + report.plain,
        lost: report.lost,
      }))
      .sort((a, b) => (a.stream < b.stream ? -1 : 1))
    const expected = truth.streams
      .map((stream) => {
        const verified = stream.ownKeyVerified ?? stream.verified ?? 0
        // Neither a key nor a readable tag: such packets are unverified, but for RTCP that shows to be in the clear.
        const unjudged = /key not known|packets cut/.test(stream.media)
        const plain = (stream as { parsesAsPlainRtcp?: number }).parsesAsPlainRtcp ?? 0
        return {
          stream: `${stream.kind} ${canonical(stream.src)} > ${canonical(stream.dst)} ${stream.ssrc}`,
          packets: stream.packets,
          verified,
          failedOrPlain: unjudged ? plain : stream.packets - verified,
          // Not every truth counts losses.
          lost: stream.kind === 'rtp' ? (stream.lost ?? expect.any(Number)) : undefined,
        }
      })
      .sort((a, b) => (a.stream < b.stream ? -1 : 1))
    expect(found).toEqual(expected)
  })
})

test.runIf(!PRESENT)('captures with known truth are not beside the project: samples/ speaks alone', () => {
  expect(PRESENT).toBe(false)
})
