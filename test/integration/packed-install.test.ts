import { spawnSync } from 'node:child_process'
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { Script } from 'node:vm'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { composeTrace } from '../../bench/captures/compose.ts'

const root = fileURLToPath(new URL('../..', import.meta.url))
const folder = mkdtempSync(join(tmpdir(), 'packed-'))
const packaged = 'node_modules/srtp-scan/samples'

/** Runs a command as a user's shell would (on Windows npm and npx are command files). */
function run(command: string, cwd = folder) {
  return spawnSync(command, { cwd, encoding: 'utf8', shell: true, maxBuffer: 2 ** 26 })
}

/** What a command's threads have loaded of the package, the main thread included. V8 reports it. */
function loadedBy(command: string): string[] {
  const reports = mkdtempSync(join(folder, 'loaded-'))
  run(`NODE_V8_COVERAGE="${reports}" ${command}`)
  const texts = readdirSync(reports).map((name) => readFileSync(join(reports, name), 'utf8'))
  const urls = texts.flatMap((text) => (JSON.parse(text) as { result: { url: string }[] }).result.map(({ url }) => url))
  return urls.flatMap((url) => url.split('/node_modules/srtp-scan/dist/')[1] ?? [])
}

/** A trace of 20 MB with an octet changed in every 500th record or so: most of them hit payloads and tags. */
function writeForged(path: string): void {
  composeTrace(path, { calls: 20, packetsEach: 2000, payload: 160, suite: 'AES_CM_128_HMAC_SHA1_80' })
  const trace = readFileSync(path)
  // Behind the signalling of all calls.
  for (let at = 200_000; at < trace.length - 200_000; at += 119_993) trace[at] ^= 0x10
  writeFileSync(path, trace)
}

