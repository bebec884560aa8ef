import { type ChildProcess, spawn, spawnSync } from 'node:child_process'
import { EventEmitter, once } from 'node:events'
import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterAll, afterEach, beforeEach, describe, expect, test } from 'vitest'
import { openInterface } from '../../src/capture/live/open-interface.ts'
import { liveScan } from '../../src/live/live-scan.ts'
import type { Call, Report, Stream } from '../../src/model/report.ts'
import { FLOOD_FRAME, LoopbackCall } from './loopback-call.ts'

const ROOT = fileURLToPath(new URL('../../', import.meta.url))
const PACKETS = 300
const PCAP_HEADER = 24
const RECORD_HEADER = 16
const folder = mkdtempSync(join(tmpdir(), 'srtp-scan-live-'))
afterAll(() => rmSync(folder, { recursive: true }))

const TOOLS = ['cap', 'tcpdump', 'dumpcap'] as const

/** Why a tool cannot be tried here: it is not installed, or the user may not capture. */
const absent = new Map<string, string>()
for (const captureWith of TOOLS) {
  await openInterface({ interface: 'lo', captureWith }).then(
    (source) => {
      source.octets.destroy()
      return source.stop()
    },
    (error: Error) => absent.set(captureWith, error.message),
  )
}
const present = TOOLS.filter((tool) => !absent.has(tool))

let call: LoopbackCall
beforeEach(async () => {
  call = await LoopbackCall.open()
})
afterEach(() => call.close())

describe.runIf(present.length > 0).each(present)('a call over the loopback interface, through %s', (captureWith) => {
  test('every packet is accounted for: seen and dropped are those sent', async () => {
    const source = await openInterface({ interface: 'lo', filter: call.filter, captureWith })
    const carried = call.carry(PACKETS)
    const told = new EventEmitter()
    const seen = once(told, 'all')
    const report = liveScan({
      source,
      onSnapshot: ({ report: { totals }, source: { dropped = 0 } }) => {
        if (totals.frames + dropped >= 2 * PACKETS + 7) told.emit('all')
      },
    })
    await carried
    await seen
    await source.stop()
    const { totals, calls, captures } = await report
    const { received, dropped } = source.counts()
    expect(totals.frames + (dropped ?? 0)).toBe(call.sent)
    if (captureWith === 'cap') expect({ received, dropped }).toEqual({})
    else expect(received).toBe(call.sent)
    expect({ sip: totals.sipMessages, verified: totals.verified, failed: totals.failed }).toEqual({
      ...{ sip: 7, verified: 2 * PACKETS, failed: 0 },
    })
    expect([...calls].map(({ callId, state }) => ({ callId, state }))).toEqual([
      { callId: call.callId, state: 'completed' },
    ])
    expect(captures[0].path).toBe('lo')
  })
})

describe.runIf(present.length > 0).each(present.filter((tool) => tool !== 'cap'))(
  'a reader that lags behind %s',
  (captureWith) => {
    test('loses nothing in silence: what it reads in the end and what was dropped are what was sent', async () => {
      const PASSES = 20_000
      const source = await openInterface({ interface: 'lo', filter: call.filter, captureWith, bufferMb: 2 })
      await call.flood(PASSES)
      let octets = 0
      source.octets.on('data', (chunk: Buffer) => {
        octets += chunk.length
      })
      await source.stop()
      await once(source.octets, 'end')
      const { received, dropped = 0 } = source.counts()
      const seen = (octets - PCAP_HEADER) / (RECORD_HEADER + FLOOD_FRAME)
      expect({ received, accounted: seen + dropped }).toEqual({ received: PASSES, accounted: PASSES })
      expect(dropped).toBeGreaterThan(PASSES / 2)
    })
  },
)

