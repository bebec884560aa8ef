import { readFileSync } from 'node:fs'
import { expect, test } from 'vitest'
import { RULES_PAGE, rulesPage } from '../../scripts/rules-page.ts'
import { RULES } from '../../src/rules/catalogue.ts'

test('docs/rules.md is what the rules say now (npm run rules-page)', () => {
  expect(readFileSync(RULES_PAGE, 'utf8')).toBe(rulesPage())
})

test.each(RULES.map(({ text }) => [text.id, text] as const))('%s tells all that a reader needs', (id, text) => {
  expect(id).toMatch(/^[a-z0-9]+(-[a-z0-9]+)*$/)
  for (const words of [text.title, text.meaning, text.shows, text.remedy]) expect(words.length).toBeGreaterThan(10)
  expect(text.causes.length).toBeGreaterThan(0)
  expect(text.references.join(' ')).toMatch(/RFC \d+/)
})
