import { spawnSync } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'

const root = fileURLToPath(new URL('../..', import.meta.url))
const folder = mkdtempSync(join(tmpdir(), 'packed-'))
const packaged = 'node_modules/srtp-scan/samples'

/** Runs a command as a user's shell would (on Windows npm and npx are command files). */
function run(command: string, cwd = folder) {
  return spawnSync(command, { cwd, encoding: 'utf8', shell: true, maxBuffer: 2 ** 26 })
}

describe('the packed tarball, installed into an empty folder without development dependencies', () => {
  beforeAll(() => {
    const packed = run(`npm pack --silent --pack-destination "${folder}"`, root)
    expect(packed.status, packed.stderr).toBe(0)
    const tarball = packed.stdout.trim().split('\n').at(-1)
    writeFileSync(join(folder, 'package.json'), '{ "private": true }\n')
    const installed = run(`npm install --omit=dev --no-audit --no-fund "./${tarball}"`)
    expect(installed.status, installed.stderr).toBe(0)
  })

  afterAll(() => rmSync(folder, { recursive: true, force: true }))

  test('scans the packaged sample', () => {
    const scan = run(`npx srtp-scan ${packaged}/call.pcap --keys ${packaged}/keys.json`)
    expect(scan.stdout).toContain('sdes-key-exposed')
    expect(scan.status, scan.stderr).toBe(1)
  })

  test('verifies every tag of the packaged sample', () => {
    const scan = run(`npx srtp-scan ${packaged}/call.pcap --keys ${packaged}/keys.json --format json`)
    expect(JSON.parse(scan.stdout).totals).toMatchObject({ rtp: 800, rtcp: 8, verified: 808, failed: 0, unverified: 0 })
  })

  test('gives its version and its library', () => {
    const { version } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'))
    expect(run('npx srtp-scan --version').stdout.trim()).toBe(version)
    writeFileSync(join(folder, 'library.mjs'), "import { scan } from 'srtp-scan'\nconsole.log(typeof scan)\n")
    expect(run('node library.mjs').stdout.trim()).toBe('function')
  })

  test('ends with status 2 and one line where there is no such capture', () => {
    const scan = run('npx srtp-scan gone.pcap')
    expect(scan.status).toBe(2)
    expect(scan.stderr).toContain('gone.pcap')
  })
})
