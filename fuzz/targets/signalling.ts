import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import fc from 'fast-check'
import { parseCryptoLine } from '../../src/sdp/crypto-line.ts'
import { parseSdp } from '../../src/sdp/parse.ts'
import { shownLines } from '../../src/sdp/shown-lines.ts'
import { SipStreamReader } from '../../src/sip/stream-framing.ts'
import { readBothWays } from '../../test/sip/both-readings.ts'
import { chunksOf } from '../script.ts'
import { distinct, seedDatagrams } from '../seed-captures.ts'
import { type FuzzTarget, promise, promiseSame } from '../target.ts'

const TORTURE = join(import.meta.dirname, '../../test/sip/rfc4475')

const HEADERS = [
  ...['Via: ', 'v: ', 'From: ', 'f: ', 'To: ', 't: ', 'Call-ID: ', 'i: ', 'CSeq: ', 'Contact: ', 'm: ', 'Reason: '],
  ...['Content-Type: ', 'c: ', 'Content-Length: ', 'l: ', 'Max-Forwards: ', 'Authorization: Digest ', 'Session-ID: '],
  ...['RSeq: ', 'RAck: ', 'Warning: 399 a "b"', 'User-Agent: ', 'Record-Route: ', 'Retry-After: ', 'Supported: '],
]
const SIP_WORDS = [
  ...HEADERS,
  ...[
    '\r\n',
    '\r\n\r\n',
    '\r\n ',
    '\n',
    'SIP/2.0',
    'INVITE ',
    'ACK ',
    'BYE ',
    'SIP/2.0 200 OK\r\n',
    'sip:',
    'sips:',
    'tel:+1',
  ],
  ...[
    ';tag=',
    ';branch=z9hG4bK',
    ';lr',
    ';received=',
    ';rport',
    ';transport=tls',
    '<',
    '>',
    '"',
    '\\"',
    '@',
    '[::1]',
    '%40',
  ],
  ...['application/sdp', 'multipart/mixed;boundary=b', '--b\r\n', '--b--\r\n', 'message/sipfrag', 'é', '\0'],
]
const SDP_WORDS = [
  ...['v=0\r\n', 'o=- 1 1 IN IP4 192.0.2.1\r\n', 's=-\r\n', 'c=IN IP4 192.0.2.1\r\n', 'c=IN IP6 ::1\r\n', 't=0 0\r\n'],
  ...['m=audio 4000 RTP/SAVP 0 8\r\n', 'm=video 0 RTP/AVP 99\r\n', 'a=rtpmap:0 PCMU/8000\r\n', 'a=sendonly\r\n'],
  ...[
    'a=crypto:1 AES_CM_128_HMAC_SHA1_80 inline:',
    '|2^20',
    '|1:4',
    'UNENCRYPTED_SRTP',
    'KDR=1',
    'WSH=64',
    'FEC_ORDER=',
  ],
  ...[
    'a=fingerprint:sha-256 ',
    'a=setup:actpass\r\n',
    'a=candidate:1 1 UDP 1 192.0.2.1 1 typ host\r\n',
    'a=rtcp:4001\r\n',
  ],
  ...[
    'a=rtcp-mux\r\n',
    'a=ice-pwd:x\r\n',
    'a=ssrc:1 cname:a\r\n',
    'a=mid:0\r\n',
    'a=group:BUNDLE 0\r\n',
    'k=base64:AAAA\r\n',
    'a=key-mgmt:mikey ',
    'WVNfX19zZW1jdGwgKCkgewkyMjA7fQp9CnVubGVz',
  ],
]

/** SIP messages as they travel: of captures, and of RFC 4475. */
function sipMessages(): Uint8Array[] {
  const captured = seedDatagrams().map(({ payload }) => payload)
  const torture = readdirSync(TORTURE).filter((name) => name.endsWith('.dat'))
  return [
    ...torture.map((name) => new Uint8Array(readFileSync(join(TORTURE, name)))),
    ...distinct(captured.filter((payload) => / SIP\/2\.0\r?\n|^SIP\/2\.0 /.test(textOf(payload.subarray(0, 400))))),
  ]
}

function textOf(bytes: Uint8Array): string {
  return Buffer.from(bytes).toString('latin1')
}

