import { execFileSync } from 'node:child_process'
import { chmodSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, relative } from 'node:path'
import { Readable } from 'node:stream'
import { gzipSync } from 'node:zlib'
import { afterAll, describe, expect, test } from 'vitest'
import { matchesSegment } from '../../src/capture/glob.ts'
import { resolveInputs } from '../../src/capture/inputs.ts'
import { writePcap, writePcapng } from './capture-writer.ts'
import { readStream } from './stream.ts'

const root = mkdtempSync(join(tmpdir(), 'inputs-'))
afterAll(() => rmSync(root, { recursive: true }))

const CAPTURE = writePcap([{ seconds: 1, nanoseconds: 0, data: Uint8Array.of(1, 2, 3) }])
const FILES: Readonly<Record<string, Uint8Array | string>> = {
  'set/a.pcap': CAPTURE,
  'set/b.pcapng': writePcapng([{ blocks: [] }]),
  'set/c.pcap.gz': new Uint8Array(gzipSync(CAPTURE)),
  'set/d': CAPTURE,
  'set/e.cap': 'not a capture',
  'set/f.pcap': '',
  'set/ring.pcap3': CAPTURE,
  'set/readme.txt': 'hello',
  'set/below/g.pcap': CAPTURE,
  'set/below/deep/h.pcap': CAPTURE,
  'nothing/readme.txt': 'hello',
  'archive.zip': Uint8Array.of(0x50, 0x4b, 3, 4, 0, 0),
  'text.gz': new Uint8Array(gzipSync('hello, this is no capture')),
  'strange[1].pcap': CAPTURE,
}
for (const [name, octets] of Object.entries(FILES)) {
  mkdirSync(join(root, name, '..'), { recursive: true })
  writeFileSync(join(root, name), octets)
}
symlinkSync(join(root, 'set/a.pcap'), join(root, 'link.pcap'))

const found = async (...paths: string[]) => {
  const { inputs } = await resolveInputs(paths.map((path) => join(root, path)))
  return inputs.map((input) => relative(root, input.path))
}

describe('arguments', () => {
  test('a file: format, compression and size', async () => {
    const { inputs } = await resolveInputs([join(root, 'set/c.pcap.gz'), join(root, 'set/b.pcapng')])
    expect(inputs[0]).toMatchObject({ format: 'pcap', compression: 'gzip', reopenable: true })
    expect(inputs[0].sizeBytes).toBe((FILES['set/c.pcap.gz'] as Uint8Array).length)
    expect(inputs[1]).toMatchObject({ format: 'pcapng', compression: 'none', sizeBytes: 28 })
  })

  test('a directory: its captures by name or by first octets, not those below; what is none is told', async () => {
    expect(await found('set')).toEqual(['set/a.pcap', 'set/b.pcapng', 'set/c.pcap.gz', 'set/d', 'set/ring.pcap3'])
    const { ignored } = await resolveInputs([join(root, 'set')])
    expect(ignored.map(({ path }) => relative(root, path))).toEqual(['set/e.cap', 'set/f.pcap'])
    expect(ignored[0].reason).toMatch(/e\.cap: no capture: it begins with 6e 6f 74/)
  })

  test('a link that leads nowhere, or to itself, is told of as what is none, and stops nothing', async () => {
    const links = join(root, 'links')
    mkdirSync(links)
    writeFileSync(join(links, 'a.pcap'), CAPTURE)
    for (const name of ['gone.pcap', 'gone']) symlinkSync('nowhere', join(links, name))
    for (const name of ['self.pcap', 'self']) symlinkSync(name, join(links, name))
    const { inputs, ignored } = await resolveInputs([links])
    expect(inputs).toHaveLength(1)
    expect(ignored.map(({ path }) => relative(links, path))).toEqual(['gone.pcap', 'self.pcap'])
    const matched = await resolveInputs([join(links, '*')])
    expect(matched.inputs).toHaveLength(1)
    expect(matched.ignored).toEqual(ignored)
  })

  test('patterns, also with directories and below; an existing file with pattern characters is itself', async () => {
    expect(await found('set/*.pcap')).toEqual(['set/a.pcap'])
    expect(await found('s?t/[a-b].pcap*')).toEqual(['set/a.pcap', 'set/b.pcapng'])
    expect(await found('set/**/*.pcap')).toEqual(['set/a.pcap', 'set/below/deep/h.pcap', 'set/below/g.pcap'])
    expect(await found('set/bel*')).toEqual(['set/below/g.pcap'])
    expect(await found('strange[1].pcap')).toEqual(['strange[1].pcap'])
  })

  test('a capture that is named twice is read once, in the order of the first naming', async () => {
    expect(await found('set/c.pcap.gz', 'set', 'link.pcap')).toHaveLength(5)
    expect((await found('link.pcap', 'set'))[0]).toBe('link.pcap')
  })

  test('standard input and a named pipe', async () => {
    const { inputs } = await resolveInputs(['-'], Readable.from([CAPTURE], { objectMode: false }))
    expect((await readStream(inputs)).records).toHaveLength(1)
    if (process.platform === 'win32') return
    const pipe = join(root, 'pipe')
    execFileSync('mkfifo', [pipe])
    execFileSync('sh', ['-c', `cat '${join(root, 'set/c.pcap.gz')}' > '${pipe}' & true`], { stdio: 'ignore' })
    const piped = await resolveInputs([pipe])
    expect(piped.inputs[0]).toMatchObject({ format: 'pcap', compression: 'gzip', reopenable: false })
    expect((await readStream(piped.inputs)).records).toHaveLength(1)
  })
})

