import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { gunzipSync } from 'node:zlib'
import { expect, test } from 'vitest'
import { identifyFile } from '../../src/capture/capture-input.ts'
import { detectCompression, detectFormat } from '../../src/capture/format.ts'
import { parseWithOracle } from './oracle.ts'
import { readStream } from './stream.ts'
import { walk, walkSlabs } from './walk.ts'

const directory = join(import.meta.dirname, '../../../shared/captures')
const present = existsSync(directory)
const names = present ? readdirSync(directory).filter((name) => /\.(pcap|pcapng)(\.gz)?$/.test(name)) : []

test(`real captures: ${present ? `${names.length} of them` : 'absent on this machine, nothing to compare'}`, () => {
  expect(names.length > 0).toBe(present)
})

test.each(names)('%s has the frames that are expected of it, by file, by stream and in small slabs', async (name) => {
  const path = join(directory, name)
  const stored = new Uint8Array(readFileSync(path))
  const capture = detectCompression(stored) === 'gzip' ? new Uint8Array(gunzipSync(stored)) : stored
  const format = detectFormat(capture)!
  const whole = walk(format, capture)
  const truth = join(directory, `${name.replace(/\.(pcap|pcapng)(\.gz)?$/, '')}.expect.json`)
  if (existsSync(truth)) {
    const { frames } = JSON.parse(readFileSync(truth, 'utf8')) as { frames: number }
    expect(whole.facts.frames).toBe(frames)
  }
  expect(walkSlabs(format, capture, [1499, 17])).toEqual(whole)
  const streamed = await readStream([await identifyFile(path, stored.length)])
  expect(streamed.records).toEqual(whole.records)
  if (new DataView(capture.buffer).getUint32(0, true) === 0xa1b2c3d4) {
    expect(whole.records).toEqual(await parseWithOracle(capture))
  }
})
