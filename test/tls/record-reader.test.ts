import { expect, test } from 'vitest'
import { type TlsRecord, TlsRecordReader } from '../../src/tls/record-reader.ts'
import { copiedOctets } from '../bytes/copied-octets.ts'

const LENGTH = 16_384
const record = Buffer.concat([Buffer.of(23, 3, 3, LENGTH >> 8, LENGTH & 0xff), Buffer.alloc(LENGTH, 0x5a)])

test('a record that comes an octet at a time is copied a few times, not once an octet', () => {
  const heard: number[] = []
  const reader = new TlsRecordReader(({ type, fragment }: TlsRecord) => heard.push(type, fragment.length))
  const copied = copiedOctets(() => {
    for (const octet of Buffer.concat([record, record])) reader.push(Uint8Array.of(octet))
  })
  expect(heard).toEqual([23, LENGTH, 23, LENGTH])
  expect(copied).toBeGreaterThanOrEqual(2 * LENGTH)
  expect(copied).toBeLessThan(6 * LENGTH)
  expect(reader.heldOctets).toBe(0)
})

test('records in pieces of every size are the same records', () => {
  const three = Buffer.concat([record, Buffer.of(22, 3, 1, 0, 2, 7, 8), record])
  for (const size of [1, 2, 5, 6, 7, 1460, 16_389, 20_000]) {
    const heard: number[] = []
    const reader = new TlsRecordReader(({ type, fragment }) => heard.push(type, fragment.length, fragment[0]))
    for (let at = 0; at < three.length; at += size) {
      const piece = Uint8Array.from(three.subarray(at, at + size))
      reader.push(piece)
      piece.fill(0)
    }
    expect(heard).toEqual([23, LENGTH, 0x5a, 22, 2, 7, 23, LENGTH, 0x5a])
  }
})
