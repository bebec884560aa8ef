import fc from 'fast-check'
import { parse } from 'sdp-transform'
import { describe, expect, it } from 'vitest'
import { readAddress } from '../../src/sdp/connection.ts'
import type { SessionDescription } from '../../src/sdp/description.ts'
import { parseSdp } from '../../src/sdp/parse.ts'

const LINES = [
  ...['v=0', 'o=- 1 1 IN IP4 192.0.2.1', 's=-', 'c=IN IP4 192.0.2.1', 'c=IN IP6 2001:db8::1', 'c=ATM NSAP 47', 't=0 0'],
  ...[
    'm=audio 4000 RTP/SAVP 0 8 101',
    'm=audio 4002/2 RTP/AVP 96',
    'm=video 0 RTP/AVP 97',
    'm=audio',
    'm=image 9 udptl t38',
  ],
  ...[
    'a=rtpmap:0 PCMU/8000',
    'a=rtpmap:96 opus/48000/2',
    'a=rtpmap:101 telephone-event/8000',
    'a=RTPMAP:97  H264/90000',
  ],
  ...[
    'a=fmtp:101 0-16',
    'a=fmtp:96 useinbandfec=1',
    'a=ptime:20',
    'a=ptime:x',
    'a=sendrecv',
    'a=sendonly',
    'a=inactive',
  ],
  ...[
    'a=rtcp:4001',
    'a=rtcp:4003 IN IP4 192.0.2.9',
    'a=rtcp-mux',
    'a=setup:actpass',
    'a=mid:0',
    'a=label:x',
    'a=bundle-only',
  ],
  ...[
    'a=ssrc:1 cname:a',
    'a=ssrc:2 cname:b',
    'a=candidate:1 1 UDP 1 192.0.2.3 5000 typ host',
    'a=ice-lite',
    'a=group:BUNDLE 0 1',
  ],
  ...['a=crypto:1 AES_CM_128_HMAC_SHA1_80 inline:WVNfX19zZW1jdGwgKCkgewkyMjA7fQp9CnVubGVz|2^20|1:4', 'a=crypto:x'],
  ...[
    'a=crypto:2 AES_CM_128_HMAC_SHA1_32 inline:MTIz;inline:NDU2 KDR=1',
    'a=fingerprint:sha-1 aa:bb',
    'a=zrtp-hash:1.10 x',
  ],
  ...['a=key-mgmt:mikey AAAA', 'k=clear:x', 'b=AS:64', 'nothing', 'a=', 'a=unknown:1', 'i=a title'],
]

const body = fc.array(fc.constantFrom(...LINES), { maxLength: 24, size: 'max' })

/** Everything that is read of a description, whoever shares what. */
function listed(description: SessionDescription) {
  return {
    ...description,
    media: description.media.map((media) => ({
      ...[media.index, media.kind, media.port, media.portCount, media.protocol, media.formats, media.connection],
      ...{ direction: media.direction, rtcp: media.rtcp, mux: media.rtcpMux, codecs: media.codecs },
      ...{ fingerprints: media.fingerprints, keyMgmt: media.keyMgmt, zrtpHash: media.zrtpHash },
      ...{ candidates: media.candidates, ssrcs: media.ssrcs },
      rejected: media.rejected,
      crypto: media.crypto.map(({ tag, suite, keys, sessionParameters, problem }) => ({
        ...{ tag, suite, sessionParameters, problem },
        keys: keys.map((key) => ({ octets: [...(key.keyBytes ?? [])], ...{ length: key.keyLength, mki: key.mki } })),
        lifetimes: keys.map(({ lifetime, problem: of }) => [lifetime, of]),
      })),
    })),
  }
}

function read(lines: readonly string[]) {
  const description = parseSdp(Buffer.from(lines.join('\r\n')))
  return description.kind === 'malformed' ? description : listed(description)
}

/** White space at a line's end is no part of it, and a line as long as this is not remembered. */
function unremembered(lines: readonly string[]): string[] {
  return lines.map((line) => line.padEnd(100))
}

describe('lines and sections that are said again', () => {
  it('are read as if they were said for the first time', () => {
    fc.assert(
      fc.property(body, body, (one, other) => {
        const fresh = read(unremembered(one))
        expect(read(one)).toEqual(fresh)
        read(other)
        expect(read(one)).toEqual(fresh)
      }),
      { numRuns: 1000 },
    )
  })

  it('RFC 8866 §5.7: c= is read as sdp-transform reads it, which is not asked', () => {
    const word = fc.constantFrom(
      'IN',
      'ATM',
      'IP4',
      'IP6',
      'IPX',
      '192.0.2.1',
      '224.2.1.1/127/3',
      '2001:db8::1',
      'host',
      '0',
    )
    const value = fc.array(fc.tuple(word, fc.constantFrom(' ', '  ', '\t')), { minLength: 1, maxLength: 5 })
    fc.assert(
      fc.property(value, (words) => {
        const text = words.flat().join('').trim()
        const transformed = parse(`c=${text.split(/[ \t]+/).join(' ')}`).connection?.ip
        const last = text.split(/[ \t]+/).at(-1) as string
        const lines = ['v=0', 'o=- 1 1 IN IP4 192.0.2.1', `c=${text}`, 'm=audio 1 RTP/AVP 0']
        const description = parseSdp(Buffer.from(lines.join('\r\n')))
        expect(description).toMatchObject({ media: [{ connection: readAddress(String(transformed ?? last)) }] })
      }),
    )
  })

  it('share what is the same, and nothing else', () => {
    const lines = (port: number, direction: string) => [
      ...['v=0', 'o=- 1 1 IN IP4 192.0.2.1', 's=-', 'c=IN IP4 192.0.2.1', 't=0 0'],
      ...[`m=audio ${port} RTP/AVP 0`, 'a=rtpmap:0 PCMU/8000', `a=${direction}`],
    ]
    const [first, second, third] = [lines(1, 'sendrecv'), lines(2, 'sendrecv'), lines(3, 'sendonly')].map((text) => {
      const description = parseSdp(Buffer.from(text.join('\r\n')))
      if (description.kind === 'malformed') throw new Error(description.text)
      return description.media[0]
    })
    expect(second.codecs).toBe(first.codecs)
    expect([first, second, third].map(({ port, direction }) => [port, direction])).toEqual([
      [1, 'sendrecv'],
      [2, 'sendrecv'],
      [3, 'sendonly'],
    ])
  })
})
