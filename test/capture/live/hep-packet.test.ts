import { deflateSync, gzipSync } from 'node:zlib'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { hepFrame } from '../../../src/capture/live/hep-frame.ts'
import { HepFraming } from '../../../src/capture/live/hep-framing.ts'
import { parseHep } from '../../../src/capture/live/hep-packet.ts'
import { formatAddress } from '../../../src/net/addresses.ts'
import { Decode, Payload } from '../../../src/net/datagram.ts'
import { FrameDecoder } from '../../../src/net/decode.ts'
import { FragmentTable } from '../../../src/net/fragments.ts'
import { type WrittenHep, writeChunk, writeHep } from './hep-writer.ts'

const hex = (text: string) => Buffer.from(text.replaceAll(/\s/g, ''), 'hex')

/** A packet by the octets, as the specification lays them out: SIP over UDP from 212.202.0.1:12010 to 82.116.0.211:5060. */
const BY_HAND = hex(
  `
  48455033 0075
  0000 0001 0007 02
  0000 0002 0007 11
  0000 0003 000a d4ca0001
  0000 0004 000a 527400d3
  0000 0007 0008 2eea
  0000 0008 0008 13c4
  0000 0009 000a 4e49820e
  0000 000a 000a 0001d4c0
  0000 000b 0007 01
  0000 000c 000a 000000e4
  0000 000f 0014 494e564954452078205349502f32
`.replace('0075', (6 + 7 + 7 + 10 + 10 + 8 + 8 + 10 + 10 + 7 + 10 + 20).toString(16).padStart(4, '0')),
)

const MESSAGE = Buffer.from('OPTIONS sip:a SIP/2.0\r\nVia: SIP/2.0/UDP 192.0.2.1:5060;branch=z9hG4bK1\r\n\r\n')
const WHOLE = {
  source: Buffer.from([192, 0, 2, 1]),
  destination: Buffer.from([198, 51, 100, 7]),
  sourcePort: 5060,
  destinationPort: 5062,
  ipProtocol: 17,
  seconds: 1_768_469_400,
  microseconds: 250_000,
  protocolType: 1,
  payload: MESSAGE,
} satisfies WrittenHep
const IPV6 = {
  source: hex('20010db8000000000000000000000001'),
  destination: hex('20010db8000000000000000000000002'),
}

