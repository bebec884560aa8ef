import { expect, test } from 'vitest'
import { type BatchFigures, batchProgressText } from '../../src/cli/batch-progress.ts'

const MB = 1 << 20

test.each<[BatchFigures, number, string]>([
  [
    { capturesDone: 312, captures: 1000, bytesDone: 100 * MB, bytesTotal: 400 * MB },
    1,
    '312 of 1,000 captures, 25 %, 100 MB/s, 3 s left',
  ],
  [
    { capturesDone: 1, captures: 2, bytesDone: MB, bytesTotal: 301 * MB },
    1,
    '1 of 2 captures, 0 %, 1 MB/s, 5 min left',
  ],
  [
    { capturesDone: 1, captures: 9, bytesDone: MB, bytesTotal: 10_000 * MB },
    1,
    '1 of 9 captures, 0 %, 1 MB/s, 2 h 47 min left',
  ],
  [{ capturesDone: 0, captures: 9, bytesDone: 0, bytesTotal: 10 * MB }, 1, '0 of 9 captures, 0 %, 0 MB/s'],
  [{ capturesDone: 9, captures: 9, bytesDone: 0, bytesTotal: 0 }, 0, '9 of 9 captures, 100 %, 0 MB/s, 0 s left'],
  [
    { capturesDone: 2, captures: 2, bytesDone: 5 * MB, bytesTotal: 4 * MB },
    1,
    '2 of 2 captures, 100 %, 5 MB/s, 0 s left',
  ],
])('%j after %d s', (figures, seconds, text) => {
  expect(batchProgressText(figures, seconds)).toBe(text)
})