describe('the packed tarball, installed into an empty folder without development dependencies', () => {
  beforeAll(() => {
    const packed = run(`npm pack --silent --pack-destination "${folder}"`, root)
    expect(packed.status, packed.stderr).toBe(0)
    const tarball = packed.stdout.trim().split('\n').at(-1)
    writeFileSync(join(folder, 'package.json'), '{ "private": true }\n')
    const installed = run(`npm install --omit=dev --no-audit --no-fund "./${tarball}"`)
    expect(installed.status, installed.stderr).toBe(0)
    writeForged(join(folder, 'many.pcap'))
  })

  afterAll(() => rmSync(folder, { recursive: true, force: true }))

  test('scans the packaged sample', () => {
    const scan = run(`npx srtp-scan ${packaged}/call.pcap --keys ${packaged}/keys.json`)
    expect(scan.stdout).toContain('sdes-key-exposed')
    expect(scan.status, scan.stderr).toBe(1)
  })

  test('verifies every tag of the packaged sample', () => {
    const scan = run(`npx srtp-scan ${packaged}/call.pcap --keys ${packaged}/keys.json --format json`)
    expect(JSON.parse(scan.stdout).totals).toMatchObject({ rtp: 800, rtcp: 8, verified: 808, failed: 0, unverified: 0 })
  })

  test('gives its version and its help, as the sources do', () => {
    const { version } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'))
    expect(run('npx srtp-scan --version').stdout.trim()).toBe(version)
    const help = run('npx srtp-scan --help')
    expect(help.stdout).toBe(run('node --import tsx src/cli/main.ts --help', root).stdout)
    expect(help.stdout).toContain('--workers')
  })

  test('starts from what V8 made of its script, and from its modules where another Node made it', () => {
    const command = join(folder, 'node_modules/srtp-scan/dist/src/cli/command.cjs')
    const compiled = `${command}.${process.arch}-${process.version}`
    const cachedData = readFileSync(compiled)
    expect(new Script(readFileSync(command, 'latin1'), { cachedData }).cachedDataRejected).toBe(false)
    const scan = `npx srtp-scan ${packaged}/call.pcap --keys ${packaged}/keys.json --workers 2 --slab-size 64`
    const compiledScan = run(scan)
    const compiledError = run('DEBUG=1 npx srtp-scan none.pcap')
    expect(compiledError.stderr).toContain('command.cjs')
    expect(loadedBy(scan)).toEqual(expect.arrayContaining(['src/cli/start.cjs', 'workers/verify.js']))
    rmSync(compiled)
    expect(run(scan)).toEqual({ ...compiledScan, pid: expect.any(Number) })
    const error = run('DEBUG=1 npx srtp-scan none.pcap')
    expect(error.stderr).not.toContain('command.cjs')
    expect(loadedBy(scan)).toEqual(expect.arrayContaining(['src/cli/main.js', 'workers/verify.js']))
    expect(error.stderr.split('\n')[0]).toBe(compiledError.stderr.split('\n')[0])
    writeFileSync(compiled, cachedData)
  })

  test('ends threads that were begun for a scan that does not come', () => {
    for (const [wrong, said] of [
      ['--no-such-option', 'srtp-scan: --no-such-option: no such option'],
      ['--workers 1.5', 'srtp-scan: --workers: a whole number from 1 to 256 is wanted'],
    ]) {
      const { status, stdout, stderr } = run(`npx srtp-scan many.pcap ${wrong}`)
      expect({ status, stdout }).toEqual({ status: 2, stdout: '' })
      expect(stderr).toContain(said)
    }
    const other = run('npx srtp-scan many.pcap --workers 3 --slab-size 16384 --format json')
    expect(other.status, other.stderr).toBe(1)
    expect(other.stdout).toBe(run('npx srtp-scan many.pcap --workers 1 --format json').stdout)
  })

  describe.each(['22', '24', '26'])('under Node %s', (version) => {
    const binary = `node-${process.platform === 'win32' ? 'win' : process.platform}-${process.arch}`
    const nodes = join(folder, `node-${version}`)
    const node = join(nodes, 'node_modules', binary, 'bin', 'node')
    const command = 'node_modules/srtp-scan/dist/src/cli/start.cjs'

    beforeAll(() => {
      mkdirSync(nodes)
      writeFileSync(join(nodes, 'package.json'), '{ "private": true }\n')
      const installed = run(`npm install --ignore-scripts --no-audit --no-fund ${binary}@${version}`, nodes)
      expect(installed.status, installed.stderr).toBe(0)
      expect(run(`"${node}" --version`).stdout).toMatch(new RegExp(`^v${version}[.]`))
    })

    test.each([
      ['the packaged sample', `${packaged}/call.pcap --keys ${packaged}/keys.json`],
      ['the packaged sample, with threads', `${packaged}/call.pcap --workers 2 --slab-size 64`],
      // Large enough for what V8 is told there.
      ['forged packets among many, with one thread', 'many.pcap --workers 1'],
      ['forged packets among many, with two', 'many.pcap --workers 2'],
    ])('the report of %s is that of this one, and nothing is complained of', (_, args) => {
      const scan = (path: string) => {
        const { status, stdout, stderr } = run(`"${path}" ${command} ${args} --format json`)
        return { status, stdout, stderr }
      }
      const here = scan(process.execPath)
      expect(here).toMatchObject({ status: 1, stderr: '' })
      const { verified, failed } = JSON.parse(here.stdout).totals
      expect([verified > 800, failed > 0]).toEqual([true, args.startsWith('many')])
      expect(scan(node)).toEqual(here)
    })

    // V8 says which functions it looks for wider vectors in.
    test.runIf(process.arch === 'x64')(
      'a large trace is hashed nine at a time, unless V8 is to be told nothing',
      () => {
        const traced = `"${node}" --trace-wasm-revectorize ${command} many.pcap --workers 2 --output nines.txt`
        expect(run(traced).stdout).toMatch(/revec\S* (?:function )?\S*hash-nine[/]hashNine\n/i)
        expect(run(`SRTP_SCAN_V8=usual ${traced}`).stdout).toBe('')
      },
    )
  })

  test('brings its policies, for the command and as files', () => {
    expect(run('npx srtp-scan rules --policy zero-trust').stdout).toContain('SIP goes over TLS only.')
    const pack = JSON.parse(readFileSync(join(folder, 'node_modules/srtp-scan/policies/zero-trust.json'), 'utf8'))
    expect(pack.srtp).toEqual({ required: true })
    const scan = run(`npx srtp-scan ${packaged}/call.pcap --policy node_modules/srtp-scan/policies/zero-trust.json`)
    expect(scan.stdout).toContain('error sip-cleartext')
  })

  test('starts processes for the captures of a batch', () => {
    const batch = run(`npx srtp-scan batch ${packaged} --out reports --workers 2 --fail-on never`)
    expect(batch.status, batch.stdout + batch.stderr).toBe(0)
    const single = run(`npx srtp-scan ${packaged}/call.pcap --format json`)
    expect(readFileSync(join(folder, 'reports/call.pcap.json'), 'utf8')).toBe(single.stdout)
  })

  // A pipe cannot be read again, so nothing takes the place of a thread that is not found while the pipe waits.
  test('gives its library, which starts threads', () => {
    writeFileSync(
      join(folder, 'library.mjs'),
      `import { readFileSync } from 'node:fs'
      import { Readable } from 'node:stream'
      import { setTimeout } from 'node:timers/promises'
      import { scan } from 'srtp-scan'
      const capture = readFileSync('${packaged}/call.pcap')
      async function* inTwoParts() {
        yield capture.subarray(0, 100_000)
        await setTimeout(3000)
        yield capture.subarray(100_000)
      }
      const stdin = Readable.from(inTwoParts())
      const { totals } = await scan({ captures: ['-'], stdin, workers: 2, slabBytes: 65536 })
      console.log(JSON.stringify(totals))`,
    )
    const library = run('node library.mjs')
    expect(library.stderr).toBe('')
    expect(JSON.parse(library.stdout)).toMatchObject({ rtp: 800, rtcp: 8, verified: 808 })
  })

  test('has types for its library', () => {
    writeFileSync(
      join(folder, 'typed.mts'),
      "import { type Report, scan } from 'srtp-scan'\n" +
        "const report: Report = await scan({ captures: ['call.pcap'] })\n" +
        'export const verified: number = report.totals.verified\n' +
        '// @ts-expect-error: it is no text\n' +
        'export const wrong: string = report.totals.verified\n',
    )
    const options = `--noEmit --strict --target es2023 --module nodenext --types node --typeRoots "${root}node_modules/@types"`
    const checked = run(`node "${root}node_modules/typescript/bin/tsc" --ignoreConfig ${options} typed.mts`)
    expect(checked.stdout).toBe('')
    expect(checked.status).toBe(0)
  })

  test('holds the licences of what is written into it', () => {
    const licences = readFileSync(join(folder, 'node_modules/srtp-scan/dist/third-party-licences.txt'), 'utf8')
    for (const name of ['ipaddr.js', 'sdp-transform', 'yargs', 'yargs-parser']) {
      expect(licences).toMatch(new RegExp(`^${name.replace('.', '[.]')} [0-9.]+\n\n.*(?:MIT|ISC|Copyright)`, 'm'))
    }
  })

  test('has a bill of materials: every package that is installed with it or written into it, with version and licence', () => {
    const file = join(folder, 'sbom.json')
    const written = run(`node scripts/sbom.mjs "${file}"`, root)
    expect(written.status, written.stderr).toBe(0)
    interface Component {
      readonly name: string
      readonly version: string
      readonly licenses: readonly { readonly license?: { readonly id: string }; readonly expression?: string }[]
    }
    const bill = JSON.parse(readFileSync(file, 'utf8'))
    expect(bill).toMatchObject({ bomFormat: 'CycloneDX', metadata: { component: { name: 'srtp-scan' } } })
    const listed = new Set((bill.components as Component[]).map(({ name, version }) => `${name} ${version}`))
    for (const { name, licenses } of bill.components as Component[]) {
      expect(licenses.map(({ license, expression }) => license?.id ?? expression).join(), name).toMatch(/^[(\w]/)
    }
    const licences = readFileSync(join(folder, 'node_modules/srtp-scan/dist/third-party-licences.txt'), 'utf8')
    const bundled = [...licences.matchAll(/^(\S+) (\d+\.\d+\.\d+\S*)\n\n/gm)].map(
      ([, name, version]) => `${name} ${version}`,
    )
    expect(bundled.length).toBeGreaterThan(5)
    const lock = JSON.parse(readFileSync(join(folder, 'node_modules/.package-lock.json'), 'utf8'))
    const installed = Object.entries(lock.packages as Record<string, { version: string }>)
      .map(([path, { version }]) => `${path.replace(/^.*node_modules\//, '')} ${version}`)
      .filter((one) => !one.startsWith('srtp-scan '))
    expect(installed.length).toBeGreaterThan(40)
    // An installation takes what its ranges allow on that day; the bill names what the lock file does.
    const names = (list: Iterable<string>) => new Set([...list].map((one) => one.split(' ')[0]))
    for (const one of bundled) expect(listed).toContain(one)
    for (const name of names(installed)) expect(names(listed)).toContain(name)
    // What only develops it is not in it.
    expect(names(listed)).not.toContain('vitest')
  })

  test('ends with status 2 and one line where there is no such capture', () => {
    const scan = run('npx srtp-scan gone.pcap')
    expect(scan.status).toBe(2)
    expect(scan.stderr).toContain('gone.pcap')
  })
})