describe('HEP version 3', () => {
  test('a packet, octet by octet', () => {
    const packet = parseHep(BY_HAND)
    expect(packet).toEqual({
      source: hex('d4ca0001'),
      destination: hex('527400d3'),
      sourcePort: 12010,
      destinationPort: 5060,
      ipProtocol: 17,
      time: { seconds: 0x4e49820e, microseconds: 120_000 },
      protocolType: 1,
      payload: Buffer.from('INVITE x SIP/2'),
    })
    expect(packet).not.toBeTypeOf('string')
    // RFC 791 and RFC 768: both sums were worked out apart from the code.
    expect(hepFrame(packet as never)).toEqual({
      linkType: 101,
      data: hex(`4500002a 00000000 401152b1 d4ca0001 527400d3 2eea13c4 0016e7d6 494e564954452078205349502f32`),
    })
  })

  test('chunks of vendors, and generic ones that mean nothing here, are passed over', () => {
    const others = [
      writeChunk(0, 0x0011, Buffer.from('call-1@host')),
      writeChunk(0, 0x0012, Buffer.from([0, 42])),
      writeChunk(4, 0x0003, Buffer.from('any length')),
      writeChunk(0, 0xffff, Buffer.alloc(0)),
    ]
    expect(parseHep(writeHep({ ...WHOLE, others }))).toEqual(parseHep(writeHep(WHOLE)))
  })

  test('IPv6 is taken where it is there; agents that give family 2 to everything are understood', () => {
    const packet = writeHep({ ...WHOLE, ...IPV6 })
    const read = parseHep(packet)
    expect(read).toMatchObject(IPV6)
    packet[12] = 2
    expect(parseHep(packet)).toEqual(read)
  })

  test('a compressed payload is inflated, up to a bound', () => {
    const { payload, ...rest } = WHOLE
    for (const compressed of [deflateSync(payload), gzipSync(payload)]) {
      const packet = parseHep(writeHep({ ...rest, compressedPayload: compressed }))
      expect(packet).toMatchObject({ payload })
    }
    const bomb = deflateSync(Buffer.alloc(300_000))
    expect(parseHep(writeHep({ ...rest, compressedPayload: bomb }))).toBe('a compressed payload that is too large')
    for (const compressedPayload of [payload, Buffer.alloc(0)]) {
      expect(parseHep(writeHep({ ...rest, compressedPayload }))).toBe('a compressed payload that cannot be read')
    }
  })

  test('nothing is inflated for who is not let in', () => {
    const { payload: _, ...rest } = WHOLE
    const shown: (string | undefined)[] = []
    const packet = writeHep({ ...rest, key: 'sesame', compressedPayload: Buffer.from('no zlib') })
    const admits = (key: Uint8Array | undefined) => {
      shown.push(key && Buffer.from(key).toString())
      return false
    }
    expect(parseHep(packet, admits)).toBe('another authentication key, or none')
    expect(parseHep(writeHep(WHOLE), admits)).toBe('another authentication key, or none')
    expect(shown).toEqual(['sesame', undefined])
  })

  test('time that is not told is left to the receiver; microseconds beyond a second are carried over', () => {
    const { seconds: _, microseconds: __, ...timeless } = WHOLE
    expect(parseHep(writeHep(timeless))).not.toHaveProperty('time')
    const packet = parseHep(writeHep({ ...WHOLE, seconds: 10, microseconds: 2_500_000 }))
    expect(packet).toMatchObject({ time: { seconds: 12, microseconds: 500_000 } })
  })

  test.each([
    ['nothing', Buffer.alloc(0), 'no HEP version 3'],
    ['version 2', Buffer.from([2, 28, 2, 17, ...Array(40).fill(0)]), 'no HEP version 3'],
    [
      'a shorter length than what came',
      Buffer.concat([writeHep(WHOLE), Buffer.alloc(1)]),
      'its length is not that of what came',
    ],
    ['a longer length than what came', writeHep(WHOLE).subarray(0, -1), 'its length is not that of what came'],
    ['no chunk', Buffer.from('HEP3\0\u0006'), 'a chunk is missing'],
    ['five octets of a chunk', Buffer.from('HEP3\0\u000b\0\0\0\u0001\0'), 'a chunk that reaches past the end'],
    [
      'a chunk shorter than its header',
      Buffer.from('HEP3\0\u000c\0\0\0\u0001\0\u0005'),
      'a chunk that reaches past the end',
    ],
    ['a chunk past the end', Buffer.from('HEP3\0\u000c\0\0\0\u000f\0\u0007'), 'a chunk that reaches past the end'],
    [
      'a port of one octet',
      writeHep({ ...WHOLE, others: [writeChunk(0, 7, Buffer.from([5]))] }),
      'a chunk of the wrong length',
    ],
    [
      'IPv4 in 16 octets',
      writeHep({ ...WHOLE, others: [writeChunk(0, 3, Buffer.alloc(16))] }),
      'a chunk of the wrong length',
    ],
    [
      'an IPv4 source, an IPv6 destination',
      writeHep({ ...WHOLE, destination: undefined, others: [writeChunk(0, 6, Buffer.alloc(16))] }),
      'a chunk is missing',
    ],
    ['no payload', writeHep({ ...WHOLE, payload: undefined }), 'no payload'],
    ['an empty payload', writeHep({ ...WHOLE, payload: Buffer.alloc(0) }), 'no payload'],
  ])('%s', (_, octets, fault) => {
    expect(parseHep(octets)).toBe(fault)
  })

  /** Sound packets with some octets changed, and a part of them. */
  const damaged = fc
    .record({
      packet: fc.constantFrom(BY_HAND, writeHep(WHOLE), writeHep({ ...WHOLE, ...IPV6, key: 'open' })),
      changes: fc.array(fc.tuple(fc.nat(200), fc.integer({ min: 0, max: 255 })), { maxLength: 6 }),
      cut: fc.nat(30),
    })
    .map(({ packet, changes, cut }) => {
      const octets = Buffer.from(packet)
      for (const [at, value] of changes) if (at < octets.length) octets[at] = value
      return cut < 10 ? octets : octets.subarray(0, octets.length - cut)
    })
  const anything = fc.uint8Array({ maxLength: 200, size: 'max' })
  const framed = anything.map((body) => {
    const octets = Buffer.concat([Buffer.from('HEP3\0\0'), body])
    octets.writeUInt16BE(octets.length, 4)
    return octets
  })

  test('whatever comes is read without a throw, and nothing outside of it', () => {
    fc.assert(
      fc.property(fc.oneof(damaged, anything, framed), (octets) => {
        const read = [0x00, 0xff].map((around) => {
          const memory = Buffer.alloc(octets.length + 64, around)
          memory.set(octets, 32)
          const packet = parseHep(memory.subarray(32, 32 + octets.length))
          return { packet, frame: typeof packet === 'string' ? packet : hepFrame(packet) }
        })
        expect(read[0]).toEqual(read[1])
      }),
      { numRuns: 2000 },
    )
  })
})

