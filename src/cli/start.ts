#!/usr/bin/env node
import { readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { Script } from 'node:vm'

/*
 * Where the command starts. A build has the command line and the scan a second time: as one script, with what V8 made of it,
 * so that nothing has to be compiled (docs/decisions/start-up.md). Where that is absent, as in the sources, or was made by
 * another Node, the modules are loaded.
 */

/** The value of the script: the command line, as what its modules would find around them. */
type Command = (
  require: typeof process.getBuiltinModule,
  importModule: (name: string) => Promise<unknown>,
  moduleUrl: string,
) => void

function compiledCommand(): Command | undefined {
  const filename = fileURLToPath(new URL('command.cjs', import.meta.url))
  try {
    const cachedData = readFileSync(`${filename}.${process.arch}-${process.version}`)
    return new Script(readFileSync(filename, 'latin1'), { filename, cachedData }).runInThisContext() as Command
  } catch {
    return undefined
  }
}

/** What stands here for a command that is not whole; its own errors it says itself. */
function cannotStart(error: unknown): void {
  process.stderr.write(`srtp-scan: cannot be started: ${error instanceof Error ? error.stack : error}\n`)
  process.exitCode = 2
}

const command = compiledCommand()
if (command === undefined) import('./main.ts').catch(cannotStart)
// It stands for main.ts: what lies beside the sources is found from there, and has the same ending.
else command(process.getBuiltinModule, (name) => import(name), new URL('main.js', import.meta.url).href)
