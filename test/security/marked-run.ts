import { spawn } from 'node:child_process'
import { readdirSync, readFileSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'

export const ROOT = fileURLToPath(new URL('../../', import.meta.url))

export interface RunOptions {
  readonly env?: NodeJS.ProcessEnv
  readonly input?: Buffer
  readonly node?: readonly string[]
}

/** The command as a user would run it: its status, and all that it says. */
export function run(
  args: readonly string[],
  options: RunOptions = {},
): Promise<{ status: number | null; said: Buffer }> {
  const child = spawn(process.execPath, [...(options.node ?? []), '--import', 'tsx', 'src/cli/main.ts', ...args], {
    cwd: ROOT,
    env: { ...process.env, ...options.env },
  })
  const said: Buffer[] = []
  child.stdout.on('data', (octets) => said.push(octets))
  child.stderr.on('data', (octets) => said.push(octets))
  child.stdin.on('error', () => undefined)
  child.stdin.end(options.input)
  return new Promise((resolve) => child.once('close', (status) => resolve({ status, said: Buffer.concat(said) })))
}

/** All files below a folder, by their paths in it. */
export function filesIn(folder: string): { path: string; octets: Buffer }[] {
  return readdirSync(folder, { recursive: true, encoding: 'utf8' })
    .filter((path) => statSync(join(folder, path)).isFile())
    .map((path) => ({ path, octets: readFileSync(join(folder, path)) }))
}
