import { readFileSync } from 'node:fs'
import { expect, test } from 'vitest'
import { LIMITS_PAGE, limitsPage } from '../../scripts/limits-page.ts'
import { LIMITS } from '../../src/limits/limits.ts'

test('docs/limits.md is what the limits say', () => {
  expect(readFileSync(LIMITS_PAGE, 'utf8')).toBe(limitsPage())
})

test('every limit is told by an anomaly of its own', () => {
  const told = Object.values(LIMITS).map(({ anomaly }) => `${anomaly.layer} ${anomaly.reason}`)
  expect(new Set(told).size).toBe(told.length)
})