describe.runIf(present.length > 0)('srtp-scan live', () => {
  /** Starts the command and waits until it keeps what it captures; that it was begun to is seen by the file's header. */
  async function start(name: string, ...options: string[]) {
    const kept = join(folder, name)
    const args = ['--import', 'tsx', 'src/cli/main.ts', 'live', '-i', 'lo', '-f', call.filter, '-w', kept, ...options]
    const child = spawn(process.execPath, args, { cwd: ROOT, stdio: ['ignore', 'pipe', 'pipe'] })
    const ended = outcome(child)
    await expect.poll(() => statSync(kept, { throwIfNoEntry: false })?.size ?? 0, { timeout: 60_000 }).toBe(PCAP_HEADER)
    return { child, kept, ended }
  }

  test('tells calls and streams as NDJSON and ends with Ctrl-C, by its findings; the file has every packet', async () => {
    const { child, kept, ended } = await start('ndjson.pcap', '--only', 'srtp-auth-failed')
    await call.carry(PACKETS)
    await expect
      .poll(() => statSync(kept).size, { timeout: 60_000 })
      .toBeGreaterThan(PCAP_HEADER + 2 * PACKETS * (RECORD_HEADER + 224))
    child.kill('SIGINT')
    const { status, out, err } = await ended
    const objects = out
      .trimEnd()
      .split('\n')
      .map((line) => JSON.parse(line) as { type: string })
    const of = <T>(type: string) => objects.filter((object) => object.type === type) as unknown as T[]
    expect(of<Call>('call').map(({ callId }) => callId)).toEqual([call.callId])
    expect(of<Stream>('stream').map(({ verified }) => verified)).toEqual([PACKETS, PACKETS])
    expect({ status, totals: of<Report['totals']>('totals')[0].frames }).toEqual({ status: 0, totals: call.sent })
    expect(err).toMatch(/^srtp-scan: lo: /m)
    const again = spawnSync(process.execPath, ['--import', 'tsx', 'src/cli/main.ts', kept, '--format', 'json'], {
      cwd: ROOT,
      encoding: 'utf8',
    })
    expect((JSON.parse(again.stdout) as Report).totals).toMatchObject({ frames: call.sent, verified: 2 * PACKETS })
  })

  test('--count ends after so many packets, and -o has the report', async () => {
    const output = join(folder, 'report.json')
    const { ended } = await start('count.pcap', '--count', '100', '-o', output)
    await call.carry(PACKETS)
    await ended
    expect((JSON.parse(readFileSync(output, 'utf8')) as Report).totals.frames).toBe(100)
  })

  test('--duration ends it, SIGTERM does', async () => {
    const [byTime, bySignal] = [await start('duration.pcap', '--duration', '1'), await start('term.pcap')]
    bySignal.child.kill('SIGTERM')
    for (const { status, out } of [await byTime.ended, await bySignal.ended]) {
      expect({ status, last: out.trimEnd().split('\n').at(-1) }).toMatchObject({
        ...{ status: 0, last: expect.stringContaining('"type":"totals","frames":0') },
      })
    }
  })

  test.each(present)('%s ends with a scan that is killed', async (captureWith) => {
    const { child, ended } = await start(`killed-${captureWith}.pcap`, '--capture-with', captureWith)
    expect(capturing(call.filter).length).toBeGreaterThan(1)
    child.kill('SIGKILL')
    await ended
    await expect.poll(() => capturing(call.filter), { timeout: 60_000 }).toEqual([])
  })

  test('a second Ctrl-C ends it at once', async () => {
    const { child, ended } = await start('twice.pcap')
    // What comes while one is heard is one with it, so that it may take more than two.
    const again = setInterval(() => child.kill('SIGINT'), 20)
    child.once('exit', () => clearInterval(again))
    expect(await ended).toMatchObject({ status: 130, out: '' })
  })
})

test.runIf(absent.size > 0)('live capture that cannot be had here was NOT tried', () => {
  for (const [tool, why] of absent) console.warn(`live capture through ${tool} was NOT tried: ${why}`)
  expect([...absent.values()].every((why) => /nothing to capture with|no permission/.test(why))).toBe(true)
})

/** Processes that have the filter among their arguments. */
function capturing(filter: string): string[] {
  return readdirSync('/proc').filter((id) => /^\d+$/.test(id) && argumentsOf(id).includes(filter))
}

function argumentsOf(id: string): string {
  try {
    return readFileSync(join('/proc', id, 'cmdline'), 'utf8')
  } catch {
    return ''
  }
}

async function outcome(child: ChildProcess) {
  let out = ''
  let err = ''
  child.stdout?.setEncoding('utf8').on('data', (text: string) => {
    out += text
  })
  child.stderr?.setEncoding('utf8').on('data', (text: string) => {
    err += text
  })
  const [status] = (await once(child, 'close')) as [number | null]
  return { status, out, err }
}
