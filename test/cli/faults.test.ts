import { spawn } from 'node:child_process'
import { once } from 'node:events'
import {
  copyFileSync,
  existsSync,
  mkdtempSync,
  openSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterAll, beforeEach, describe, expect, test } from 'vitest'
import type { Report } from '../../src/model/report.ts'

const ROOT = fileURLToPath(new URL('../../', import.meta.url))
const CALL = join(ROOT, 'samples/call.pcap')
const SIZE = statSync(CALL).size
const SLAB = 64 << 10
/** Octets of standard input that come at once. */
const FIRST = 50_000
const PCAP_HEADER_BYTES = 24
const places = mkdtempSync(join(tmpdir(), 'srtp-scan-faults-'))
let place: string
beforeEach(() => {
  place = mkdtempSync(join(places, 'one-'))
})
afterAll(() => rmSync(places, { recursive: true }))

interface Outcome {
  readonly status: number | null
  readonly signal: NodeJS.Signals | null
  readonly out: string
  readonly err: string
}

interface Circumstances {
  /** As test/cli/fault-at.mjs has it. */
  readonly fault?: string
  /** Where standard output goes; its text is had where absent. */
  readonly stdout?: number
  /** The reader of standard output leaves before anything comes. */
  readonly unread?: boolean
  /** Standard input; it stays open behind it where `open`. */
  readonly input?: Uint8Array
  readonly open?: boolean
  /** Awaited when the first of it was written. */
  readonly ready?: () => Promise<void>
  /** A command of the shell before it. */
  readonly shell?: string
}

async function run(args: readonly string[], given: Circumstances = {}): Promise<Outcome> {
  const command = ['--import', 'tsx', '--import', './test/cli/fault-at.mjs', 'src/cli/main.ts', ...args]
  const [file, words] =
    given.shell === undefined
      ? [process.execPath, command]
      : ['/bin/sh', ['-c', `${given.shell}; exec "$0" "$@"`, process.execPath, ...command]]
  const child = spawn(file, words, {
    cwd: ROOT,
    env: { ...process.env, FAULT: given.fault ?? '' },
    stdio: ['pipe', given.stdout ?? 'pipe', 'pipe'],
  })
  const texts = { out: '', err: '' }
  if (given.unread) child.stdout?.destroy()
  child.stdout?.on('data', (text) => {
    texts.out += text
  })
  child.stderr?.on('data', (text) => {
    texts.err += text
  })
  child.stdin?.on('error', () => undefined)
  if (given.input !== undefined) child.stdin?.write(given.input.subarray(0, FIRST))
  await given.ready?.()
  if (given.input !== undefined) child.stdin?.write(given.input.subarray(FIRST))
  if (!given.open) child.stdin?.end()
  const [status, signal] = await once(child, 'close')
  return { status, signal, ...texts }
}

function reportIn(path: string): Report {
  return JSON.parse(readFileSync(path, 'utf8')) as Report
}

function copyOfCall(): string {
  const path = join(place, 'c.pcap')
  copyFileSync(CALL, path)
  return path
}

describe('no room for the report', () => {
  test.each(['text', 'json', 'ndjson', 'html'])(
    'on standard output, %s: one line, status 2',
    async (format) => {
      const { status, err } = await run([CALL, '--format', format], { stdout: openSync('/dev/full', 'w') })
      expect([status, err]).toEqual([
        2,
        'srtp-scan: standard output: cannot be written (ENOSPC); no space is left: make room, or name another place\n',
      ])
    },
    60_000,
  )

  test('in its file: what was there stays, nothing lies beside, the other report is written', async () => {
    const path = join(place, 'r.json')
    writeFileSync(path, 'of yesterday')
    const args = [CALL, '--format', 'json', '-o', path, '--format', 'text']
    const { status, out, err } = await run(args, { shell: 'ulimit -f 8' })
    expect([status, err]).toEqual([
      2,
      `srtp-scan: ${path}: cannot be written (EFBIG); it would be larger than the system allows (ulimit -f)\n`,
    ])
    expect(out).toMatch(/^1 call, 4 streams/)
    expect([readdirSync(place), readFileSync(path, 'utf8')]).toEqual([['r.json'], 'of yesterday'])
  }, 60_000)

  test.each(['text', 'ndjson'])(
    'on standard output, %s: the file is written all the same',
    async (format) => {
      const path = join(place, 'r.json')
      const args = [CALL, '--format', format, '-o', '-', '--format', 'json', '-o', path]
      const { status, err } = await run(args, { stdout: openSync('/dev/full', 'w') })
      expect([status, err]).toEqual([2, expect.stringMatching(/^srtp-scan: standard output: [^\n]+ENOSPC[^\n]+\n$/)])
      expect(reportIn(path).streams).toHaveLength(4)
    },
    60_000,
  )
})

