import { mkdtempSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type CaptureInput, identifyFile, openOctets } from './capture-input.ts'
import { removeScratchFolder, ScratchWriter } from './scratch-file.ts'

const CHUNK = 1 << 20

/** Inputs that can be read any number of times. */
export interface SpooledInputs {
  readonly inputs: readonly CaptureInput[]
  /** Removes what was written for that. */
  remove(): void
}

/**
 * The same inputs; of those that can be read once only, copies in a folder for temporary files, readable by the owner
 * only, under the names of the originals.
 *
 * @param signal ends the wait for a pipe, by its reason as an error
 */
export async function spoolInputs(inputs: readonly CaptureInput[], signal?: AbortSignal): Promise<SpooledInputs> {
  if (inputs.every(({ reopenable }) => reopenable)) return { inputs, remove: () => undefined }
  const folder = mkdtempSync(join(tmpdir(), 'srtp-scan-'))
  // A second Ctrl-C ends the process at once.
  const remove = () => {
    process.off('exit', remove)
    removeScratchFolder(folder)
  }
  process.on('exit', remove)
  try {
    const spooled: CaptureInput[] = []
    for (const [n, input] of inputs.entries()) {
      spooled.push(input.reopenable ? input : await spool(input, join(folder, `${n}`), signal))
    }
    return { inputs: spooled, remove }
  } catch (error) {
    remove()
    throw error
  }
}

async function spool(input: CaptureInput, place: string, signal: AbortSignal | undefined): Promise<CaptureInput> {
  const source = openOctets(input)
  const file = new ScratchWriter(place)
  const chunk = new Uint8Array(CHUNK)
  const stop = () => source.close()
  signal?.addEventListener('abort', stop)
  let sizeBytes = 0
  try {
    for (let count = await source.read(chunk); count > 0; count = await source.read(chunk)) {
      file.write(chunk.subarray(0, count))
      sizeBytes += count
    }
    signal?.throwIfAborted()
    file.finish()
  } catch (error) {
    file.abandon()
    throw error
  } finally {
    signal?.removeEventListener('abort', stop)
    source.close()
  }
  return { ...(await identifyFile(place, sizeBytes)), path: input.path }
}
