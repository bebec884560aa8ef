import { type ChildProcess, spawn, spawnSync } from 'node:child_process'
import { createSocket } from 'node:dgram'
import { EventEmitter, once } from 'node:events'
import { existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, afterEach, describe, expect, test } from 'vitest'
import type { ChildSource } from '../../src/capture/live/child-source.ts'
import { openInterface } from '../../src/capture/live/open-interface.ts'
import { liveScan } from '../../src/live/live-scan.ts'
import type { LargeReport } from '../../src/model/report-objects.ts'

const folder = mkdtempSync(join(tmpdir(), 'srtp-scan-agents-'))
afterAll(() => rmSync(folder, { recursive: true }))

/** Where Debian puts the modules of baresip, by version. */
const MODULES = [
  '/usr/lib/baresip/modules',
  `/usr/lib/${process.arch === 'x64' ? 'x86_64' : 'aarch64'}-linux-gnu/baresip/modules`,
]
const modules = MODULES.find((path) => existsSync(path))
const hasSipp = spawnSync('sipp', ['-v']).error === undefined
const hasBaresip = modules !== undefined && spawnSync('baresip', ['-h']).error === undefined

const canCapture = await openInterface({ interface: 'lo' }).then(
  async (source) => {
    source.octets.destroy()
    await source.stop()
    return true
  },
  () => false,
)

const children: ChildProcess[] = []
afterEach(() => {
  for (const child of children.splice(0)) child.kill('SIGKILL')
})

function run(file: string, ...args: string[]): Promise<unknown> {
  const child = spawn(file, args, { cwd: folder, stdio: 'ignore', env: { ...process.env, TERM: 'dumb' } })
  children.push(child)
  return once(child, 'close')
}

async function freePort(): Promise<number> {
  const socket = createSocket('udp4').bind(0, '127.0.0.1')
  await once(socket, 'listening')
  const { port } = socket.address()
  socket.close()
  return port
}

/** Scans the loopback interface while something is done, and until `isAll` holds of the totals and the calls. */
async function scanned(
  filter: string,
  work: () => Promise<unknown>,
  isAll: (report: LargeReport) => boolean,
): Promise<{ report: LargeReport; source: ChildSource }> {
  const source = await openInterface({ interface: 'lo', filter })
  const told = new EventEmitter()
  const all = once(told, 'all')
  const report = liveScan({
    source,
    onSnapshot: (snapshot) => {
      if (isAll(snapshot.report)) told.emit('all')
    },
  })
  await work()
  await all
  await source.stop()
  return { report: await report, source }
}

const hasEnded = (report: LargeReport, calls: number) =>
  [...report.calls].filter(({ state }) => state === 'completed').length === calls

describe.runIf(canCapture && hasSipp)('calls of sipp', () => {
  test('are all seen, from the INVITE to the answered BYE', async () => {
    const CALLS = 20
    const [callee, caller] = [await freePort(), await freePort()]
    const common = ['-i', '127.0.0.1', '-m', String(CALLS), '-nostdin']
    const { report } = await scanned(
      `udp and port ${callee}`,
      async () => {
        const answering = run('sipp', '-sn', 'uas', '-p', String(callee), ...common)
        // What is sent before it listens is sent again.
        const calling = run('sipp', '-sn', 'uac', '-p', String(caller), '-d', '50', ...common, `127.0.0.1:${callee}`)
        await Promise.all([answering, calling])
      },
      (known) => hasEnded(known, CALLS),
    )
    expect([...report.calls].map(({ finalStatus }) => finalStatus)).toEqual(Array(CALLS).fill(200))
    expect(report.totals.sipMessages).toBeGreaterThanOrEqual(6 * CALLS)
    expect(report.totals.frames).toBe(report.totals.sipMessages)
  })
})

describe.runIf(canCapture && hasBaresip)('a call of baresip', () => {
  /** The settings of one side: an account without a registrar, a tone to send, SRTP with SDES keys. */
  function configure(name: string, port: number, media: number): string {
    const place = join(folder, name)
    mkdirSync(place)
    const settings = [
      ...[`module_path ${modules}`, 'poll_method epoll', `sip_listen 127.0.0.1:${port}`],
      ...['audio_source ausine,440', 'ausrc_srate 48000', 'ausrc_channels 2', `audio_player aubridge,${name}`],
      ...[`rtp_ports ${media}-${media + 40}`, 'module g711.so', 'module srtp.so', 'module ausine.so'],
      ...['module aubridge.so', 'module_tmp account.so', 'module_app menu.so'],
    ]
    const account = `<sip:${name}@127.0.0.1:${port}>;regint=0;mediaenc=srtp-mand;answermode=auto`
    writeFileSync(join(place, 'config'), `${settings.join('\n')}\n`)
    writeFileSync(join(place, 'accounts'), `${account}\n`)
    writeFileSync(join(place, 'contacts'), '')
    return place
  }

  test('every packet that it protects verifies', async () => {
    const media = 20_000 + ((await freePort()) % 10_000)
    // Each listens for TLS one port further on.
    const [alice, bob] = [media + 100, media + 110]
    const places = [configure('alice', alice, media), configure('bob', bob, media)]
    const { report } = await scanned(
      `udp and portrange ${media}-${bob}`,
      async () => {
        const answering = run('baresip', '-f', places[1], '-t', '10')
        const calling = run('baresip', '-f', places[0], '-t', '6', '-e', `/dial sip:bob@127.0.0.1:${bob}`)
        await Promise.all([answering, calling])
      },
      (known) => hasEnded(known, 1),
    )
    const voice = [...report.streams].filter(({ kind }) => kind === 'rtp')
    expect(voice).toHaveLength(2)
    for (const { packets, verified, suite, protection } of voice) {
      expect({ protection, verified, suite }).toEqual({
        ...{ protection: 'srtp', verified: packets, suite: 'AES_CM_128_HMAC_SHA1_80' },
      })
      expect(packets).toBeGreaterThan(50)
    }
    expect(report.totals.failed).toBe(0)
  })
})

test.runIf(!canCapture || !hasSipp || !hasBaresip)('calls of agents that cannot be had here were NOT scanned', () => {
  const missing = [
    ...(canCapture ? [] : ['permission to capture']),
    ...(hasSipp ? [] : ['sipp']),
    ...(hasBaresip ? [] : ['baresip']),
  ]
  console.warn(`live calls of agents were NOT scanned, for want of ${missing.join(', ')}`)
  expect(missing).not.toEqual([])
})
