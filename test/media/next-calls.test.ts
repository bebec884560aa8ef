import { expect, test } from 'vitest'
import { LIMITS } from '../../src/limits/limits.ts'
import { Binder } from '../../src/media/binder.ts'
import { NextCalls } from '../../src/media/next-calls.ts'
import { F } from '../../src/rtp/stream-table.ts'
import { flowKey, newTable } from '../rtp/rtp-packets.ts'
import { at, audio, crypto, described, exchange } from './exchanges.ts'

test('offers within a dialog count where they are looked at, for each of its streams', () => {
  const offer = described(1, audio('192.0.2.2', 5000, 'RTP/AVP'))
  const half = LIMITS.nextCalls.most / 2
  const binder = new Binder()
  const first = exchange('a', offer)
  binder.add(first)
  for (let n = 1; n < half; n++) binder.add(exchange('a', { ...offer, at: at(n + 2) }, [], { previous: first }))
  binder.add(exchange('b', { ...offer, at: at(half + 2) }))
  const table = newTable()
  for (const ssrc of [1, 2, 3]) table.floats[table.floatsAt(table.findOrAdd(flowKey(ssrc))) + F.LastPosition] = 1e6
  const nextCalls = new NextCalls(binder, () => 'ended')
  expect([0, 1, 2].map((id) => nextCalls.of(table, id))).toEqual([[half + 1], [half + 1], []])
  expect(nextCalls.notLookedAt).toBe(1)
})

test('the keys of a call are read once, however many others have one of them', () => {
  const offer = described(1, audio('192.0.2.1', 4000, 'RTP/SAVP', crypto(1, 1)))
  const [media] = offer.description.media
  const lines = media.crypto
  let read = 0
  Object.defineProperty(media, 'crypto', { get: () => (read++ < 0 ? [] : lines) })
  const binder = new Binder()
  const first = exchange('a', offer)
  binder.add(first)
  for (let n = 1; n < 200; n++) binder.add(exchange('a', { ...offer, at: at(n + 2) }, [], { previous: first }))
  for (let n = 0; n < 200; n++) binder.add(exchange(`b${n}`, { ...offer, at: at(n + 300) }))
  const table = newTable()
  table.floats[table.floatsAt(table.findOrAdd(flowKey(1))) + F.LastPosition] = 1e6
  expect(new NextCalls(binder, () => 'unheard').of(table, 0)).toEqual([])
  expect(read).toBeLessThan(2000)
})
