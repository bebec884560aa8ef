import { once } from 'node:events'
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { PassThrough } from 'node:stream'
import { afterAll, describe, expect, test } from 'vitest'
import { liveScan } from '../../src/live/live-scan.ts'
import { scan } from '../../src/scan/scan.ts'

const FOLDER = mkdtempSync(join(tmpdir(), 'growing-key-log-'))
afterAll(() => rmSync(FOLDER, { recursive: true }))

const CAPTURES = new URL('../../../shared/captures/', import.meta.url).pathname
const PRESENT = existsSync(join(CAPTURES, 'tls13.pcap'))

describe.runIf(PRESENT)('a key log that is written while the trace goes on', () => {
  test.each(['tls13', 'tls12-ecdhe', 'tls12-ecdhe-cbc'])(
    '%s: calls and media are what a scan with the whole log finds',
    async (name) => {
      const capture = readFileSync(join(CAPTURES, `${name}.pcap`))
      const keyLog = readFileSync(join(CAPTURES, `${name}.keylog.txt`))
      const path = join(FOLDER, `${name}.log`)
      const octets = new PassThrough()
      const looks = new PassThrough({ objectMode: true })
      const looked = () => once(looks, 'look')
      const report = liveScan({
        source: { name: 'eth0', octets, counts: () => ({}), stop: async () => void octets.end() },
        tlsKeyLogs: [path],
        snapshotMs: 1,
        workers: 1,
        onSnapshot: ({ report: { calls } }) => looks.emit('look', calls.length),
      })
      octets.write(capture)
      await looked()
      expect(await looked()).toEqual([0])
      writeFileSync(path, keyLog)
      for (let calls = 0; calls === 0; ) [calls] = await looked()
      octets.end()
      const found = await report
      const whole = await scan({
        captures: [join(CAPTURES, `${name}.pcap`)],
        tlsKeyLogs: [join(CAPTURES, `${name}.keylog.txt`)],
        workers: 1,
      })
      expect([...found.calls]).toEqual(whole.calls)
      expect([...found.streams]).toEqual(whole.streams)
      expect(found.totals).toEqual(whole.totals)
      expect(whole.totals.verified).toBeGreaterThan(0)
    },
  )
})

test.runIf(!PRESENT)('captures over TLS are not beside the project', () => {
  expect(PRESENT).toBe(false)
})
