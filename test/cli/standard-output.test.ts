import { expect, test, vi } from 'vitest'

/** The command's script and what it loads later are bundles of their own. */
async function anotherBundle() {
  vi.resetModules()
  return import('../../src/cli/output.ts')
}

test('who hears that the reader of standard output left knows of files that another bundle expects', async () => {
  const listeners = { stdout: process.stdout.listeners('error'), stderr: process.stderr.listeners('error') }
  const exit = vi.spyOn(process, 'exit').mockImplementation((() => undefined) as () => never)
  const leave = () => process.stdout.emit('error', Object.assign(new Error('write EPIPE'), { code: 'EPIPE' }))
  try {
    const script = await anotherBundle()
    const loaded = await anotherBundle()
    script.endQuietlyOnClosedPipe()
    leave()
    expect(exit).toHaveBeenCalledTimes(1)
    loaded.expectFiles()
    leave()
    expect(exit).toHaveBeenCalledTimes(1)
  } finally {
    exit.mockRestore()
    for (const name of ['stdout', 'stderr'] as const) {
      process[name].removeAllListeners('error')
      for (const listener of listeners[name]) process[name].on('error', listener as () => void)
    }
  }
})
