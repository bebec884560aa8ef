import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { frameDatagrams } from '../../samples/frames.ts'

/** RFC 1071: over octets that hold their own checksum the sum is all ones. */
function onesComplementSum(octets: Buffer): number {
  let sum = 0
  for (let i = 0; i < octets.length; i++) sum += (octets[i] as number) << (i % 2 === 0 ? 8 : 0)
  while (sum > 0xffff) sum = (sum & 0xffff) + (sum >>> 16)
  return sum
}

const source = { address: '203.0.113.9', port: 5060 }
const destination = { address: '198.51.100.1', port: 5062 }

describe('the frames of the samples', () => {
  test.each([['UDP'], ['TCP']])('carry right lengths and checksums in IPv4 and %s (RFC 791, 768, 9293)', (protocol) => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 400 }), fc.nat(), (payload, sequence) => {
        const tcp = { sequence, acknowledgment: 1, flags: 0x18 }
        const datagram = { timeNs: 0, source, destination, payload, ...(protocol === 'TCP' ? { tcp } : {}) }
        const frame = Buffer.from(frameDatagrams([datagram])[0]?.bytes ?? [])
        const ip = frame.subarray(14, 14 + frame.readUInt16BE(16))
        const transport = ip.subarray(20)
        expect(frame.length).toBeGreaterThanOrEqual(60)
        expect(onesComplementSum(ip.subarray(0, 20))).toBe(0xffff)
        const pseudo = Buffer.concat([
          ip.subarray(12, 20),
          Buffer.from([0, ip[9] ?? 0, transport.length >> 8, transport.length & 0xff]),
        ])
        expect(onesComplementSum(Buffer.concat([pseudo, transport]))).toBe(0xffff)
        expect(transport.subarray(protocol === 'TCP' ? 20 : 8)).toEqual(Buffer.from(payload))
      }),
    )
  })
})
