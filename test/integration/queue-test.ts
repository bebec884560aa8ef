import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach } from 'vitest'
import { Command } from './command-process.ts'
import { HeldObjects } from './held-objects.ts'
import { RedisServer } from './redis-server.ts'

const cleanups: (() => unknown)[] = []
afterEach(async () => {
  for (const cleanup of cleanups.splice(0).reverse()) await cleanup()
})

/** A folder that goes with the test, as everything here. */
export function folder(): string {
  const path = mkdtempSync(join(tmpdir(), 'srtp-scan-queue-'))
  cleanups.push(() => rmSync(path, { recursive: true, force: true }))
  return path
}

export async function redis(...options: string[]): Promise<RedisServer> {
  const server = await RedisServer.start(...options)
  cleanups.push(() => server.remove())
  return server
}

export async function objects(captures: Readonly<Record<string, Uint8Array>>): Promise<HeldObjects> {
  const served = await HeldObjects.serve(captures)
  cleanups.push(() => served.close())
  return served
}

export function command(args: readonly string[], env: NodeJS.ProcessEnv = {}): Command {
  const started = new Command(args, env)
  cleanups.push(() => started.child.kill('SIGKILL'))
  return started
}

/** A worker that has reached its queue. */
export async function worker(
  server: { readonly url: string },
  args: readonly string[] = [],
  env: NodeJS.ProcessEnv = {},
): Promise<Command> {
  const started = command(['worker', '--queue', server.url, '--jobs', '1', '--lease', '1', ...args], env)
  await started.says(/takes jobs from/)
  return started
}
