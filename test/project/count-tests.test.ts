import { spawnSync } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterAll, describe, expect, test } from 'vitest'

const script = fileURLToPath(new URL('../../scripts/count-tests.mjs', import.meta.url))
const folder = mkdtempSync(join(tmpdir(), 'count-'))

afterAll(() => rmSync(folder, { recursive: true, force: true }))

/** A report as the runner writes it: one file per list of its tests' statuses; an empty list is one that did not load. */
function report(name: string, files: readonly string[][], success: boolean): string {
  const statuses = files.flat()
  const testResults = files.map((tests) => ({
    status: tests.length === 0 || tests.includes('failed') ? 'failed' : 'passed',
    assertionResults: tests.map((status) => ({ status })),
  }))
  const numPassedTests = statuses.filter((status) => status === 'passed').length
  const numFailedTests = statuses.filter((status) => status === 'failed').length
  const path = join(folder, name)
  writeFileSync(path, JSON.stringify({ success, numPassedTests, numFailedTests, testResults }))
  return path
}

function closing(...paths: string[]) {
  const { status, stdout } = spawnSync(process.execPath, [script, ...paths], { encoding: 'utf8' })
  return { status, line: stdout.trim() }
}

describe('the closing line of a run', () => {
  const good = report('good.json', [['passed', 'passed'], ['passed']], true)

  test('counts what passed', () => {
    expect(closing(good)).toEqual({ status: 0, line: '3 passed, 0 failed' })
  })

  test('adds up several runs', () => {
    const bad = report('bad.json', [['passed', 'failed']], false)
    expect(closing(good, bad)).toEqual({ status: 1, line: '4 passed, 1 failed' })
  })

  test('counts a file that could not be loaded as failed', () => {
    expect(closing(report('unloadable.json', [['passed'], []], false))).toEqual({
      status: 1,
      line: '1 passed, 1 failed',
    })
  })

  test('counts an error outside any test as failed', () => {
    expect(closing(report('outside.json', [['passed']], false))).toEqual({ status: 1, line: '1 passed, 1 failed' })
  })

  test('counts a run without a report as failed', () => {
    expect(closing(good, join(folder, 'gone.json'))).toEqual({ status: 1, line: '3 passed, 1 failed' })
  })

  test('is a failure where nothing ran', () => {
    expect(closing(report('empty.json', [], true))).toEqual({ status: 1, line: '0 passed, 0 failed' })
  })
})
