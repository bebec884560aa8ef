import { Payload } from '../../src/net/datagram.ts'
import { FrameDecoder } from '../../src/net/decode.ts'
import { FragmentTable } from '../../src/net/fragments.ts'
import { ReplacedPayloads } from '../../src/net/replaced-payload.ts'
import { messageInClear } from '../../src/sdp/message-in-clear.ts'
import { readSessionBody } from '../../src/sdp/session-body.ts'
import { MessageReader } from '../../src/sip/message-reader.ts'
import { seedDatagrams, seedFrames } from '../seed-captures.ts'
import { type FuzzTarget, promise } from '../target.ts'

const LINK_TYPES = [1, 0, 12, 14, 101, 108, 113, 228, 229, 252, 276]
const replaced = new ReplacedPayloads()
const OTHER_PAYLOAD = Buffer.from('another payload')

/** Frames whose payload is replaced: the first octet is the link type. */
export const replacedPayload: FuzzTarget = {
  name: 'replaced-payload',
  seeds: () => seedFrames().map(({ linkType, bytes }) => Uint8Array.of(LINK_TYPES.indexOf(linkType) & 0xff, ...bytes)),
  run(input) {
    const linkType = LINK_TYPES[input[0] % LINK_TYPES.length] ?? 1
    const frame = input.slice(1)
    const before = decoded(frame, linkType)
    if (before === undefined) return
    const made = replaced.replace(frame, linkType, OTHER_PAYLOAD)
    if (made === undefined) return
    const after = decoded(made, linkType)
    promise(after !== undefined, 'a frame stays a frame of UDP')
    promise(Buffer.from(after.payload).equals(OTHER_PAYLOAD), 'its payload is the new one')
    promise(after.ports === before.ports, 'its ports are those that it had')
  },
}

/** The datagram of a frame by itself, where it is a whole one of UDP that is none of SIP's exported ones. */
function decoded(frame: Uint8Array, linkType: number): { payload: Uint8Array; ports: string } | undefined {
  const decoder = new FrameDecoder(new FragmentTable(new SharedArrayBuffer(FragmentTable.byteLength), 0))
  decoder.decode(frame, { dataOffset: 0, capturedLength: frame.length, linkType, seconds: 0 })
  const { datagram } = decoder
  if (datagram.payload !== Payload.Udp || datagram.reassembled) return undefined
  const { offset, length, sourcePort, destinationPort } = datagram
  return { payload: frame.slice(offset, offset + length), ports: `${sourcePort} ${destinationPort}` }
}

/** SIP that is handed on beside media in the clear: who reads it as we do finds no key. */
export const clearMessage: FuzzTarget = {
  name: 'clear-message',
  seeds: () =>
    seedDatagrams()
      .filter(({ payload }) => Buffer.from(payload).includes('m=audio'))
      .map(({ payload }) => payload),
  words: ['a=crypto:1 AES_CM_128_HMAC_SHA1_80 inline:', 'RTP/SAVP', 'Content-Length: 9\r\n', '\r\n\r\n', 'k=base64:'],
  run(input) {
    const clear = messageInClear(input)
    if (clear === undefined) return
    const message = new MessageReader().read(clear)
    if (message.kind === 'malformed') return
    const body = readSessionBody(message)
    if (body === undefined || 'kind' in body) return
    for (const { crypto } of body.description.media) {
      promise(
        crypto.every(({ keys }) => keys.every(({ keyBytes }) => keyBytes === undefined)),
        'no key can be read',
      )
    }
  },
}
