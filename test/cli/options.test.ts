import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { joinDashes } from '../../src/cli/dash.ts'
import { exitStatusOf } from '../../src/cli/exit-status.ts'
import { errorLine } from '../../src/cli/notices.ts'
import { checkGiven, targetsOf, wholeNumber } from '../../src/cli/options.ts'
import { progressText } from '../../src/cli/progress.ts'
import { explainRule, listRules } from '../../src/cli/rules-command.ts'
import type { Severity } from '../../src/model/report.ts'
import type { FailOn } from '../../src/report/fail-on.ts'
import { RULES } from '../../src/rules/catalogue.ts'
import { FINDING } from '../report/sample-report.ts'

describe('--format and --output in pairs', () => {
  test.each([
    [[], [], [{ format: 'text' }]],
    [['json'], [], [{ format: 'json' }]],
    [['json'], ['r.json'], [{ format: 'json', path: 'r.json' }]],
    [['text'], ['-'], [{ format: 'text' }]],
    [[], ['r.json'], [{ format: 'json', path: 'r.json' }]],
    [[], ['r.html'], [{ format: 'html', path: 'r.html' }]],
    [[], ['R.HTM'], [{ format: 'html', path: 'R.HTM' }]],
    [[], ['r.txt'], [{ format: 'text', path: 'r.txt' }]],
    [[], ['junit.xml'], [{ format: 'junit', path: 'junit.xml' }]],
    [[], ['r.sarif'], [{ format: 'sarif', path: 'r.sarif' }]],
    [[], ['report'], [{ format: 'json', path: 'report' }]],
    [[], ['-'], [{ format: 'text' }]],
    [['json'], ['r.txt'], [{ format: 'json', path: 'r.txt' }]],
    [
      ['ndjson', 'json'],
      ['r.ndjson', 'r.json'],
      [
        { format: 'ndjson', path: 'r.ndjson' },
        { format: 'json', path: 'r.json' },
      ],
    ],
    [['json', 'text'], ['r.json'], [{ format: 'json', path: 'r.json' }, { format: 'text' }]],
  ])('%j and %j', (formats, outputs, targets) => {
    expect(targetsOf(formats, outputs)).toEqual(targets)
  })

  test.each([
    [['json', 'text'], [], /cannot share standard output/],
    [['json', 'text'], ['-', '-'], /cannot share standard output/],
    [['html5'], [], /--format html5: no such format; text, json, ndjson/],
    [['toString'], [], /no such format/],
  ])('%j and %j is bad usage', (formats, outputs, message) => {
    expect(() => targetsOf(formats, outputs)).toThrow(message)
  })
})

test.each([
  [{ call: '' }, '--call'],
  [{ output: ['r.json', ''] }, '--output'],
  [{ tlsKeylog: [''] }, '--tls-keylog'],
  [{ captures: [''] }, 'a name'],
])('an empty value, as of a variable that is not set, is bad usage: %j', (args, option) => {
  expect(() => checkGiven(args)).toThrow(`${option}: is empty; give it a value, or leave it out`)
})

describe('the exit status', () => {
  test.each<[FailOn, Severity[], number]>([
    ['error', [], 0],
    ['error', ['warning', 'info'], 0],
    ['error', ['info', 'error'], 1],
    ['warning', ['info'], 0],
    ['warning', ['warning'], 1],
    ['warning', ['error'], 1],
    ['info', ['info'], 1],
    ['info', [], 0],
    ['never', ['error'], 0],
  ])('with --fail-on %s and findings %j is %i', (failOn, severities, status) => {
    const findings = severities.map((severity) => ({ ...FINDING, severity }))
    expect(exitStatusOf(findings, failOn)).toBe(status)
  })
})

describe('a line of an error', () => {
  test('is one line that a terminal may show, whatever the message holds', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), (message) => {
        const line = errorLine(new Error(message))
        expect(line.startsWith('srtp-scan: ')).toBe(true)
        expect(line.endsWith('\n')).toBe(true)
        expect(/[\p{Cc}\p{Bidi_Control}]/u.test(line.slice(0, -1))).toBe(false)
      }),
    )
  })

  test('has the stack only when told', () => {
    const error = new Error('out of luck')
    expect(errorLine(error)).toBe('srtp-scan: out of luck\n')
    expect(errorLine(error, true)).toContain('options.test.ts')
  })
})

describe('options', () => {
  test('that take one value are refused when given twice', () => {
    expect(() => checkGiven({ minSeverity: ['error', 'info'] })).toThrow('--min-severity: is given more than once')
    expect(() => checkGiven({ keys: ['a', 'b'], captures: ['c', 'd'], k: ['a', 'b'], call: 'x' })).not.toThrow()
  })

  test.each([0, 257, 1.5, Number.NaN])('--workers %d is no number of threads', (n) => {
    expect(() => wholeNumber('--workers', n, 1, 256)).toThrow('--workers: a whole number from 1 to 256 is wanted')
  })

  test('numbers within limits pass', () => {
    expect([undefined, 1, 256].map((n) => wholeNumber('--workers', n, 1, 256))).toEqual([undefined, 1, 256])
  })

  test.each([
    [['-r', '-'], ['--read=-']],
    [
      ['a.pcap', '-I', '-', '-q'],
      ['a.pcap', '--read=-', '-q'],
    ],
    [
      ['-', '-o', '-'],
      ['-', '--output=-'],
    ],
    [
      ['-q', '-'],
      ['-q', '-'],
    ],
    [
      ['--', '-r', '-'],
      ['--', '-r', '-'],
    ],
  ])('%j is %j: a - that is a value', (argv, joined) => {
    expect(joinDashes(argv)).toEqual(joined)
  })
})

describe('progress', () => {
  test.each([
    [{ bytesDone: 1 << 20, bytesTotal: 4 << 20 }, 1, '25 %, 1 MB/s, 3 s left'],
    [{ bytesDone: 5 << 20, bytesTotal: 4 << 20 }, 1, '100 %, 5 MB/s, 0 s left'],
    [{ bytesDone: 0, bytesTotal: 4 << 20 }, 0, '0 %, 0 MB/s, 0 s left'],
    [{ bytesDone: 6 << 20 }, 2, '6 MB read, 3 MB/s'],
  ])('%j after %d s', (progress, seconds, text) => {
    expect(progressText(progress, seconds)).toBe(text)
  })
})

describe('srtp-scan rules', () => {
  test('lists every rule on a line', () => {
    const lines = listRules().trimEnd().split('\n')
    expect(lines.map((line) => line.split(' ')[0])).toEqual(RULES.map(({ text }) => text.id))
  })

  test.each(RULES.map(({ text }) => ({ id: text.id, text })))('explains $id within 80 columns', ({ id, text }) => {
    const said = explainRule(id, 80)
    expect(said.split('\n').filter((line) => line.length > 80)).toEqual([])
    for (const reference of text.references) expect(said.replaceAll(/\s+/g, ' ')).toContain(reference)
  })

  test('says that there is no such rule', () => {
    expect(() => explainRule('no-such-rule', 80)).toThrow(
      /^rules no-such-rule: no such rule; .*srtp-scan rules lists them$/,
    )
  })
})
