import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { copyFileSync, existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync } from 'node:fs'
import type { ServerResponse } from 'node:http'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { afterAll, describe, expect, test } from 'vitest'
import type { BatchSummary } from '../../src/batch/batch-summary.ts'
import { formatJson } from '../../src/report/json.ts'
import { scanLarge } from '../../src/scan/scan.ts'
import { ObjectServer } from '../capture/object-server.ts'

const ROOT = fileURLToPath(new URL('../../', import.meta.url))
const SAMPLES = join(ROOT, 'samples')
const place = mkdtempSync(join(tmpdir(), 'srtp-scan-interrupted-'))

/** A capture whose scan takes as long as a test wants: a server holds what it is asked for until it is let go. */
class SlowCapture {
  readonly #server = new ObjectServer()
  readonly #held: ServerResponse[] = []
  #isHeld = true
  #asked: () => void = () => undefined
  readonly asked = new Promise<void>((resolve) => {
    this.#asked = resolve
  })

  async listen(): Promise<string> {
    const instead = (answer: ServerResponse): boolean => {
      this.#held.push(answer)
      this.#asked()
      return this.#isHeld
    }
    this.#server.objects.set('/nat.pcap', {
      octets: readFileSync(join(SAMPLES, 'nat.pcap')),
      entityTag: '"1"',
      instead,
    })
    await this.#server.listen()
    return this.#server.url('/nat.pcap')
  }

  /** Whoever asked asks again, and is answered. */
  letGo(): void {
    this.#isHeld = false
    for (const answer of this.#held.splice(0)) answer.destroy()
  }

  /** Resolves when nobody waits any more. */
  async left(): Promise<void> {
    await Promise.all(this.#held.map((answer) => answer.closed || once(answer, 'close')))
  }

  close(): Promise<void> {
    return this.#server.close()
  }
}

interface Running {
  readonly child: ChildProcess
  readonly ended: Promise<{ status: number | null; signal: string | null; out: string; err: string }>
}

function start(args: readonly string[]): Running {
  const child = spawn(process.execPath, ['--import', 'tsx', 'src/cli/main.ts', 'batch', ...args], { cwd: ROOT })
  const texts = { out: '', err: '' }
  child.stdout.on('data', (piece) => {
    texts.out += piece
  })
  child.stderr.on('data', (piece) => {
    texts.err += piece
  })
  const ended = once(child, 'close').then(([status, signal]) => ({ status, signal, ...texts }))
  return { child, ended }
}

function reportsIn(folder: string): string[] {
  return existsSync(folder) ? readdirSync(folder).filter((name) => name.endsWith('.pcap.json')) : []
}

function inodesIn(folder: string): Record<string, number> {
  return Object.fromEntries(reportsIn(folder).map((name) => [name, statSync(join(folder, name)).ino]))
}

function countsIn(folder: string): BatchSummary['counts'] {
  return (JSON.parse(readFileSync(join(folder, 'summary.json'), 'utf8')) as BatchSummary).counts
}

const files = ['call.pcap', 'leak.pcap', 'mismatch.pcap', 'one-way.pcap'].map((name) => join(SAMPLES, name))
afterAll(() => rmSync(place, { recursive: true }))

describe('an interrupted batch', () => {
  test.each<[NodeJS.Signals, number]>([
    ['SIGINT', 130],
    ['SIGTERM', 143],
  ])(
    '%s: what is under way ends, the summary says what is left, and the same command goes on',
    async (signal, status) => {
      const slow = new SlowCapture()
      const out = join(place, signal)
      const args = [
        files[0],
        await slow.listen(),
        ...files.slice(1),
        '--out',
        out,
        '--workers',
        '1',
        '--fail-on',
        'never',
      ]
      const { child, ended } = start(args)
      await slow.asked
      child.kill(signal)
      await once(child.stderr as NodeJS.ReadableStream, 'data')
      slow.letGo()
      const first = await ended
      expect([first.status, first.err]).toEqual([status, expect.stringMatching(/^srtp-scan: finishing [^\n]+\n$/)])
      expect(first.out.replaceAll(/\s+/g, ' ')).toContain('The same command goes on')
      expect(countsIn(out)).toEqual({ captures: 5, reported: 2, failed: 0, left: 3 })
      const before = inodesIn(out)
      expect((await start(args).ended).status).toBe(0)
      expect(countsIn(out)).toEqual({ captures: 5, reported: 5, failed: 0, left: 0 })
      expect(inodesIn(out)).toMatchObject(before)
      await slow.close()
    },
  )

  test('a second SIGINT quits at once', async () => {
    const slow = new SlowCapture()
    const out = join(place, 'twice')
    const { child, ended } = start([files[0], await slow.listen(), '--out', out, '--workers', '1'])
    await slow.asked
    child.kill('SIGINT')
    await once(child.stderr as NodeJS.ReadableStream, 'data')
    child.kill('SIGINT')
    expect((await ended).status).toBe(130)
    await slow.left()
    expect(reportsIn(out)).toEqual(['call.pcap.json'])
    await slow.close()
  })

  test('killed again and again, it leaves no half report, and ends up with all of them', async () => {
    const folder = mkdtempSync(join(place, 'many-'))
    const names = Array.from({ length: 40 }, (_, n) => `${n}.pcap`)
    for (const [n, name] of names.entries()) copyFileSync(files[n % files.length], join(folder, name))
    const out = join(folder, 'out')
    const expected = new Map<string, string>()
    for (const name of names) {
      const report = await scanLarge({ captures: [join(folder, name)] })
      expected.set(`${name}.json`, [...formatJson(report)].join(''))
    }
    for (let round = 0; round < 3; round++) {
      const had = reportsIn(out).length
      const { child, ended } = start([folder, '--out', out, '--workers', '2'])
      while (child.exitCode === null && reportsIn(out).length < had + 3) await sleep(5)
      child.kill('SIGKILL')
      await ended
      for (const name of reportsIn(out)) expect(readFileSync(join(out, name), 'utf8')).toBe(expected.get(name))
    }
    expect((await start([folder, '--out', out, '--fail-on', 'never']).ended).status).toBe(0)
    expect(reportsIn(out).sort()).toEqual([...expected.keys()].sort())
    for (const [name, report] of expected) expect(readFileSync(join(out, name), 'utf8')).toBe(report)
  })
})