describe('errors are one line: what, where, what would be right', () => {
  const cases: readonly (readonly [string, string, RegExp])[] = [
    ['absent.pcap', 'SRTP_SCAN_CAPTURE_NOT_FOUND', /absent\.pcap: no such file or directory; .*standard input/],
    ['set/a.pcap/x', 'SRTP_SCAN_CAPTURE_NOT_FOUND', /no such file/],
    ['set/*.erf', 'SRTP_SCAN_CAPTURE_NOT_FOUND', /\*\.erf: nothing matches; pcap and pcapng/],
    ['set/*.txt', 'SRTP_SCAN_CAPTURE_NOT_FOUND', /\*\.txt: no capture matches/],
    ['nothing', 'SRTP_SCAN_CAPTURE_NOT_FOUND', /nothing: no capture in this directory; pcap and pcapng/],
    ['set/f.pcap', 'SRTP_SCAN_CAPTURE_EMPTY', /f\.pcap: no capture: it is empty$/],
    ['archive.zip', 'SRTP_SCAN_NO_CAPTURE', /begins with 50 4b 03 04 00 00 \(a zip archive\); unpack it first/],
    ['text.gz', 'SRTP_SCAN_NO_CAPTURE', /text\.gz: gzip with no capture: it begins with 68 65 6c 6c/],
  ]
  test.each(cases)('%s', async (path, code, message) => {
    const refused = resolveInputs([join(root, path)])
    await expect(refused).rejects.toMatchObject({ name: 'CaptureError', code })
    await expect(refused).rejects.toThrow(message)
    await refused.catch((error: Error) => expect(error.message).not.toMatch(/\n/))
  })

  test('empty standard input', async () => {
    const refused = resolveInputs(['-'], Readable.from([], { objectMode: false }))
    await expect(refused).rejects.toMatchObject({
      code: 'SRTP_SCAN_CAPTURE_EMPTY',
      message: '-: no capture: it is empty',
    })
  })

  const root0 = process.getuid?.() === 0
  test(`a file without read permission${root0 ? ' (root may read all: only that it is read)' : ''}`, async () => {
    const path = join(root, 'secret.pcap')
    writeFileSync(path, CAPTURE)
    chmodSync(path, 0)
    const answer = resolveInputs([path])
    if (root0) expect((await answer).inputs).toHaveLength(1)
    else await expect(answer).rejects.toMatchObject({ code: 'SRTP_SCAN_CAPTURE_UNREADABLE' })
  })
})

describe('patterns', () => {
  test.each([
    ['*', 'a', true],
    ['*', '.a', false],
    ['.*', '.a', true],
    ['a*b*c', 'aXbYbZc', true],
    ['a*b*c', 'aXbYbZ', false],
    ['[!a]b', 'cb', true],
    ['[!a]b', 'ab', false],
    ['[]a]', ']', true],
    ['[a', '[a', true],
    ['[0-9][0-9]', '42', true],
    ['?', '', false],
    ['a+b.(c)', 'a+b.(c)', true],
    ['a.c', 'abc', false],
  ])('%s against %s: %s', (pattern, name, matches) => {
    expect(matchesSegment(pattern, name)).toBe(matches)
  })

  test('many stars do not take forever', () => {
    const begun = performance.now()
    expect(matchesSegment(`${'*a'.repeat(200)}b`, 'a'.repeat(5000))).toBe(false)
    expect(performance.now() - begun).toBeLessThan(1000)
  })
})
