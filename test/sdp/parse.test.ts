import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { SessionDescription } from '../../src/sdp/description.ts'
import { parseSdp } from '../../src/sdp/parse.ts'

function read(lines: readonly string[], lineEnd = '\r\n'): SessionDescription {
  const description = parseSdp(new TextEncoder().encode(lines.map((line) => line + lineEnd).join('')))
  if (description.kind === 'malformed') throw new Error(description.text)
  return description
}

const HEAD = ['v=0', 'o=alice 2890844526 2890844526 IN IP4 host.anywhere.com', 's=', 't=0 0']

describe('session descriptions (RFC 8866)', () => {
  it('RFC 3264 §10.1: the offer of the first example', () => {
    const description = read([
      'v=0',
      'o=alice 2890844526 2890844526 IN IP4 host.anywhere.com',
      's=',
      'c=IN IP4 host.anywhere.com',
      't=0 0',
      'm=audio 49170 RTP/AVP 0',
      'a=rtpmap:0 PCMU/8000',
      'm=video 51372 RTP/AVP 31',
      'a=rtpmap:31 H261/90000',
      'm=video 53000 RTP/AVP 32',
      'a=rtpmap:32 MPV/90000',
    ])
    expect(description.origin).toEqual({ address: 'host.anywhere.com', addressKind: 'name' })
    expect(
      description.media.map(({ index, kind, port, protocol, formats }) => [index, kind, port, protocol, formats]),
    ).toEqual([
      [0, 'audio', 49170, 'RTP/AVP', ['0']],
      [1, 'video', 51372, 'RTP/AVP', ['31']],
      [2, 'video', 53000, 'RTP/AVP', ['32']],
    ])
    expect(description.media[1].codecs).toEqual([{ payloadType: 31, name: 'H261', clockRate: 90000 }])
    expect(description.media[2].connection).toEqual({ address: 'host.anywhere.com', addressKind: 'name' })
    expect(description.anomalies).toEqual([])
  })

  it('RFC 3264 §10.1: the answer refuses a stream with port 0', () => {
    const { media } = read([
      ...HEAD,
      'c=IN IP4 host.example.com',
      'm=audio 49174 RTP/AVP 0',
      'm=video 0 RTP/AVP 31',
      'm=video 53000 RTP/AVP 32',
    ])
    expect(media.map(({ rejected }) => rejected)).toEqual([false, true, false])
  })

  it('RFC 3264 §10.1: the directions of the second offer', () => {
    const { media } = read([
      ...HEAD,
      'c=IN IP4 192.0.2.1',
      'a=recvonly',
      'm=audio 51434 RTP/AVP 110',
      'a=rtpmap:110 telephone-events/8000',
      'm=audio 51436 RTP/AVP 0',
      'a=inactive',
    ])
    expect(media.map(({ direction }) => direction)).toEqual(['recvonly', 'inactive'])
    expect(read([...HEAD, 'm=audio 1 RTP/AVP 0']).media[0].direction).toBe('sendrecv')
  })

  it('RFC 4568 §4.1, §7: two m= lines, each with its own crypto lines', () => {
    const { media } = read([
      'v=0',
      'o=sam 2890844526 2890842807 IN IP4 10.47.16.5',
      's=SRTP Discussion',
      'c=IN IP4 168.2.17.12',
      't=2873397496 2873404696',
      'm=audio 49170 RTP/SAVP 0',
      'a=crypto:1 AES_CM_128_HMAC_SHA1_80 inline:WVNfX19zZW1jdGwgKCkgewkyMjA7fQp9CnVubGVz|2^20|1:4 FEC_ORDER=FEC_SRTP',
      'a=crypto:2 F8_128_HMAC_SHA1_80 inline:MTIzNDU2Nzg5QUJDREUwMTIzNDU2Nzg5QUJjZGVm|2^20|1:4;inline:QUJjZGVmMTIzNDU2Nzg5QUJDREUwMTIzNDU2Nzg5|2^20|2:4 FEC_ORDER=FEC_SRTP',
      'm=video 51372 RTP/SAVP 31',
      'a=crypto:1 AES_CM_128_HMAC_SHA1_32 inline:NzB4d1BINUAvLEw6UzF3WSJ+PSdFcGdUJShpX1Zj|2^20|1:32',
    ])
    expect(media.map(({ crypto }) => crypto.map(({ tag, suite }) => `${tag} ${suite}`))).toEqual([
      ['1 AES_CM_128_HMAC_SHA1_80', '2 F8_128_HMAC_SHA1_80'],
      ['1 AES_CM_128_HMAC_SHA1_32'],
    ])
    expect(media[0].crypto[1].keys.map(({ keyBytes }) => keyBytes?.length)).toEqual([30, 30])
    expect(media[1].crypto[0].keys[0].mki?.length).toBe(32)
  })

  it('§5.14: the number of ports, and all payload types', () => {
    const { media } = read([
      ...HEAD,
      'c=IN IP4 192.0.2.1',
      'm=audio 49170/2 RTP/SAVPF 0',
      'm=audio  1 RTP/AVP\t8 18 101',
    ])
    expect(media[0]).toMatchObject({ port: 49170, portCount: 2, protocol: 'RTP/SAVPF', formats: ['0'] })
    expect(media[1]).toMatchObject({ port: 1, portCount: 1, protocol: 'RTP/AVP', formats: ['8', '18', '101'] })
  })

  it('§5.7: a media-level c= stands before the session-level one; TTL and count are dropped', () => {
    const { media } = read([
      ...HEAD,
      'c=IN IP4 224.2.36.42/127/3',
      'm=audio 1 RTP/AVP 0',
      'm=audio 2 RTP/AVP 0',
      'c=IN IP6 2001:0DB8:0:0::1',
    ])
    expect(media.map((each) => each.connection)).toEqual([
      { address: '224.2.36.42', addressKind: 'ip4' },
      { address: '2001:db8::1', addressKind: 'ip6' },
    ])
  })

  it('RFC 3551 §6: static payload types need no a=rtpmap; a=rtpmap overrides; dynamic ones without it yield none', () => {
    const [{ codecs }] = read([
      ...HEAD,
      'm=audio 1 RTP/AVP 0 9 10 18 111 97 8 x',
      'a=rtpmap:111 opus/48000/2',
      'a=fmtp:111 minptime=10;useinbandfec=1',
      'a=rtpmap:8 L16/16000',
    ]).media
    expect(codecs).toEqual([
      { payloadType: 0, name: 'PCMU', clockRate: 8000 },
      { payloadType: 9, name: 'G722', clockRate: 8000 },
      { payloadType: 10, name: 'L16', clockRate: 44100, channels: 2 },
      { payloadType: 18, name: 'G729', clockRate: 8000 },
      { payloadType: 111, name: 'opus', clockRate: 48000, channels: 2, fmtp: 'minptime=10;useinbandfec=1' },
      { payloadType: 8, name: 'L16', clockRate: 16000 },
    ])
  })

  it('RFC 3605 §2.1, RFC 5761 §5.1: a=rtcp with and without an address, a=rtcp-mux', () => {
    const { media } = read([
      ...HEAD,
      'm=audio 1 RTP/AVP 0',
      'a=rtcp:53020',
      'a=rtcp-mux',
      'm=audio 2 RTP/AVP 0',
      'a=rtcp:53020 IN IP6 2001:2345:6789:ABCD:EF01:2345:6789:ABCD',
      'm=audio 3 RTP/AVP 0',
      'a=rtcp:99999',
    ])
    expect(media.map(({ rtcp, rtcpMux }) => [rtcp, rtcpMux])).toEqual([
      [{ port: 53020 }, true],
      [{ port: 53020, address: '2001:2345:6789:abcd:ef01:2345:6789:abcd' }, false],
      [undefined, false],
    ])
  })

  it('RFC 8122 §5: fingerprints, the session level holds where the media level is silent', () => {
    const { media } = read([
      ...HEAD,
      'a=fingerprint:SHA-256 12:df:3E',
      'a=fingerprint:sha-1 AA:BB',
      'm=audio 1 UDP/TLS/RTP/SAVP 0',
      'm=audio 2 UDP/TLS/RTP/SAVP 0',
      'a=fingerprint:sha-1 CC:DD',
    ])
    expect(media[0].fingerprints).toEqual([
      { hash: 'sha-256', value: '12:DF:3E' },
      { hash: 'sha-1', value: 'AA:BB' },
    ])
    expect(media[1].fingerprints).toEqual([{ hash: 'sha-1', value: 'CC:DD' }])
  })

  it('RFC 4567 §3.1, RFC 6189 §8: key-mgmt by its protocol only, zrtp-hash as a fact', () => {
    const description = read([
      ...HEAD,
      'm=audio 1 RTP/SAVP 0',
      'a=key-mgmt:mikey AQAFgM0XflABAAAA',
      'a=zrtp-hash:1.10 ab12',
    ])
    expect(description.media[0]).toMatchObject({ keyMgmt: ['mikey'], zrtpHash: true })
    expect(JSON.stringify(description)).not.toContain('AQAFgM0XflABAAAA')
  })

  it('RFC 8839 §5.1, RFC 5888 §4, RFC 5576 §4.1: candidates, groups, ssrc, bundle-only', () => {
    const description = read([
      ...HEAD,
      'a=group:BUNDLE 0 second',
      'm=audio 1 RTP/AVP 0',
      'a=mid:0',
      'a=ssrc:4294967295 cname:x',
      'a=ssrc:4294967295 msid:y',
      'a=ssrc:7 cname:x',
      'a=candidate:1 1 UDP 2130706431 10.0.1.1 8998 typ host',
      'a=candidate:2 2 udp 1694498815 192.0.2.3 45664 typ srflx raddr 10.0.1.1 rport 8998',
      'm=video 0 RTP/AVP 31',
      'a=mid:second',
      'a=bundle-only',
    ])
    expect(description).toMatchObject({ groups: ['BUNDLE'] })
    expect(description.media[0]).toMatchObject({ ssrcs: [4294967295, 7] })
    expect(description.media[0].candidates).toEqual([
      { address: '10.0.1.1', port: 8998, component: 1 },
      { address: '192.0.2.3', port: 45664, component: 2 },
    ])
    expect(description.media[1]).toMatchObject({ port: 0, rejected: false })
  })

  it('RFC 4568 §4: a=crypto at the session level is stated, not used', () => {
    const description = read([...HEAD, 'a=crypto:1 X inline:MTIz', 'm=audio 1 RTP/SAVP 0'])
    expect(description.media[0].crypto).toEqual([])
    expect(description.anomalies).toContain('crypto-at-session-level')
  })

  it('RFC 4568 §4.1: one tag twice in an m= line is stated; in two m= lines it is usual', () => {
    const media = [
      'm=audio 1 RTP/SAVP 0',
      'a=crypto:1 X inline:MTIz',
      'm=video 3 RTP/SAVP 96',
      'a=crypto:1 X inline:MTIz',
    ]
    const reasons = (lines: string[]) => read([...HEAD, ...lines]).anomalies
    expect(reasons(media)).not.toContain('crypto-tag-repeated')
    expect(reasons([...media, 'a=crypto:1 Y inline:MTIz'])).toContain('crypto-tag-repeated')
  })

  it('tolerates line ends of LF, CR and CRLF, and a missing last one', () => {
    const lines = [...HEAD, 'c=IN IP4 192.0.2.1', 'm=audio 4000 RTP/SAVP 0', 'a=crypto:1 X inline:MTIz']
    const expected = read(lines)
    expect(expected.media[0].crypto).toHaveLength(1)
    for (const lineEnd of ['\n', '\r', '\r\n\r\n']) expect(read(lines, lineEnd)).toEqual(expected)
    expect(parseSdp(new TextEncoder().encode(lines.join('\n')))).toEqual(expected)
  })

  it('drops the unfinished last line of a cut capture', () => {
    const text = 'v=0\r\nm=audio 1 RTP/SAVP 0\r\na=crypto:1 AES_CM_128_HMAC_SHA1_80 inline:WVNfX19zZW1jdGwg'
    const bytes = new TextEncoder().encode(text)
    expect(parseSdp(bytes, true)).toMatchObject({ media: [{ crypto: [] }] })
    expect(parseSdp(bytes)).toMatchObject({ media: [{ crypto: [{ tag: 1 }] }] })
  })

  it('states what is missing or unreadable, and keeps the place of a broken m= line', () => {
    const description = read(['garbage', 'm=audio', 'm=audio 5 RTP/AVP 0', 'a=crypto:1 X'])
    expect(description.media.map(({ index, port, rejected }) => [index, port, rejected])).toEqual([
      [0, 0, false],
      [1, 5, false],
    ])
    expect([...description.anomalies].sort()).toEqual([
      'connection-missing',
      'crypto-key-missing',
      'line-unreadable',
      'media-line-malformed',
      'origin-missing',
      'version-missing',
    ])
  })

  it.each(['', 'hello', '\r\n\r\n', '<xml/>'])('is malformed where no line is a line of SDP: %j', (text) => {
    expect(parseSdp(new TextEncoder().encode(text))).toMatchObject({ kind: 'malformed', reason: 'not-sdp' })
  })

  it('never throws, and reads no more media than its ceiling', () => {
    const line = fc.oneof(
      fc.string({ maxLength: 80 }),
      fc.constantFrom(
        'v=0',
        'm=audio 1/2 RTP/SAVP 0',
        'a=crypto:1 X inline:MTIz',
        'c=IN IP4 1.2.3.4',
        'a=rtpmap:',
        'o=',
      ),
      fc
        .tuple(
          fc.constantFrom('a=rtpmap:', 'a=candidate:', 'a=rtcp:', 'a=ssrc:', 'm=', 'o=', 'c=', 'a=group:', 'a=mid:'),
          fc.string(),
        )
        .map(([name, value]) => name + value),
    )
    fc.assert(
      fc.property(fc.array(line, { maxLength: 200, size: 'max' }), fc.boolean(), (lines, cut) => {
        const description = parseSdp(new TextEncoder().encode(lines.join('\n')), cut)
        if (description.kind === 'description') expect(description.media.length).toBeLessThanOrEqual(64)
      }),
    )
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 3000, size: 'max' }), (bytes) => {
        expect(parseSdp(bytes).kind).toMatch(/^(description|malformed)$/)
      }),
    )
  })

  it('takes time in proportion to hostile input', () => {
    const spaces = `a=candidate:${' '.repeat(4000)}\r\n`
    const digits = `a=rtpmap:${'1'.repeat(4000)}\r\n`
    const dots = `a=ptime:${'1.'.repeat(2000)}x\r\n`
    const bytes = new TextEncoder().encode(`v=0\r\nm=audio 1 RTP/AVP 0\r\n${(spaces + digits + dots).repeat(200)}`)
    const start = performance.now()
    expect(parseSdp(bytes)).toMatchObject({
      anomalies: expect.arrayContaining(['description-too-long']),
    })
    expect(performance.now() - start).toBeLessThan(1000)
  })
})
