import type { Attack } from '../attack.ts'
import { ATTACKER, EPOCH_US, nthPlace, TARGET } from './packets.ts'

const PACKET_US = 200
/** RFC 6347 §4.1: handshake, DTLS 1.2, epoch 0; §4.2.2: a fragment of a ClientHello of 16,000 octets. */
const FRAGMENT = 100

/** Fragments of messages that never become whole, each flow with messages of its own. */
export const DTLS_FRAGMENTS: Attack = {
  name: 'dtls-fragments',
  title: 'DTLS handshakes whose messages never become whole, ever another port',
  against: 'signalling',
  write(writer, octets) {
    const datagram = Buffer.alloc(13 + 12 + FRAGMENT)
    datagram.set([22, 254, 253])
    datagram.writeUInt16BE(12 + FRAGMENT, 11)
    datagram[13] = 1
    datagram.writeUIntBE(16_000, 14, 3)
    datagram.writeUIntBE(FRAGMENT, 22, 3)
    for (let n = 0; writer.octets < octets; n++) {
      datagram.writeUIntBE(n, 5, 6)
      datagram.writeUIntBE(FRAGMENT * (n % 7), 19, 3)
      writer.add(EPOCH_US + n * PACKET_US, nthPlace(ATTACKER, n), TARGET, datagram)
    }
  },
  missing: () => [],
}

/** RFC 8489 §5: binding requests, as a flood of them comes from ever another port. */
export const STUN_REQUESTS: Attack = {
  name: 'stun-requests',
  title: 'STUN binding requests from ever another port',
  against: 'media',
  write(writer, octets) {
    const request = Buffer.alloc(20)
    request.writeUInt16BE(1, 0)
    request.writeUInt32BE(0x2112a442, 4)
    for (let n = 0; writer.octets < octets; n++) {
      request.writeUInt32BE(n, 16)
      writer.add(EPOCH_US + n * PACKET_US, nthPlace(ATTACKER, n), TARGET, request)
    }
  },
  missing: () => [],
}
