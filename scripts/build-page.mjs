import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { build } from 'esbuild'

/**
 * Bundles src/page, what a report in HTML runs in a browser, and writes it down as a module for the format: script and
 * style are in every report, so that it needs no other file. The packages that are written into it are named at its
 * head; their licences go with the product (scripts/bundle.mjs).
 */
const MODULE = 'src/report/html/generated/page-bundle.ts'

const { outputFiles, metafile } = await build({
  entryPoints: ['src/page/page.tsx', 'src/page/style/page.css'],
  outdir: 'dist/page',
  entryNames: '[name]',
  bundle: true,
  write: false,
  minify: true,
  format: 'iife',
  platform: 'browser',
  // DecompressionStream reads `deflate-raw` from these on.
  target: ['chrome103', 'firefox113', 'safari16.4'],
  charset: 'utf8',
  jsx: 'automatic',
  jsxImportSource: 'preact',
  legalComments: 'none',
  metafile: true,
  logLevel: 'warning',
})

/** Folders of the packages that are in the page. */
export const pagePackages = [
  ...new Set(
    Object.values(metafile.outputs).flatMap(({ inputs }) =>
      Object.keys(inputs).flatMap((path) => /^(?:[.][.]\/)*.*?node_modules\/(?:@[^/]+\/)?[^/]+/.exec(path) ?? []),
    ),
  ),
].sort()

const textOf = (ending) => outputFiles.find(({ path }) => path.endsWith(ending)).text.trim()
const notice = `/* With ${pagePackages.map(creditOf).join('; ')}. Licences: dist/third-party-licences.txt of srtp-scan. */`

mkdirSync('src/report/html/generated', { recursive: true })
writeFileSync(
  MODULE,
  [
    '/** Written by scripts/build-page.mjs from src/page. */',
    `export const PAGE_SCRIPT = ${JSON.stringify(`${notice}\n${textOf('.js')}`)}`,
    `export const PAGE_STYLE = ${JSON.stringify(textOf('.css'))}`,
    '',
  ].join('\n'),
)

function creditOf(folder) {
  const { name, version, license } = JSON.parse(readFileSync(`${folder}/package.json`, 'utf8'))
  const file = readdirSync(folder).find((path) => /^licen[cs]e/i.test(path))
  const [holder = ''] =
    file === undefined ? [] : (/^\s*copyright.*$/im.exec(readFileSync(`${folder}/${file}`, 'utf8')) ?? [])
  return [`${name} ${version}`, license, holder.trim().replace(/[*/]+/g, '')].filter((part) => part !== '').join(', ')
}
