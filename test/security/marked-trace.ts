import { hkdfSync } from 'node:crypto'
import { callOf, captureOf, keysOf, line, masterOf, SHORT, STRONG, under } from '../scan/faulty-call.ts'
import type { Secret } from './secrets.ts'

const GCM = 'AEAD_AES_128_GCM'

function secretOf(name: string, suite = STRONG): Secret {
  const { masterKey, masterSalt } = masterOf(name, suite)
  return { name, octets: Buffer.concat([masterKey, masterSalt]) }
}

/** Session keys of a master key: they are as good as it. */
function derivedOf(name: string, suite = STRONG): Secret[] {
  const { srtp, srtcp } = keysOf(name, suite)
  return [
    { name: `${name}, SRTP encryption`, octets: srtp.encryptionKey },
    { name: `${name}, SRTP authentication`, octets: srtp.authKey },
    { name: `${name}, SRTP salt`, octets: srtp.salt },
    { name: `${name}, SRTCP encryption`, octets: srtcp.encryptionKey },
    { name: `${name}, SRTCP authentication`, octets: srtcp.authKey },
    // AEAD suites have no key for tags.
  ].filter(({ octets }) => octets.length > 0)
}

/** A key in a line that is no good: what is said of it must not repeat it. */
const ODD_LINES: readonly ((key: string) => string)[] = [
  (key) => `a=crypto:1 ${STRONG} inline:${key.slice(0, -4)}`,
  (key) => `a=crypto:1 ${STRONG} inline:${key}AAAA`,
  (key) => `a=crypto:1 ${STRONG} inline:*${key}`,
  (key) => `a=crypto:1 ${STRONG} other:${key}`,
  (key) => `a=crypto:1 ${STRONG} ${key}`,
  (key) => `a=crypto:1 ${key}`,
  (key) => `a=crypto:${key}`,
  (key) => `a=crypto ${STRONG} inline:${key}`,
  (key) => `a=crypto:1 NO_SUCH_SUITE inline:${key}|2^31|1:4`,
  (key) => `a=crypto:1 ${STRONG} inline:${key}|2^99|${key}:4`,
  (key) => `a=crypto:1 ${STRONG} inline:${key} KDR=${key} WSH=${key} FEC_KEY=inline:${key} -UNKNOWN=${key}`,
  (key) => `a=crypto:1 ${STRONG} inline:${key.slice(0, 20)}\r\n ${key.slice(20)}`,
  (key) => `A=CRYPTO:1 ${STRONG} inline:${key}`,
  (key) => `a=key-mgmt:mikey ${key}`,
  (key) => `k=base64:${key}`,
  (key) => `a=ice-pwd:${key}`,
]

/** Keys of all kinds, agreed, offered only, used wrongly and malformed, and packets that fail under them in every way. */
export function markedTrace(): {
  readonly capture: Buffer
  readonly secrets: readonly Secret[]
  readonly fileKeys: readonly Secret[]
} {
  const datagrams = [
    // The caller sends under a key of the keys file, the callee under the one offered but not taken, in GCM then in the clear.
    ...callOf(
      [
        {
          at: 0,
          offer: [line(1, 'caller'), line(2, 'not-taken', SHORT)],
          answer: [line(1, 'callee', STRONG, '|2^31|1:4 KDR=1')],
        },
        { at: 3, offer: [line(1, 'caller-anew', GCM)], answer: [line(1, 'callee-anew', GCM)] },
      ],
      [
        { from: 'caller', at: 0.5, count: 60, protect: under(keysOf('of-the-file')) },
        { from: 'callee', at: 0.5, count: 60, protect: under(keysOf('not-taken', SHORT)) },
        { from: 'caller', at: 3.5, count: 60, protect: under(keysOf('caller-anew', GCM)), firstSequence: 2000 },
        { from: 'callee', at: 3.5, count: 60, firstSequence: 2000 },
      ],
    ),
    // Verified, and again with a rollover counter that jumps.
    ...callOf(
      [{ at: 0, offer: [line(1, 'sound-a')], answer: [line(1, 'sound-b')] }],
      [
        { from: 'caller', at: 0.5, count: 60, protect: under(keysOf('sound-a')), ssrc: 0xc },
        { from: 'callee', at: 0.5, count: 60, protect: under(keysOf('sound-b'), 5), ssrc: 0xd },
        { from: 'caller', at: 0.5, count: 3, protect: under(keysOf('sound-a')), ssrc: 0xc, isRtcp: true },
      ],
      'sound@203.0.113.10',
      20,
    ),
    ...ODD_LINES.flatMap((odd, n) =>
      callOf(
        [
          {
            at: 10 + n,
            offer: [odd(Buffer.from(oddSecret(n).octets).toString('base64'))],
            answer: [line(1, 'odd-answer')],
          },
        ],
        [{ from: 'caller', at: 10.5 + n, count: 20, protect: under(keysOf('unknown')), ssrc: 0x100 + n }],
        `odd${n}@203.0.113.10`,
        40 + 4 * n,
      ),
    ),
  ]
  const names = ['caller', 'callee', 'of-the-file', 'sound-a', 'sound-b']
  const secrets = [
    ...['caller', 'callee', 'of-the-file', 'sound-a', 'sound-b', 'odd-answer'].map((name) => secretOf(name)),
    ...[secretOf('not-taken', SHORT), secretOf('caller-anew', GCM), secretOf('callee-anew', GCM)],
    ...ODD_LINES.map((_, n) => oddSecret(n)),
    ...names.flatMap((name) => derivedOf(name)),
    ...derivedOf('caller-anew', GCM),
  ]
  return { capture: captureOf(datagrams), secrets, fileKeys: [secretOf('of-the-file')] }
}

function oddSecret(n: number): Secret {
  const octets = Buffer.from(hkdfSync('sha256', 'a key in an odd line', '', String(n), 30))
  return { name: `odd line ${n}`, octets }
}
