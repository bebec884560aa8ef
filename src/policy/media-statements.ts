import { listOf, network, oneOf, portRange, suite, textLike, truth } from './readers.ts'
import { type Statements, yes } from './statement.ts'

/** What is asked of media: how it is secured, what it is, and where it goes. */
export const MEDIA_STATEMENTS: Statements<
  Extract<keyof Statements, `srtp.${string}` | 'codecs' | 'mediaPorts' | 'networks.media'>
> = {
  'srtp.required': {
    read: truth,
    words: yes('Media is SRTP: none is agreed or sent in the clear, and no offer leaves the choice to the peer.'),
    judgedBy: ['rtp-avp-leak', 'rtp-plain', 'srtp-optional'],
    shownBy: 'session',
  },
  'srtp.suites': {
    read: listOf(suite),
    words: (suites) => `Crypto suites that may be agreed, the best first: ${suites.join(', ')}.`,
    judgedBy: ['srtp-suite-policy'],
    shownBy: 'suite',
  },
  'srtp.preferredSuites': {
    read: listOf(suite),
    words: (suites) => `Where both sides support it, this crypto suite is agreed: ${suites.join(', else ')}.`,
    judgedBy: ['srtp-suite-policy'],
    shownBy: 'suite',
  },
  'srtp.offerOnlySuites': {
    read: listOf(suite),
    words: (suites) => `May be offered, but not agreed: ${suites.join(', ')}.`,
    judgedBy: ['srtp-suite-policy', 'srtp-null-cipher'],
    shownBy: 'suite',
  },
  'srtp.keying': {
    read: listOf(oneOf(['sdes', 'dtls'], 'way of keying')),
    words: (keying) => `Media is keyed by ${keying.map((one) => KEYING[one]).join(' or ')}.`,
    judgedBy: ['srtp-suite-policy'],
    shownBy: 'srtp-session',
  },
  'srtp.webSocketDtls': {
    read: truth,
    words: yes('Where SIP goes over WebSocket (WebRTC), media is keyed by DTLS-SRTP.'),
    judgedBy: ['srtp-suite-policy'],
    shownBy: 'web-socket',
  },
  'srtp.secureProfile': {
    read: truth,
    words: yes('An m= line that asks for SRTP says RTP/SAVP (or RTP/SAVPF), never RTP/AVP with keys.'),
    judgedBy: ['srtp-optional', 'rtp-avp-leak', 'crypto-mismatch'],
    shownBy: 'session',
  },
  'srtp.oneSuiteAnswered': {
    read: truth,
    words: yes('An answer carries exactly one a=crypto line, with a tag and a suite that were offered.'),
    judgedBy: ['crypto-mismatch'],
    shownBy: 'sdes-offer',
  },
  'srtp.noCryptoUnasked': {
    read: truth,
    words: yes('No a=crypto is answered where none was offered.'),
    judgedBy: ['crypto-mismatch'],
    shownBy: 'session',
  },
  codecs: {
    read: listOf(textLike(/^[\w.+-]{1,64}$/, 'the name of a codec without its rate, like PCMU,')),
    words: (codecs) => `Codecs that may be agreed: ${codecs.join(', ')}.`,
    judgedBy: ['codec-policy'],
    shownBy: 'session',
  },
  mediaPorts: {
    read: portRange,
    words: ({ from, to }) => `Media uses ports ${from} to ${to}.`,
    judgedBy: ['media-port-policy'],
    shownBy: 'session-or-media',
  },
  'networks.media': {
    read: listOf(network),
    words: (networks) => `Media comes from and goes to these networks only: ${networks.join(', ')}.`,
    judgedBy: ['peer-not-allowlisted'],
    shownBy: 'media',
  },
}

const KEYING = { sdes: 'SDES (a=crypto)', dtls: 'DTLS-SRTP' } as const
