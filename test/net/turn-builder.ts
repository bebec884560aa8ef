import type { Endpoint } from '../../src/bytes/endpoint.ts'
import { parseAddress } from '../../src/net/addresses.ts'
import { StunAttribute, StunType } from '../../src/net/stun-message.ts'
import { octets, u16 } from './frame-builder.ts'

const COOKIE = [0x21, 0x12, 0xa4, 0x42]

/** ChannelData (RFC 8656 §12.4). */
export function channelData(channel: number, data: Uint8Array, padding = 0, length = data.length): Buffer {
  return octets(u16(channel), u16(length), data, Buffer.alloc(padding))
}

type Attribute = readonly [type: number, value: Uint8Array]

/** A STUN message (RFC 8489 §5, §14), its attributes padded. */
export function stun(type: number, transaction: number, attributes: readonly Attribute[]): Buffer {
  const body = octets(
    ...attributes.map(([name, value]) =>
      octets(u16(name), u16(value.length), value, Buffer.alloc((4 - (value.length % 4)) % 4)),
    ),
  )
  return octets(u16(type), u16(body.length), COOKIE, transactionId(transaction), body)
}

function transactionId(transaction: number): Buffer {
  return Buffer.alloc(12, transaction)
}

/** An address as XOR-MAPPED-ADDRESS has it (RFC 8489 §14.2). */
export function xored({ address, port }: Endpoint, transaction: number): Buffer {
  const plain = parseAddress(address) as Uint8Array
  const mask = octets(COOKIE, transactionId(transaction))
  return octets(
    [0, plain.length === 4 ? 1 : 2],
    u16(port ^ 0x2112),
    Array.from(plain, (octet, n) => octet ^ mask[n]),
  )
}

export function allocated(relayed: readonly Endpoint[], transaction = 7): Buffer {
  return stun(
    StunType.AllocateSuccess,
    transaction,
    relayed.map((one) => [StunAttribute.XorRelayedAddress, xored(one, transaction)]),
  )
}

export function channelBind(channel: number, peer: Endpoint, transaction = 8): Buffer {
  return stun(StunType.ChannelBindRequest, transaction, [
    [StunAttribute.ChannelNumber, octets(u16(channel), [0, 0])],
    [StunAttribute.XorPeerAddress, xored(peer, transaction)],
  ])
}

export function indication(kind: 'send' | 'data', peer: Endpoint, data: Uint8Array, transaction = 9): Buffer {
  return stun(kind === 'send' ? StunType.SendIndication : StunType.DataIndication, transaction, [
    [StunAttribute.XorPeerAddress, xored(peer, transaction)],
    [StunAttribute.Data, data],
  ])
}
