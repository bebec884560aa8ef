import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { LIMITS } from '../../src/limits/limits.ts'
import { Payload } from '../../src/net/datagram.ts'
import { FrameDecoder } from '../../src/net/decode.ts'
import { FragmentTable } from '../../src/net/fragments.ts'
import { StunAttribute } from '../../src/net/stun-message.ts'
import { FIRST_CHANNEL, LAST_CHANNEL, OF_INDICATION } from '../../src/net/turn.ts'
import { TurnPaths } from '../../src/net/turn-paths.ts'
import { ethernet, ipv4, ipv6, octets, udp } from './frame-builder.ts'
import { allocated, channelBind, channelData, indication, stun, xored } from './turn-builder.ts'

const MEDIA = octets([0x80, 0, 0, 1], Buffer.alloc(9, 0x5a))
const PEER = { address: '198.51.100.20', port: 20000 }
const PEER6 = { address: '2001:db8::20', port: 20000 }

function decoded(payload: Uint8Array, cut = 0, packet = ipv4) {
  const decoder = new FrameDecoder(new FragmentTable(new SharedArrayBuffer(FragmentTable.byteLength), 0))
  const frame = ethernet(packet(udp(payload)))
  decoder.decode(frame, { dataOffset: 0, capturedLength: frame.length - cut, linkType: 1, seconds: 0 })
  const d = decoder.datagram
  expect(d.payload).toBe(Payload.Udp)
  const { relay, length, announcedLength } = d
  return { relay, length, announcedLength, octets: frame.subarray(d.offset, d.offset + length) }
}

const CARRIED = { length: MEDIA.length, announcedLength: MEDIA.length, octets: MEDIA }

describe('ChannelData (RFC 8656 §12.4)', () => {
  it.each([FIRST_CHANNEL, 0x4120, LAST_CHANNEL])('channel %i carries its data', (channel) => {
    expect(decoded(channelData(channel, MEDIA))).toEqual({ relay: channel, ...CARRIED })
    expect(decoded(channelData(channel, MEDIA), 0, ipv6)).toEqual({ relay: channel, ...CARRIED })
  })

  it('§12.5: over UDP there may be padding up to four octets', () => {
    expect(decoded(channelData(0x4001, MEDIA, 3))).toEqual({ relay: 0x4001, ...CARRIED })
    for (const padding of [1, 2, 4, 7]) expect(decoded(channelData(0x4001, MEDIA, padding)).relay).toBe(0)
  })

  it('is another protocol where its length does not fit, or its first octet is none of 64 to 79 (RFC 7983 §7)', () => {
    for (const length of [0, 1, MEDIA.length - 1, MEDIA.length + 1, 65_535]) {
      const payload = channelData(0x4001, MEDIA, 0, length)
      expect(decoded(payload)).toMatchObject({ relay: 0, length: payload.length })
    }
    for (const channel of [0x3fff, 0x5000, 0x7fff]) expect(decoded(channelData(channel, MEDIA)).relay).toBe(0)
    for (const payload of ['@', 'BYE', 'INVITE sip:a@b SIP/2.0\r\n', 'ACK sip:a@b SIP/2.0\r\n']) {
      expect(decoded(octets(payload)).relay).toBe(0)
    }
  })

  it('announces what the snap length cut off', () => {
    expect(decoded(channelData(0x4001, MEDIA), 5)).toMatchObject({
      relay: 0x4001,
      length: MEDIA.length - 5,
      announcedLength: MEDIA.length,
    })
  })
})

describe('Send and Data indications (RFC 8656 §11)', () => {
  it.each(['send', 'data'] as const)('%s: one way for one peer, whatever the transaction', (kind) => {
    const first = decoded(indication(kind, PEER, MEDIA, 1))
    expect(first).toEqual({ relay: first.relay, ...CARRIED })
    expect(first.relay).toBeGreaterThanOrEqual(OF_INDICATION)
    expect(decoded(indication(kind, PEER, MEDIA, 200)).relay).toBe(first.relay)
    expect(decoded(indication(kind, { ...PEER, port: 20_001 }, MEDIA, 1)).relay).not.toBe(first.relay)
    const six = decoded(indication(kind, PEER6, MEDIA, 1))
    expect(decoded(indication(kind, PEER6, MEDIA, 77))).toEqual({ relay: six.relay, ...CARRIED })
  })

  it('without data, or without a peer, is a STUN message like others', () => {
    const transaction = 3
    for (const attributes of [
      [[StunAttribute.Data, MEDIA]],
      [[StunAttribute.XorPeerAddress, xored(PEER, transaction)]],
      [
        [StunAttribute.XorPeerAddress, Buffer.alloc(5)],
        [StunAttribute.Data, MEDIA],
      ],
    ] as const) {
      const payload = stun(0x0016, transaction, attributes)
      expect(decoded(payload)).toMatchObject({ relay: 0, length: payload.length })
    }
  })

  it('malformed TURN is no exception, and what is entered lies in the datagram', () => {
    const whole = fc.constantFrom(
      channelData(0x4001, MEDIA, 3),
      indication('send', PEER, MEDIA),
      indication('data', PEER6, MEDIA),
    )
    const changed = fc.tuple(whole, fc.array(fc.tuple(fc.nat(60), fc.nat(255)), { maxLength: 4 }), fc.nat(60))
    fc.assert(
      fc.property(changed, ([message, changes, cut]) => {
        const payload = Buffer.from(message)
        for (const [at, octet] of changes) payload[at % payload.length] = octet
        const { length, announcedLength } = decoded(payload, cut % payload.length)
        expect(length).toBeGreaterThanOrEqual(0)
        expect(length).toBeLessThanOrEqual(announcedLength)
        expect(announcedLength).toBeLessThanOrEqual(payload.length)
      }),
    )
  })
})

