import { gzipSync } from 'node:zlib'
import { expect, test } from 'vitest'
import { inflate } from '../../src/capture/inflated-octets.ts'
import type { OctetSource } from '../../src/capture/octet-source.ts'

const MEGABYTE = 1 << 20

function sourceOf(octets: Uint8Array): OctetSource {
  let at = 0
  return {
    lost: undefined,
    get bytesRead() {
      return at
    },
    read: async (target) => {
      const part = octets.subarray(at, at + target.length)
      target.set(part)
      at += part.length
      return part.length
    },
    close: () => undefined,
  }
}

test('a piece that becomes a thousand times as much is decompressed as it is read, and not ahead of it', async () => {
  const zeros = 64 * MEGABYTE
  const inflated = inflate('zeros', sourceOf(gzipSync(Buffer.alloc(zeros))), 'gzip')
  const target = new Uint8Array(1000)
  const before = process.memoryUsage().arrayBuffers
  let total = await inflated.read(target)
  expect(process.memoryUsage().arrayBuffers - before).toBeLessThan(6 * MEGABYTE)
  const rest = new Uint8Array(MEGABYTE)
  for (let count = await inflated.read(rest); count > 0; count = await inflated.read(rest)) total += count
  expect(total).toBe(zeros)
  expect(inflated.lost).toBeUndefined()
  inflated.close()
})
