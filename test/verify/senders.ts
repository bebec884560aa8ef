import { createSrtpSender } from '../../samples/srtp-sender.ts'
import type { MasterKey } from '../../src/srtp/session-keys.ts'
import { type CryptoSuite, suiteByName } from '../../src/srtp/suites.ts'
import { keyOctets } from '../media/exchanges.ts'

export const SUITE = 'AES_CM_128_HMAC_SHA1_80'

/** Octets of a master key and salt. */
export const octetsOf: (first: number) => Uint8Array = keyOctets

export function masterOf(octet: number, suite = SUITE): MasterKey {
  const octets = octetsOf(octet)
  return {
    suite: suiteByName(suite) as CryptoSuite,
    masterKey: octets.subarray(0, 16),
    masterSalt: octets.subarray(16),
  }
}

export function rtp(sequence: number): Buffer {
  const packet = Buffer.alloc(52)
  packet[0] = 0x80
  packet.writeUInt16BE(sequence & 0xffff, 2)
  packet.writeUInt32BE(sequence * 160, 4)
  packet.writeUInt32BE(0xfeedface, 8)
  return packet
}

/** A sender report. */
export function rtcp(): Buffer {
  const report = Buffer.alloc(28)
  report.writeUInt32BE(0x80c80006, 0)
  report.writeUInt32BE(0xfeedface, 4)
  return report
}

/** `count` packets protected under a key, sequence numbers from `first` on, the counter beginning at `roc`. */
export function protect(octet: number, first: number, count: number, roc = 0): Buffer[] {
  const sender = createSrtpSender(SUITE, octetsOf(octet), roc)
  return Array.from({ length: count }, (_, n) => sender.protectRtp(rtp(first + n)))
}
