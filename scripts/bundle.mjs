import { readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { dirname } from 'node:path'
import { build } from 'esbuild'
import { pagePackages } from './build-page.mjs'

/**
 * Writes the product to `dist` as a few modules, for start-up is loading (docs/decisions/start-up.md). What package.json
 * calls a dependency stays outside; a development dependency that the sources import is written into the bundle, and its
 * licence beside it. Nothing is shortened: stack traces stay readable without source maps.
 */
const { dependencies, optionalDependencies } = JSON.parse(readFileSync('package.json', 'utf8'))
/** Commands that stay modules, as most starts have no use for them, and so have a name that a script can call them by. */
const APART = readdirSync('src/cli').filter((name) => /(?<!^scan)-command\.ts$/.test(name))
const ENTRIES = [
  'src/cli/main.ts',
  'src/cli/batch-process.ts',
  'src/index.ts',
  'workers/verify.ts',
  'workers/part.ts',
  'workers/capture.ts',
  ...APART.map((name) => `src/cli/${name}`),
]
/** What the script has written in, though it is a dependency: its threads still load its own file. */
const POOL = 'piscina'
/** As deep as the sources that name a file beside them by `../../`, which has to hold for the bundle as well. */
const CHUNKS = 'src/chunks'

// What an earlier build left behind would be packed too.
rmSync('dist/src', { recursive: true, force: true })

const SHARED = {
  bundle: true,
  platform: 'node',
  target: 'node20.19',
  external: Object.keys({ ...dependencies, ...optionalDependencies }),
  // yargs measures its help with it. Ours is ASCII, and its tables of Unicode take longer to load than yargs itself.
  // Its assertions load what colours them, and that opens standard error.
  alias: {
    'string-width': './scripts/string-width.mjs',
    assert: './scripts/assert.mjs',
    'node:assert': './scripts/assert.mjs',
  },
  metafile: true,
  logLevel: 'warning',
}

const modules = await build({
  ...SHARED,
  entryPoints: ENTRIES,
  outdir: 'dist',
  outbase: '.',
  chunkNames: `${CHUNKS}/[name]-[hash]`,
  splitting: true,
  format: 'esm',
})

/** The command line and the scan once more, as one script for src/cli/start.ts, which calls its value. */
const script = await build({
  ...SHARED,
  entryPoints: ['src/cli/main.ts'],
  outfile: 'dist/src/cli/command.cjs',
  format: 'cjs',
  define: { 'import.meta.url': 'moduleUrl' },
  banner: { js: '(function (require, importModule, moduleUrl) {' },
  footer: { js: '})' },
  external: SHARED.external.filter((name) => name !== POOL),
  plugins: [
    { name: 'apart', setup: leaveApart },
    { name: 'pool', setup: takePoolIn },
  ],
  write: false,
})
// What V8 made of a script earlier does not know where import() would begin to look.
for (const { path, text } of script.outputFiles) writeFileSync(path, text.replaceAll(/\bimport\(/g, 'importModule('))

/** Where the command starts: CommonJS, for which Node starts sooner than for a module. */
await build({
  ...SHARED,
  entryPoints: ['src/cli/start.ts'],
  outfile: 'dist/src/cli/start.cjs',
  format: 'cjs',
  define: { 'import.meta.url': 'moduleUrl' },
  banner: { js: "const moduleUrl = require('node:url').pathToFileURL(__filename).href" },
  plugins: [{ name: 'main', setup: leaveMain }],
})

// npx keeps a link to where it once found the command of a folder; it was a module at first.
writeFileSync('dist/src/cli/start.js', "#!/usr/bin/env node\nimport './start.cjs'\n", { mode: 0o755 })

function leaveMain({ onResolve }) {
  onResolve({ filter: /^\.\/main\.ts$/ }, () => ({ path: './main.js', external: true }))
}

function leaveApart({ onResolve }) {
  onResolve({ filter: /-command\.ts$/ }, ({ path, kind }) =>
    kind === 'dynamic-import' && APART.includes(path.slice(2))
      ? { path: path.replace('.ts', '.js'), external: true }
      : undefined,
  )
}

/** The package finds the file for its threads beside its own ones, and asks of node:assert what scripts/assert.mjs has. */
function takePoolIn({ onLoad }) {
  onLoad({ filter: /src\/verify\/load-piscina\.ts$/ }, ({ path }) => ({
    contents: `export const loadPiscina = () => require('${POOL}')`,
    resolveDir: dirname(path),
  }))
  const found = `require('node:module').createRequire(moduleUrl).resolve('${POOL}')`
  onLoad({ filter: /node_modules\/piscina\/dist\/.+\.js$/ }, ({ path }) => {
    const text = readFileSync(path, 'utf8')
    const [, asked] = /node_assert_1\.default\.(?!notStrictEqual\b)(\w+)/.exec(text) ?? []
    if (asked !== undefined) throw new Error(`${path}: asks for assert.${asked}, which scripts/assert.mjs has not`)
    const pieces = text.split('__dirname')
    const wanted = path.endsWith('dist/index.js') ? 2 : 1
    if (pieces.length !== wanted) throw new Error(`${path}: names its folder ${pieces.length - 1} times`)
    return { contents: pieces.join(`require('node:path').dirname(${found})`) }
  })
}

const outputs = { ...modules.metafile.outputs, ...script.metafile.outputs }

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
