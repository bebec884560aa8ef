import { expect, test } from 'vitest'
import { HepFraming } from '../../../src/capture/live/hep-framing.ts'
import { copiedOctets } from '../../bytes/copied-octets.ts'

const LENGTH = 60_000
const packet = Buffer.alloc(LENGTH, 0x5a)
packet.write('HEP3')
packet.writeUInt16BE(LENGTH, 4)

test('a packet that comes an octet at a time is copied a few times, not once an octet', () => {
  const heard: number[] = []
  const framing = new HepFraming((octets) => heard.push(octets.length))
  const copied = copiedOctets(() => {
    for (const octet of packet) framing.push(Uint8Array.of(octet))
  })
  expect(heard).toEqual([LENGTH])
  expect(copied).toBeGreaterThanOrEqual(LENGTH)
  expect(copied).toBeLessThan(4 * LENGTH)
  expect(framing.isCut).toBe(false)
})

test('packets in pieces of every size are the same packets', () => {
  const two = Buffer.concat([packet, packet])
  for (const size of [1, 5, 6, 7, 59_999, 60_001, 100_000]) {
    const heard: number[] = []
    const framing = new HepFraming((octets) => heard.push(octets.length, octets[LENGTH - 1]))
    for (let at = 0; at < two.length; at += size) {
      const piece = Uint8Array.from(two.subarray(at, at + size))
      expect(framing.push(piece)).toBe(true)
      piece.fill(0)
    }
    expect(heard).toEqual([LENGTH, 0x5a, LENGTH, 0x5a])
  }
})