describe('what a killed process left beside an output', () => {
  test.each([
    ['a report', ['--format', 'json', '-o'], 'promises.rename 1', 'r.json'],
    ['speech', ['--write-pcap'], 'promises.rename 1', 'c.pcapng'],
  ])(
    '%s: the next run to that folder removes it, and nothing of a process that lives',
    async (what, options, step, name) => {
      const args = [...(what === 'speech' ? ['decrypt'] : []), CALL, ...options, join(place, name)]
      expect((await run(args, { fault: `${step} SIGKILL` })).signal).toBe('SIGKILL')
      const [left, ...others] = readdirSync(place)
      expect([left, others]).toEqual([expect.stringMatching(/^\.srtp-scan-[0-9a-f]{8}-\d+-[0-9a-f]{12}$/), []])
      const [host, , random] = left.split('-').slice(2)
      const kept = [
        `.srtp-scan-${host}-${process.pid}-${random}`,
        `.srtp-scan-00000000-1-${random}`,
        '.srtp-scan-notes',
      ]
      for (const file of kept) writeFileSync(join(place, file), '')
      expect((await run(args)).err).not.toContain('cannot')
      expect(readdirSync(place).sort()).toEqual([...kept, name].sort())
    },
    90_000,
  )
})

describe('a reader of standard output that leaves', () => {
  test.each(['text', 'json', 'ndjson', 'html'])(
    '%s: ends quietly with the verdict',
    async (format) => {
      const failing = await run([CALL, '--format', format], { unread: true })
      expect([failing.status, failing.err]).toEqual([1, ''])
      const args = [CALL, '--format', format, '--fail-on', 'never']
      const clean = await run(args, { unread: true })
      // What is told line by line is told before the verdict.
      expect([clean.status, clean.err]).toEqual([format === 'ndjson' ? 141 : 0, ''])
    },
    60_000,
  )

  test.each(['text', 'ndjson'])(
    '%s: the file is written all the same',
    async (format) => {
      const path = join(place, 'r.json')
      const args = [CALL, '--format', format, '-o', '-', '--format', 'json', '-o', path]
      const { status, err } = await run(args, { unread: true })
      expect([status, err, readdirSync(place)]).toEqual([1, '', ['r.json']])
      expect(reportIn(path).streams).toHaveLength(4)
    },
    60_000,
  )
})

