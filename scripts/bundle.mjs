import { readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { build } from 'esbuild'
import { pagePackages } from './build-page.mjs'

/**
 * Writes the product to `dist` as a few modules, for start-up is loading (docs/decisions/start-up.md). What package.json
 * calls a dependency stays outside; a development dependency that the sources import is written into the bundle, and its
 * licence beside it. Nothing is shortened: stack traces stay readable without source maps.
 */
const { dependencies, optionalDependencies } = JSON.parse(readFileSync('package.json', 'utf8'))
const ENTRIES = [
  'src/cli/main.ts',
  'src/cli/batch-process.ts',
  'src/index.ts',
  'workers/verify.ts',
  'workers/part.ts',
  'workers/capture.ts',
]
/** As deep as the sources that name a file beside them by `../../`, which has to hold for the bundle as well. */
const CHUNKS = 'src/chunks'

// What an earlier build left behind would be packed too.
rmSync('dist/src', { recursive: true, force: true })

const { outputs } = (
  await build({
    entryPoints: ENTRIES,
    outdir: 'dist',
    outbase: '.',
    chunkNames: `${CHUNKS}/[name]-[hash]`,
    bundle: true,
    splitting: true,
    format: 'esm',
    platform: 'node',
    target: 'node20.19',
    external: Object.keys({ ...dependencies, ...optionalDependencies }),
    // yargs measures its help with it. Ours is ASCII, and its tables of Unicode take longer to load than yargs itself.
    alias: { 'string-width': './scripts/string-width.mjs' },
    metafile: true,
    logLevel: 'warning',
  })
).metafile

for (const [file, { inputs }] of Object.entries(outputs)) {
  const displaced = Object.keys(inputs).find((path) => namesFilesBeside(path) && file.split('/').length !== 4)
  if (displaced !== undefined)
    throw new Error(`${file}: ${displaced} names files by ../../, which leads elsewhere here`)
}

function namesFilesBeside(path) {
  return path.startsWith('src/') && readFileSync(path, 'utf8').includes('import.meta.url')
}

const inputs = Object.values(outputs).flatMap((output) => Object.keys(output.inputs))
const packages = new Set([
  ...pagePackages,
  ...inputs.flatMap((path) => /^node_modules\/(?:@[^/]+\/)?[^/]+/.exec(path) ?? []),
])
writeFileSync('dist/third-party-licences.txt', [...packages].sort().map(licenceOf).join('\n'))

function licenceOf(folder) {
  const { name, version } = JSON.parse(readFileSync(`${folder}/package.json`, 'utf8'))
  const file = readdirSync(folder).find((path) => /^licen[cs]e/i.test(path))
  if (file === undefined) throw new Error(`${folder}: has no licence that could go with it`)
  return `${name} ${version}\n\n${readFileSync(`${folder}/${file}`, 'utf8').trim()}\n`
}
