import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { chmodSync, existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { Report } from '../../src/model/report.ts'

const ROOT = fileURLToPath(new URL('../../', import.meta.url))
const CALL = join(ROOT, 'samples/call.pcap')
const FAKE = join(ROOT, 'test/capture/live/fake-tool.mjs')
const folder = mkdtempSync(join(tmpdir(), 'srtp-scan-live-'))
afterAll(() => rmSync(folder, { recursive: true }))

/** A tcpdump that does what its mode says: it stands before all others in the path. */
beforeAll(() => {
  const script = `#!/bin/sh\nexec '${process.execPath}' '${FAKE}' "$FAKE_MODE" "$FAKE_CAPTURE" "$@"\n`
  writeFileSync(join(folder, 'tcpdump'), script)
  chmodSync(join(folder, 'tcpdump'), 0o755)
})

interface Started {
  readonly child: ChildProcess
  /** What it has written to standard output by now. */
  readonly out: () => string
  readonly ended: Promise<{ status: number | null; out: string; err: string }>
}

function start(args: readonly string[], mode = 'sound', capture = CALL): Started {
  const child = spawn(process.execPath, ['--import', 'tsx', 'src/cli/main.ts', ...args], {
    cwd: ROOT,
    env: { ...process.env, PATH: `${folder}:${process.env.PATH}`, FAKE_MODE: mode, FAKE_CAPTURE: capture },
  })
  let [out, err] = ['', '']
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    out += text
  })
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    err += text
  })
  const ended = once(child, 'close').then(([status]) => ({ status: status as number | null, out, err }))
  return { child, out: () => out, ended }
}

/** Root that has not chosen is told that it stays root. */
const AS_WE_ARE = process.geteuid?.() === 0 ? ['--user', 'root'] : []
const live = (...args: string[]) => ['live', '-i', 'eth9', '--capture-with', 'tcpdump', ...AS_WE_ARE, ...args]