describe('commands with several outputs', () => {
  test.each([
    ['full', { stdout: openSync('/dev/full', 'w') }, 2, /^srtp-scan: standard output: [^\n]+ENOSPC[^\n]+\n$/],
    ['left by its reader', { unread: true }, 0, /^$/],
  ])(
    'tls, standard output %s: the file is written all the same',
    async (_, circumstances, status, err) => {
      const path = join(place, 'tls.json')
      const ended = await run(
        ['tls', CALL, '--format', 'text', '--format', 'json', '-o', '-', '-o', path],
        circumstances,
      )
      expect([ended.status, ended.err]).toEqual([status, expect.stringMatching(err)])
      expect(JSON.parse(readFileSync(path, 'utf8'))).toEqual({ tls: [] })
    },
    60_000,
  )

  test('tls, one file has no place any more: the other is written', async () => {
    const gone = mkdtempSync(join(place, 'gone-'))
    const path = join(place, 'tls.txt')
    const args = ['tls', CALL, '-o', join(gone, 'tls.json'), '--format', 'json', '--format', 'text', '-o', path]
    const { status, err } = await run(args, { fault: `readSync 2 removeFolder ${gone}` })
    expect([status, err]).toEqual([
      2,
      `srtp-scan: ${gone}/tls.json: cannot be written (ENOENT); its folder is not there: make it, or name another place\n`,
    ])
    expect(readFileSync(path, 'utf8')).not.toBe('')
  }, 60_000)

  test.each([
    ['full', { stdout: openSync('/dev/full', 'w') }, 2, /^srtp-scan: standard output: [^\n]+ENOSPC[^\n]+\n$/],
    ['left by its reader', { unread: true }, 1, /^$/],
  ])(
    'batch, standard output %s: every form of the summary is written, the status is the verdict',
    async (_, circumstances, status, err) => {
      const args = ['batch', CALL, '--out', place, '--format', 'html', '--workers', '1']
      const ended = await run(args, circumstances)
      expect([ended.status, ended.err]).toEqual([status, expect.stringMatching(err)])
      expect(readdirSync(place).sort()).toEqual(
        ['call.pcap.html', 'state.ndjson', 'summary.html', 'summary.json', 'summary.txt'].sort(),
      )
    },
    60_000,
  )

  test('decrypt, one output may not replace what is there: the other is written', async () => {
    const [pcap, folder] = [join(place, 'clear.pcapng'), join(place, 'wav')]
    await run(['decrypt', CALL, '--write-wav', folder])
    const [wav] = readdirSync(folder)
    const { status, err } = await run(['decrypt', CALL, '--write-pcap', pcap, '--write-wav', folder])
    expect([status, err.trimEnd().split('\n').at(-1)]).toEqual([
      2,
      `srtp-scan: ${folder}/${wav}: exists; --force replaces it`,
    ])
    expect([readdirSync(place), readdirSync(folder)]).toEqual([['clear.pcapng', 'wav'], [wav]])
    expect(statSync(pcap).size).toBeGreaterThan(100_000)
  }, 60_000)

  test('decrypt, no room for either: both are named, nothing lies beside', async () => {
    const [pcap, folder] = [join(place, 'clear.pcapng'), join(place, 'wav')]
    const args = ['decrypt', CALL, '--write-pcap', pcap, '--write-wav', folder]
    const { status, err } = await run(args, { shell: 'ulimit -f 8' })
    expect([status, err.trimEnd().split('\n').at(-1)]).toEqual([2, expect.stringContaining('EFBIG')])
    expect([readdirSync(place), readdirSync(folder)]).toEqual([['wav'], []])
  }, 60_000)
})

test.each(['', 'tls', 'decrypt'])(
  '"%s" says that nothing fits what is asked for',
  async (command) => {
    const words = command === 'decrypt' ? [command, '--write-pcap', join(place, 'c.pcapng')] : command.split(' ', 1)
    const { status, err } = await run([...words.filter(Boolean), CALL, '--call', 'nobody', '-q'])
    expect([status, err.trimEnd().split('\n').at(-1)]).toEqual([
      0,
      'srtp-scan: warning: no call and no stream fits --call nobody',
    ])
  },
  60_000,
)

test.each(['', 'tls', 'keys', 'decrypt'])(
  '"%s" names what in a folder is named like a capture and is none',
  async (command) => {
    const words = command === 'decrypt' ? [command, '--write-pcap', join(place, 'c.pcapng')] : [command].filter(Boolean)
    const folder = mkdtempSync(join(place, 'set-'))
    copyFileSync(CALL, join(folder, 'a.pcap'))
    writeFileSync(join(folder, 'b.pcap'), '')
    symlinkSync('nowhere', join(folder, 'c.pcap'))
    writeFileSync(join(folder, 'notes.txt'), 'none')
    const { err } = await run([...words, folder])
    expect(err).toContain(`srtp-scan: warning: ${folder}/b.pcap: no capture: it is empty; it is left out\n`)
    expect(err).toMatch(/warning: .*\/c\.pcap: no such file .*; it is left out\n/)
    expect(err).not.toContain('notes.txt')
  },
  60_000,
)

