import { existsSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterAll, describe, expect, test } from 'vitest'
import { sampleCaptures } from '../../samples/expected-reports.ts'
import { scan } from '../../src/scan/scan.ts'
import type { FaultyTrace, HealthyTrace } from '../judgement/entry.ts'
import { healthyDialogs } from '../judgement/traces/healthy-dialogs.ts'
import { healthyEdges } from '../judgement/traces/healthy-edges.ts'
import { healthyMedia } from '../judgement/traces/healthy-media.ts'
import { healthyTurns } from '../judgement/traces/healthy-turns.ts'
import { healthyWays } from '../judgement/traces/healthy-ways.ts'
import { leakTraces } from '../judgement/traces/leaks.ts'
import { packetTraces } from '../judgement/traces/packets.ts'
import { turnTraces } from '../judgement/traces/turns.ts'
import { wireKeyTraces } from '../judgement/traces/wire-keys.ts'
import { countsOf, countsOfDecrypted, decrypting } from './decrypting.ts'

const SAMPLES = fileURLToPath(new URL('../../samples/', import.meta.url))
/** Real captures by real clients; beside the project where they are given. */
const FOLDER = fileURLToPath(new URL('../../../shared/captures/', import.meta.url))
const CAPTURES = existsSync(FOLDER) ? readdirSync(FOLDER).filter((name) => /\.(pcap|pcapng)(\.gz)?$/.test(name)) : []

const traces: readonly (FaultyTrace | HealthyTrace)[] = [
  ...wireKeyTraces,
  ...packetTraces,
  ...leakTraces,
  ...turnTraces,
  ...healthyDialogs,
  ...healthyEdges,
  ...healthyMedia,
  ...healthyTurns,
  ...healthyWays,
]
const place = mkdtempSync(join(tmpdir(), 'srtp-scan-decrypt-'))
afterAll(() => rmSync(place, { recursive: true }))

/** Every packet came to what the scan says of it, and of SIP is there what the scan counts. */
async function compare(options: { captures: string[]; keyFiles?: string[]; tlsKeyLogs?: string[] }): Promise<void> {
  const report = await scan({ ...options, workers: 1 })
  const { decrypted, frames } = await decrypting(options)
  expect(countsOfDecrypted(decrypted)).toEqual(countsOf(report))
  expect(decrypted.unwritable).toBe(0)
  expect(decrypted.messages + decrypted.messagesLeftOut).toBe(report.totals.sipMessages)
  const { verified, plain } = countsOfDecrypted(decrypted)
  const unproven = [...decrypted.unproven.values()].reduce((n, { rtp, rtcp }) => n + rtp + rtcp, 0)
  expect(frames).toHaveLength(decrypted.messages + verified + unproven + plain)
}

describe('what is decrypted, kept and left out is what the scan counts', () => {
  test.each(sampleCaptures())('%s', (name) =>
    compare({ captures: [SAMPLES + name], keyFiles: [join(SAMPLES, 'keys.json')] }),
  )

  test.each(traces.map((trace) => ({ name: trace.name, trace })))('$name', async ({ trace }) => {
    const capture = join(place, 'trace.pcap')
    const keys = join(place, 'keys.json')
    writeFileSync(capture, trace.build().file())
    if (trace.keys !== undefined) writeFileSync(keys, JSON.stringify(trace.keys))
    await compare({ captures: [capture], ...(trace.keys !== undefined && { keyFiles: [keys] }) })
  })
})

describe.runIf(CAPTURES.length > 0)('the same in captures of real clients', () => {
  test.each(CAPTURES)('%s', async (name) => {
    const base = FOLDER + name.replace(/\.(pcap|pcapng)(\.gz)?$/, '')
    const keyFiles = [`${base}.keys.json`].filter((path) => existsSync(path) && !/^d?tls/.test(name))
    const tlsKeyLogs = [`${base}.keylog.txt`].filter((path) => existsSync(path))
    await compare({ captures: [FOLDER + name], keyFiles, tlsKeyLogs })
  })
})
