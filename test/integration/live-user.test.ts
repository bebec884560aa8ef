import { chownSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { accountOf } from '../../src/capture/live/account.ts'
import { openInterface } from '../../src/capture/live/open-interface.ts'
import type { Report } from '../../src/model/report.ts'
import { Command } from './command-process.ts'
import { LoopbackCall } from './loopback-call.ts'

/** How long a file of --write is. */
const FILE_SECONDS = 0.2
const isRoot = process.geteuid?.() === 0
/** Tools of the live scan that are here, where root asks. */
const present: string[] = []
for (const captureWith of isRoot ? (['cap', 'tcpdump', 'dumpcap'] as const) : []) {
  await openInterface({ interface: 'lo', captureWith }).then(
    (source) => {
      present.push(captureWith)
      source.octets.destroy()
      return source.stop()
    },
    () => undefined,
  )
}
const nobody = isRoot ? accountOf('nobody') : { name: 'nobody', uid: -1, gid: -1 }

let folder: string
let call: LoopbackCall
beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), 'srtp-scan-user-'))
  chownSync(folder, nobody.uid, nobody.gid)
  call = await LoopbackCall.open()
})
afterEach(() => {
  call.close()
  rmSync(folder, { recursive: true })
})

/** Real, effective, saved and file system user (or group) of every thread, each set once. */
function identities(pid: number, kind: 'Uid' | 'Gid' | 'Groups'): Set<string> {
  const tasks = readdirSync(`/proc/${pid}/task`)
  return new Set(
    tasks.map((id) => {
      const status = readFileSync(`/proc/${pid}/task/${id}/status`, 'utf8')
      return (new RegExp(`^${kind}:\\s*(.*)$`, 'm').exec(status)?.[1] ?? '').trim().replaceAll('\t', ' ')
    }),
  )
}
const all = (id: number) => new Set([Array(4).fill(id).join(' ')])

describe.runIf(present.length > 0).each(present)('live as root through %s', (captureWith) => {
  test('goes on as who called sudo before a packet is read, in all threads; captures, rotates and reports as that user', async () => {
    const report = join(folder, 'report.json')
    const command = new Command(
      [
        ...['live', '-i', 'lo', '-f', call.filter, '--capture-with', captureWith, '-o', report, '--workers', '2'],
        ...['-w', join(folder, 'kept.pcap'), '--rotate-time', String(FILE_SECONDS), '--only', 'srtp-auth-failed'],
      ],
      { SUDO_UID: String(nobody.uid), SUDO_GID: String(nobody.gid) },
    )
    const pid = command.child.pid as number
    await command.says(/goes on as nobody \(uid \d+\), root is given up\n/)
    expect(identities(pid, 'Uid')).toEqual(all(nobody.uid))
    expect(identities(pid, 'Gid')).toEqual(all(nobody.gid))
    expect(identities(pid, 'Groups')).toEqual(new Set([String(nobody.gid)]))
    const captures = () => readdirSync(folder).filter((name) => name.startsWith('kept-'))
    await expect.poll(captures, { timeout: 60_000 }).toHaveLength(1)
    await call.carry(300)
    // What comes later than the time of a file begins another.
    await delay(2 * FILE_SECONDS * 1000)
    await call.flood(1)
    const octets = () => captures().reduce((sum, name) => sum + statSync(join(folder, name)).size, 0)
    await expect.poll(octets, { timeout: 60_000 }).toBeGreaterThan(600 * 200)
    expect(identities(pid, 'Uid')).toEqual(all(nobody.uid))
    const tool = command.children().find((id) => /tcpdump|dumpcap|capture\.ts/.test(commandLine(id))) as number
    // dumpcap stays root, but may no more than a user who owns what root owns.
    expect(identities(tool, 'Uid')).toEqual(all(captureWith === 'dumpcap' ? 0 : nobody.uid))
    expect(readFileSync(`/proc/${tool}/status`, 'utf8')).toMatch(/^CapEff:\s*0+$/m)
    command.child.kill('SIGINT')
    expect(await command.ended).toEqual({ status: 0, signal: null })
    const { totals } = JSON.parse(readFileSync(report, 'utf8')) as Report
    expect(totals).toMatchObject({ verified: 600, failed: 0 })
    expect(captures().length).toBeGreaterThan(1)
    for (const name of readdirSync(folder)) expect(statSync(join(folder, name)).uid, name).toBe(nobody.uid)
  })
})

const tool = present[0] ?? 'tcpdump'
describe.runIf(present.length > 0)('live as root', () => {
  const started = (env: NodeJS.ProcessEnv, ...args: string[]) =>
    new Command(['live', '-i', 'lo', '-f', call.filter, '--capture-with', tool, '--duration', '0.1', ...args], {
      ...{ SUDO_UID: undefined, ...env },
    })

  test('--user is preferred to who called sudo; --user root stays root, and who names nobody is told so', async () => {
    const named = started({ SUDO_UID: '1' }, '--user', 'nobody')
    expect((await named.ended).status).toBe(0)
    expect(named.said).toMatch(/goes on as nobody/)
    const root = started({ SUDO_UID: String(nobody.uid) }, '--user', 'root')
    expect((await root.ended).status).toBe(0)
    expect(root.said).toMatch(/^srtp-scan: lo: [^\n]+\n$/)
    const nobodyNamed = started({})
    expect((await nobodyNamed.ended).status).toBe(0)
    expect(nobodyNamed.said).toMatch(/^srtp-scan: stays root; --user NAME goes on as NAME once the sources are open\n/)
  })

  test('a listener for agents alone goes on as that user too', async () => {
    const command = new Command(['live', '--hep', '127.0.0.1:0', '--user', 'nobody', '--duration', '60'])
    await command.says(/goes on as nobody/)
    expect(identities(command.child.pid as number, 'Uid')).toEqual(all(nobody.uid))
    command.child.kill('SIGTERM')
    expect((await command.ended).status).toBe(0)
  })

  test.each([
    [
      'an output that the user may not write',
      ['-o', '/root/report.json'],
      /\/root\/report\.json: cannot be written \(EACCES\)/,
    ],
    ['a key file that the user may not read', ['--keys', '/etc/shadow'], /\/etc\/shadow: cannot be read \(EACCES/],
    ['a user that is none', ['--user', 'no-such-user'], /--user no-such-user: there is no such user; .*/],
  ])('%s: one line, status 2', async (_, args, message) => {
    const command = started({ SUDO_UID: String(nobody.uid) }, ...args)
    expect((await command.ended).status).toBe(2)
    expect(command.said).toMatch(
      new RegExp(`^(srtp-scan: goes on as [^\\n]+\\n)?srtp-scan: ${message.source}[^\\n]*\\n$`),
    )
  })
})

test.runIf(!isRoot)('without root --user is refused; that root is given up was NOT tried here', async () => {
  console.warn('that a live scan gives up root was NOT tried: the tests do not run as root')
  const command = new Command(['live', '-i', 'lo', '--user', 'nobody'])
  expect((await command.ended).status).toBe(2)
  expect(command.said).toBe('srtp-scan: --user nobody: only root can go on as another user; leave it out\n')
})

function commandLine(pid: number): string {
  return readFileSync(`/proc/${pid}/cmdline`, 'utf8').split('\0').slice(0, 4).join(' ')
}
