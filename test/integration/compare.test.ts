import { spawnSync } from 'node:child_process'
import { existsSync, readdirSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { describe, expect, test } from 'vitest'
import { compare, unexplained } from '../../compare/comparison.ts'
import { tsharkVersion } from '../../compare/tshark.ts'

const SAMPLES = fileURLToPath(new URL('../../samples/', import.meta.url))
const SHARED = fileURLToPath(new URL('../../../shared/captures/', import.meta.url))

function capturesOf(folder: string): string[] {
  const names = existsSync(folder) ? readdirSync(folder) : []
  return names.filter((name) => /\.(pcap|pcapng)(\.gz)?$/.test(name)).map((name) => `${folder}${name}`)
}

/** The key log of a capture, where there is one. */
function keyLogOf(capture: string): string | undefined {
  const path = capture.replace(/\.(pcap|pcapng)(\.gz)?$/, '.keylog.txt')
  return existsSync(path) ? path : undefined
}

describe.runIf(tsharkVersion() !== undefined)('held against tshark', () => {
  test.each([...capturesOf(SAMPLES), ...capturesOf(SHARED)])('%s: no difference without a reason', async (capture) => {
    const comparison = await compare(capture, keyLogOf(capture))
    expect(comparison.facts.frames).toBeGreaterThan(0)
    expect(unexplained(comparison)).toEqual([])
  })

  test.runIf(existsSync(`${SHARED}tls13.pcap`))('SIP inside TLS is held against it too, with a key log', async () => {
    const capture = `${SHARED}tls13.pcap`
    const { facts } = await compare(capture, keyLogOf(capture))
    expect(facts.sip.length).toBeGreaterThan(0)
    expect([...facts.tls.keys()]).toEqual(['198.51.100.20:5061 TLS 1.3'])
  })
})

test.runIf(tsharkVersion() === undefined)('tshark is not installed: nothing was compared', () => {
  expect(spawnSync('tshark', ['--version']).error).toBeDefined()
})
