import { constants, deflateRawSync } from 'node:zlib'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { looksLikeSipFrame, WebSocketReader } from '../../src/net/web-socket.ts'
import { looksLikeWebSocketUpgrade } from '../../src/net/web-socket-handshake.ts'
import { copiedOctets } from '../bytes/copied-octets.ts'
import { octets } from './frame-builder.ts'

const REQUEST =
  'GET / HTTP/1.1\r\nHost: sip-ws.example.com\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n' +
  'Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Protocol: sip\r\nSec-WebSocket-Version: 13\r\n\r\n'
const RESPONSE =
  'HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n' +
  'Sec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=\r\nSec-WebSocket-Protocol: sip\r\n\r\n'

interface FrameSettings {
  opcode?: number
  fin?: boolean
  mask?: readonly number[]
  rsv?: number
}

function frame(payload: Uint8Array | string, { opcode = 1, fin = true, mask, rsv = 0 }: FrameSettings = {}): Buffer {
  const body = Buffer.from(payload as string)
  const long = Buffer.alloc(body.length > 0xffff ? 8 : body.length > 125 ? 2 : 0)
  if (long.length === 8) long.writeUInt32BE(body.length, 4)
  else if (long.length === 2) long.writeUInt16BE(body.length, 0)
  const length = long.length === 8 ? 127 : long.length === 2 ? 126 : body.length
  const masked = mask === undefined ? body : body.map((octet, i) => octet ^ mask[i % 4])
  return octets([(fin ? 0x80 : 0) | rsv | opcode, (mask ? 0x80 : 0) | length], long, mask ?? [], masked)
}

/** Reads octets, pushed in the given chunks; every push is a frame of the capture. */
function read(...chunks: (Uint8Array | string | 'gap')[]) {
  const heard: string[] = []
  let position = 0
  const at = () => ({ position, capture: 0, frame: position, timeUs: 0 })
  const reader = new WebSocketReader({
    onMessage: (bytes, { frame }) => heard.push(`${Buffer.from(bytes).toString('latin1')}@${frame}`),
    onAnomaly: (anomaly, { frame }) => heard.push(`${anomaly}@${frame}`),
  })
  for (const chunk of chunks) {
    position++
    if (chunk === 'gap') {
      reader.gap(at())
      continue
    }
    const bytes = Buffer.from(chunk as string)
    reader.push(bytes, at())
    bytes.fill(0)
  }
  return { heard, reader }
}

const hex = (text: string) => Buffer.from(text.replaceAll(' ', ''), 'hex')
const sip = 'OPTIONS sip:a@example.org SIP/2.0\r\n\r\n'
const mask = [0x37, 0xfa, 0x21, 0x3d]

