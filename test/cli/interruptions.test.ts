import { spawn } from 'node:child_process'
import { once } from 'node:events'
import {
  chmodSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs'
import { constants, tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { seededInteger } from '../../samples/seeded-random.ts'
import { scan } from '../../src/scan/scan.ts'

/*
 * SIGINT and SIGTERM at steps that a seed chooses (SEED and ROUNDS in the environment try others), for every command: whatever the moment, no half an output
 * is left, nothing lies beside, and the status is that of the signal or the verdict.
 */

const ROOT = fileURLToPath(new URL('../../', import.meta.url))
const CALL = join(ROOT, 'samples/call.pcap')
const FAKE = join(ROOT, 'test/capture/live/fake-tool.mjs')
const SEED = process.env.SEED ?? 'interruptions'
const ROUNDS = Number(process.env.ROUNDS ?? 2)
const STEPS = [
  'readSync',
  'openSync',
  'writeSync',
  'promises.open',
  'promises.rename',
  'promises.stat',
  'promises.access',
  'accessSync',
]
const SIGNALS = ['SIGINT', 'SIGTERM'] as const

const places = mkdtempSync(join(tmpdir(), 'srtp-scan-interruptions-'))
const tools = join(places, 'tools')
beforeAll(() => {
  mkdirSync(tools)
  const script = `#!/bin/sh\nexec '${process.execPath}' '${FAKE}' goes-away '${CALL}' "$@"\n`
  writeFileSync(join(tools, 'tcpdump'), script)
  chmodSync(join(tools, 'tcpdump'), 0o755)
})
afterAll(() => rmSync(places, { recursive: true }))

const isJson = (octets: Buffer): boolean => typeof JSON.parse(octets.toString()) === 'object'
const isText = (octets: Buffer): boolean => octets.at(-1) === 0x0a
/** Read to its end, nothing of it is lost. */
const isCapture = async (_: Buffer, path: string): Promise<boolean> =>
  (await scan({ captures: [path], workers: 1 })).captures.every(({ lost }) => lost === undefined)
const isWav = (octets: Buffer): boolean => octets.readUInt32LE(4) === octets.length - 8

type IsWhole = (octets: Buffer, path: string) => boolean | Promise<boolean>

/** Arguments by the folder for outputs, and what a whole output is by the end of its name. */
const COMMANDS: Readonly<
  Record<string, { args: (out: string) => string[]; wholes: Readonly<Record<string, IsWhole>> }>
> = {
  scan: {
    args: (out) => [CALL, '--format', 'json', '-o', join(out, 'r.json'), '--format', 'html', '-o', join(out, 'r.html')],
    wholes: { json: isJson, html: (octets) => octets.toString().trimEnd().endsWith('</html>') },
  },
  anonymize: {
    args: (out) => [CALL, '--anonymize', '--format', 'json', '-o', join(out, 'r.json')],
    wholes: { json: isJson },
  },
  tls: {
    args: (out) => [
      'tls',
      CALL,
      '-o',
      join(out, 'tls.json'),
      '-o',
      join(out, 'tls.txt'),
      '--format',
      'json',
      '--format',
      'text',
    ],
    wholes: { json: isJson, txt: isText },
  },
  decrypt: {
    args: (out) => ['decrypt', CALL, '--write-pcap', join(out, 'c.pcapng'), '--write-wav', join(out, 'wav')],
    wholes: { pcapng: isCapture, wav: isWav },
  },
  keys: { args: () => ['keys', CALL], wholes: {} },
  batch: {
    args: (out) => ['batch', CALL, '--workers', '1', '--out', join(out, 'batch')],
    wholes: { json: isJson, ndjson: isText, txt: isText },
  },
  live: {
    args: (out) => [
      'live',
      '-i',
      'eth9',
      '--capture-with',
      'tcpdump',
      '-o',
      join(out, 'r.json'),
      '-w',
      join(out, 'k.pcap'),
    ],
    wholes: { json: isJson, pcap: isCapture },
  },
}

describe.each(Object.entries(COMMANDS))('%s', (name, { args, wholes }) => {
  const chosen = Array.from({ length: ROUNDS }, (_, round) => {
    const pick = (of: string, most: number) => seededInteger(`${SEED}/${name}/${round}/${of}`, 0, most)
    return {
      step: `${STEPS[pick('step', STEPS.length - 1)]} ${1 + pick('nth', 2)}`,
      signal: SIGNALS[pick('signal', SIGNALS.length - 1)],
    }
  })

  test.each(chosen)(
    '$signal at $step',
    async ({ step, signal }) => {
      const out = mkdtempSync(join(places, `${name}-`))
      const temporary = mkdtempSync(join(places, 'tmp-'))
      const words = ['--import', 'tsx', '--import', './test/cli/fault-at.mjs', 'src/cli/main.ts', ...args(out)]
      const child = spawn(process.execPath, words, {
        cwd: ROOT,
        env: { ...process.env, PATH: `${tools}:${process.env.PATH}`, TMPDIR: temporary, FAULT: `${step} ${signal}` },
      })
      let [printed, err] = ['', '']
      child.stdout.on('data', (text) => {
        printed += text
      })
      child.stderr.on('data', (text) => {
        err += text
      })
      const [status, by] = await once(child, 'close')
      // Unless it was not so far, or there was a report to be made of what had come.
      expect([0, 1, 128 + constants.signals[signal]]).toContain(
        by === signal ? 128 + constants.signals[signal] : status,
      )
      expect(err).not.toMatch(/cannot|Error| at /)
      if (name === 'keys') expect(printed === '' || isJson(Buffer.from(printed))).toBe(true)
      // What makes the sources run keeps its own cache there.
      expect(readdirSync(temporary).filter((entry) => entry.startsWith('srtp-scan'))).toEqual([])
      for (const entry of readdirSync(out, { recursive: true, withFileTypes: true })) {
        if (entry.isDirectory()) continue
        const path = join(entry.parentPath, entry.name)
        expect(existsSync(path) && entry.name).not.toMatch(/^\.srtp-scan-/)
        const isWhole = wholes[entry.name.split('.').at(-1) as string]
        expect([entry.name, await isWhole?.(readFileSync(path), path)]).toEqual([entry.name, true])
      }
      if (status === 0 || status === 1) expect(name === 'keys' || readdirSync(out).length > 0).toBe(true)
    },
    90_000,
  )
})
