import type { PartialHello } from './handshake-facts.ts'
import { HandshakeType } from './handshake-reader.ts'
import { ContentType } from './record-reader.ts'

/** Octets of a record's header, and of a handshake message's (RFC 8446 §5.1, §4). */
const RECORD_HEADER = 5
const MESSAGE_HEADER = 4

/**
 * How much is there of a ClientHello that is not whole; undefined where something else is begun, or nothing.
 *
 * @param record octets of a record that is not whole, with its header
 * @param message octets of a handshake message that whole records brought before it
 */
export function partialHello(record: Uint8Array, message: Uint8Array): Omit<PartialHello, 'at'> | undefined {
  const isHandshake = record.length > RECORD_HEADER && record[0] === ContentType.Handshake
  const fragment = isHandshake ? record.subarray(RECORD_HEADER) : record.subarray(0, 0)
  const head = message.length > 0 ? message : fragment
  if (head.length < MESSAGE_HEADER || head[0] !== HandshakeType.ClientHello) return undefined
  const announced = MESSAGE_HEADER + head[1] * 65_536 + head[2] * 256 + head[3]
  const octets = message.length + fragment.length
  return octets < announced ? { octets, announced } : undefined
}