describe('what the messages of TURN say of its ways', () => {
  const CLIENT = { address: '192.168.1.20', port: 50000 }
  const SERVER = { address: '203.0.113.9', port: 3478 }
  const RELAYED = { address: '203.0.113.9', port: 60000 }
  const RELAYED6 = { address: '2001:db8::9', port: 60002 }
  const up = { source: CLIENT, destination: SERVER }
  const down = { source: SERVER, destination: CLIENT }

  it('§12.1, §7.3: a channel goes between the relayed transport address and its peer, from its request on', () => {
    const paths = new TurnPaths()
    paths.take(allocated([RELAYED]), down, 0, 1)
    paths.take(channelBind(0x4001, PEER), up, 0, 5)
    const ends = { client: CLIENT, server: SERVER }
    expect(paths.pathOf(up, 0x4001, 6)).toEqual({ ...ends, source: RELAYED, destination: PEER })
    expect(paths.pathOf(down, 0x4001, 6)).toEqual({ ...ends, source: PEER, destination: RELAYED })
    expect(paths.pathOf(up, 0x4001, 4)).toBeUndefined()
    expect(paths.pathOf(up, 0x4002, 6)).toBeUndefined()
    expect(paths.pathOf({ ...up, source: { ...CLIENT, port: 1 } }, 0x4001, 6)).toBeUndefined()
  })

  it('an allocation that was not captured leaves the client, and a channel may be bound anew', () => {
    const paths = new TurnPaths()
    paths.take(channelBind(0x4001, PEER), up, 0, 5)
    paths.take(channelBind(0x4001, PEER), up, 0, 6)
    paths.take(channelBind(0x4001, { ...PEER, port: 1 }), up, 0, 9)
    expect(paths.pathOf(up, 0x4001, 8)).toMatchObject({ source: CLIENT, destination: PEER })
    expect(paths.pathOf(up, 0x4001, 9)).toMatchObject({ destination: { ...PEER, port: 1 } })
  })

  it('§12: what is bound while it is used is renewed, and goes for what came before', () => {
    const paths = new TurnPaths()
    paths.take(channelBind(0x4001, PEER), up, 0, 5)
    paths.take(channelBind(0x4001, { ...PEER, port: 1 }), up, 0, 9)
    expect(paths.pathOf(down, 0x4001, 2, 12)).toMatchObject({ source: PEER })
    expect(paths.pathOf(down, 0x4001, 6, 12)).toMatchObject({ source: PEER })
    expect(paths.pathOf(down, 0x4001, 2, 4)).toBeUndefined()
  })

  it('RFC 8656 §2.7: of a dual allocation the relayed address of the family of the peer counts', () => {
    const paths = new TurnPaths()
    paths.take(allocated([RELAYED, RELAYED6]), down, 0, 1)
    paths.take(channelBind(0x4001, PEER6), up, 0, 5)
    paths.take(channelBind(0x4002, PEER), up, 0, 5)
    expect(paths.pathOf(up, 0x4001, 6)).toMatchObject({ source: RELAYED6, destination: PEER6 })
    expect(paths.pathOf(up, 0x4002, 6)).toMatchObject({ source: RELAYED, destination: PEER })
  })

  it('an indication names its peer', () => {
    const paths = new TurnPaths()
    paths.take(indication('data', PEER, MEDIA), down, 0x8005, 3)
    expect(paths.pathOf(down, 0x8005, 3)).toMatchObject({ source: PEER, destination: CLIENT, client: CLIENT })
    expect(paths.pathOf(up, 0x8005, 3)).toMatchObject({ source: CLIENT, destination: PEER })
  })

  it('messages that are cut or name no address say nothing', () => {
    const paths = new TurnPaths()
    const messages = [allocated([RELAYED]), channelBind(0x4001, PEER), indication('send', PEER, MEDIA)]
    for (const message of messages) {
      for (let end = 0; end < message.length - MEDIA.length - 3; end++)
        paths.take(message.subarray(0, end), up, 0x8001, 1)
    }
    paths.take(channelBind(0x3fff, PEER), up, 0, 1)
    expect(paths.pathOf(up, 0x4001, 9)).toBeUndefined()
    expect(paths.dropped).toEqual({ turnPaths: 0, turnChangesOfPath: 0 })
  })

  it('are bounded', () => {
    const paths = new TurnPaths()
    const { turnPaths, turnChangesOfPath } = LIMITS
    for (let n = 0; n < turnChangesOfPath.most + 2; n++) {
      paths.take(channelBind(0x4001, { ...PEER, port: n + 1 }), up, 0, n)
    }
    expect(paths.dropped).toEqual({ turnPaths: 0, turnChangesOfPath: 2 })
    for (let n = 0; n < turnPaths.most + 2; n++) {
      const source = { address: `10.${n >> 16}.${(n >> 8) & 255}.${n & 255}`, port: 1 }
      paths.take(channelBind(0x4002, PEER), { source, destination: SERVER }, 0, n)
    }
    expect(paths.dropped).toEqual({ turnPaths: 3, turnChangesOfPath: 2 })
  })
})