describe('WebSocket (RFC 6455, RFC 7118)', () => {
  it.each([
    ['unmasked text', '81 05 48 65 6c 6c 6f', ['Hello@2']],
    ['masked text', '81 85 37 fa 21 3d 7f 9f 4d 51 58', ['Hello@2']],
    ['fragments', '01 03 48 65 6c 80 02 6c 6f', ['Hello@2']],
    ['ping and masked pong', '89 05 48 65 6c 6c 6f 8a 85 37 fa 21 3d 7f 9f 4d 51 58', []],
  ])('RFC 6455 §5.7: %s', (_name, text, heard) => {
    expect(read(REQUEST, hex(text)).heard).toEqual(heard)
  })

  it('RFC 7692 §7.2.3: compressed messages, the second one referring to the first', () => {
    const agreed = RESPONSE.replace('\r\n\r\n', '\r\nSec-WebSocket-Extensions: permessage-deflate\r\n\r\n')
    const messages = hex('c1 07 f2 48 cd c9 c9 07 00 c1 05 f2 00 11 00 00 41 03 f2 48 cd 80 04 c9 c9 07 00')
    expect(read(agreed, messages).heard).toEqual(['Hello@2', 'Hello@2', 'Hello@2'])
    expect(read(RESPONSE, messages).heard[0]).toBe('frame-malformed@2')
  })

  it('a compressed message that becomes too large is left out, and the next one is read', () => {
    const agreed = RESPONSE.replace('\r\n\r\n', '\r\nSec-WebSocket-Extensions: permessage-deflate; x=1\r\n\r\n')
    const deflate = (text: string | Buffer) =>
      deflateRawSync(text, { finishFlush: constants.Z_SYNC_FLUSH }).subarray(0, -4)
    const bomb = frame(deflate(Buffer.alloc(1_000_000)), { rsv: 0x40 })
    const small = frame(deflate('ok'), { rsv: 0x40 })
    expect(read(agreed, bomb, small).heard).toEqual(['message-inflates-too-far@2', 'ok@3'])
  })

  it('a header block that comes an octet at a time is copied a few times, not once an octet', () => {
    const block = Buffer.from(REQUEST.replace('\r\n\r\n', `\r\nX: ${'x'.repeat(12_000)}\r\n\r\n`))
    let heard: readonly string[] = []
    const copied = copiedOctets(() => {
      heard = read(...[...block].map((octet) => Uint8Array.of(octet)), frame(sip)).heard
    })
    expect(heard).toEqual([`${sip}@${block.length + 1}`])
    expect(copied).toBeGreaterThanOrEqual(block.length)
    expect(copied).toBeLessThan(4 * block.length)
  })

  it('compressed messages cost what the octets they came in are worth: many of nothing in a segment are left out', () => {
    const agreed = RESPONSE.replace('\r\n\r\n', '\r\nSec-WebSocket-Extensions: permessage-deflate\r\n\r\n')
    const tiny = frame(deflateRawSync('x', { finishFlush: constants.Z_SYNC_FLUSH }).subarray(0, -4), { rsv: 0x40 })
    const inflated = (heard: readonly string[]) => heard.filter((one) => one.startsWith('x@')).length
    const atOnce = read(agreed, Buffer.concat(Array.from({ length: 280 }, () => tiny))).heard
    expect(atOnce).toHaveLength(280)
    // 16 times the octets, those of a segment's headers among them, and 4,096 to begin with; 256 at least for each.
    expect(inflated(atOnce)).toBe(Math.floor((4096 + 16 * (280 * tiny.length + 64)) / 256))
    const oneByOne = read(agreed, ...Array.from({ length: 280 }, () => tiny)).heard
    expect(inflated(oneByOne)).toBe(280)
  })

  it('RFC 7118 §4.1: the subprotocol is SIP, or none is named', () => {
    const named = (value: string) => REQUEST.replace('Protocol: sip', `Protocol: ${value}`)
    expect(read(named('msrp, SIP'), frame(sip)).heard).toEqual([`${sip}@2`])
    expect(read(named('chat'), frame(sip)).heard).toEqual([])
    expect(read(REQUEST.replace('Sec-WebSocket-Protocol: sip\r\n', ''), frame(sip)).heard).toEqual([`${sip}@2`])
    expect(read(named('msrp, SIP')).reader.subprotocols).toEqual(['msrp', 'sip'])
  })

  it('§4: a handshake in pieces, with the first frame behind it', () => {
    const whole = octets(REQUEST, frame(sip, { mask }))
    expect(read(...[...whole].map((octet) => Uint8Array.of(octet))).heard).toEqual([`${sip}@${whole.length}`])
    expect(read(whole).heard).toEqual([`${sip}@1`])
  })

  it('§4.1: a refused handshake, its body, and another one', () => {
    const refused = 'HTTP/1.1 401 Unauthorized\r\nContent-Length: 5\r\n\r\n\x81\x01ABC'
    expect(read(Buffer.from(refused, 'latin1'), octets(RESPONSE, frame(sip))).heard).toEqual([`${sip}@2`])
    expect(read(REQUEST, REQUEST, frame(sip)).heard).toEqual([`${sip}@3`])
    const chunked = 'HTTP/1.1 503 Busy\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n0\r\n\r\n'
    expect(read(chunked, RESPONSE, frame(sip)).heard).toEqual([`${sip}@3`])
  })

  it('§5.2: 7, 16 and 64 bits of length', () => {
    for (const length of [0, 125, 126, 65_535, 65_536, 262_144]) {
      expect(read(REQUEST, frame('x'.repeat(length), { mask })).heard).toEqual([`${'x'.repeat(length)}@2`])
    }
  })

  it('§5.4: control frames between fragments', () => {
    const parts = [
      frame('OPTI', { fin: false }),
      frame('ping', { opcode: 9 }),
      frame('ON', { opcode: 0, fin: false, mask }),
      frame('', { opcode: 0, fin: false }),
      frame('S', { opcode: 0 }),
    ]
    expect(read(REQUEST, ...parts).heard).toEqual(['OPTIONS@6'])
  })

  it('§5.5.1: nothing follows a close frame', () => {
    expect(read(REQUEST, frame('', { opcode: 8 }), frame(sip), 'gap').heard).toEqual([])
  })

  it('a message of more than 256 KiB is passed over, the next one is read', () => {
    const large = 'x'.repeat(262_145)
    expect(read(REQUEST, frame(large), frame(sip)).heard).toEqual(['message-too-large@2', `${sip}@3`])
    const parts = [frame(large.slice(0, 200_000), { fin: false }), frame(large, { opcode: 0 })]
    expect(read(REQUEST, ...parts, frame(sip)).heard).toEqual(['message-too-large@3', `${sip}@4`])
  })

  it.each([
    ['a reserved opcode', frame('x', { opcode: 3 })],
    ['a reserved control opcode', frame('x', { opcode: 11 })],
    ['a reserved bit', frame('x', { rsv: 0x20 })],
    ['a long control frame', frame('x'.repeat(126), { opcode: 9 })],
    ['a fragmented control frame', frame('x', { opcode: 9, fin: false })],
    ['a length beyond all sense', hex('81 7f ff ff ff ff ff ff ff ff')],
  ])('§5.2, §5.5: %s is malformed, and the next SIP frame is found', (_name, wrong) => {
    expect(read(REQUEST, wrong, frame(sip, { mask })).heard).toEqual(['frame-malformed@2', `${sip}@3`])
  })

  it('a header block without end is given up', () => {
    expect(read(`GET /${'x'.repeat(20_000)}`, frame(sip)).heard).toEqual(['handshake-too-large@1', `${sip}@2`])
  })

  it('joined midway, it starts at a segment that begins with a frame of SIP', () => {
    expect(read('tail of a frame', frame('noise'), frame(sip, { mask }), frame('more')).heard).toEqual([
      `${sip}@3`,
      'more@4',
    ])
    expect(read(frame('SIP/2.0 200 OK\r\n\r\n', { mask })).heard).toEqual(['SIP/2.0 200 OK\r\n\r\n@1'])
  })

  it('behind a gap likewise', () => {
    const cut = frame(sip).subarray(0, 20)
    expect(read(REQUEST, cut, 'gap', 'rest of it', frame(sip), frame('x')).heard).toEqual([
      'out-of-step@3',
      `${sip}@5`,
      'x@6',
    ])
    // The gap before the first octets of a direction is no news.
    expect(read('gap', REQUEST, frame(sip)).heard).toEqual([`${sip}@3`])
  })

  it('looksLikeWebSocketUpgrade', () => {
    expect(looksLikeWebSocketUpgrade(Buffer.from(REQUEST))).toBe(true)
    expect(looksLikeWebSocketUpgrade(Buffer.from(RESPONSE))).toBe(true)
    expect(looksLikeWebSocketUpgrade(Buffer.from('GET / HTTP/1.1\r\nHost: a\r\n\r\n'))).toBe(false)
    expect(looksLikeWebSocketUpgrade(Buffer.from('http/1.1 101 x\r\n\r\n'))).toBe(false)
    expect(looksLikeWebSocketUpgrade(Buffer.from('INVITE sip:a@b SIP/2.0\r\n'))).toBe(false)
    expect(looksLikeWebSocketUpgrade(new Uint8Array(0))).toBe(false)
    expect(looksLikeSipFrame(frame(sip, { mask }))).toBe(true)
    expect(looksLikeSipFrame(Buffer.from(sip))).toBe(false)
  })

  it('any messages in any fragments, masks and segments come out as they went in', () => {
    const part = fc.uint8Array({ maxLength: 300 })
    const message = fc.record({
      parts: fc.array(part, { minLength: 1, maxLength: 4 }),
      mask: fc.option(fc.array(fc.nat(255), { minLength: 4, maxLength: 4 }), { nil: undefined }),
      opcode: fc.constantFrom(1, 2),
      pings: fc.boolean(),
    })
    fc.assert(
      fc.property(
        fc.array(message, { maxLength: 5 }),
        fc.array(fc.integer({ min: 1, max: 400 })),
        (messages, sizes) => {
          const wire = [octets(REQUEST)]
          for (const { parts, mask, opcode, pings } of messages) {
            parts.forEach((piece, i) => {
              const settings = { opcode: i === 0 ? opcode : 0, fin: i === parts.length - 1 }
              wire.push(frame(piece, mask === undefined ? settings : { ...settings, mask }))
              if (pings) wire.push(frame('p', { opcode: 9 }))
            })
          }
          let rest = Buffer.concat(wire)
          const chunks: Buffer[] = []
          for (const size of sizes) {
            if (rest.length > 0) chunks.push(rest.subarray(0, size))
            rest = rest.subarray(size)
          }
          if (rest.length > 0) chunks.push(rest)
          const heard = read(...chunks).heard.map((line) => line.slice(0, line.lastIndexOf('@')))
          expect(heard).toEqual(messages.map(({ parts }) => Buffer.concat(parts).toString('latin1')))
        },
      ),
      { numRuns: 300 },
    )
  })

  it('any octets at all: never an exception', () => {
    fc.assert(
      fc.property(
        fc.constantFrom('', REQUEST, RESPONSE),
        fc.array(fc.uint8Array({ maxLength: 50 })),
        (start, chunks) => {
          const { heard } = read(start, ...chunks)
          expect(heard.length).toBeLessThanOrEqual(chunks.length * 50 + 1)
        },
      ),
      { numRuns: 1000 },
    )
  })
})
