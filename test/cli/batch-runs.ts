import { execFile } from 'node:child_process'
import { copyFileSync, mkdirSync, mkdtempSync, readFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { Ajv2020 } from 'ajv/dist/2020.js'
import { expect, vi } from 'vitest'
import type { BatchSummary } from '../../src/batch/batch-summary.ts'
import { EmbeddedRunner } from '../../src/batch/embedded-runner.ts'
import { type BatchArguments, runBatch } from '../../src/cli/batch-command.ts'
import { formatJson } from '../../src/report/json.ts'
import { scanLarge } from '../../src/scan/scan.ts'

const ROOT = fileURLToPath(new URL('../../', import.meta.url))
export const SAMPLES = join(ROOT, 'samples')

const schema = JSON.parse(readFileSync(join(ROOT, 'schemas/batch-summary.schema.json'), 'utf8')) as object
const validate = new Ajv2020({ strict: true, allErrors: true }).compile(schema)

export interface Outcome {
  readonly status: number | null
  readonly out: string
  readonly err: string
}

/** Runs the command as a user would. */
export function run(args: readonly string[]): Promise<Outcome> {
  return new Promise((resolve) => {
    const command = ['--import', 'tsx', 'src/cli/main.ts', ...args]
    const child = execFile(process.execPath, command, { cwd: ROOT, maxBuffer: 2 ** 28 }, (_, out, err) =>
      resolve({ status: child.exitCode, out, err }),
    )
  })
}

/** The same in this process, one capture after the other: a process takes longer to start than these take to scan. */
export async function runHere(captures: readonly string[], options: Partial<BatchArguments>): Promise<Outcome> {
  const written: string[] = []
  const output = vi.spyOn(process.stdout, 'write').mockImplementation((text, ...rest) => {
    written.push(Buffer.from(text as Uint8Array).toString())
    ;(rest.at(-1) as () => void)()
    return true
  })
  try {
    const status = await runBatch({ ...NO_OPTIONS, captures, ...options }, (store) => new EmbeddedRunner({ store }))
    return { status, out: written.join(''), err: '' }
  } finally {
    output.mockRestore()
  }
}

const NO_OPTIONS: BatchArguments = {
  captures: [],
  read: [],
  keys: [],
  tlsKeylog: [],
  tlsKey: [],
  caBundle: [],
  crl: [],
  policy: [],
  format: [],
  output: [],
  ignore: [],
  only: [],
  failOn: 'error',
  quiet: false,
  verbose: false,
}

/** A new folder within `place` with captures of the samples: paths within it, and what each is a copy of. */
export function folderOf(place: string, captures: Readonly<Record<string, string>>): string {
  const folder = mkdtempSync(join(place, 'captures-'))
  for (const [path, sample] of Object.entries(captures)) {
    mkdirSync(dirname(join(folder, path)), { recursive: true })
    copyFileSync(join(SAMPLES, sample), join(folder, path))
  }
  return folder
}

export function summaryOf(folder: string): BatchSummary {
  const summary = JSON.parse(readFileSync(join(folder, 'summary.json'), 'utf8')) as BatchSummary
  validate(summary)
  expect(validate.errors).toBeNull()
  return summary
}

export async function singleReport(capture: string, keyFiles: readonly string[] = []): Promise<string> {
  return [...formatJson(await scanLarge({ captures: [capture], keyFiles }))].join('')
}
