import { afterEach, expect, test, vi } from 'vitest'
import { LiveStatus } from '../../src/cli/live-status.ts'
import { EMPTY, snapshotOf } from './screen/snapshots.ts'

afterEach(() => vi.restoreAllMocks())

test('the line is no wider than the terminal: what it breaks in two cannot be written anew', () => {
  const written: string[] = []
  vi.spyOn(process.stderr, 'write').mockImplementation((text) => written.push(String(text)) > 0)
  const { columns } = process.stderr
  process.stderr.columns = 40
  const status = new LiveStatus()
  try {
    status.show(snapshotOf({ ...EMPTY, totals: { ...EMPTY.totals, calls: 1_234_567, frames: 1_234_567_890 } }))
  } finally {
    process.stderr.columns = columns
  }
  expect(written).toEqual(['\r\u001b[K1,234,567 calls, 0 at hand, 1,234,567,8'])
  status.close()
  expect(written.at(-1)).toBe('\r\u001b[K')
})
