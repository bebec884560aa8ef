import { randomBytes } from 'node:crypto'
import { inspect } from 'node:util'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { seenOf } from './secrets.ts'

const octets = randomBytes(30)
const secret = [{ name: 'key', octets }]
const half = octets.subarray(7, 23)

describe('a secret is seen in any form, as is a half of it', () => {
  const forms: readonly [string, (part: Uint8Array) => string | Uint8Array][] = [
    ['octets', (part) => part],
    ['hexadecimal', (part) => Buffer.from(part).toString('hex')],
    ['capital hexadecimal', (part) => Buffer.from(part).toString('hex').toUpperCase()],
    ['hexadecimal with colons', (part) => [...part].map((n) => n.toString(16).padStart(2, '0')).join(':')],
    ['what Node shows of a buffer', (part) => inspect(Buffer.from(part))],
    ['what Node shows of an array', (part) => inspect([...part])],
    ['a buffer in JSON', (part) => JSON.stringify(Buffer.from(part), null, 2)],
    ['an array in JSON', (part) => JSON.stringify([...part])],
    ['escapes of C', (part) => [...part].map((n) => `\\x${n.toString(16).padStart(2, '0')}`).join('')],
    ['escapes of a URL', (part) => [...part].map((n) => `%${n.toString(16).padStart(2, '0')}`).join('')],
    ['base64', (part) => Buffer.from(part).toString('base64')],
    ['base64 behind an octet', (part) => Buffer.concat([Buffer.of(1), part]).toString('base64')],
    ['base64 behind two octets', (part) => Buffer.concat([Buffer.of(1, 2), part, Buffer.of(3)]).toString('base64')],
    ['base64url', (part) => Buffer.from(part).toString('base64url')],
  ]
  test.each(forms)('%s', (_, form) => {
    for (const part of [octets, half]) {
      expect(
        seenOf(secret, Buffer.concat([Buffer.from('key is '), Buffer.from(form(part)), Buffer.from('.\n')])),
      ).not.toEqual([])
    }
  })

  test('nothing is seen where it is not', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 500 }), (other) => seenOf(secret, Buffer.from(other)).length === 0),
    )
  })
})
