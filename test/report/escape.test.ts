import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import type { Report } from '../../src/model/report.ts'
import { escapeText } from '../../src/report/escape.ts'
import { formatText } from '../../src/report/text.ts'
import { WHOLE_REPORT } from './sample-report.ts'

/** What no terminal may get from the wire: controls, lone surrogates, and characters of direction. */
const HARMFUL = /[\p{Cc}\p{Cs}\p{Bidi_Control}\p{Zl}\p{Zp}]/u
const BIDI = [0x61c, 0x200e, 0x200f, 0x202a, 0x202b, 0x202c, 0x202d, 0x202e, 0x2066, 0x2067, 0x2068, 0x2069]

const hostile = fc
  .array(
    fc.oneof(
      fc.constantFrom(
        '\u001b[2J',
        '\u001b]0;x\u0007',
        '\u009b31m',
        '\r',
        '\n',
        '\t',
        '\u0000',
        '\ud800',
        '\udfff',
        ' ',
      ),
      fc.constantFrom(...BIDI.map((code) => String.fromCodePoint(code))),
      fc.string({ unit: 'binary' }),
    ),
    { minLength: 1, maxLength: 6 },
  )
  .map((parts) => parts.join(''))

/** A copy of a report with every text in it that may come from the wire or a file followed by `text`. */
function tainted(value: unknown, text: string, name = ''): unknown {
  if (Array.isArray(value)) return value.map((item) => tainted(item, text, name))
  if (typeof value === 'object' && value !== null) {
    return Object.fromEntries(Object.entries(value).map(([key, field]) => [key, tainted(field, text, key)]))
  }
  const ours = /^(schema|severity|state|kind|transport|protection|sender|outcome|.*Time)$/.test(name)
  return typeof value === 'string' && !ours ? value + text : value
}

describe('text from the wire', () => {
  test('never reaches a terminal as control or bidi characters, wherever in the report it is', () => {
    fc.assert(
      fc.property(hostile, fc.boolean(), fc.boolean(), (text, verbose, quiet) => {
        const report = tainted(WHOLE_REPORT, text) as Report
        const out = formatText(report, { width: 80, color: false, verbose, quiet })
        expect(HARMFUL.test(out.replaceAll('\n', ''))).toBe(false)
      }),
      { numRuns: 300 },
    )
  })

  test('adds no line of its own: a newline within it is escaped', () => {
    const forged = formatText(tainted(WHOLE_REPORT, '\nerror forged: x') as Report, {
      width: 80,
      color: false,
      verbose: true,
      quiet: false,
    })
    expect(forged).not.toMatch(/^error forged/m)
    expect(forged).toContain('\\u{a}error')
  })

  test('stays as it is where it is harmless', () => {
    for (const text of ['sip:alice@192.0.2.10', 'Zoë', '日本語', '🙂', 'a"b\\c']) expect(escapeText(text)).toBe(text)
  })

  test('is escaped by the code point', () => {
    expect(escapeText('a\u001b[31m\u202eb\u{e0041}\ud800')).toBe('a\\u{1b}[31m\\u{202e}b\\u{e0041}\\u{d800}')
  })
})