describe('frames', () => {
  const decoder = () => {
    return new FrameDecoder(new FragmentTable(new SharedArrayBuffer(FragmentTable.byteLength), 0))
  }

  function decoded(packet: WrittenHep) {
    const read = parseHep(writeHep(packet))
    if (typeof read === 'string') throw new Error(read)
    const frame = hepFrame(read)
    if (typeof frame === 'string') return frame
    const frames = decoder()
    const { data, linkType } = frame
    const outcome = frames.decode(data, { dataOffset: 0, capturedLength: data.length, linkType, seconds: 0 })
    const { bytes, payload, addressLength, sourceAddressOffset, destinationAddressOffset, ...d } = frames.datagram
    return {
      outcome,
      payload,
      source: `${formatAddress(bytes, sourceAddressOffset, addressLength)} ${d.sourcePort}`,
      destination: `${formatAddress(bytes, destinationAddressOffset, addressLength)} ${d.destinationPort}`,
      octets: Buffer.from(bytes.subarray(d.offset, d.offset + d.length)),
      isWhole: d.length === d.announcedLength,
    }
  }

  const rtp = Buffer.concat([Buffer.from([0x80, 0, 0, 1, 0, 0, 0, 160, 1, 2, 3, 4]), Buffer.alloc(161, 7)])
  const found = {
    outcome: Decode.Ok,
    source: '192.0.2.1 5060',
    destination: '198.51.100.7 5062',
    isWhole: true,
  }
  const found6 = { ...found, source: '2001:db8::1 5060', destination: '2001:db8::2 5062' }
  const over = (transport: string) => Buffer.from(MESSAGE.toString().replace('/UDP', `/${transport}`))

  test.each<[string, Partial<WrittenHep>, object | string]>([
    ['SIP over UDP', {}, { ...found, payload: Payload.Udp, octets: MESSAGE }],
    ['over IPv6', IPV6, { ...found6, payload: Payload.Udp, octets: MESSAGE }],
    ['SIP over TCP', { ipProtocol: 6 }, { ...found, payload: Payload.Message, octets: MESSAGE }],
    [
      'SIP over TLS, as Kamailio says it, and IPv6',
      { ...IPV6, ipProtocol: 22 },
      { ...found6, payload: Payload.Message, octets: MESSAGE },
    ],
    [
      'SIP over TLS that is called UDP, as Asterisk does',
      { payload: over('TLS') },
      { ...found, payload: Payload.Message, octets: over('TLS') },
    ],
    ['RTP', { protocolType: 4, payload: rtp }, { ...found, payload: Payload.Udp, octets: rtp }],
    [
      'RTCP that came over TCP',
      { protocolType: 5, ipProtocol: 6, payload: rtp },
      { ...found, payload: Payload.Udp, octets: rtp },
    ],
    [
      'RTCP as JSON',
      { protocolType: 5, payload: Buffer.from('{"sender_information":{}}') },
      'a protocol that is not read',
    ],
    ['a log line', { protocolType: 100 }, 'a protocol that is not read'],
  ])('%s', (_, changes, expected) => {
    expect(decoded({ ...WHOLE, ...changes })).toEqual(expected)
  })

  test('more than a UDP datagram can hold is refused for UDP, and whole for TCP', () => {
    const { payload: _, ...rest } = WHOLE
    const large = (length: number) => deflateSync(Buffer.concat([MESSAGE, Buffer.alloc(length - MESSAGE.length, 0x20)]))
    const most = 0xffff - 28
    expect(decoded({ ...rest, compressedPayload: large(most) })).toMatchObject({ ...found, payload: Payload.Udp })
    expect(decoded({ ...rest, compressedPayload: large(most + 1) })).toBe('more than a UDP datagram can hold')
    const most6 = { ...rest, ...IPV6, compressedPayload: large(0xffff - 8) }
    expect(decoded(most6)).toMatchObject({ ...found6, payload: Payload.Udp })
    const message = decoded({ ...rest, ipProtocol: 6, compressedPayload: large(200_000) })
    expect(message).toMatchObject({ ...found, payload: Payload.Message })
    expect((message as { octets: Buffer }).octets.length).toBe(200_000)
  })
})

describe('HEP over TCP', () => {
  test('however the octets come, the packets are the same', () => {
    const sent = [writeHep(WHOLE), BY_HAND, writeHep({ ...WHOLE, ...IPV6 })]
    const octets = Buffer.concat(sent)
    fc.assert(
      fc.property(fc.array(fc.nat(octets.length), { maxLength: 12 }), (cuts) => {
        const heard: Buffer[] = []
        const framing = new HepFraming((packet) => heard.push(Buffer.from(packet)))
        const places = [0, ...cuts.sort((a, b) => a - b), octets.length]
        for (let n = 1; n < places.length; n++) {
          // The octets are used again once they were heard.
          const part = Buffer.from(octets.subarray(places[n - 1], places[n]))
          expect(framing.push(part)).toBe(true)
          part.fill(0)
        }
        expect(heard).toEqual(sent)
        expect(framing.isCut).toBe(false)
      }),
    )
  })

  test('what is no HEP is told', () => {
    const heard: Uint8Array[] = []
    const framing = new HepFraming((packet) => heard.push(packet))
    expect(framing.push(Buffer.concat([BY_HAND, Buffer.from('GET / HTTP/1.1\r\n')]))).toBe(false)
    expect(heard).toHaveLength(1)
    const cut = new HepFraming(() => undefined)
    expect(cut.push(BY_HAND.subarray(0, 50))).toBe(true)
    expect(cut.isCut).toBe(true)
  })
})