describe('srtp-scan live through a child', () => {
  test('tells what it finds while it goes on; Ctrl-C ends it with the report and the status of its findings', async () => {
    const { child, out, ended } = start(live())
    await expect.poll(out, { timeout: 50_000 }).toContain('"type":"early-finding"')
    expect(out()).not.toContain('"type":"totals"')
    child.kill('SIGINT')
    const { status, out: told, err } = await ended
    const types = told
      .trimEnd()
      .split('\n')
      .map((line) => (JSON.parse(line) as { type: string }).type)
    expect({ status, calls: types.filter((type) => type === 'call').length, last: types.at(-1) }).toEqual({
      ...{ status: 1, calls: 1, last: 'totals' },
    })
    expect(err).toBe('srtp-scan: eth9: 40 packets received, 5 of them dropped (tcpdump)\n')
    expect(told).toContain('"droppedFrames":5')
  })

  test('-w keeps what comes, in files of a size; --count ends it', async () => {
    const kept = join(folder, 'kept.pcap')
    const report = join(folder, 'report.json')
    const options = ['-w', kept, '--rotate-size', '1', '--count', '50', '-o', report, '-q', '--fail-on', 'never']
    expect(await start(live(...options)).ended).toEqual({ status: 0, out: '', err: '' })
    const files = readdirSync(folder).filter((name) => name.startsWith('kept-00001-'))
    expect(files).toHaveLength(1)
    expect(statSync(join(folder, files[0])).mode & 0o777).toBe(0o600)
    expect(JSON.parse(readFileSync(report, 'utf8'))).toMatchObject({ totals: { frames: 50 } })
  })

  test('the end of its terminal, which it may hear of twice, ends it with the report', async () => {
    const [report, kept] = [join(folder, 'hangup.json'), join(folder, 'hangup.pcap')]
    const { child, ended } = start(live('-o', report, '-w', kept))
    await expect.poll(() => existsSync(kept), { timeout: 50_000 }).toBe(true)
    child.kill('SIGHUP')
    child.kill('SIGHUP')
    expect(await ended).toMatchObject({ status: 1, out: '' })
    expect(JSON.parse(readFileSync(report, 'utf8'))).toMatchObject({ totals: { calls: 1 } })
  })

  test('a report whose folder has gone by the end is told on standard output instead', async () => {
    const gone = mkdtempSync(join(folder, 'gone-'))
    const { child, ended } = start(live('-o', join(gone, 'report.json'), '-w', join(gone, 'kept.pcap')))
    await expect.poll(() => existsSync(join(gone, 'kept.pcap')), { timeout: 50_000 }).toBe(true)
    rmSync(gone, { recursive: true })
    child.kill('SIGINT')
    const { status, out, err } = await ended
    expect({ status, out }).toEqual({ status: 2, out: expect.stringMatching(/^1 call, 4 streams: /) })
    expect(err).toContain('report.json: cannot be written (ENOENT)')
  })

  test('whoever reads its lines leaves: it ends, and the status does not say that nothing was found', async () => {
    const { child, ended } = start(live())
    child.stdout?.destroy()
    expect(await ended).toEqual({ status: 141, out: '', err: '' })
  })

  test('the same, but there are files too: it goes on to its end', async () => {
    const [report, kept] = [join(folder, 'unread.json'), join(folder, 'unread.pcap')]
    const { child, ended } = start(live('--format', 'ndjson', '-o', '-', '-o', report, '--format', 'json', '-w', kept))
    child.stdout?.destroy()
    await expect.poll(() => existsSync(kept) && statSync(kept).size, { timeout: 50_000 }).toBe(statSync(CALL).size)
    child.kill('SIGINT')
    expect(await ended).toMatchObject({ status: 1, out: '' })
    expect(JSON.parse(readFileSync(report, 'utf8'))).toMatchObject({ totals: { calls: 1 } })
  })

  test('says so where the capture ends by itself, and reports on what came', async () => {
    const { status, out, err } = await start(live('--format', 'text', '--fail-on', 'never'), 'goes-away').ended
    expect(status).toBe(0)
    expect(out).toMatch(/^1 call, 4 streams: 808 of 808 packets verified/)
    const why = 'eth9: the capture ended by itself (tcpdump: pcap_loop: The interface disappeared)'
    expect(err).toContain(`warning: ${why}`)
    const quiet = await start(live('--format', 'json', '--fail-on', 'never', '-q'), 'goes-away').ended
    expect((JSON.parse(quiet.out) as Report).anomalies).toContainEqual({
      ...{ layer: 'capture', reason: why, count: 1, frames: [] },
    })
  })

  test.each([
    ['no-permission', 'lo', /no permission to capture: sudo setcap cap_net_raw,cap_net_admin\+eip .*\/tcpdump\n$/],
    ['no-interface', 'eth9', /^srtp-scan: eth9: no such interface; there are .*lo.*\n$/],
    ['no-permission', 'eth9', /^srtp-scan: eth9: no such interface; there are .*lo.*\n$/],
    ['down', 'eth9', /^srtp-scan: eth9: cannot be captured from .*not up\)\n$/],
  ])('%s, %s: one line and status 2', async (mode, name, line) => {
    const { status, out, err } = await start(['live', '-i', name, '--capture-with', 'tcpdump'], mode).ended
    expect({ status, out }).toEqual({ status: 2, out: '' })
    expect(err).toMatch(line)
    expect(err.trimEnd()).not.toContain('\n')
  })

  test('what an earlier scan kept stays where this one cannot begin', async () => {
    const kept = join(folder, 'earlier.pcap')
    writeFileSync(kept, 'earlier')
    expect((await start(live('-w', kept), 'down').ended).status).toBe(2)
    expect(readFileSync(kept, 'utf8')).toBe('earlier')
    const nowhere = await start(live('-w', join(folder, 'absent', 'kept.pcap'))).ended
    expect({ status: nowhere.status, err: nowhere.err }).toEqual({ status: 2, err: expect.stringContaining('absent') })
  })

  test('a key file that cannot be read ends the child too', async () => {
    const { status, err } = await start(live('--keys', join(folder, 'absent.json'))).ended
    expect({ status, err }).toEqual({ status: 2, err: expect.stringContaining('absent.json') })
  })

  test('--list names the loopback interface, without any permission', async () => {
    const { status, out } = await start(['live', '--list']).ended
    expect(status).toBe(0)
    expect(out).toMatch(/^lo\d* {2,}loopback {2,}127\.0\.0\.1/m)
  })
})

describe('srtp-scan -', () => {
  test('Ctrl-C ends it with the report, though the pipe goes on', async () => {
    const { child, ended } = start(['-', '--format', 'text', '--fail-on', 'never', '--no-progress'])
    child.stdin?.on('error', () => undefined)
    // More than a pipe holds: when it was taken, the command reads.
    const capture = readFileSync(CALL)
    const octets = Buffer.concat([capture, ...Array<Buffer>(20).fill(capture.subarray(24))])
    await new Promise<void>((resolve) => child.stdin?.write(octets, () => resolve()))
    child.kill('SIGINT')
    const { status, out } = await ended
    expect(status).toBe(0)
    expect(out).toMatch(/^1 call, 4 streams: /)
  })
})
