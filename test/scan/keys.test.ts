import { fileURLToPath } from 'node:url'
import { expect, test } from 'vitest'
import { analyseCaptures } from '../../src/scan/analyse-captures.ts'
import { scanKeys } from '../../src/scan/keys.ts'
import { parseKeys } from '../../src/srtp/keys-file.ts'

const sample = (name: string) => fileURLToPath(new URL(`../../samples/${name}`, import.meta.url))

test('keys found in signalling are a keys file that names the same calls and verifies the same packets', async () => {
  const text = await scanKeys({ captures: [sample('call.pcap')] })
  const entries = parseKeys(text, 'printed')
  expect(entries).toHaveLength(2)
  const analysis = await analyseCaptures({ captures: [sample('call.pcap')], workers: 1 })
  expect(new Set(entries.map(({ callId }) => callId))).toEqual(
    new Set([...analysis.calls].map(({ report }) => report.callId)),
  )
  const rtp = analysis.streams.filter(({ report }) => report.kind === 'rtp')
  expect(entries.map(({ src }) => `${src?.address}:${src?.port}`).sort()).toEqual(
    rtp.map(({ report }) => report.src).sort(),
  )
})
