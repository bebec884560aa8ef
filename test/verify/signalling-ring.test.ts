import fc from 'fast-check'
import { expect, test } from 'vitest'
import { CONTROL_BYTES, Control } from '../../src/verify/control.ts'
import { emptyRingRecord, RingMessage, SignallingRing } from '../../src/verify/first-pass/signalling-ring.ts'

const SIZE = 4096

function ring() {
  const buffer = new SharedArrayBuffer(CONTROL_BYTES + SIZE)
  const control = new Control(buffer, 0)
  return new SignallingRing(control, buffer, CONTROL_BYTES, SIZE)
}

test('what is written comes out in order and equal, around the ring any number of times', () => {
  const lengths = fc.array(fc.integer({ min: 0, max: 1500 }), { minLength: 1, maxLength: 60, size: 'max' })
  fc.assert(
    fc.property(lengths, fc.infiniteStream(fc.boolean()), (messages, reads) => {
      const queue = ring()
      const out = emptyRingRecord()
      const expected: number[] = []
      const seen: number[] = []
      const read = (): boolean => {
        if (!queue.read(out)) return false
        if (out.type === RingMessage.Pad) return true
        seen.push(out.payload.length)
        expect(out.payload.every((octet) => octet === out.payload.length % 251)).toBe(true)
        expect([out.position, out.frame, out.timeUs]).toEqual([seen.length - 1, seen.length, (seen.length - 1) * 7.25])
        return true
      }
      messages.forEach((length, n) => {
        const record = { ...emptyRingRecord(), type: RingMessage.Datagram, position: n, frame: n + 1, timeUs: n * 7.25 }
        const payload = new Uint8Array(length + 3).fill(length % 251)
        // A full ring takes nothing, and the message read last still stands in it; one always fits an empty ring.
        for (let tries = 0; !queue.write(record, payload, 3, length); tries++) {
          read()
          expect(tries).toBeLessThan(SIZE)
        }
        expected.push(length)
        if (reads.next().value) read()
      })
      while (read()) {
        // Until it is empty.
      }
      expect(seen).toEqual(expected)
    }),
  )
})
