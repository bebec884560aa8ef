import { spawnSync } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { describe, expect, test } from 'vitest'
import type { Argv } from 'yargs'
import { CAPTURES, COMMAND, SWITCHES } from '../../src/cli/command-words.ts'
import { likelyScan } from '../../src/cli/early-threads.ts'
import { scanOptions } from '../../src/cli/scan-options.ts'

const ROOT = fileURLToPath(new URL('../../', import.meta.url))
const help = spawnSync(process.execPath, ['--import', 'tsx', 'src/cli/main.ts', '--help'], {
  cwd: ROOT,
  encoding: 'utf8',
})

interface Option {
  readonly type?: string
  readonly alias?: string | readonly string[]
}

/** Every spelling of every option of the scan, as yargs is told of them. */
function scanSpellings(): Map<string, Option> {
  const spellings = new Map<string, Option>()
  const recorder = {
    option: (name: string, option: Option) => {
      for (const spelling of [name, option.alias ?? []].flat()) spellings.set(spelling, option)
      return recorder
    },
  }
  scanOptions(recorder as unknown as Argv)
  return spellings
}

describe('the words of the command line stand in one place', () => {
  test('commands are those that --help names', () => {
    const [, section] = /\nCommands:\n([\s\S]*?)\n\n/.exec(help.stdout) ?? []
    const named = section?.match(/^ {2}srtp-scan (\w+)/gm)?.map((line) => line.trim().split(' ')[1])
    expect(named).toEqual(Object.values(COMMAND))
  })

  test('switches are the options of the scan that take no value, and those of every command', () => {
    const found = [...scanSpellings()].flatMap(([name, { type }]) => (type === 'boolean' ? name : []))
    expect([...SWITCHES].sort()).toEqual([...found, 'help', 'h', 'version'].sort())
  })

  test('captures are named by --read alone', () => {
    const spellings = scanSpellings()
    expect([...spellings].filter(([, option]) => option === spellings.get('read')).map(([name]) => name)).toEqual(
      CAPTURES,
    )
  })
})

describe('what a command line likely means', () => {
  test.each([
    [['big.pcap'], ['big.pcap']],
    [['-q', 'big.pcap', '--verbose', '--no-color'], ['big.pcap']],
    [['--policy', 'big.json', '--keys', 'big.keys', '-k', 'more', '-o', 'r.json', 'a.pcap'], ['a.pcap']],
    [['-qk', 'big.keys', 'a.pcap'], ['a.pcap']],
    [
      ['--policy=big.json', '--read=a.pcap', '-r', 'b.pcap', '-I', 'c.pcap'],
      ['a.pcap', 'b.pcap', 'c.pcap'],
    ],
    [['--call', 'x', '--', '--policy'], ['--policy']],
    [['-'], ['-']],
    [['--keys'], []],
  ])('%j: captures', (argv, captures) => {
    expect(likelyScan(argv)).toEqual({ captures, wantsHelp: false })
  })

  test('a command is the first operand, wherever options stand; a value of that name is none', () => {
    expect(likelyScan(['-q', 'batch', 'big.pcap']).command).toBe('batch')
    expect(likelyScan(['big.pcap', 'batch'])).not.toHaveProperty('command')
    expect(likelyScan(['-o', 'keys', 'big.pcap'])).not.toHaveProperty('command')
  })

  test('--workers and --help', () => {
    expect(likelyScan(['--workers', '4', 'a.pcap'])).toMatchObject({ workers: '4', captures: ['a.pcap'] })
    expect(likelyScan(['a.pcap', '--workers=2'])).toMatchObject({ workers: '2' })
    expect(likelyScan(['a.pcap', '-h']).wantsHelp).toBe(true)
  })
})
