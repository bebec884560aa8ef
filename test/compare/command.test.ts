import { spawnSync } from 'node:child_process'
import { chmodSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { delimiter, dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterAll, expect, test } from 'vitest'

const ROOT = fileURLToPath(new URL('../../', import.meta.url))
const place = mkdtempSync(join(tmpdir(), 'srtp-scan-compare-'))
afterAll(() => rmSync(place, { recursive: true }))

/** The command, where tshark is a script that says so of every capture. */
function compare(says: string, ...captures: readonly string[]) {
  const tshark = join(place, 'tshark')
  writeFileSync(tshark, `#!/bin/sh\n[ "$1" = --version ] && echo "TShark 4.0.0" && exit\n${says}\n`)
  chmodSync(tshark, 0o755)
  const path = [place, dirname(process.execPath), process.env.PATH].join(delimiter)
  return spawnSync(process.execPath, ['--import', 'tsx', 'compare/run.ts', ...captures], {
    cwd: ROOT,
    encoding: 'utf8',
    env: { ...process.env, PATH: path },
  })
}

test('a difference without a reason is told, and ends with status 1', () => {
  const { status, stdout } = compare('true', 'samples/call.pcap')
  expect(status).toBe(1)
  expect(stdout).toContain('- frames 815 here, 0 in tshark\n    UNEXPLAINED')
  expect(stdout).toMatch(/1 capture: 0 differences explained, [1-9]\d* unexplained\n$/)
})

test.each([
  ['no capture', 'true', [], 'no capture is named'],
  ['no such option', 'true', ['--frames', 'samples/call.pcap'], '--frames'],
  ['no such capture', 'true', ['samples/none.pcap'], 'none.pcap'],
  ['tshark reads nothing', 'echo "tshark: no such thing" >&2; exit 2', ['samples/call.pcap'], 'no such thing'],
])('%s ends with status 2 and a line', (_, says, captures, said) => {
  const { status, stderr } = compare(says, ...captures)
  expect({ status, lines: stderr.trim().split('\n').length }).toEqual({ status: 2, lines: 1 })
  expect(stderr).toContain(said)
})
