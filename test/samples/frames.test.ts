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

const hosts = { IPv4: ['203.0.113.9', '198.51.100.1'], IPv6: ['2001:db8::9', 'fd00:1:2:3::1'] } as const
const lengthBehind = {
  IPv4: (frame: Buffer) => frame.readUInt16BE(16),
  IPv6: (frame: Buffer) => 40 + frame.readUInt16BE(18),
}

describe('the frames of the samples', () => {
  test.each([
    ['IPv4', 'UDP'],
    ['IPv4', 'TCP'],
    ['IPv6', 'UDP'],
    ['IPv6', 'TCP'],
  ] as const)('carry right lengths and checksums in %s and %s (RFC 791, 8200, 768, 9293)', (network, protocol) => {
    const [source, destination] = hosts[network].map((address, n) => ({ address, port: 5060 + n }))
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 400 }), fc.nat(), (payload, sequence) => {
        const tcp = { sequence, acknowledgment: 1, flags: 0x18 }
        const datagram = { timeNs: 0, source, destination, payload, ...(protocol === 'TCP' ? { tcp } : {}) }
        const frame = Buffer.from(frameDatagrams([datagram])[0]?.bytes ?? [])
        const ip = frame.subarray(14, 14 + lengthBehind[network](frame))
        const transport = ip.subarray(network === 'IPv4' ? 20 : 40)
        expect(frame.length).toBeGreaterThanOrEqual(60)
        if (network === 'IPv4') expect(onesComplementSum(ip.subarray(0, 20))).toBe(0xffff)
        const addresses = network === 'IPv4' ? ip.subarray(12, 20) : ip.subarray(8, 40)
        const next = network === 'IPv4' ? ip[9] : ip[6]
        const pseudo = Buffer.concat([
          addresses,
          Buffer.from([0, next, transport.length >> 8, transport.length & 0xff]),
        ])
        expect(onesComplementSum(Buffer.concat([pseudo, transport]))).toBe(0xffff)
        expect(transport.subarray(protocol === 'TCP' ? 20 : 8)).toEqual(Buffer.from(payload))
      }),
    )
  })
})
