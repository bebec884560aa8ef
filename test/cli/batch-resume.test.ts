import {
  copyFileSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  utimesSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, describe, expect, test } from 'vitest'
import type { BatchArguments } from '../../src/cli/batch-command.ts'
import { folderOf, runHere, SAMPLES, summaryOf } from './batch-runs.ts'

const place = mkdtempSync(join(tmpdir(), 'srtp-scan-batch-'))
afterAll(() => rmSync(place, { recursive: true }))

/** When each report was written: a report that is left alone keeps its inode and time. */
function writtenAt(folder: string): Record<string, string> {
  const names = readdirSync(folder, { recursive: true, encoding: 'utf8' }).filter((name) => name.endsWith('.pcap.json'))
  return Object.fromEntries(
    names.map((name) => {
      const { ino, mtimeMs } = statSync(join(folder, name))
      return [name, `${ino} ${mtimeMs}`]
    }),
  )
}

describe('a second run', () => {
  const captures = { 'a.pcap': 'call.pcap', 'b.pcap': 'leak.pcap', 'c.pcap': 'nat.pcap' }

  test('does again what changed and nothing else, and says the same', async () => {
    const folder = folderOf(place, captures)
    const out = join(folder, 'out')
    const again = () => runHere([folder], { out })
    const first = await again()
    const before = writtenAt(out)
    expect(await again()).toEqual(first)
    expect(writtenAt(out)).toEqual(before)

    copyFileSync(join(SAMPLES, 'one-way.pcap'), join(folder, 'a.pcap'))
    utimesSync(join(folder, 'b.pcap'), 1, 1)
    writeFileSync(join(out, 'c.pcap.json'), '')
    copyFileSync(join(SAMPLES, 'nat.pcap'), join(folder, 'd.pcap'))
    await again()
    const after = writtenAt(out)
    expect(Object.keys(before).filter((name) => after[name] === before[name])).toEqual([])
    expect(Object.keys(after)).toContain('d.pcap.json')
    const fresh = join(folder, 'fresh')
    await runHere(
      'abcd'.split('').map((name) => join(folder, `${name}.pcap`)),
      { out: fresh },
    )
    expect(summaryOf(out)).toEqual(summaryOf(fresh))
  })

  test('does all again where the options changed, a key in a key file too', async () => {
    const folder = folderOf(place, captures)
    const [out, keys] = [join(folder, 'out'), join(folder, 'my.json')]
    copyFileSync(join(SAMPLES, 'keys.json'), keys)
    const changes: (() => Partial<BatchArguments>)[] = [
      () => ({}),
      () => ({ keys: [keys] }),
      () => {
        writeFileSync(keys, readFileSync(keys, 'utf8').replace('"keys"', ' "keys"'))
        return { keys: [keys] }
      },
      () => ({ policy: ['zero-trust'] }),
      () => ({ policy: ['zero-trust'], ignore: ['sip-cleartext'] }),
    ]
    let before: Record<string, string> = {}
    for (const change of changes) {
      await runHere([folder], { out, ...change() })
      const after = writtenAt(out)
      expect(Object.keys(after)).toHaveLength(3)
      expect(Object.keys(after).filter((name) => after[name] === before[name])).toEqual([])
      before = after
    }
  })

  test('goes on behind a line of the state that a crash cut', async () => {
    const folder = folderOf(place, captures)
    const out = join(folder, 'out')
    await runHere([folder], { out })
    const before = writtenAt(out)
    const state = join(out, 'state.ndjson')
    const lines = readFileSync(state, 'utf8').split('\n').filter(Boolean)
    writeFileSync(state, `${lines[0]}\n${lines[1].slice(0, 200)}`)
    await runHere([folder], { out })
    const after = writtenAt(out)
    expect(Object.keys(before).filter((name) => after[name] === before[name])).toHaveLength(1)
    await runHere([folder], { out })
    expect(writtenAt(out)).toEqual(after)
  })

  test('does all again that an older version noted, by the same names', async () => {
    const folder = folderOf(place, { '1/a.pcap': 'nat.pcap' })
    const out = join(folder, 'out')
    await runHere([folder], { out })
    const before = writtenAt(out)
    const state = join(out, 'state.ndjson')
    writeFileSync(state, readFileSync(state, 'utf8').replace(/"state":\d+/, '"state":1'))
    mkdirSync(join(folder, '2'))
    copyFileSync(join(SAMPLES, 'nat.pcap'), join(folder, '2/a.pcap'))
    await runHere([folder], { out })
    const after = writtenAt(out)
    expect(Object.keys(after).sort()).toEqual(['2/a.pcap.json', 'a.pcap.json'])
    expect(after['a.pcap.json']).not.toBe(before['a.pcap.json'])
  })

  test('clears away what a crash left beside reports, but nothing that may still be written', async () => {
    const folder = folderOf(place, { '1/a.pcap': 'nat.pcap', '2/a.pcap': 'nat.pcap' })
    const out = join(folder, 'out')
    await runHere([folder], { out })
    const [old, fresh] = [join(out, '1/.srtp-scan-0123'), join(out, '2/.srtp-scan-4567')]
    for (const path of [old, fresh]) writeFileSync(path, 'half a rep')
    utimesSync(old, Date.now() / 1000 - 7200, Date.now() / 1000 - 7200)
    await runHere([folder], { out })
    expect([readdirSync(join(out, '1')), readdirSync(join(out, '2'))]).toEqual([
      ['a.pcap.json'],
      ['.srtp-scan-4567', 'a.pcap.json'],
    ])
  })
})