export const sip: FuzzTarget = {
  name: 'sip',
  seeds: sipMessages,
  made: fc
    .tuple(
      fc.constantFrom('INVITE sip:a@b SIP/2.0', 'SIP/2.0 180 Ringing', 'REGISTER sips:b SIP/2.0', 'X tel:1 SIP/2.0'),
      fc.array(
        fc.tuple(fc.constantFrom(...HEADERS), fc.string({ unit: fc.constantFrom(...SIP_WORDS, ...'a1 ,;=?') })),
        {
          maxLength: 30,
          size: 'max',
        },
      ),
      fc.string({ maxLength: 200 }),
    )
    .map(([line, headers, body]) =>
      Buffer.from([line, ...headers.map(([name, value]) => name + value), '', body].join('\r\n')),
    ),
  words: SIP_WORDS,
  run(input) {
    for (const options of [{}, { stream: true }, { truncated: true }]) {
      const { same, read, parsed } = readBothWays(input, options)
      if (!same) promiseSame(read, parsed, 'the index and the parser read the same')
    }
  },
}

/** One direction of a connection, in segments. */
export const sipStream: FuzzTarget = {
  name: 'sip-stream',
  seeds: () => {
    const messages = sipMessages()
    return messages.map((message, n) => new Uint8Array(Buffer.concat([message, messages[(n * 7) % messages.length]])))
  },
  words: SIP_WORDS,
  run(input) {
    promiseSame(messagesOf([input]), messagesOf(chunksOf(input)), 'how a stream is cut makes no difference')
  },
}

function messagesOf(chunks: Iterable<Uint8Array>): unknown[] {
  const heard: unknown[] = []
  const at = { position: 0, capture: 0, frame: 1, timeUs: 0 }
  const reader = new SipStreamReader({
    onMessage: (bytes, _at, truncated) => heard.push([textOf(bytes), truncated]),
    // It may be said as soon as it is plain, with the octets that came by then.
    onForeign: (_bytes, protocol) => heard.push(protocol),
  })
  for (const chunk of chunks) reader.push(chunk, at)
  reader.flush(at)
  return heard
}

export const sdp: FuzzTarget = {
  name: 'sdp',
  seeds: () => [
    ...sipMessages().flatMap((message) => {
      const at = textOf(message).indexOf('\r\n\r\nv=')
      return at < 0 ? [] : [message.slice(at + 4)]
    }),
    new Uint8Array(Buffer.from(SDP_WORDS.join(''))),
  ],
  words: SDP_WORDS,
  run(input) {
    for (const cut of [false, true]) {
      const [once, again] = [parseSdp(input, cut), parseSdp(Uint8Array.from(input), cut)]
      // The second reading finds its lines known.
      promiseSame(withoutBigInts(once), withoutBigInts(again), 'a line that is known reads as one that is new')
      const shown = shownLines(input, cut)
      promise(shown.length <= 258, 'so many lines are shown and no more')
      promise(!shown.some((line) => /inline:[ \t]*[A-Za-z0-9+/]{16}/i.test(line)), 'no key is shown')
    }
  },
}

function withoutBigInts(value: unknown): unknown {
  return JSON.parse(JSON.stringify(value, (_key, one) => (typeof one === 'bigint' ? `${one}n` : one)))
}

const KEY = 'WVNfX19zZW1jdGwgKCkgewkyMjA7fQp9CnVubGVz'

export const crypto: FuzzTarget = {
  name: 'crypto',
  longest: 4096,
  seeds: () =>
    [
      `1 AES_CM_128_HMAC_SHA1_80 inline:${KEY}|2^20|1:32`,
      `2 AES_256_CM_HMAC_SHA1_32 inline:${KEY}${KEY.slice(0, 22)}== UNENCRYPTED_SRTCP KDR=0 WSH=128`,
      `9 AEAD_AES_128_GCM inline:${KEY.slice(0, 38)}==;inline:${KEY}|4:4 FEC_ORDER=FEC_SRTP FEC_KEY=inline:${KEY}`,
      `1 F8_128_HMAC_SHA1_80 inline:${KEY}|1066:4 UNAUTHENTICATED_SRTP -X=1`,
    ].map((line) => new Uint8Array(Buffer.from(line))),
  words: SDP_WORDS,
  run(input) {
    const line = textOf(input)
    const read = parseCryptoLine(line)
    const { keys: _keys, ...shown } = read as unknown as Record<string, unknown>
    promise(!JSON.stringify(withoutBigInts(shown)).includes(KEY.slice(0, 30)), 'a key stands among the keys only')
  },
}
