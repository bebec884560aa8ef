/**
 * The arrows of docs/architecture.md. Each layer imports only those before it. Cycles within a layer are Biome's to find
 * (noImportCycles): it tells imports of types, which leave no trace at run time, from others; swc does not.
 */
const layers = [
  'limits',
  'bytes',
  'capture',
  'net',
  'tls',
  'sip',
  'sdp',
  'rtp',
  'srtp',
  'media',
  'audio',
  'verify',
  'model',
  'policy',
  'rules',
  'report',
  'page',
  'scan',
  'live',
  'batch',
  'cli',
]

/** What sees every packet: all that a thread may load. */
const hotPath = ['limits', 'bytes', 'capture', 'net', 'rtp', 'srtp', 'verify']

const anyOf = (names) => `^src/(${names.join('|')})(/|[.]ts$)`

const upward = layers.slice(0, -1).map((layer, i) => ({
  name: `${layer}-imports-no-later-layer`,
  severity: 'error',
  from: { path: anyOf([layer]) },
  to: { path: anyOf(layers.slice(i + 1)) },
}))

/** @type {import('dependency-cruiser').IConfiguration} */
module.exports = {
  forbidden: [
    ...upward,
    {
      name: 'every-module-has-a-layer',
      comment: 'A folder under src that the table of layers does not know would escape all other rules.',
      severity: 'error',
      from: { path: '^(src|workers)/' },
      to: { path: '^src/', pathNot: [anyOf(layers), '^src/index[.]ts$'] },
    },
    {
      name: 'index-is-the-top',
      severity: 'error',
      from: { path: '^(src|workers)/' },
      to: { path: '^src/index[.]ts$' },
    },
    {
      name: 'workers-stay-on-the-hot-path',
      comment: 'Reached through any number of imports: what a thread loads, every thread pays for.',
      severity: 'error',
      from: { path: '^workers/' },
      to: {
        path: anyOf(layers.filter((layer) => !hotPath.includes(layer))),
        reachable: true,
      },
    },
    {
      name: 'workers-are-named-by-url',
      severity: 'error',
      from: { path: '^src/' },
      to: { path: '^workers/' },
    },
    {
      name: 'only-capture-and-cli-open-files',
      comment: 'The loader of the kernel reads its module from disk.',
      severity: 'error',
      from: { path: '^(src|workers)/', pathNot: [anyOf(['capture', 'cli']), '^src/verify/kernel[.]ts$'] },
      to: { path: '^(node:)?fs(/promises)?$' },
    },
    {
      name: 'sdp-transform-behind-one-adapter',
      severity: 'error',
      from: { path: '^(src|workers)/', pathNot: '^src/sdp/' },
      to: { path: 'sdp-transform' },
    },
    {
      name: 'yargs-in-cli-only',
      severity: 'error',
      from: { path: '^(src|workers)/', pathNot: anyOf(['cli']) },
      to: { path: '(^|/)yargs(/|$)' },
    },
    {
      name: 'ink-and-react-behind-the-screen',
      comment: 'Loaded when it opens, and by nothing else.',
      severity: 'error',
      from: { path: '^(src|workers)/', pathNot: '^src/cli/screen/' },
      to: { path: '(^|/)(ink|react)(/|$)' },
    },
    {
      name: 'the-page-knows-shapes-and-words-only',
      comment: 'It runs in a browser: what it loads there beside itself needs no Node.',
      severity: 'error',
      from: { path: '^src/page/' },
      to: {
        path: '^(src|workers)/',
        pathNot:
          '^src/(page/|bytes/(compare-text|endpoint)[.]ts$|model/((tls-)?report|crypto-tag|severities)[.]ts$|report/(capture-losses|clock-text|escape|finding-weight|layout|reached-limits|turn-text)[.]ts$|report/ladder/|report/html/(batch|page)-index[.]ts$)',
      },
    },
    {
      name: 'the-page-is-bundled-not-imported',
      severity: 'error',
      from: { path: '^(src|workers)/', pathNot: '^src/page/' },
      to: { path: '^src/page/' },
    },
    {
      name: 'the-product-never-imports-its-tests-or-samples',
      severity: 'error',
      from: { path: '^(src|workers)/' },
      to: { path: '^(test|samples|bench|scripts)/' },
    },
    {
      name: 'no-development-dependency-in-the-product',
      comment:
        'Three are written into the bundle (docs/decisions/start-up.md), and all of the page is (docs/decisions/page.md).',
      severity: 'error',
      from: { path: '^(src|workers)/', pathNot: '^src/page/' },
      to: {
        dependencyTypes: ['npm-dev', 'npm-no-pkg', 'npm-unknown'],
        pathNot: '^node_modules/(@types/)?(ipaddr[.]js|sdp-transform|yargs)/',
      },
    },
    {
      name: 'every-import-resolves',
      severity: 'error',
      from: { path: '^(src|workers)/' },
      // @types/sarif has types only: there is no package of that name.
      to: { couldNotResolve: true, pathNot: '^sarif$' },
    },
  ],
  options: {
    parser: 'swc',
    doNotFollow: { path: 'node_modules' },
    enhancedResolveOptions: {
      exportsFields: ['exports'],
      conditionNames: ['import', 'node', 'default', 'types'],
      extensions: ['.ts', '.tsx', '.js', '.cjs', '.mjs', '.json'],
      mainFields: ['module', 'main'],
    },
  },
}