describe('a file that changes while it is read', () => {
  // The first read looks at what it is; every slab is one after that.
  const SLABS = ['--slab-size', '64', '--workers', '1', '--format', 'json']

  test.each([
    ['to what was not read yet', 3, 100_000, 100_000],
    ['to less than was read', 4, 1000, SLAB],
    ['between two slabs', 3, 2 * SLAB, 2 * SLAB],
  ])(
    'shrinks %s: what was read is reported, and where it ended',
    async (_, read, size, atByte) => {
      const path = copyOfCall()
      const { status, out, err } = await run([path, ...SLABS], { fault: `readSync ${read} truncate ${path} ${size}` })
      expect([status, err]).toEqual([1, ''])
      const [capture] = (JSON.parse(out) as Report).captures
      expect(capture.lost).toEqual({ reason: 'the file shrank while it was read', atByte })
    },
    60_000,
  )

  test('shrinks, one of a set: the same', async () => {
    const path = copyOfCall()
    const others = join(ROOT, 'samples/one-way.pcap')
    const fault = `readSync 8 truncate ${path} 1000`
    const { status, out, err } = await run([path, others, ...SLABS], { fault })
    expect([status, err]).toEqual([1, ''])
    const lost = (JSON.parse(out) as Report).captures.map((capture) => capture.lost?.reason)
    expect(lost).toEqual(['the file shrank while it was read', undefined])
  }, 60_000)

  test.each([
    ['grows', 'append'],
    ['vanishes', 'remove'],
  ])(
    '%s: it is read as it was when it was opened',
    async (_, fault) => {
      const path = copyOfCall()
      const whole = await run([path, ...SLABS])
      const { status, out, err } = await run([path, ...SLABS], { fault: `readSync 3 ${fault} ${path} 5000` })
      expect([status, err]).toEqual([1, ''])
      expect(out).toBe(whole.out)
      expect(existsSync(path) ? statSync(path).size : 0).toBe(fault === 'append' ? SIZE + 5000 : 0)
    },
    60_000,
  )

  test.each([
    ['vanishes before it is opened', 'remove', 'no such file or directory; a capture, a directory, '],
    ['may not be read', 'refuse', 'cannot be read (EACCES: permission denied)'],
  ])(
    'one of a set that %s: one line that names it, status 2, no report',
    async (_, fault, what) => {
      const path = copyOfCall()
      const report = join(place, 'r.json')
      const { status, out, err } = await run([CALL, path, '--format', 'json', '-o', report], {
        fault: `openSync 1 ${fault} ${path}`,
      })
      expect([status, out, err]).toEqual([2, '', expect.stringContaining(`srtp-scan: ${path}: ${what}`)])
      expect(err.split('\n')).toHaveLength(2)
      expect(existsSync(report)).toBe(false)
    },
    60_000,
  )
})

