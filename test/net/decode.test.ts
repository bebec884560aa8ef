import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { formatAddress } from '../../src/net/addresses.ts'
import { Decode, Payload } from '../../src/net/datagram.ts'
import { FrameDecoder } from '../../src/net/decode.ts'
import { FragmentTable } from '../../src/net/fragments.ts'
import * as build from './frame-builder.ts'
import { FRAMES, found4, found6, inner4, inner6, little } from './sample-frames.ts'

const { ethernet, ipv4, ipv6, udp, tcp } = build

function newDecoder(): FrameDecoder {
  return new FrameDecoder(new FragmentTable(new SharedArrayBuffer(FragmentTable.byteLength), 0))
}

const shared = newDecoder()

/** Decodes a frame that lies between other octets, and says in plain words what was found. */
function decode(frame: Uint8Array, linkType = 1, decoder = shared) {
  const slab = new Uint8Array(frame.length + 64).fill(0xa5)
  slab.set(frame, 32)
  const outcome = decoder.decode(slab, { dataOffset: 32, capturedLength: frame.length, linkType, seconds: 0 })
  const d = decoder.datagram
  expect(d.decode).toBe(outcome)
  if (outcome !== Decode.Ok) {
    expect(d.payload).toBe(Payload.None)
    return { outcome }
  }
  return {
    outcome,
    payload: d.payload,
    source: `${formatAddress(d.bytes, d.sourceAddressOffset, d.addressLength)} ${d.sourcePort}`,
    destination: `${formatAddress(d.bytes, d.destinationAddressOffset, d.addressLength)} ${d.destinationPort}`,
    text: Buffer.from(d.bytes.subarray(d.offset, d.offset + d.length)).toString('latin1'),
    announcedLength: d.announcedLength,
  }
}

describe('FrameDecoder', () => {
  it.each(FRAMES)('%s', (_name, frame, linkType, found) => {
    expect(decode(frame, linkType)).toEqual(found)
  })

  it('TCP with options (RFC 9293 §3.1)', () => {
    const decoder = newDecoder()
    const segment = tcp('REGISTER', { sequence: 0xfedcba98, flags: 0x18, options: [1, 1, 1, 0] })
    const found = decode(ethernet(ipv6(segment)), 1, decoder)
    expect(found).toEqual({ ...found6, payload: Payload.Tcp, text: 'REGISTER', announcedLength: 8 })
    expect(decoder.datagram.tcpSequence).toBe(0xfedcba98)
    expect(decoder.datagram.tcpFlags).toBe(0x18)
  })

  it('keeps IPv4 identification and UDP checksum as sent', () => {
    const decoder = newDecoder()
    decode(ethernet(ipv4(udp('x', { checksum: 0xbeef }), { identification: 0xcafe })), 1, decoder)
    expect(decoder.datagram).toMatchObject({ ipIdentification: 0xcafe, udpChecksum: 0xbeef })
    decode(ethernet(inner6), 1, decoder)
    expect(decoder.datagram.ipIdentification).toBe(0)
  })

  it('UDP length below and above what IP holds (RFC 768)', () => {
    expect(decode(ethernet(ipv4(udp('12345678', { length: 12 }))))).toMatchObject({ text: '1234', announcedLength: 4 })
    expect(decode(ethernet(ipv4(udp('1234', { length: 108 }))))).toMatchObject({ text: '1234', announcedLength: 100 })
    expect(decode(ethernet(ipv4(udp('1234', { length: 7 }))))).toEqual({ outcome: Decode.Malformed })
    expect(decode(ethernet(ipv6(udp('1234', { length: 0 }))))).toMatchObject({ text: '1234', announcedLength: 4 })
  })

  it('TZSP that carries no frame of Ethernet, or has no end of its tags, stays ordinary UDP', () => {
    const inner = ethernet(ipv4(udp('inner')))
    const whole = build.tzsp(inner).bytes
    const stun = build.octets([1, 1, 0, 4, 0x21, 0x12, 0xa4, 0x42], Buffer.alloc(12, 1), [0, 6, 0, 0])
    const keepAlive = build.octets([1, 4, 0, 1, 1])
    const others = [
      build.tzsp(inner, [], 0, 18),
      build.tzsp(inner, [60, 255], 0),
      udp(stun, { destinationPort: 37008 }),
    ]
    for (const packet of [...others, udp(keepAlive, { destinationPort: 37008 })]) {
      expect(decode(ethernet(ipv4(packet))), packet.bytes.toString('hex')).toMatchObject({ source: /^203\.0\.113\.1 / })
    }
    for (let end = 0; end < 5; end++) {
      const cut = udp(whole.subarray(8, 8 + end), { destinationPort: 37008 })
      expect(decode(ethernet(ipv4(cut)))).toMatchObject({ announcedLength: end })
    }
  })

  it('payload on a tunnel port that is no tunnel stays ordinary UDP', () => {
    const media = build.octets([0x80, 0, 0, 1, 0, 0, 0, 160, 1, 2, 3, 4], Buffer.alloc(160, 0xff))
    const stun = build.octets([0, 1, 0, 0, 0x21, 0x12, 0xa4, 0x42], Buffer.alloc(12))
    for (const destinationPort of [2152, 4789, 8472, 6081, 37008]) {
      for (const payload of [media, stun, build.octets('INVITE sip:a@b SIP/2.0'), Buffer.alloc(3)]) {
        expect(decode(ethernet(ipv4(udp(payload, { destinationPort }))))).toMatchObject({
          source: '203.0.113.1 5060',
          text: payload.toString('latin1'),
        })
      }
    }
  })

  it('what is not read is no fault: ARP, ICMP, ESP, LLDP, unknown families', () => {
    const body = Buffer.alloc(28)
    for (const type of [0x0806, 0x88cc, 0x0842]) {
      expect(decode(ethernet({ bytes: body, type }))).toEqual({ outcome: Decode.Other })
    }
    for (const type of [1, 50, 132]) {
      expect(decode(ethernet(ipv4({ bytes: body, type })))).toEqual({ outcome: Decode.Other })
    }
    expect(decode(build.octets(little(7), inner4.bytes), 0)).toEqual({ outcome: Decode.Other })
    expect(decode(inner4.bytes, 147)).toEqual({ outcome: Decode.UnknownLinkType })
    expect(decode(inner4.bytes, 70000)).toEqual({ outcome: Decode.UnknownLinkType })
  })

  it('lengths that contradict one another are malformed', () => {
    expect(decode(ethernet(ipv4(udp('x'), { totalLength: 19 })))).toEqual({ outcome: Decode.Malformed })
    expect(decode(ethernet(ipv4(udp('x'), { totalLength: 24 })))).toEqual({ outcome: Decode.Malformed })
    expect(decode(ethernet({ bytes: inner6.bytes, type: 0x0800 }))).toEqual({ outcome: Decode.Malformed })
    const segment = tcp('x')
    segment.bytes[12] = 0x40
    expect(decode(ethernet(ipv4(segment)))).toEqual({ outcome: Decode.Malformed })
  })

  it('headers nested without end stop at a bound', () => {
    let packet = udp('x')
    for (let i = 0; i < 400; i++) packet = { bytes: ipv4(packet).bytes, type: 4 }
    expect(decode(ethernet(ipv4(packet)))).toEqual({ outcome: Decode.TooManyHeaders })
    expect(
      decode(ethernet(ipv6(Array.from({ length: 100 }).reduce<build.Packet>((p) => build.extension(60, p), udp('x'))))),
    ).toEqual({ outcome: Decode.TooManyHeaders })
  })

  it('sixteen encapsulations are read', () => {
    let packet = inner4
    for (let i = 0; i < 16; i++) packet = ipv4({ bytes: packet.bytes, type: 4 }, { source: '192.0.2.1' })
    expect(decode(ethernet(packet))).toEqual(found4)
  })
})

