import { existsSync, mkdtempSync, readdirSync, rmSync, symlinkSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { PartSpillWriter } from '../../src/capture/part-spills.ts'
import { growScratchFile, ScratchError, writeScratchText } from '../../src/capture/scratch-file.ts'
import { emptySpilledPacket, SpillWriter } from '../../src/capture/spill-file.ts'

let folder = ''
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'srtp-scan-parts-'))
})
afterEach(() => rmSync(folder, { recursive: true, force: true }))

test('a packet that is lost with the last write is told of, and no file has the name', () => {
  const path = join(folder, 'left')
  const writer = new PartSpillWriter(path)
  writer.append(emptySpilledPacket(new Uint8Array(100)))
  const flush = vi.spyOn(SpillWriter.prototype, 'flush').mockImplementation(function (this: SpillWriter) {
    this.lost = 1
    return 0
  })
  expect(() => writer.finish()).toThrow(new ScratchError(path, { code: 'ENOSPC' }))
  flush.mockRestore()
  writer.abandon()
  expect(readdirSync(folder)).toEqual([])
})

test.runIf(existsSync('/dev/full'))('a full disk is one line with the file and the reason', () => {
  const path = join(folder, 'guide')
  symlinkSync('/dev/full', path)
  expect(() => growScratchFile(path, new Uint8Array(9))).toThrow(`${path}: cannot be written (ENOSPC)`)
  expect(() => writeScratchText(join(folder, 'none', 'x.json'), '{}')).toThrow('x.json: cannot be written (ENOENT)')
})