describe('a thread of the pool', () => {
  const ARGS = ['--workers', '3', '--slab-size', '64', '--format', 'json']
  const INCIDENT = readFileSync(join(ROOT, 'samples/incident.pcapng'))

  /** A pipe whose threads have taken a slab before most of it comes: the main thread cannot read it all before they start. */
  async function piped(fault: string, input: Uint8Array, open = false): Promise<Outcome> {
    const told = join(place, 'told')
    const ready = () => expect.poll(() => existsSync(told), { timeout: 60_000 }).toBe(true)
    return run(['-', ...ARGS], { fault: `${fault} ${told}`, input, open, ...(!fault.includes('start') && { ready }) })
  }

  test.each(['start throw', 'claimed starve', 'walking throw', 'walked throw', 'committing throw'])(
    '%ss while a file is read: the main thread does it again, and the report is the same',
    async (fault) => {
      const { out } = await run([CALL, ...ARGS])
      expect(await run([CALL, ...ARGS], { fault: `thread.${fault.replace(' ', ' 1 ')}` })).toEqual({
        ...{ status: 1, signal: null, err: '', out },
      })
    },
    90_000,
  )

  test.each(['start 1 throw', 'claimed 1 starve', 'claimed 1 throw', 'walked 1 throw', 'committed 1 starve'])(
    'at %s, while a pipe is read: the main thread goes on alone, and the report is the same',
    async (fault) => {
      const whole = await run(['-', '--format', 'json'], { input: INCIDENT })
      const { status, err, out } = await piped(`thread.${fault}`, INCIDENT)
      expect([status, err]).toEqual([1, ''])
      expect(out).toBe(whole.out)
    },
    90_000,
  )

  test.each(['throw', 'starve'])(
    'half-way through the walk of a slab of a pipe (%s): the report of what came before, and status 2 at once',
    async (fault) => {
      const { status, err, out } = await piped(`thread.walking 1 ${fault}`, INCIDENT, true)
      expect(status).toBe(2)
      expect(err).toMatch(
        /^srtp-scan: a worker thread ended \([^\n]+\); --workers 1 does without; the report is of what was judged by then\n$/,
      )
      const { captures, streams, totals } = JSON.parse(out) as Report
      expect(captures[0].lost).toEqual({
        reason: expect.stringContaining('the scan broke off'),
        atByte: expect.any(Number),
      })
      expect(totals.calls).toBeGreaterThan(0)
      for (const { packets, verified, failed, unverified, plain } of streams) {
        expect(verified + failed + unverified + plain).toBe(packets)
      }
    },
    90_000,
  )

  test('half-way through the verdicts of a slab of a pipe: those are missing, what follows is judged', async () => {
    const { status, err, out } = await piped('thread.committing 1 throw', INCIDENT)
    expect([status, err]).toEqual([2, expect.stringMatching(/^srtp-scan: a worker thread ended \([^\n]+\n$/)])
    const whole = JSON.parse((await run(['-', '--format', 'json'], { input: INCIDENT })).out) as Report
    const { captures, streams, totals } = JSON.parse(out) as Report
    expect(captures[0].lost).toEqual({
      reason: expect.stringContaining('the scan broke off'),
      atByte: expect.any(Number),
    })
    expect([totals.frames, totals.rtp, totals.calls]).toEqual([
      whole.totals.frames,
      whole.totals.rtp,
      whole.totals.calls,
    ])
    expect(totals.verified).toBeGreaterThan(0)
    expect(totals.unverified).toBeGreaterThan(0)
    for (const { packets, verified, failed, unverified, plain, unverifiedReason } of streams) {
      expect(verified + failed + unverified + plain).toBe(packets)
      expect(unverifiedReason).toBe(unverified > 0 ? 'the scan broke off before they were judged' : undefined)
    }
    for (const stream of streams) {
      const same = whole.streams.find(({ id }) => id === stream.id)
      expect(stream.failed).toBeLessThanOrEqual(same?.failed ?? 0)
    }
  }, 90_000)
})

describe('the main thread', () => {
  const ARGS = ['--workers', '1', '--slab-size', '64', '--format', 'json']

  test.each(['walking', 'walked', 'committing'])(
    'fails, %s the third slab of a file: the report of what came before, and status 2',
    async (stage) => {
      const { status, out, err } = await run([CALL, ...ARGS], { fault: `main.${stage} 3 throw` })
      expect([status, err]).toEqual([2, 'srtp-scan: a fault of the test; the report is of what was judged by then\n'])
      const { captures, streams, totals } = JSON.parse(out) as Report
      expect(captures[0].lost).toEqual({ reason: expect.stringContaining('the scan broke off'), atByte: 2 * SLAB })
      expect([totals.calls, totals.streams, totals.failed]).toEqual([1, 4, 0])
      expect(totals.verified).toBeGreaterThan(0)
      for (const { packets, verified, failed, unverified, plain } of streams) {
        expect(verified + failed + unverified + plain).toBe(packets)
      }
    },
    60_000,
  )
})

describe.each([
  ['SIGINT', 130],
  ['SIGTERM', 143],
] as const)('%s', (signal, number) => {
  test.each([
    ['while the file is read', 'readSync 3'],
    ['when the file for the report is made', 'promises.open 1'],
    ['before the report has its name', 'promises.rename 1'],
  ])(
    '%s: ends at once, and leaves a whole report or what was there',
    async (_, step) => {
      const path = join(place, 'r.json')
      writeFileSync(path, '{}')
      const args = [CALL, '--workers', '1', '--slab-size', '64', '--format', 'json', '-o', path]
      const ended = await run(args, { fault: `${step} ${signal}` })
      expect([ended.signal === signal ? number : ended.status, ended.out, ended.err]).toEqual([number, '', ''])
      expect(readdirSync(place)).toEqual(['r.json'])
      expect([undefined, 4]).toContain((reportIn(path) as Partial<Report>).streams?.length)
    },
    60_000,
  )

  test('while standard input is read: the report of what came, and its verdict', async () => {
    const path = join(place, 'r.json')
    const child = spawn(process.execPath, ['--import', 'tsx', 'src/cli/main.ts', '-', '--format', 'json', '-o', path], {
      cwd: ROOT,
    })
    const err: string[] = []
    child.stderr.on('data', (text) => err.push(String(text)))
    const closed = once(child, 'close')
    // More than a pipe holds: once it is taken, the first of it was read.
    const call = readFileSync(CALL)
    const octets = Buffer.concat([call, ...Array.from({ length: 20 }, () => call.subarray(PCAP_HEADER_BYTES))])
    await new Promise((resolve) => child.stdin.write(octets, resolve))
    child.kill(signal)
    const [status] = await closed
    expect([status, err]).toEqual([1, []])
    expect(reportIn(path).streams).toHaveLength(4)
    expect(readdirSync(place)).toEqual(['r.json'])
  }, 60_000)
})
