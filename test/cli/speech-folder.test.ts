import { spawnSync } from 'node:child_process'
import { chmodSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, describe, expect, test } from 'vitest'
import { SpeechFolder } from '../../src/cli/speech-folder.ts'

const root = mkdtempSync(join(tmpdir(), 'srtp-scan-speech-'))
let places = 0
const place = () => join(root, `${places++}`)

afterEach(() => {
  for (const name of readdirSync(root)) rmSync(join(root, name), { recursive: true })
})

function made(path: string, force = false): SpeechFolder {
  const folder = new SpeechFolder(path, force)
  folder.make()
  return folder
}

describe('a folder of speech', () => {
  test('and its files are for their owner only, and have their names when all are whole', () => {
    const path = place()
    const folder = made(path)
    const file = folder.create('a.wav')
    file.write(Buffer.from('world'), 5)
    file.write(Buffer.from('hello'), 0)
    expect(readdirSync(path)).toEqual([expect.stringMatching(/^\.srtp-scan-/)])
    folder.finish()
    expect(readdirSync(path)).toEqual(['a.wav'])
    expect(readFileSync(join(path, 'a.wav'), 'utf8')).toBe('helloworld')
    expect(statSync(path).mode & 0o777).toBe(0o700)
    expect(statSync(join(path, 'a.wav')).mode & 0o777).toBe(0o600)
  })

  test('replaces nothing unless it is told to', () => {
    const path = place()
    made(path)
    writeFileSync(join(path, 'a.wav'), 'mine')
    chmodSync(join(path, 'a.wav'), 0o644)
    expect(() => made(path).create('a.wav')).toThrow(/a\.wav: exists; --force replaces it$/)
    const forced = made(path, true)
    forced.create('a.wav').write(Buffer.from('ours'), 0)
    expect(readFileSync(join(path, 'a.wav'), 'utf8')).toBe('mine')
    forced.finish()
    expect(readFileSync(join(path, 'a.wav'), 'utf8')).toBe('ours')
    expect(statSync(join(path, 'a.wav')).mode & 0o777).toBe(0o600)
  })

  test('that is given up holds nothing of it', () => {
    const path = place()
    const folder = made(path)
    folder.create('a.wav').write(Buffer.from('x'), 0)
    folder.abandon()
    expect(readdirSync(path)).toEqual([])
  })

  test('has names that no file system takes for one', () => {
    const folder = made(place())
    for (const name of ['A.wav', 'a.wav', 'a.WAV', 'b.wav']) folder.create(name)
    expect(folder.count).toBe(4)
    folder.finish()
  })

  test('cannot be made where there is none to make it in', () => {
    expect(() => made(join(place(), 'deep'))).toThrow(/deep: cannot be written \(ENOENT\); its folder is not there/)
  })

  test('cannot be a file', () => {
    const path = place()
    writeFileSync(path, '')
    expect(() => new SpeechFolder(path, false)).toThrow(`${path}: is no folder; --write-wav takes one`)
  })
})

describe('a process that ends at once', () => {
  // As by a second Ctrl-C: nobody is left to abandon what was begun.
  const run = (script: string, path: string) =>
    spawnSync(process.execPath, ['--import', 'tsx', '--input-type=module', '-e', script, path], {
      cwd: join(import.meta.dirname, '../..'),
      encoding: 'utf8',
    })

  test.each([
    ['a folder', "new (await import('./src/cli/speech-folder.ts')).SpeechFolder(place, false).create('a.wav')"],
    [
      'a file',
      "new (await import('./src/cli/speech-file.ts')).SpeechFile(place + '/a.pcapng', new (await import('node:stream')).Readable({ read() {} }))",
    ],
  ])('leaves no speech of %s behind', (_what, begin) => {
    const path = place()
    made(path)
    const waits = 'while ((await readdir(place)).length === 0) await new Promise((next) => setTimeout(next, 5))'
    const script = `import { readdir } from 'node:fs/promises'
      const place = process.argv[1]
      ${begin}
      ${waits}
      console.log((await readdir(place)).length)
      process.exit(130)`
    const { status, stdout, stderr } = run(script, path)
    expect({ status, stdout, stderr }).toEqual({ status: 130, stdout: '1\n', stderr: '' })
    expect(readdirSync(path)).toEqual([])
  })
})
