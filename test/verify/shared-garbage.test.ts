import { expect, test } from 'vitest'
import { allocateSharedMemory } from '../../src/verify/kernel.ts'
import { leaveSharedMemory } from '../../src/verify/shared-garbage.ts'

const MIB = 2 ** 20

test('memories that one part after another leaves do not add up', () => {
  const before = process.memoryUsage.rss()
  let most = 0
  for (let part = 0; part < 256; part++) {
    new Uint8Array(allocateSharedMemory(8 * MIB).buffer).fill(1)
    leaveSharedMemory()
    most = Math.max(most, process.memoryUsage.rss() - before)
  }
  expect(most).toBeLessThan(1024 * MIB)
}, 60_000)
