import { appendFileSync, mkdirSync, mkdtempSync, renameSync, rmSync, truncateSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest'
import { type FollowedFile, followTextFile } from '../../src/capture/growing-file.ts'

let folder: string
let followed: FollowedFile | undefined
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'growing-'))
})
afterEach(() => {
  followed?.stop()
  rmSync(folder, { recursive: true, force: true })
})

const path = () => join(folder, 'keys.log')

function follow(): { readonly text: string } {
  const heard = { text: '' }
  followed = followTextFile(path(), (text) => {
    heard.text += text
  })
  return heard
}

const comes = (heard: { readonly text: string }, text: string) =>
  vi.waitFor(() => expect(heard.text).toBe(text), { timeout: 20_000, interval: 20 })

describe('a text file that grows', () => {
  test('what is there comes at once, what is written later soon, and whole lines only', async () => {
    writeFileSync(path(), 'one\ntw')
    const heard = follow()
    expect(heard.text).toBe('one\n')
    expect(heard.text).toBe('one\n')
    appendFileSync(path(), 'o\nthr')
    await comes(heard, 'one\ntwo\n')
  })

  test('it need not exist yet', async () => {
    const heard = follow()
    writeFileSync(path(), 'one\n')
    await comes(heard, 'one\n')
  })

  test('truncated, or replaced by another, it is read from its beginning', async () => {
    writeFileSync(path(), 'one\ntwo\nrest')
    const heard = follow()
    truncateSync(path())
    appendFileSync(path(), 'a\n')
    await comes(heard, 'one\ntwo\na\n')
    writeFileSync(join(folder, 'other'), 'b\nlonger than before\n')
    renameSync(join(folder, 'other'), path())
    await comes(heard, 'one\ntwo\na\nb\nlonger than before\n')
  })

  test('the folder too may come later', async () => {
    rmSync(folder, { recursive: true })
    const heard = follow()
    mkdirSync(folder)
    writeFileSync(path(), 'one\n')
    await comes(heard, 'one\n')
  })

  test('a line without end is let go, and those behind it are heard', async () => {
    writeFileSync(path(), `one\n${'x'.repeat(200_000)}`)
    const heard = follow()
    appendFileSync(path(), 'xxx\ntwo\n')
    await comes(heard, 'one\ntwo\n')
  })

  test('once stopped, what was written last has come, and nothing more does', () => {
    let text = ''
    const one = followTextFile(path(), (more) => {
      text += more
    })
    writeFileSync(path(), 'one\ntwo')
    one.stop()
    expect(text).toBe('one\ntwo')
    appendFileSync(path(), '\nthree\n')
    one.stop()
    expect(text).toBe('one\ntwo')
  })

  test('a folder is no text file', () => {
    expect(() => followTextFile(folder, () => undefined)).toThrow(/cannot be read \(EISDIR\)/)
  })
})
