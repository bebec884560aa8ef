import { copyFileSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterAll, describe, expect, test } from 'vitest'
import { findCaptures } from '../../src/capture/found-captures.ts'

const CALL = fileURLToPath(new URL('../../samples/call.pcap', import.meta.url))
const place = mkdtempSync(join(tmpdir(), 'srtp-scan-found-'))
afterAll(() => rmSync(place, { recursive: true }))

for (const folder of ['1/deep', '2', '.hidden', 'out/1', 'empty']) mkdirSync(join(place, folder), { recursive: true })
for (const name of ['b.pcap', '1/a.pcap', '1/deep/a.pcap', '2/unnamed', '.hidden/a.pcap', 'out/1/a.pcap', '.b.pcap']) {
  copyFileSync(CALL, join(place, name))
}
writeFileSync(join(place, '2/bad.pcap'), 'no capture')
writeFileSync(join(place, '2/notes.txt'), 'no capture')
symlinkSync(place, join(place, '2/round'))
symlinkSync(join(place, '1/a.pcap'), join(place, 'z.pcap'))

async function found(...paths: string[]) {
  const { captures, failed } = await findCaptures(
    paths.map((path) => (path.startsWith('http') ? path : join(place, path))),
    join(place, 'out'),
  )
  return {
    captures: captures.map(({ path }) => path.replace(`${place}/`, '')),
    failed: failed.map(({ message }) => message.replace(`${place}/`, '')),
  }
}

describe('captures that are traces of their own', () => {
  test('of a directory: all below it but what is hidden, is excluded, or was seen; in order', async () => {
    const captures = ['1/a.pcap', '1/deep/a.pcap', '2/bad.pcap', '2/unnamed', 'b.pcap']
    expect(await found('')).toEqual({ captures, failed: [] })
  })

  test('of a pattern: files, and directories with all below them', async () => {
    expect((await found('[12]')).captures).toEqual(['1/a.pcap', '1/deep/a.pcap', '2/bad.pcap', '2/unnamed'])
    expect((await found('**/a.pcap')).captures).toEqual(['1/a.pcap', '1/deep/a.pcap', 'out/1/a.pcap'])
  })

  test('named twice, or by a link, are taken once; named one by one they are taken unseen', async () => {
    expect(await found('z.pcap', '1', '1/a.pcap', '2/notes.txt', '1')).toEqual({
      captures: ['z.pcap', '1/deep/a.pcap', '2/notes.txt'],
      failed: [],
    })
  })

  test('a link that leads nowhere, or to itself, is told of where it is named like a capture, and stops nothing', async () => {
    const links = join(place, 'out', 'links')
    mkdirSync(links)
    copyFileSync(CALL, join(links, 'a.pcap'))
    for (const name of ['gone.pcap', 'gone']) symlinkSync('nowhere', join(links, name))
    for (const name of ['self.pcap', 'self']) symlinkSync(name, join(links, name))
    expect(await found('out/links')).toEqual({
      captures: ['out/links/a.pcap'],
      failed: [
        expect.stringMatching(/gone\.pcap: no such file/),
        expect.stringMatching(/self\.pcap: a link that leads to no file/),
      ],
    })
  })

  test('on a server are taken by URL', async () => {
    const url = 'https://store.example/a.pcap'
    expect((await found(url, url)).captures).toEqual([url])
  })

  test('that are not there are told of, and stop nothing', async () => {
    expect(await found('none.pcap', 'empty', 'none*', 'b.pcap')).toEqual({
      captures: ['b.pcap'],
      failed: [
        expect.stringMatching(/^none\.pcap: no such file/),
        expect.stringMatching(/^empty: no capture in this directory or below/),
        expect.stringMatching(/^none\*: no capture matches/),
      ],
    })
  })
})
