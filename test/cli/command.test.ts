import { execFile } from 'node:child_process'
import {
  copyFileSync,
  lstatSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterAll, describe, expect, test } from 'vitest'
import { VERSION } from '../../src/scan/version.ts'

const ROOT = fileURLToPath(new URL('../../', import.meta.url))
const CALL = join(ROOT, 'samples/call.pcap')
const KEYS = join(ROOT, 'samples/keys.json')
const place = mkdtempSync(join(tmpdir(), 'srtp-scan-cli-'))
afterAll(() => rmSync(place, { recursive: true }))

interface Outcome {
  readonly status: number | null
  readonly out: string
  readonly err: string
}

/** Runs the command as a user would, its output not a terminal. */
function run(args: readonly string[], input?: Buffer, env: NodeJS.ProcessEnv = {}): Promise<Outcome> {
  return new Promise((resolve) => {
    const child = execFile(
      process.execPath,
      ['--import', 'tsx', 'src/cli/main.ts', ...args],
      { cwd: ROOT, env: { ...process.env, ...env } },
      (_, out, err) => resolve({ status: child.exitCode, out, err }),
    )
    child.stdin?.on('error', () => undefined)
    child.stdin?.end(input)
  })
}

describe('srtp-scan call.pcap --keys keys.json', () => {
  test('prints the report as text without colour, and nothing else', async () => {
    const { out, err } = await run([CALL, '--keys', KEYS])
    expect(out).toMatch(/^1 call, 4 streams: 808 of 808 packets verified/)
    expect(out).not.toContain('\u001b')
    expect(err).toBe('')
  })

  test('exits by its findings and --fail-on', async () => {
    const statuses = await Promise.all([
      run([CALL, '--only', 'sdes-key-exposed']),
      run([CALL, '--only', 'sdes-key-exposed', '--fail-on', 'never']),
      run([CALL, '--only', 'sip-cleartext']),
      run([CALL, '--only', 'sip-cleartext', '--fail-on', 'warning']),
    ])
    expect(statuses.map(({ status }) => status)).toEqual([1, 0, 0, 1])
  })

  test('reads the same from -, -r - and --read', async () => {
    const capture = readFileSync(CALL)
    const [named, dash, short, long] = await Promise.all([
      run([CALL]),
      run(['-'], capture),
      run(['-r', '-'], capture),
      run(['--read', CALL]),
    ])
    expect(named.out).not.toBe('')
    expect([dash.out, short.out, long.out]).toEqual([named.out, named.out, named.out])
  })

  test('prints the objects of NDJSON, a line each', async () => {
    const { out } = await run([CALL, '--format', 'ndjson'])
    const types = out
      .trimEnd()
      .split('\n')
      .map((line) => (JSON.parse(line) as { type: string }).type)
    expect(types.filter((type) => type === 'stream')).toHaveLength(4)
    expect(types.at(-1)).toBe('totals')
  })
})

describe('--output', () => {
  test('writes each format to its file, leaves nothing beside, and prints nothing', async () => {
    const directory = mkdtempSync(join(place, 'pair-'))
    const [json, text] = [join(directory, 'r.json'), join(directory, 'r.txt')]
    const { out, err } = await run([CALL, '--format', 'json', '-o', json, '--format', 'text', '-o', text])
    expect([out, err]).toEqual(['', ''])
    expect(JSON.parse(readFileSync(json, 'utf8'))).toMatchObject({ schema: 'srtp-scan/report/1' })
    expect(readFileSync(text, 'utf8')).toMatch(/^1 call/)
    expect(readdirSync(directory).sort()).toEqual(['r.json', 'r.txt'])
  })

  test('through a link keeps the link', async () => {
    const [file, link] = [join(place, 'file.json'), join(place, 'link.json')]
    writeFileSync(file, 'old')
    symlinkSync(file, link)
    await run([CALL, '-o', link])
    expect(lstatSync(link).isSymbolicLink()).toBe(true)
    expect(JSON.parse(readFileSync(file, 'utf8'))).toMatchObject({ schema: 'srtp-scan/report/1' })
  })

  test.each([
    ['by its name', (capture: string) => capture],
    ['by a pattern', (capture: string) => capture.replace(/\.pcap$/, '.pc*')],
  ])('never replaces an input, named %s', async (_, input) => {
    const capture = join(mkdtempSync(join(place, 'input-')), 'own.pcap')
    copyFileSync(CALL, capture)
    const { status, err } = await run([input(capture), '-o', capture])
    expect(status).toBe(2)
    expect(err).toContain('is an input; name another file for the report')
    expect(readFileSync(capture).equals(readFileSync(CALL))).toBe(true)
  })
})