describe('a frame cut by the snap length', () => {
  it.each(FRAMES)('%s: every cut is Cut or a shorter payload, never a fault', (_name, frame, linkType, found) => {
    const payloadAt = frame.lastIndexOf('SIP/2.0')
    for (let length = 0; length < frame.length; length++) {
      const result = decode(frame.subarray(0, length), linkType)
      if (length >= payloadAt + 7) expect(result).toEqual(found)
      else if (length >= payloadAt && result.outcome === Decode.Ok && !frame.includes('SIP/2.0', payloadAt + 1)) {
        expect(result.text).toBe('SIP/2.0'.slice(0, length - payloadAt))
      } else expect([Decode.Cut, Decode.Ok, Decode.Other]).toContain(result.outcome)
    }
  })

  it('keeps the announced length', () => {
    const frame = ethernet(ipv4(udp(Buffer.alloc(172, 0x80))))
    expect(decode(frame.subarray(0, 14 + 28 + 20))).toMatchObject({ announcedLength: 172, text: '\x80'.repeat(20) })
  })
})

describe('hostile octets', () => {
  const linkType = fc.constantFrom(0, 1, 9, 50, 51, 101, 108, 113, 228, 229, 252, 276)

  /** Octets that fail the test when read outside the frame. */
  function guarded(frame: Uint8Array, offset: number): Uint8Array {
    const slab = new Uint8Array(offset + frame.length + 40)
    slab.set(frame, offset)
    return new Proxy(slab, {
      get(target, name) {
        const index = typeof name === 'string' && /^\d+$/.test(name) ? Number(name) : undefined
        if (index !== undefined && (index < offset || index >= offset + frame.length)) throw new Error(`read ${index}`)
        return Reflect.get(target, name, target)
      },
    })
  }

  function check(frame: Uint8Array, type: number, decoder: FrameDecoder) {
    decoder.decode(guarded(frame, 16), { dataOffset: 16, capturedLength: frame.length, linkType: type, seconds: 0 })
    const d = decoder.datagram
    if (d.decode !== Decode.Ok) return
    expect(d.length).toBeGreaterThanOrEqual(0)
    expect(d.length).toBeLessThanOrEqual(d.announcedLength)
    const [low, high] = d.reassembled ? [0, d.bytes.length] : [16, 16 + frame.length]
    expect(d.sourceAddressOffset).toBeGreaterThanOrEqual(low)
    expect(d.transportOffset).toBeGreaterThanOrEqual(low)
    expect(d.offset + d.length).toBeLessThanOrEqual(high)
  }

  it('random octets never throw nor lead outside', () => {
    const decoder = newDecoder()
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 200 }), linkType, (frame, type) => check(frame, type, decoder)),
      { numRuns: 2000 },
    )
  })

  it('real frames with octets changed and ends cut never throw nor lead outside', () => {
    const decoder = newDecoder()
    const change = fc.tuple(fc.nat(150), fc.nat(255))
    fc.assert(
      fc.property(fc.constantFrom(...FRAMES), fc.array(change, { maxLength: 4 }), fc.nat(200), (real, changes, cut) => {
        const frame = Uint8Array.from(real[1])
        for (const [at, value] of changes) if (at < frame.length) frame[at] = value
        check(frame.subarray(0, cut), real[2], decoder)
        check(frame, real[2], decoder)
      }),
      { numRuns: 5000 },
    )
  })
})
