import { readdirSync, readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { describe, expect, test } from 'vitest'

const folder = fileURLToPath(new URL('../../.github/workflows/', import.meta.url))
const files = readdirSync(folder)

/** What a workflow runs of others, and the commands of its own. */
function stepsOf(file: string): { uses: string[]; runs: string[] } {
  const lines = readFileSync(`${folder}${file}`, 'utf8').split('\n')
  const after = (word: string) =>
    lines.flatMap((line) => new RegExp(`^\\s*(?:- )?${word}:\\s*(.+)$`).exec(line)?.[1] ?? [])
  return { uses: after('uses'), runs: after('run') }
}

describe.each(files)('%s', (file) => {
  const { uses, runs } = stepsOf(file)

  test('takes every action by its commit, and says which version that is', () => {
    expect(uses.length).toBeGreaterThan(0)
    for (const one of uses) expect(one).toMatch(/^[\w-]+\/[\w-]+@[0-9a-f]{40} # v\d+\.\d+\.\d+$/)
  })

  test('installs what the lock file says, and asks whether it is sound', () => {
    expect(runs.filter((command) => /npm (i|install|add|update)\b|npx -y/.test(command))).toEqual([])
    expect(runs).toEqual(expect.arrayContaining(['npm ci', 'npm audit --audit-level=moderate', 'npm audit signatures']))
  })

  test('may write nothing unless a job of it says so', () => {
    expect(readFileSync(`${folder}${file}`, 'utf8')).toMatch(/\npermissions:\n {2}contents: read\n\n/)
  })
})

test('a release is published with its provenance, after its tests, with a bill of materials', () => {
  const { runs } = stepsOf('release.yml')
  const published = runs.indexOf('npm publish --provenance --access public')
  expect(published).toBeGreaterThan(runs.indexOf('npm test'))
  expect(runs).toContain('npm run sbom -- srtp-scan.cdx.json')
  expect(readFileSync(`${folder}release.yml`, 'utf8')).toContain('id-token: write')
})