describe('bad usage: status 2, one line, nothing on standard output', () => {
  test.each<[string, string[], RegExp]>([
    ['no capture', [], /no capture is named: .*\(- reads standard input\)/],
    ['an unknown option', [CALL, '--zzzzzz'], /: --zzzzzz: no such option here; --help lists them/],
    [
      'an option that is nearly one',
      [CALL, '--key', KEYS],
      /: --key: no such option here; --keys is the nearest, --help lists them/,
    ],
    ['a switch that is nearly one', [CALL, '--no-colr'], /: --no-colr: no such option here; --no-color is the nearest/],
    ['an option without its value', [CALL, '-k'], /: -k: takes a value/],
    ['a number that is not given', [CALL, '--max-memory'], /: --max-memory: takes a value/],
    ['a severity that is not given', [CALL, '--fail-on'], /: --fail-on: takes a value/],
    ['two formats to standard output', [CALL, '--format', 'json', '--format', 'text'], /cannot share standard output/],
    [
      'one file for two reports',
      [CALL, '--format', 'json', '-o', 'x', '--format', 'text', '-o', 'x'],
      /for two reports/,
    ],
    [
      'an output in no directory',
      [CALL, '-o', join(place, 'none', 'x')],
      /cannot be written \(ENOENT\); its folder is not there: make it, /,
    ],
    ['a folder as output', [CALL, '-o', place], /cannot be written \(EISDIR\); it is a folder: name a file/],
    ['a folder of keys', [CALL, '-k', place], /: is a directory; a file is wanted/],
    [
      'a severity that is none',
      [CALL, '--min-severity', 'x'],
      /: --min-severity x: no such choice; error, warning, info are/,
    ],
    ['--fail-on twice', [CALL, '--fail-on', 'error', '--fail-on', 'info'], /--fail-on: is given more than once/],
    [
      'a rule that is none',
      [CALL, '--ignore', 'sip-cleartxt'],
      /: --ignore sip-cleartxt: no such rule; sip-cleartext is the nearest/,
    ],
    ['two rules at a time', ['rules', 'sip-cleartext', 'srtp-roc'], /rules sip-cleartext srtp-roc: one id at a time/],
    ['a capture for a worker', ['worker', CALL], /call\.pcap: takes no capture; batch --queue submits them/],
    ['tls without a capture', ['tls'], /: tls: no capture is named: srtp-scan tls call\.pcap/],
    ['a missing capture', [join(place, 'none.pcap')], /none\.pcap: no such file/],
    ['a missing key file', [CALL, '-k', join(place, 'none.json')], /none\.json: no such file/],
    ['a policy that is none', [CALL, '--policy', 'nope'], /no such policy and no such file; packs are default, /],
    ['a file that is no policy', [CALL, '--policy', KEYS], /keys\.json: keys: unknown statement/],
    ['an input that is no capture', [KEYS], /keys\.json/],
  ])('%s', async (_, args, message) => {
    const { status, out, err } = await run(args, undefined, { LC_ALL: 'de_DE.UTF-8', DEBUG: '' })
    expect(err).toMatch(message)
    expect(err).toMatch(/^srtp-scan: [^\n]+\n$/)
    expect([status, out]).toEqual([2, ''])
  })
})

describe('other commands', () => {
  test('--version, --help, rules and keys print and exit with 0', async () => {
    const [version, help, rules, keys] = await Promise.all([
      run(['--version']),
      run(['--help']),
      run(['rules', 'crypto-mismatch']),
      run(['keys', '-r', CALL]),
    ])
    expect([version, help, rules, keys].map(({ status, err }) => [status, err])).toEqual(Array(4).fill([0, '']))
    expect(version.out).toBe(`${VERSION}\n`)
    expect(help.out).toContain('--keys')
    expect(help.out).not.toContain('--slab-size')
    expect(rules.out).toContain('RFC 4568')
    expect(JSON.parse(keys.out)).toHaveProperty('keys')
  })
})
