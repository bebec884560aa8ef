import { spawnSync } from 'node:child_process'
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath, pathToFileURL } from 'node:url'
import { describe, expect, test } from 'vitest'

const ROOT = fileURLToPath(new URL('../../', import.meta.url))
const CALL = join(ROOT, 'samples/call.pcap')

/** What every start loads of the folder that verifies: what can start its threads before the rest is there. */
const STARTS_THREADS = ['src/verify/engine-options.ts', 'src/verify/load-piscina.ts', 'src/verify/thread-pool.ts']

/** The folders of src, and the packages, of which the main thread of the command loads something more. V8 reports them. */
function loadedBy(...args: readonly string[]): Set<string> {
  const folder = mkdtempSync(join(tmpdir(), 'srtp-scan-loaded-'))
  try {
    const { stdout } = spawnSync(process.execPath, ['--import', 'tsx', 'src/cli/main.ts', ...args], {
      cwd: ROOT,
      env: { ...process.env, NODE_V8_COVERAGE: folder },
      encoding: 'utf8',
    })
    expect(stdout).not.toBe('')
    const reports = readdirSync(folder).map((name) => readFileSync(join(folder, name), 'utf8'))
    const urls = reports.flatMap((text) => (JSON.parse(text) as { result: { url: string }[] }).result)
    const paths = urls.map(({ url }) => url.replace(pathToFileURL(ROOT).href, ''))
    expect(paths).toEqual(expect.arrayContaining(STARTS_THREADS))
    const more = paths.filter((path) => !STARTS_THREADS.includes(path))
    const names = more.flatMap((path) => /^(?:src|node_modules)\/([^/]+)\//.exec(path)?.[1] ?? [])
    expect(names).toContain('cli')
    return new Set(names)
  } finally {
    rmSync(folder, { recursive: true })
  }
}

describe('what a command loads', () => {
  test.each(['--help', '--version'])('%s: the command line and no reader, rule or report', (option) => {
    const loaded = loadedBy(option)
    const ours = readdirSync(join(ROOT, 'src')).filter((folder) => loaded.has(folder))
    expect(ours).toEqual(['bytes', 'cli', 'report', 'scan'])
    expect([...loaded]).toContain('yargs')
    for (const name of ['piscina', 'sdp-transform', 'ipaddr.js', 'ink', 'react'])
      expect([...loaded]).not.toContain(name)
  })

  test('rules: no reader of captures', () => {
    const loaded = loadedBy('rules')
    for (const name of ['capture', 'verify', 'piscina', 'sdp-transform']) expect([...loaded]).not.toContain(name)
    expect([...loaded]).toContain('rules')
  })

  test('a scan of a small capture: all that reads and judges it, but no pool', () => {
    const loaded = loadedBy(CALL)
    for (const name of ['capture', 'verify', 'rules', 'sdp-transform']) expect([...loaded]).toContain(name)
    expect([...loaded]).not.toContain('piscina')
  })

  test('a scan with threads: the pool', () => {
    expect([...loadedBy(CALL, '--workers', '2', '--slab-size', '64')]).toContain('piscina')
  })
})
