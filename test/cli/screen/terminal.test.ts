import { describe, expect, test } from 'vitest'
import { Terminal } from '../../../src/cli/screen/terminal.ts'

function terminal() {
  const written: string[] = []
  const stdout = { columns: 20, rows: 3, write: (text: string) => written.push(text) }
  return { terminal: new Terminal(stdout as unknown as NodeJS.WriteStream), written, stdout }
}

/** The text without its escape sequences. */
const plain = (text: string) => text.replaceAll(/\p{Cc}\[[?\d;]*[A-Za-z]/gu, '|')

describe('a terminal', () => {
  test('is entered and left once, whatever is asked', () => {
    const { terminal: opened, written } = terminal()
    opened.close()
    expect(written).toEqual([])
    opened.open()
    opened.open()
    opened.close()
    opened.close()
    expect(written.filter((text) => text.includes('?1049h'))).toHaveLength(1)
    expect(written.filter((text) => text.includes('?1049l'))).toHaveLength(1)
  })

  test('gets the lines that have changed, and those that are gone erased', () => {
    const { terminal: opened, written } = terminal()
    opened.open()
    opened.write('one\ntwo\nthree')
    opened.write('one\nTWO\nthree')
    opened.write('one\nTWO\nthree')
    opened.write('one')
    expect(written.slice(1).map(plain)).toEqual(['|||one||two||three|', '|||TWO|', '||||'])
  })

  test('gets everything again when what it shows is forgotten, as after a new size', () => {
    const { terminal: opened, written, stdout } = terminal()
    opened.open()
    opened.write('one\ntwo\nthree\nfour')
    stdout.rows = 4
    opened.forget()
    opened.write('one\ntwo\nthree\nfour')
    expect(written.map(plain).slice(1)).toEqual(['|||one||two||three|', '|', '|||one||two||three||four|'])
  })

  test('gets nothing before it is open and after it is closed, and what could be scrolled back to stays', () => {
    const { terminal: opened, written } = terminal()
    opened.write('early')
    opened.open()
    opened.write('now')
    opened.close()
    opened.write('late')
    opened.forget()
    expect(plain(written.join(''))).toMatch(/^\|+now\|+$/)
    expect(written.join('')).not.toContain('[3J')
  })
})
