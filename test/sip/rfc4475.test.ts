import { readdirSync, readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import type { SipMessage } from '../../src/sip/message.ts'
import { parseSip } from '../../src/sip/parse.ts'
import { looksLikeSip } from '../../src/sip/start-line.ts'
import { parseUri } from '../../src/sip/uri.ts'

const FOLDER = new URL('./rfc4475/', import.meta.url)

interface Torture {
  readonly file: string
  /** Section of RFC 4475. */
  readonly section: string
  readonly title: string
  /** Reasons of severity `invalid`, sorted; none: the RFC calls the message valid, or is content with its syntax. */
  readonly invalid: readonly string[]
  /** Reasons of severity `note`, sorted. */
  readonly notes?: readonly string[]
  /** Values that the RFC states. */
  readonly values: (message: SipMessage) => void
}

const method = (expected: string) => (message: SipMessage) => expect(message.method).toBe(expected)

/** The 49 messages in the order of RFC 4475 §3.1 to §3.4. */
const TORTURES: readonly Torture[] = [
  {
    file: 'wsinv',
    section: '3.1.1.1',
    title: 'a short tortuous INVITE',
    invalid: [],
    notes: ['via-branch-rfc2543'],
    values: (m) => {
      expect(m.requestUri).toBe('sip:vivekg@chair-dnrc.example.com;unknownparam')
      expect(m.to).toMatchObject({ uri: 'sip:vivekg@chair-dnrc.example.com', tag: '1918181833n' })
      expect(m.from).toMatchObject({ display: 'J Rosenberg \\"', uri: 'sip:jdrosen@example.com', tag: '98asjd8' })
      expect(m.callId).toBe('wsinv.ndaksdj@192.0.2.1')
      expect(m.cseq).toEqual({ number: 9, method: 'INVITE' })
      expect(m.via.map((v) => `${v.transport} ${v.host} ${v.branch}`)).toEqual([
        'UDP 192.0.2.2 390skdjuw',
        'TCP spindle.example.com z9hG4bK9ikj8',
        'UDP 192.168.255.111 z9hG4bK30239',
      ])
      expect(m.header('subject')).toEqual([''])
      expect(m.header('max-forwards')).toEqual(['0068'])
      expect(m.header('NewFangledHeader')).toEqual(['newfangled value continued newfangled value'])
      expect(m.header('UnknownHeaderWithUnusualValue')).toEqual([';;,,;;,;'])
      expect(m.route[0].uri).toBe('sip:services.example.com;lr;unknownwith=value;unknown-no-value')
      expect(m.contact).toHaveLength(1)
      expect(m.contact[0]).toMatchObject({ display: 'Quoted string ""', uri: 'sip:jdrosen@example.com' })
      expect([...m.contact[0].params]).toEqual([
        ['newparam', 'newvalue'],
        ['secondparam', ''],
        ['q', '0.33'],
      ])
      expect(m.contentLength).toBe(150)
      expect(m.body).toHaveLength(150)
    },
  },
  {
    file: 'intmeth',
    section: '3.1.1.2',
    title: 'a wide range of valid characters',
    invalid: [],
    values: (m) => {
      const name = "!interesting-Method0123456789_*+`.%indeed'~"
      expect(m.method).toBe(name)
      expect(m.cseq).toEqual({ number: 139122385, method: name })
      expect(parseUri(m.requestUri ?? '')).toMatchObject({
        user: "1_unusual.URI~(to-be!sure)&isn't+it$/crazy?,/;;*",
        host: 'example.com',
      })
      expect(m.to?.display).toBe('BEL:\u0007 NUL:\u0000 DEL:\u007f')
      expect(m.from?.display).toBe("token1~` token2'+_ token3*%!.-")
      expect(m.from?.tag).toBe("_token~1'+`*%!-.")
      expect(m.from?.params.get("fromparam''~+*_!.-%")).toBe('работающий')
      expect(m.callId).toBe('intmeth.word%ZK-!.*_+\'@word`~)(><:\\/"][?}{')
      expect(m.header("extensionHeader-!.%*+_`'~")).toEqual(['\ufeff大停電'])
    },
  },
  {
    file: 'esc01',
    section: '3.1.1.3',
    title: 'valid use of the % escaping mechanism',
    invalid: [],
    values: (m) => {
      expect(parseUri(m.requestUri ?? '')).toMatchObject({ user: 'sips:user@example.com', host: 'example.net' })
      expect(parseUri(m.to?.uri ?? '')).toMatchObject({ user: 'user', host: 'example.com' })
      expect(parseUri(m.from?.uri ?? '')).toMatchObject({ user: 'I have spaces' })
      const contact = parseUri(m.contact[0].uri)
      expect(contact?.user).toBe('caller')
      expect([...(contact?.params ?? [])]).toEqual([
        ['lr', ''],
        ['name', 'value%41'],
      ])
    },
  },
  {
    file: 'escnull',
    section: '3.1.1.4',
    title: 'escaped nulls in URIs',
    invalid: [],
    notes: ['uri-escaped-nul'],
    values: (m) => {
      expect(parseUri(m.to?.uri ?? '')?.user).toBe('null-\0-null')
      expect(m.contact.map((c) => parseUri(c.uri)?.user)).toEqual(['\0', '\0\0'])
    },
  },
  {
    file: 'esc02',
    section: '3.1.1.5',
    title: '% where it is no escape',
    invalid: [],
    values: (m) => {
      expect(m.method).toBe('RE%47IST%45R')
      expect(m.from?.display).toBe('%Z%45')
      expect(m.via[0].branch).toBe('z9hG4bK209%fzsnel234')
      expect(m.contact.map((c) => c.uri)).toEqual(['sip:alias1@host1.example.com', 'sip:alias3@host3.example.com'])
      expect(m.header('C%6Fntact')).toEqual(['<sip:alias2@host2.example.com>'])
    },
  },
  {
    file: 'lwsdisp',
    section: '3.1.1.6',
    title: 'no white space between display name and <',
    invalid: [],
    values: (m) => expect(m.from).toMatchObject({ display: 'caller', uri: 'sip:caller@example.com', tag: '323' }),
  },
  {
    file: 'longreq',
    section: '3.1.1.7',
    title: 'long values in header fields',
    invalid: [],
    notes: ['via-branch-rfc2543'],
    values: (m) => {
      expect(m.via).toHaveLength(34)
      expect(m.via[0].host).toBe('sip33.example.com')
      expect(m.via[33]).toMatchObject({ host: 'host.example.com' })
      expect(m.via[33].params.get('received')).toBe('192.0.2.5')
      expect(m.from?.tag).toMatch(/^1(298)+2424$/)
      expect(m.to?.display).toMatch(/^I have a user name of (extreme){10} proportion$/)
      expect(m.callId).toMatch(/^longreq\.one(really){20}longcallid$/)
      expect(m.body).toHaveLength(150)
    },
  },
  {
    file: 'dblreq',
    section: '3.1.1.8',
    title: 'extra trailing octets in a UDP datagram',
    invalid: [],
    notes: ['octets-after-body'],
    values: (m) => {
      expect(m.method).toBe('REGISTER')
      expect(m.body).toHaveLength(0)
      expect(m.lengthBytes).toBeLessThan(400)
    },
  },
  {
    file: 'semiuri',
    section: '3.1.1.9',
    title: 'semicolon-separated parameters in the user part',
    invalid: [],
    values: (m) => {
      expect(parseUri(m.requestUri ?? '')).toMatchObject({ user: 'user;par=u@example.net', host: 'example.com' })
      expect(m.header('accept')).toEqual([
        'application/sdp, application/pkcs7-mime, multipart/mixed, multipart/signed, message/sip, message/sipfrag',
      ])
    },
  },
  {
    file: 'transports',
    section: '3.1.1.10',
    title: 'varied and unknown transport types',
    invalid: [],
    values: (m) => expect(m.via.map((v) => v.transport)).toEqual(['UDP', 'SCTP', 'TLS', 'UNKNOWN', 'TCP']),
  },
  {
    file: 'mpart01',
    section: '3.1.1.11',
    title: 'a multipart MESSAGE',
    invalid: [],
    values: (m) => {
      expect(m.contentType).toBe('multipart/mixed')
      expect(m.contentTypeParams.get('boundary')).toBe('7a9cbec02ceef655')
      expect(m.parts.map((p) => p.contentType)).toEqual(['text/plain', 'application/octet-stream'])
      expect(Buffer.from(m.parts[0].bytes).toString()).toBe('Hello')
      // A DER SEQUENCE with a two-octet length: the signature part is whole.
      const der = m.parts[1].bytes
      expect(der[0]).toBe(0x30)
      expect(der).toHaveLength(4 + der[2] * 256 + der[3])
    },
  },
  {
    file: 'unreason',
    section: '3.1.1.12',
    title: 'an unusual reason phrase',
    invalid: [],
    values: (m) => {
      expect(m.status).toBe(200)
      expect(m.reason).toBe('= 2**3 * 5**2 но сто девяносто девять - простое')
    },
  },
  {
    file: 'noreason',
    section: '3.1.1.13',
    title: 'an empty reason phrase',
    invalid: [],
    values: (m) => expect([m.status, m.reason]).toEqual([100, '']),
  },
  {
    file: 'badinv01',
    section: '3.1.2.1',
    title: 'extraneous header field separators',
    invalid: ['list-value-empty', 'parameter-empty', 'via-malformed'],
    notes: ['via-branch-rfc2543'],
    values: (m) => expect(m.via[0].host).toBe('192.0.2.15'),
  },
  {
    file: 'clerr',
    section: '3.1.2.2',
    title: 'Content-Length larger than the message',
    invalid: ['content-length-too-large'],
    values: (m) => {
      expect(m.contentLength).toBe(9999)
      expect(m.body.length).toBeLessThan(200)
    },
  },
  {
    file: 'ncl',
    section: '3.1.2.3',
    title: 'a negative Content-Length',
    invalid: ['content-length-malformed'],
    values: (m) => {
      expect(m.contentLength).toBeUndefined()
      expect(m.cseq?.number).toBe(0)
    },
  },
  {
    file: 'scalar02',
    section: '3.1.2.4',
    title: 'request scalar fields with overlarge values',
    invalid: ['cseq-out-of-range', 'expires-out-of-range', 'max-forwards-out-of-range'],
    values: (m) => expect([m.method, m.cseq]).toEqual(['REGISTER', undefined]),
  },
  {
    file: 'scalarlg',
    section: '3.1.2.5',
    title: 'response scalar fields with overlarge values',
    invalid: ['cseq-out-of-range', 'retry-after-out-of-range', 'warning-malformed'],
    notes: ['to-tag-missing'],
    values: (m) => expect([m.status, m.method, m.cseq]).toEqual([503, 'OPTIONS', undefined]),
  },
  {
    file: 'quotbal',
    section: '3.1.2.6',
    title: 'an unterminated quoted string in the display name',
    invalid: ['quote-unbalanced'],
    values: (m) => expect(m.to).toMatchObject({ display: 'Mr. J. User', uri: 'sip:j.user@example.com' }),
  },
  {
    file: 'ltgtruri',
    section: '3.1.2.7',
    title: '<> enclosing the Request-URI',
    invalid: ['request-uri-bracketed'],
    notes: ['via-branch-rfc2543'],
    values: (m) => expect(m.requestUri).toBe('sip:user@example.com'),
  },
  {
    file: 'lwsruri',
    section: '3.1.2.8',
    title: 'white space within the Request-URI',
    invalid: ['request-uri-spaces'],
    values: (m) => expect([m.requestUri, m.cseq?.number]).toEqual(['sip:user@example.com; lr', 2130706432]),
  },
  {
    file: 'lwsstart',
    section: '3.1.2.9',
    title: 'multiple spaces between the parts of the request line',
    invalid: ['start-line-spaces'],
    values: (m) => expect([m.method, m.requestUri, m.version]).toEqual(['INVITE', 'sip:user@example.com', 'SIP/2.0']),
  },
  {
    file: 'trws',
    section: '3.1.2.10',
    title: 'spaces at the end of the request line',
    invalid: ['start-line-trailing-space'],
    values: (m) => expect([m.requestUri, m.version]).toEqual(['sip:remote-target@example.com', 'SIP/2.0']),
  },
  {
    file: 'escruri',
    section: '3.1.2.11',
    title: 'escaped headers in the Request-URI',
    invalid: ['request-uri-headers'],
    values: (m) => expect(parseUri(m.requestUri ?? '')?.headers).toBe('Route=%3Csip:example.com%3E'),
  },
  {
    file: 'baddate',
    section: '3.1.2.12',
    title: 'an invalid time zone in Date',
    invalid: ['date-malformed'],
    values: (m) => expect(m.header('date')).toEqual(['Fri, 01 Jan 2010 16:00:00 EST']),
  },
  {
    file: 'regbadct',
    section: '3.1.2.13',
    title: 'a name-addr with header parameters that is not enclosed in <>',
    invalid: ['address-not-bracketed'],
    values: method('REGISTER'),
  },
  {
    file: 'badaspec',
    section: '3.1.2.14',
    title: 'spaces within an addr-spec',
    invalid: ['address-spaces'],
    values: (m) => expect(m.to).toMatchObject({ display: 'Watson, Thomas', uri: 'sip:t.watson@example.org' }),
  },
  {
    file: 'baddn',
    section: '3.1.2.15',
    title: 'non-token characters in a display name',
    invalid: ['display-name-not-token'],
    values: (m) => expect(m.from).toMatchObject({ display: 'Bell, Alexander', tag: '43' }),
  },
  {
    file: 'badvers',
    section: '3.1.2.16',
    title: 'an unknown protocol version',
    invalid: ['version-unknown', 'via-version-unknown'],
    values: (m) => expect(m.version).toBe('SIP/7.0'),
  },
  {
    file: 'mismatch01',
    section: '3.1.2.17',
    title: 'the start line and CSeq name different methods',
    invalid: ['cseq-method-mismatch'],
    values: (m) => expect([m.method, m.cseq?.method]).toEqual(['OPTIONS', 'INVITE']),
  },
  {
    file: 'mismatch02',
    section: '3.1.2.18',
    title: 'an unknown method and another one in CSeq',
    invalid: ['cseq-method-mismatch'],
    values: (m) => expect([m.method, m.cseq?.method]).toEqual(['NEWMETHOD', 'INVITE']),
  },
  {
    file: 'bigcode',
    section: '3.1.2.19',
    title: 'an overlarge response code',
    invalid: ['status-out-of-range'],
    values: (m) =>
      expect([m.kind, m.status, m.reason]).toEqual(['response', undefined, 'better not break the receiver']),
  },
  {
    file: 'badbranch',
    section: '3.2.1',
    title: 'a branch that is the magic cookie only',
    invalid: ['via-branch-empty'],
    values: (m) => expect(m.via[0].branch).toBe('z9hG4bK'),
  },
  {
    file: 'insuf',
    section: '3.3.1',
    title: 'missing required header fields',
    invalid: ['missing-call-id', 'missing-from', 'missing-to'],
    notes: ['contact-missing', 'missing-max-forwards'],
    values: (m) => expect([m.callId, m.from, m.to]).toEqual(['', undefined, undefined]),
  },
  {
    file: 'unkscm',
    section: '3.3.2',
    title: 'a Request-URI with an unknown scheme',
    invalid: [],
    notes: ['uri-scheme-unknown'],
    values: (m) => expect(m.requestUri).toBe('nobodyKnowsThisScheme:totallyopaquecontent'),
  },
  {
    file: 'novelsc',
    section: '3.3.3',
    title: 'a Request-URI with a known scheme that SIP does not use',
    invalid: [],
    notes: ['uri-scheme-unknown'],
    values: (m) => expect(parseUri(m.requestUri ?? '')?.scheme).toBe('soap.beep'),
  },
  {
    file: 'unksm2',
    section: '3.3.4',
    title: 'unknown schemes in header fields',
    invalid: [],
    notes: ['uri-scheme-unknown'],
    values: (m) =>
      expect([m.to?.uri, m.from?.uri, m.contact[0].uri]).toEqual([
        'isbn:2983792873',
        'http://www.example.com',
        'name:John_Smith',
      ]),
  },
  {
    file: 'bext01',
    section: '3.3.5',
    title: 'Require and Proxy-Require of unknown extensions',
    invalid: [],
    values: (m) => expect(m.header('require')).toEqual(['nothingSupportsThis, nothingSupportsThisEither']),
  },
  {
    file: 'invut',
    section: '3.3.6',
    title: 'an unknown Content-Type',
    invalid: [],
    values: (m) => expect([m.contentType, m.body.length]).toEqual(['application/unknownformat', 40]),
  },
  {
    file: 'regaut01',
    section: '3.3.7',
    title: 'an unknown authorization scheme',
    invalid: [],
    values: (m) => expect(m.header('authorization')).toEqual(['NoOneKnowsThisScheme opaque-data=here']),
  },
  {
    file: 'multi01',
    section: '3.3.8',
    title: 'multiple values in single-value required fields',
    invalid: ['repeated-call-id', 'repeated-cseq', 'repeated-from', 'repeated-max-forwards', 'repeated-to'],
    values: (m) => {
      expect([m.callId, m.cseq?.number, m.to?.uri]).toEqual(['multi01.98asdh@192.0.2.1', 5, 'sip:user@example.com'])
      expect(m.header('call-id')).toHaveLength(2)
    },
  },
  {
    file: 'mcl01',
    section: '3.3.9',
    title: 'multiple Content-Length values',
    invalid: ['repeated-content-length'],
    notes: ['octets-after-body'],
    values: (m) => expect(m.contentLength).toBe(13),
  },
  {
    file: 'bcast',
    section: '3.3.10',
    title: 'a 200 OK with a broadcast Via',
    invalid: [],
    notes: ['via-broadcast'],
    values: (m) => expect(m.via[1].host).toBe('255.255.255.255'),
  },
  {
    file: 'zeromf',
    section: '3.3.11',
    title: 'Max-Forwards of zero',
    invalid: [],
    values: (m) => expect(m.header('Max-Forwards')).toEqual(['0']),
  },
  {
    file: 'cparam01',
    section: '3.3.12',
    title: 'a contact header parameter',
    invalid: [],
    values: (m) => {
      expect(m.contact[0].uri).toBe('sip:+19725552222@gw1.example.net')
      expect([...m.contact[0].params]).toEqual([['unknownparam', '']])
    },
  },
  {
    file: 'cparam02',
    section: '3.3.13',
    title: 'a contact URI parameter',
    invalid: [],
    values: (m) => {
      expect(m.contact[0].params.size).toBe(0)
      expect(parseUri(m.contact[0].uri)?.params.has('unknownparam')).toBe(true)
    },
  },
  {
    file: 'regescrt',
    section: '3.3.14',
    title: 'a contact with an escaped Route header',
    invalid: [],
    values: (m) => expect(parseUri(m.contact[0].uri)?.headers).toBe('Route=%3Csip:sip.example.com%3E'),
  },
  {
    file: 'sdp01',
    section: '3.3.15',
    title: 'an unacceptable Accept',
    invalid: [],
    values: (m) => expect([m.header('accept'), m.contentType]).toEqual([['text/nobodyKnowsThis'], 'application/sdp']),
  },
  {
    file: 'inv2543',
    section: '3.4.1',
    title: 'an INVITE of RFC 2543',
    invalid: [],
    notes: ['contact-missing', 'from-tag-missing', 'missing-max-forwards', 'via-branch-rfc2543'],
    values: (m) => {
      expect(m.recordRoute[0].uri).toBe('sip:UserB@example.com;maddr=ss1.example.com')
      expect(m.to?.params.get('user')).toBe('phone')
      expect(Buffer.from(m.body).toString()).toMatch(/^v=0\r\n[\s\S]*RTP\/AVP 0\r\n$/)
    },
  },
]

describe('the messages of RFC 4475', () => {
  it('are all 49 in the table', () => {
    const files = readdirSync(FOLDER).filter((name) => name.endsWith('.dat'))
    expect(TORTURES.map(({ file }) => `${file}.dat`).sort()).toEqual(files.sort())
    expect(files).toHaveLength(49)
  })

  it.each(TORTURES)('RFC 4475 §$section $file: $title', ({ file, invalid, notes = [], values }) => {
    const octets = readFileSync(new URL(`${file}.dat`, FOLDER))
    expect(looksLikeSip(octets, 0, octets.length)).toBe(true)
    const message = parseSip(octets, 0, octets.length)
    if (message.kind === 'malformed') throw new Error(message.text)
    const reasons = (severity: string) =>
      message.anomalies.filter((anomaly) => anomaly.severity === severity).map(({ reason }) => reason)
    expect(reasons('invalid').sort()).toEqual(invalid)
    expect(reasons('note').sort()).toEqual(notes)
    values(message)
  })
})
