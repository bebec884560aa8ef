import { spawnSync } from 'node:child_process'
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterEach, describe, expect, test } from 'vitest'

const script = fileURLToPath(new URL('../../scripts/check-layers.mjs', import.meta.url))
const folders: string[] = []

/** Runs the layer check on a source tree made of these files. */
function checkLayers(files: Record<string, string>, leastModules = 1) {
  const folder = mkdtempSync(join(tmpdir(), 'layers-'))
  folders.push(folder)
  for (const [name, text] of Object.entries(files)) {
    mkdirSync(dirname(join(folder, name)), { recursive: true })
    writeFileSync(join(folder, name), text)
  }
  return spawnSync(process.execPath, [script, String(leastModules)], { cwd: folder, encoding: 'utf8' })
}

afterEach(() => {
  for (const folder of folders.splice(0)) rmSync(folder, { recursive: true, force: true })
})

const empty = 'export const value = 1\n'
const imports = (path: string) => `import { value } from '${path}'\nexport const other = value\n`

describe('the layer check', () => {
  test('lets an import of an earlier layer pass', () => {
    const result = checkLayers({ 'src/bytes/a.ts': empty, 'src/sip/b.ts': imports('../bytes/a.ts') })
    expect(result.stderr).toBe('')
    expect(result.status).toBe(0)
  })

  const broken: [string, Record<string, string>, string][] = [
    [
      'an import of a later layer',
      { 'src/sip/b.ts': empty, 'src/bytes/a.ts': imports('../sip/b.ts') },
      'bytes-imports-no-later-layer: src/bytes/a.ts',
    ],
    [
      'a folder without a layer',
      { 'src/x/b.ts': empty, 'src/sip/a.ts': imports('../x/b.ts') },
      'every-module-has-a-layer',
    ],
    [
      'a thread that reaches sip through another layer',
      {
        'src/sip/b.ts': empty,
        'src/verify/a.ts': imports('../sip/b.ts'),
        'workers/w.ts': imports('../src/verify/a.ts'),
      },
      'workers-stay-on-the-hot-path: workers/w.ts',
    ],
    [
      'an import of a worker',
      { 'workers/w.ts': empty, 'src/verify/a.ts': imports('../../workers/w.ts') },
      'workers-are-named-by-url',
    ],
    [
      'a parser that opens files',
      { 'src/sip/a.ts': "import { readFileSync } from 'node:fs'\nreadFileSync('a')\n" },
      'only-capture-and-cli-open-files',
    ],
    [
      'a parser that opens files by promise',
      { 'src/sip/a.ts': "import { open } from 'node:fs/promises'\nawait open('a')\n" },
      'only-capture-and-cli-open-files',
    ],
    [
      'sdp-transform outside its adapter',
      { 'src/sip/a.ts': "import { parse } from 'sdp-transform'\nparse('')\n" },
      'sdp-transform-behind-one-adapter',
    ],
    [
      'ink outside the screen',
      { 'src/cli/a.ts': "import { render } from 'ink'\nrender\n" },
      'ink-and-react-behind-the-screen',
    ],
    ['yargs outside cli', { 'src/scan/a.ts': "import yargs from 'yargs/helpers'\nyargs\n" }, 'yargs-in-cli-only'],
    ['an import that does not resolve', { 'src/sip/a.ts': imports('./gone.ts') }, 'every-import-resolves'],
    [
      'an import of the library entry',
      { 'src/index.ts': empty, 'src/scan/a.ts': imports('../index.ts') },
      'index-is-the-top',
    ],
  ]
  test.each(broken)('stops at %s', (_, files, complaint) => {
    const result = checkLayers(files)
    expect(result.stderr).toContain(complaint)
    expect(result.status).toBe(1)
  })

  test('stops where it saw too few modules', () => {
    const result = checkLayers({ 'src/sip/b.ts': empty }, 20)
    expect(result.stderr).toContain('only 1 modules found')
    expect(result.status).toBe(1)
  })
})
