import { spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { describe, expect, test } from 'vitest'
import { HepSource } from '../../src/capture/live/hep-source.ts'
import { liveScan } from '../../src/live/live-scan.ts'
import type { Call } from '../../src/model/report.ts'
import { scan } from '../../src/scan/scan.ts'
import { portOf, until } from '../capture/live/hep-agent.ts'

const root = fileURLToPath(new URL('../..', import.meta.url))
const hasSngrep = spawnSync('sngrep', ['--version']).status === 0

/** What signalling alone says of a call: an agent that sends no media leaves the rest out. */
function signalled({ callId, from, to, state, transport, legs, messages, startTime, endTime }: Call) {
  return { callId, from, to, state, transport, legs, messages, startTime, endTime }
}

describe.runIf(hasSngrep)('the HEP that sngrep sends', () => {
  const captures = [
    'samples/call.pcap',
    'samples/nat.pcap',
    '../shared/captures/baresip-savp-opus-tcp.pcap',
    '../shared/captures/baresip-ipv6-only.pcap',
  ].filter((path) => existsSync(join(root, path)))

  test.each(captures)(
    '%s: its calls are those of the capture',
    async (path) => {
      const capture = join(root, path)
      const whole = await scan({ captures: [capture] })
      const source = await HepSource.open({ host: '127.0.0.1', port: 0 })
      const running = liveScan({ source, workers: 1 })
      const url = `udp:127.0.0.1:${portOf(source)}`
      const sngrep = spawn('sngrep', ['-F', '-N', '-q', '-I', capture, '-H', url], { stdio: 'ignore' })
      // It may end by itself at any time.
      const ended = once(sngrep, 'exit')
      await until(() => source.counts().received >= whole.totals.sipMessages)
      sngrep.kill()
      await ended
      await source.stop()
      const report = await running
      expect(source.counts().refused).toEqual(new Map())
      expect([...report.calls].map(signalled)).toEqual(whole.calls.map(signalled))
    },
    60_000,
  )
})

test.runIf(!hasSngrep)('sngrep is not installed: what an agent sends was not heard', () => {
  expect(hasSngrep).toBe(false)
})
