import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { expect, test } from 'vitest'

const ROOT = fileURLToPath(new URL('../..', import.meta.url))

/** Files of ours: what is installed, and what a build makes, left out. */
const FILES = readdirSync(ROOT, { withFileTypes: true }).flatMap((entry) => {
  if (/^(node_modules|dist|coverage|\.git)$/.test(entry.name)) return []
  if (!entry.isDirectory()) return [entry.name]
  const within = readdirSync(join(ROOT, entry.name), { recursive: true, encoding: 'utf8' })
  return within.map((path) => `${entry.name}/${path}`)
})
const DOCUMENTS = FILES.filter((path) => path.endsWith('.md'))

/** What a build or a run makes. */
const MADE = /^(dist|src\/report\/html\/generated|fuzz\/corpus|test\/fuzz\/found)(\/|$)/

const FOLDERS = '(?:src|test|docs|workers|scripts|samples|schemas|policies|bench|fuzz|compare|attacks)'

/** The names of files of ours, and of folders below the top, in a text. */
function pathsIn(text: string): string[] {
  const files = text.matchAll(/(?<![\w./@*:-])[\w@-][\w./-]*\.(?:tsx?|mjs|md|schema\.json)\b/g)
  const folders = text.matchAll(new RegExp(`\`(${FOLDERS}/[\\w./-]*)\``, 'g'))
  return [...[...files].map(([path]) => path), ...[...folders].map(([, path]) => path.replace(/\/$/, ''))]
}

function isThere(path: string): boolean {
  return MADE.test(path) || existsSync(join(ROOT, path)) || FILES.some((file) => file.endsWith(`/${path}`))
}

test('documents there are', () => expect(DOCUMENTS).toContain('docs/architecture.md'))

test.each(DOCUMENTS)('%s: links lead somewhere, and what it names is there', (document) => {
  const text = readFileSync(join(ROOT, document), 'utf8')
  const links = [...text.matchAll(/\]\((?!https?:|#|`)([^)#\s]+)/g)].map(([, link]) => link)
  expect(links.filter((link) => !existsSync(join(ROOT, dirname(document), link)))).toEqual([])
  expect(pathsIn(text).filter((path) => !isThere(path))).toEqual([])
  const { scripts } = JSON.parse(readFileSync(join(ROOT, 'package.json'), 'utf8'))
  const run = [...text.matchAll(/npm run\s+([\w:-]+)/g)].map(([, script]) => script)
  expect(run.filter((script) => !Object.hasOwn(scripts, script))).toEqual([])
})

test('comments name documents that are there', () => {
  const missing = FILES.filter((path) => /^(src|workers|scripts)\/.*\.(ts|tsx|mjs)$/.test(path)).flatMap((path) => {
    const named = readFileSync(join(ROOT, path), 'utf8').matchAll(/\bdocs\/[\w./-]+\.md\b/g)
    return [...named].filter(([document]) => !isThere(document)).map(([document]) => `${path}: ${document}`)
  })
  expect(missing).toEqual([])
})

test('README.md: every option is one', () => {
  const cli = join(ROOT, 'src/cli')
  const sources = readdirSync(cli)
    .filter((name) => name.endsWith('.ts'))
    .map((name) => readFileSync(join(cli, name), 'utf8'))
  const options = sources.flatMap((source) => [...source.matchAll(/\.option\('([\w-]+)'/g)].map(([, name]) => name))
  const named = [...readFileSync(join(ROOT, 'README.md'), 'utf8').matchAll(/(?<![\w-])--([a-z][\w-]+)/g)]
  expect(named.length).toBeGreaterThan(10)
  expect(named.map(([, name]) => name).filter((name) => name !== 'help' && !options.includes(name))).toEqual([])
})
