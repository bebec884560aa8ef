import { describe, expect, test } from 'vitest'
import { KeyLog } from '../../src/tls/key-log.ts'

const random = (n: number) => n.toString(16).padStart(64, '0')
const line = (n: number) => `CLIENT_RANDOM ${random(n)} ${'ab'.repeat(48)}\n`
const knows = (log: KeyLog, n: number) => log.get('CLIENT_RANDOM', Buffer.from(random(n), 'hex')) !== undefined

describe('a key log in parts', () => {
  const text = Array.from({ length: 200 }, (_, n) => line(n)).join('')

  test.each([1, 7, 180, 4096])('of %i octets, cut anywhere: each line once', (size) => {
    const log = new KeyLog()
    for (let at = 0; at < text.length; at += size) {
      log.addPart(Buffer.from(text.slice(at, at + size)), Math.max(0, text.length - at - size))
    }
    expect(log.size).toBe(200)
    expect(log.foreignLines).toBe(0)
  })

  test('one that was cut short leaves nothing to the next', () => {
    const log = new KeyLog()
    log.addPart(Buffer.from(line(1) + line(2).slice(0, 100)), 5000)
    log.addPart(Buffer.from(line(3)), 0)
    expect([1, 2, 3].map((n) => knows(log, n))).toEqual([true, false, true])
    expect(log.foreignLines).toBe(0)
  })

  test('a line without end is let go', () => {
    const log = new KeyLog()
    const part = Buffer.alloc(65_536, 'x')
    for (let left = 20; left > 0; left--) log.addPart(part, left * part.length)
    log.addPart(Buffer.from(line(1)), 0)
    expect(knows(log, 1)).toBe(true)
  })
})

test('a log that grows for ever keeps the newest secrets', () => {
  const log = new KeyLog({ grows: true })
  log.limit(100_000)
  for (let n = 0; n < 100_100; n += 100) log.add(Array.from({ length: 100 }, (_, m) => line(n + m)).join(''))
  expect(log.size).toBe(100_000)
  expect(knows(log, 50)).toBe(false)
  expect(knows(log, 100_099)).toBe(true)
})
