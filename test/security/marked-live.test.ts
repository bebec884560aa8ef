import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { connect, createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as wait } from 'node:timers/promises'
import { afterAll, expect, test } from 'vitest'
import { frameLines } from '../../src/cli/screen/frame.ts'
import { unpainted } from '../../src/cli/screen/paint.ts'
import { step } from '../../src/cli/screen/reducer.ts'
import { firstState } from '../../src/cli/screen/state.ts'
import { scan } from '../../src/scan/scan.ts'
import { writeHep } from '../capture/live/hep-writer.ts'
import { packetsOf } from '../capture/live/sample-packets.ts'
import { snapshotOf } from '../cli/screen/snapshots.ts'
import { filesIn, ROOT } from './marked-run.ts'
import { markedTrace } from './marked-trace.ts'
import { seenOf } from './secrets.ts'

const TOKEN = 'marked-token-of-agents'
const folder = mkdtempSync(join(tmpdir(), 'srtp-scan-marked-'))
afterAll(() => rmSync(folder, { recursive: true }))
const trace = markedTrace()
const secrets = [...trace.secrets, { name: 'HEP token', octets: Buffer.from(TOKEN) }]
const call = join(folder, 'call.pcap')
writeFileSync(call, trace.capture)

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as { port: number }
  server.close()
  await once(server, 'close')
  return port
}

test('a live scan: lines as things happen, metrics, reports; but the capture that it keeps holds what was on the wire', async () => {
  const key = join(folder, 'hep.key')
  writeFileSync(key, TOKEN)
  const [hep, metrics] = [await freePort(), await freePort()]
  const out = mkdtempSync(join(folder, 'out-'))
  const reports = ['json', 'html', 'text'].flatMap((format) => ['--format', format, '-o', join(out, format)])
  const args = [
    ...['live', '--hep', `:${hep}`, '--hep-key', key, '--metrics', `127.0.0.1:${metrics}`, '--verbose'],
    ...['--format', 'ndjson', '-o', '-', ...reports, '-w', join(folder, 'kept.pcapng'), '--workers', '1'],
  ]
  const child = spawn(process.execPath, ['--import', 'tsx', 'src/cli/main.ts', ...args], {
    cwd: ROOT,
    env: { ...process.env, DEBUG: '1' },
  })
  const said: Buffer[] = []
  for (const stream of [child.stdout, child.stderr]) stream.on('data', (octets: Buffer) => said.push(octets))
  const ended = once(child, 'close')
  const measured = async () => {
    const response = await fetch(`http://127.0.0.1:${metrics}/metrics`).catch(() => undefined)
    return (await response?.text()) ?? ''
  }
  while (child.exitCode === null && !(await knocks(hep))) await wait(20)
  const packets = packetsOf(call)
  const agent = connect(hep, '127.0.0.1')
  agent.end(
    Buffer.concat([
      ...packets.map((one) => writeHep({ ...one, key: TOKEN })),
      writeHep({ ...packets[0], key: 'other' }),
    ]),
  )
  agent.resume()
  let told = ''
  const all = new RegExp(`^srtp_scan_packets_total(\\{.*\\})? ${packets.length}$`, 'm')
  while (child.exitCode === null && !all.test(told)) {
    await wait(20)
    told = await measured()
  }
  child.kill('SIGINT')
  await ended
  const lines = Buffer.concat(said)
  expect(lines.toString()).toContain('"type":"totals"')
  expect(seenOf(secrets, lines)).toEqual([])
  expect(seenOf(secrets, Buffer.from(told))).toEqual([])
  for (const { path, octets } of filesIn(out)) expect(seenOf(secrets, octets), path).toEqual([])
  const kept = filesIn(folder).find(({ path }) => path === 'kept.pcapng')?.octets as Buffer
  const inArchive = new Set(seenOf(secrets, kept).map((seen) => seen.split(':')[0]))
  expect(inArchive).toContain('caller')
  expect(inArchive).not.toContain('of-the-file')
  expect(inArchive).not.toContain('HEP token')
}, 120_000)

test('the live screen: lists, details of every call to their end, with ladder, offer and answer', async () => {
  const report = await scan({ captures: [call], workers: 1, ladders: true })
  let state = step(firstState('eth0', { columns: 200, rows: 60 }), {
    type: 'snapshot',
    snapshot: snapshotOf(report),
    nowMs: 0,
  }).state
  let shown = ''
  const press = (key: string) => {
    state = step(state, { type: 'key', key }).state
    shown += `${frameLines(state, unpainted).join('\n')}\n`
  }
  for (const list of [0, 1, 2]) {
    for (let n = 0; n < 60; n++) {
      press('enter')
      for (let page = 0; page < 8; page++) press('pagedown')
      press('escape')
      press('down')
    }
    press(list < 2 ? 'tab' : '?')
  }
  expect(shown).toContain('AES_CM_128_HMAC_SHA1_80')
  expect(shown).toContain('INVITE')
  expect(seenOf(secrets, Buffer.from(shown))).toEqual([])
})

function knocks(port: number): Promise<boolean> {
  const socket = connect(port, '127.0.0.1')
  return new Promise((resolve) => {
    socket.once('connect', () => resolve(true)).once('error', () => resolve(false))
  }).finally(() => socket.destroy()) as Promise<boolean>
}
