import type { Key } from 'ink'
import { expect, test } from 'vitest'
import { keyNames } from '../../../src/cli/screen/key-names.ts'

const NO_KEY = {} as Key

test.each<[string, Partial<Key>, string[]]>([
  ['', { upArrow: true }, ['up']],
  ['', { pageDown: true }, ['pagedown']],
  ['', { delete: true }, ['backspace']],
  ['', { escape: true, meta: true }, ['escape']],
  ['', { tab: true }, ['tab']],
  ['', { tab: true, shift: true }, ['shift-tab']],
  ['c', { ctrl: true }, ['ctrl-c']],
  ['G', { shift: true }, ['G']],
  ['jjq', {}, ['j', 'j', 'q']],
  ['bob\r', {}, ['b', 'o', 'b', 'enter']],
  ['x\u0003', {}, ['x', 'ctrl-c']],
  ['é山', {}, ['é', '山']],
  ['q', { meta: true }, ['escape', 'q']],
])('%j with %j is %j', (input, key, names) => {
  expect(keyNames(input, { ...NO_KEY, ...key })).toEqual(names)
})
