import { expect, test } from 'vitest'
import { type KeyOwner, Keyring } from '../../src/media/keyring.ts'
import type { MasterKey } from '../../src/srtp/session-keys.ts'
import { suiteByName } from '../../src/srtp/suites.ts'

const suite = suiteByName('AES_CM_128_HMAC_SHA1_80')
if (suite === undefined) throw new Error('the suite is known')

function master(n: number): MasterKey {
  return { suite: suite as MasterKey['suite'], masterKey: new Uint8Array(16).fill(n), masterSalt: new Uint8Array(14) }
}

const sdp = (callId: string): KeyOwner => ({ source: 'sdp', callId })

test('keys of calls that were let go are gone, those of others stay under their numbers, and numbers are given again', () => {
  const stored = new Map<number, MasterKey>()
  const keyring = new Keyring(8, (number, key) => stored.set(number, key))
  const own = keyring.add(master(1), sdp('one'))
  const shared = keyring.add(master(2), sdp('one'))
  keyring.add(master(2), sdp('two'))
  const file = keyring.add(master(3), { source: 'keys-file' })
  keyring.release(new Set(['one']))
  expect(keyring.all).toEqual([shared, file])
  expect(shared?.owners).toEqual([sdp('two')])
  expect(keyring.get(file?.number ?? 0)).toBe(file)

  const again = keyring.add(master(4), sdp('three'))
  expect(again?.number).toBe(own?.number)
  expect(stored.get(again?.number ?? 0)).toEqual(master(4))
  const back = keyring.add(master(1), sdp('four'))
  expect([own?.number, shared?.number, file?.number]).not.toContain(back?.number)
})

test('a ring that was full takes keys again', () => {
  const keyring = new Keyring(3, () => undefined)
  for (const n of [1, 2]) expect(keyring.add(master(n), sdp(`call ${n}`))).toBeDefined()
  expect(keyring.add(master(3), sdp('call 3'))).toBeUndefined()
  keyring.release(new Set(['call 2']))
  expect(keyring.add(master(3), sdp('call 3'))?.number).toBe(2)
  expect(keyring.refused).toBe(1)
})

test('a key that a stream was begun under stays as it is, until the stream is gone', () => {
  const keyring = new Keyring(8, () => undefined)
  const key = keyring.add(master(1), sdp('one'))
  keyring.release(new Set(['one']), (number) => number === key?.number)
  expect(keyring.all).toEqual([key])
  expect(key?.owners).toEqual([sdp('one')])
  keyring.release(new Set(['two']))
  expect(keyring.all).toEqual([])
})

test('a key of very many calls has each owner once, and they go with their calls', () => {
  const keyring = new Keyring(8, () => undefined)
  const calls = Array.from({ length: 20_000 }, (_, n) => `call ${n}`)
  for (const call of [...calls, ...calls]) keyring.add(master(1), sdp(call))
  expect(keyring.all[0].owners.map(({ callId }) => callId)).toEqual(calls)
  keyring.release(new Set(calls.slice(10)))
  for (const call of calls.slice(0, 40)) keyring.add(master(1), sdp(call))
  expect(keyring.all[0].owners.map(({ callId }) => callId)).toEqual(calls.slice(0, 40))
})
