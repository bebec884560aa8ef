import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { connect, createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { text } from 'node:stream/consumers'
import { setTimeout as wait } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { afterAll, describe, expect, test } from 'vitest'
import type { Report } from '../../src/model/report.ts'
import { scan } from '../../src/scan/scan.ts'
import { writeHep } from '../capture/live/hep-writer.ts'
import { packetsOf } from '../capture/live/sample-packets.ts'
import { parsePrometheusText } from '../live/prometheus-text.ts'

const ROOT = fileURLToPath(new URL('../../', import.meta.url))
const CALL = join(ROOT, 'samples/call.pcap')
const place = mkdtempSync(join(tmpdir(), 'srtp-scan-live-hep-'))
afterAll(() => rmSync(place, { recursive: true }))

/** A port that was free a moment ago, and a server on it until then. */
async function taken(): Promise<{ readonly port: number; free(): Promise<void> }> {
  const server = createServer()
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as { port: number }
  return {
    port,
    async free() {
      server.close()
      await once(server, 'close')
    },
  }
}

function start(...args: readonly string[]) {
  const child = spawn(process.execPath, ['--import', 'tsx', 'src/cli/main.ts', 'live', ...args], { cwd: ROOT })
  child.stdin.end()
  const ended = Promise.all([once(child, 'exit'), text(child.stdout), text(child.stderr)])
  return { child, ended: ended.then(([[status], out, err]) => ({ status: status as number | null, out, err })) }
}

async function metric(port: number, name: string): Promise<number | undefined> {
  const response = await fetch(`http://127.0.0.1:${port}/metrics`).catch(() => undefined)
  if (response === undefined) return undefined
  const samples = parsePrometheusText(await response.text()).get(`srtp_scan_${name}`)?.samples
  return samples?.reduce((sum, { value }) => sum + value, 0)
}

describe('srtp-scan live --hep --metrics', () => {
  test('hears agents who know the key, is watched by Prometheus, and reports when it is ended', async () => {
    const ports = [await taken(), await taken()]
    const [{ port: hep }, { port: metrics }] = ports
    for (const port of ports) await port.free()
    const key = join(place, 'hep.key')
    writeFileSync(key, 'open sesame\n')
    const options = ['--hep', `:${hep}`, '--hep-key', key, '--metrics', `127.0.0.1:${metrics}`]
    const { child, ended } = start(...options, '--format', 'json', '--fail-on', 'never', '--workers', '1')
    let listening = false
    void ended.then(() => {
      listening = true
    })
    // The listener is opened after the endpoint.
    while (!listening) {
      const socket = connect(hep, '127.0.0.1')
      listening = await new Promise((resolve) => {
        socket.once('connect', () => resolve(true))
        socket.once('error', () => resolve(false))
      })
      socket.destroy()
      if (!listening) await wait(20)
    }
    const packets = packetsOf(CALL)
    const agent = connect(hep, '127.0.0.1')
    agent.end(Buffer.concat([...packets.map((one) => writeHep({ ...one, key: 'open sesame' })), writeHep(packets[0])]))
    agent.resume()
    while (child.exitCode === null && (await metric(metrics, 'packets_total')) !== packets.length) await wait(20)
    expect(await metric(metrics, 'current_verified_packets')).toBe(808)
    expect(await metric(metrics, 'source_refused_packets_total')).toBe(1)
    child.kill('SIGINT')
    const { status, out, err } = await ended
    expect(err).not.toContain('open sesame')
    expect(status).toBe(0)
    const report = JSON.parse(out) as Report
    const whole = await scan({ captures: [CALL] })
    expect(report.captures[0]).toMatchObject({ path: `hep:127.0.0.1:${hep}`, frames: packets.length })
    expect({ calls: report.calls, streams: report.streams, totals: report.totals }).toEqual({
      calls: whole.calls,
      streams: whole.streams,
      totals: whole.totals,
    })
    expect(report.anomalies).toContainEqual({
      layer: 'capture',
      reason: 'HEP: another authentication key, or none',
      count: 1,
      frames: [],
    })
  }, 60_000)

  test('an address that is none, and one in use, are one line each and status 2', async () => {
    const used = await taken()
    const cases = [
      [['--hep', 'nowhere'], /^srtp-scan: --hep nowhere: no address to listen on; [^\n]*\n$/],
      [['--hep', `:${used.port}`], /^srtp-scan: --hep 127\.0\.0\.1:\d+: the port is in use; [^\n]*\n$/],
      [['-i', 'lo', '--hep-key', 'hep.key'], /^srtp-scan: --hep-key: nothing listens for agents; [^\n]*\n$/],
      [['--hep', ':0', '--metrics', '::1'], /^srtp-scan: --metrics ::1: no address to listen on; [^\n]*\n$/],
      [['--hep', ':0', '--metrics', `:${used.port}`], /^srtp-scan: --metrics [^\n]*: the port is in use; [^\n]*\n$/],
    ] as const
    for (const [args, line] of cases) {
      const { status, out, err } = await start(...args).ended
      expect({ args, status, out }).toEqual({ args, status: 2, out: '' })
      expect(err).toMatch(line)
    }
    await used.free()
  }, 60_000)
})
