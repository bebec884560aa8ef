import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { Mutator } from '../../fuzz/mutation.ts'
import { chunksOf, readScript, writeScript } from '../../fuzz/script.ts'
import { shrunk } from '../../fuzz/shrink.ts'
import { TARGETS } from '../../fuzz/targets/index.ts'

const FOUND = join(import.meta.dirname, 'found')
/** Inputs of a target that are changed and run, beside those that were found. */
const CHANGED = 60

test.each(TARGETS)(
  '$name keeps its promises for what was once found, for its seeds, and for some that are near them',
  async (target) => {
    const folder = join(FOUND, target.name)
    const found = existsSync(folder) ? readdirSync(folder).map((name) => readFileSync(join(folder, name))) : []
    for (const input of found) await target.run(Uint8Array.from(input))
    const seeds = [...(await target.seeds())]
    expect(seeds.length).toBeGreaterThan(0)
    const mutator = new Mutator(target.name, target.words ?? [], 16_384)
    for (let n = 0; n < CHANGED; n++) {
      const seed = mutator.pick(seeds).slice(0, 16_384)
      await target.run(n === 0 ? seed : mutator.changed(seed, mutator.pick(seeds)))
    }
  },
)

test('every folder of found inputs is a target’s', () => {
  const names = TARGETS.map(({ name }) => name)
  expect(existsSync(FOUND) ? readdirSync(FOUND).filter((name) => !names.includes(name)) : []).toEqual([])
})

test('a target that breaks a promise is caught, and its input made small', async () => {
  const breaks = async (input: Uint8Array) => input.includes(7) && input.includes(9)
  const input = Uint8Array.from({ length: 300 }, (_, n) => n % 256)
  expect([...(await shrunk(input, breaks))]).toEqual([7, 9])
})

test('a mutator repeats itself for the same seed, and keeps to the length', () => {
  const run = (seed: string) => {
    const mutator = new Mutator(seed, ['word'], 100)
    return Array.from({ length: 200 }, () => [...mutator.changed(Buffer.from('some octets'), Buffer.from('others'))])
  }
  expect(run('a')).toEqual(run('a'))
  expect(run('a')).not.toEqual(run('b'))
  expect(Math.max(...run('a').map(({ length }) => length))).toBeLessThanOrEqual(100)
})

test('a script is read as it was written, and chunks join to what they were cut from', () => {
  const pieces = [
    { label: 3, bytes: Uint8Array.of(1, 2, 3) },
    { label: 255, bytes: new Uint8Array(300) },
  ]
  expect([...readScript(writeScript(pieces))]).toEqual(pieces)
  const bytes = Uint8Array.from({ length: 5000 }, (_, n) => n * 31)
  const chunks = [...chunksOf(bytes)]
  expect(chunks.length).toBeGreaterThan(5)
  expect(Buffer.concat(chunks)).toEqual(Buffer.from(bytes))
})
