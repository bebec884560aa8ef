import { spawnSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { expect, test } from 'vitest'

const ROOT = fileURLToPath(new URL('../..', import.meta.url))

/** What `npm pack` would put into the package, but for what a build makes. */
function packedFiles(): readonly string[] {
  const { stdout } = spawnSync('npm pack --dry-run --json --ignore-scripts', {
    cwd: ROOT,
    encoding: 'utf8',
    shell: true,
    maxBuffer: 2 ** 26,
  })
  const [{ files }] = JSON.parse(stdout) as [{ files: { path: string }[] }]
  return files.map(({ path }) => path)
}

test('what the documents at the top link to is in the package, and nothing that only tests read', () => {
  const files = packedFiles()
  for (const document of ['README.md', 'CONTRIBUTING.md', 'SECURITY.md']) {
    const links = [...readFileSync(join(ROOT, document), 'utf8').matchAll(/\]\((?!https?:|#)([^)#]+)/g)]
    for (const [, link] of links) {
      const isThere = files.some((path) => path === link || path.startsWith(`${link}/`))
      expect(isThere, `${document}: ${link}`).toBe(true)
    }
  }
  expect(files.filter((path) => /\.expect\.json$|^(test|bench|fuzz|attacks)\//.test(path))).toEqual([])
})
