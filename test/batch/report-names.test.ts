import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { reportFileName, reportNames } from '../../src/batch/report-names.ts'

const names = (captures: readonly string[], known: Record<string, string> = {}) => [
  ...reportNames(captures, new Map(Object.entries(known))).values(),
]

describe('names of reports', () => {
  test.each<[string, string[], string[]]>([
    ['one capture', ['/a/b/x.pcap'], ['x.pcap']],
    ['captures of one folder', ['/a/x.pcap', '/a/y.pcap'], ['x.pcap', 'y.pcap']],
    ['the same name in two folders', ['/a/1/x.pcap', '/a/2/x.pcap'], ['1/x.pcap', '2/x.pcap']],
    ['a folder within a folder', ['/a/x.pcap', '/a/b/x.pcap'], ['x.pcap', 'b/x.pcap']],
    ['files and objects', ['/a/x.pcap', 'https://one/x', 'https://two/x'], ['x.pcap', 'one/x', 'two/x']],
    ['a file and an object', ['/a/x.pcap', 'https://store/x.pcap'], ['x.pcap', 'x.pcap~2']],
    ['a file named like another and its folder', ['/a/b', '/a/B'], ['b', 'B~2']],
    [
      'what is named like the summary',
      ['/a/summary', '/a/state', '/a/as-one', '/a/y'],
      ['summary~2', 'state~2', 'as-one~2', 'y'],
    ],
    ['objects behind queries', ['https://store/a/get?…', 'https://store/a/get?…~2'], ['get', 'get~2']],
    ['an object above its root', ['https://store/%2e%2e/x.pcap', 'https://store/y'], ['%2e%2e/x.pcap', 'y']],
  ])('%s', (_, captures, expected) => {
    expect(names(captures)).toEqual(expected)
  })

  test('a capture keeps its name when others come, and none takes it', () => {
    expect(names(['/a/x.pcap', '/x.pcap', '/b/a/x.pcap'], { '/a/x.pcap': 'x.pcap' })).toEqual([
      'x.pcap',
      'x.pcap~2',
      'b/a/x.pcap',
    ])
  })

  test('are as many as there are captures, whatever these are called, and none leads out of the folder', () => {
    fc.assert(
      fc.property(fc.uniqueArray(fc.stringMatching(/^(\/[ab.\u00e9]{1,3}){1,4}$/)), (captures) => {
        const found = names(captures)
        expect(new Set(found.map((name) => name.toLowerCase())).size).toBe(captures.length)
        for (const name of found) expect(name).not.toMatch(/(^|\/)\.\.?(\/|$)|^\//)
      }),
    )
  })

  test('are no longer than a file system takes', () => {
    const [long, other] = names([`/${'é'.repeat(127)}a.pcap`, `/${'é'.repeat(127)}b.pcap`])
    expect(Buffer.byteLength(reportFileName(long, 'ndjson'))).toBeLessThan(256)
    expect(long).not.toBe(other)
  })
})
