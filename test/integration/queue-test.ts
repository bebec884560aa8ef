import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Command } from './command-process.ts'
import { HeldObjects } from './held-objects.ts'
import { RedisServer } from './redis-server.ts'

/**
 * What a test of a queue begins with; all of it goes with the test. Most of these tests wait, so they run side by side.
 *
 * @param onTestFinished of the test's context
 */
export function queueTest(onTestFinished: (cleanup: () => void | Promise<void>) => void) {
  const command = (args: readonly string[], env: NodeJS.ProcessEnv = {}): Command => {
    const started = new Command(args, env)
    onTestFinished(() => void started.child.kill('SIGKILL'))
    return started
  }
  return {
    command,
    folder(): string {
      const path = mkdtempSync(join(tmpdir(), 'srtp-scan-queue-'))
      onTestFinished(() => rmSync(path, { recursive: true, force: true }))
      return path
    },
    async redis(...options: string[]): Promise<RedisServer> {
      const server = await RedisServer.start(...options)
      onTestFinished(() => server.remove())
      return server
    },
    async objects(captures: Readonly<Record<string, Uint8Array>>): Promise<HeldObjects> {
      const served = await HeldObjects.serve(captures)
      onTestFinished(() => served.close())
      return served
    },
    /** A worker that has reached its queue. */
    async worker(
      server: { readonly url: string },
      args: readonly string[] = [],
      env: NodeJS.ProcessEnv = {},
    ): Promise<Command> {
      const started = command(['worker', '--queue', server.url, '--jobs', '1', '--lease', '2', ...args], env)
      await started.says(/takes jobs from/)
      return started
    },
  }
}
