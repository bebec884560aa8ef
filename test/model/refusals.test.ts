import { expect, test } from 'vitest'
import { withoutKeys } from '../../src/model/refusals.ts'
import { copyText, MAX_TEXT } from '../../src/sip/message-facts.ts'

const KEY = 'd0RmdmcmVCspeEc3QGZiNWpVLFJhQX1cfHAwJSoj'

test.each([1, 10, 18, 19, 30])('of a key that is cut behind %i characters nothing is shown', (shown) => {
  const said = 'not here '.repeat(MAX_TEXT).slice(0, MAX_TEXT - shown - 1)
  expect(withoutKeys(copyText(`${said} ${KEY}`))).toBe(said.trim())
})

test('a text that was not cut is whole, but for its keys', () => {
  expect(withoutKeys(' Not Acceptable Here ')).toBe('Not Acceptable Here')
  expect(withoutKeys(`no ${KEY} here`)).not.toContain(KEY.slice(0, 8))
  expect(withoutKeys(undefined)).toBeUndefined()
})
