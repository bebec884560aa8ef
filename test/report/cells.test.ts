import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { columnsOf, cut, cutFront, leftAligned, rightAligned, shownText, wrapped } from '../../src/report/cells.ts'

describe('columns of text', () => {
  test.each([
    ['alice', 5],
    ['Zoë', 3],
    ['Zoe\u0308', 3],
    ['山田太郎', 8],
    ['한국', 4],
    ['ｶﾅ', 2],
    ['📞 desk', 7],
    ['नमस्ते', 4],
  ])('%s takes %i', (text, columns) => {
    expect(columnsOf(shownText(text))).toBe(columns)
  })

  test.each([
    ['\u001b[2Jbob', '\\u{1b}[2Jbob'],
    ['bob\r\nVia', 'bob\\u{d}\\u{a}Via'],
    ['\u202egnp.exe', '\\u{202e}gnp.exe'],
    ['\u{1F1E9}\u{1F1EA}', '\\u{1f1e9}\\u{1f1ea}'],
    ['👍🏽', '👍\\u{1f3fd}'],
    ['\u{10fff0}x', '\u{10fff0}x'],
    ['\u0378x', '\\u{378}x'],
  ])('%j is shown as %j', (text, shown) => {
    expect(shownText(text)).toBe(shown)
  })

  test('marks without number do not spill over', () => {
    expect(shownText(`x${'\u0324'.repeat(50)}y`)).toBe('x\u0324\u0324y')
  })

  test('whatever comes from the wire, cells have their width and lines keep theirs', () => {
    const texts = fc.string({ unit: 'binary', maxLength: 40 })
    fc.assert(
      fc.property(texts, fc.integer({ min: 1, max: 30 }), (wire, width) => {
        const text = shownText(wire)
        expect(columnsOf(leftAligned(text, width))).toBe(width)
        expect(columnsOf(rightAligned(text, width))).toBe(width)
        expect(columnsOf(cutFront(text, width))).toBeLessThanOrEqual(width)
        const lines = wrapped(text, width + 4, '  ')
        expect(lines.filter((line) => columnsOf(line) > width + 4)).toEqual([])
        expect(lines.join('').replaceAll(' ', '')).toBe(text.replaceAll(' ', ''))
      }),
    )
  })

  test('a cut is seen', () => {
    expect(cut('proxy-authentication', 8)).toBe('proxy-a~')
    expect(cutFront('+4930123456', 8)).toBe('~0123456')
    expect(cut('山田太郎', 4)).toBe('山~')
  })

  test('words longer than a line are broken, others are kept whole', () => {
    expect(wrapped('Call-ID 0123456789abcdef of alice', 12, '> ', 2)).toEqual([
      '> Call-ID',
      '  0123456789',
      '  abcdef of',
      '  alice',
    ])
  })
})
