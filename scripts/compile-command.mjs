import { readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { Script } from 'node:vm'

/**
 * Writes beside the command's script what V8 makes of it, for src/cli/start.ts: the functions that a scan calls are compiled
 * in it, because one has run. V8 takes it back for the same version and the same flags only.
 */
const start = new URL('../dist/src/cli/start.cjs', import.meta.url).href
const filename = fileURLToPath(new URL('command.cjs', start))
const report = join(tmpdir(), `srtp-scan-compile-${process.pid}.json`)
const script = new Script(readFileSync(filename, 'latin1'), { filename })

// What is compiled under other flags is taken back under those only.
process.env.SRTP_SCAN_V8 = 'usual'
process.argv = [
  ...[process.execPath, fileURLToPath(start), 'samples/call.pcap'],
  // Threads as well, though there is nothing to win.
  ...['--workers', '2', '--slab-size', '64', '--format', 'json', '--output', report, '--fail-on', 'never'],
]
script.runInThisContext()(process.getBuiltinModule, (name) => import(name), new URL('main.js', start).href)
process.on('exit', () => {
  rmSync(report, { force: true })
  if (process.exitCode === 0) writeFileSync(`${filename}.${process.arch}-${process.version}`, script.createCachedData())
})
