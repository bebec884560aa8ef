import { describe, expect, it } from 'vitest'
import { parseSip } from '../../src/sip/parse.ts'
import { invite, octets, parsed, reasons } from './sip-text.ts'

describe('parseSip', () => {
  it('RFC 3261 §7.1: a plain INVITE has no anomalies', () => {
    const message = parsed(invite(['User-Agent: Phone 1.0', 'Content-Length: 0']))
    expect(message.anomalies).toEqual([])
    expect(message).toMatchObject({
      kind: 'request',
      method: 'INVITE',
      requestUri: 'sip:bob@example.com',
      version: 'SIP/2.0',
      callId: '1@192.0.2.1',
      cseq: { number: 1, method: 'INVITE' },
      from: { uri: 'sip:alice@example.com', tag: 'a' },
      to: { uri: 'sip:bob@example.com' },
      via: [{ transport: 'UDP', host: '192.0.2.1', port: 5060, branch: 'z9hG4bK1' }],
      contact: [{ uri: 'sip:alice@192.0.2.1' }],
      userAgent: 'Phone 1.0',
      contentLength: 0,
      parts: [],
      truncated: false,
    })
  })

  it('RFC 3261 §7.2: the method of a response is that of its CSeq', () => {
    const message = parsed(octets('SIP/2.0 487 Request Terminated', 'CSeq: 7 CANCEL', 'Server: PBX', '', ''))
    expect(message).toMatchObject({ kind: 'response', status: 487, reason: 'Request Terminated', method: 'CANCEL' })
    expect(message.server).toBe('PBX')
    expect(reasons(message)).toEqual(['missing-via', 'missing-from', 'missing-to', 'missing-call-id'])
  })

  it('RFC 3261 §7.3.3: compact names are the full ones', () => {
    const message = parsed(
      octets(
        'BYE sip:b@example.com SIP/2.0',
        'v: SIP/2.0/TCP [2001:db8::1]:5062;branch=z9hG4bKx;rport',
        'f: <sip:a@example.com>;tag=1',
        't: <sip:b@example.com>;tag=2',
        'i: c',
        'm: <sip:a@[2001:db8::1]>',
        'CSeq: 2 BYE',
        'k: timer, 100rel',
        'Max-Forwards: 70',
        'l: 0',
        '',
        '',
      ),
    )
    expect(message.anomalies).toEqual([])
    expect(message.via[0]).toMatchObject({ transport: 'TCP', host: '2001:db8::1', port: 5062 })
    expect(message.via[0].params.get('rport')).toBe('')
    expect(message.header('supported')).toEqual(['timer, 100rel'])
    expect(message.header('K')).toEqual(['timer, 100rel'])
    expect(message.to?.tag).toBe('2')
  })

  it('RFC 3261 §7.3.1: folded lines are one line, values over several lines one list', () => {
    const message = parsed(
      invite([
        'Route: <sip:p1;lr>,',
        '\t<sip:p2;lr>',
        'Route: "a, b" <sip:p3,4;lr>',
        'Record-Route: <sip:r>;x="1;2,3"',
      ]),
    )
    expect(message.route.map((route) => route.uri)).toEqual(['sip:p1;lr', 'sip:p2;lr', 'sip:p3,4;lr'])
    expect(message.route[2].display).toBe('a, b')
    expect(message.recordRoute[0].params.get('x')).toBe('1;2,3')
    expect(message.header('route')).toHaveLength(2)
  })

  it('RFC 3261 §7: bare LF is tolerated and stated', () => {
    const text = Buffer.from(invite(['Content-Type: text/plain'], 'hi'))
      .toString()
      .replaceAll('\r\n', '\n')
    const message = parsed(Buffer.from(text))
    expect(reasons(message)).toEqual(['bare-line-feed'])
    expect(message.callId).toBe('1@192.0.2.1')
    expect(Buffer.from(message.body).toString()).toBe('hi')
  })

  it('RFC 3262 §7, RFC 3891 §6.1, RFC 3326 §2, RFC 7989 §5: PRACK, Replaces, Reason and Session-ID', () => {
    const message = parsed(
      octets(
        'PRACK sip:b@example.com SIP/2.0',
        'RAck: 776656 1 INVITE',
        'RSeq: 988789',
        'Replaces: 98asjd8@host;to-tag=12;from-tag=5;early-only',
        'Reason: Q.850;cause=16;text="Normal, clearing", SIP ;cause=200',
        'Session-ID: ab30317f1a784dc48ff824d0d3715d86;remote=47755a9de7794ba387653f2099600ef2',
        '',
        '',
      ),
    )
    expect(message.rack).toEqual({ rseq: 776656, cseq: 1, method: 'INVITE' })
    expect(message.rseq).toBe(988789)
    expect(message.replaces).toEqual({ callId: '98asjd8@host', toTag: '12', fromTag: '5' })
    expect(message.reasons).toEqual([
      { protocol: 'Q.850', cause: 16, text: 'Normal, clearing' },
      { protocol: 'SIP', cause: 200 },
    ])
    expect(message.sessionId).toContain('ab30317f')
  })

  it.each([
    ['RSeq: 0', 'rseq-out-of-range', '3262 §7.1'],
    ['RAck: 1 INVITE', 'rack-malformed', '3262 §7.2'],
    ['Replaces: x;to-tag=1', 'replaces-malformed', '3891 §6.1'],
    ['Content-Type: sdp', 'content-type-malformed', '3261 §20.15'],
    ['Contact: *', 'contact-wildcard-not-alone', '3261 §10.2.2'],
    ['Record-Route: <sip:p;lr', 'angle-bracket-unbalanced', '3261 §25.1'],
    ['Route: <>', 'address-without-uri', '3261 §20.34'],
    ['Route: <sip:a%4@example.com>', 'uri-escape-malformed', '3261 §19.1.2'],
    ['Route: <sip:a@example.com:99999>', 'uri-malformed', '3261 §19.1.1'],
    ['Route: <sip:p> lr', 'parameter-malformed', '3261 §25.1'],
    ['just text', 'header-without-colon', '3261 §7.3.1'],
    ['two words: x', 'header-name-not-token', '3261 §7.3.1'],
    ['Content-Encoding: gzip', 'content-encoded', '3261 §20.12'],
    ['Call-ID: 2', 'repeated-call-id', '3261 §7.3.1'],
    ['Expires: soon', 'expires-out-of-range', '3261 §20.19'],
  ])('%j is stated as %s (RFC %s)', (line, reason) => {
    expect(reasons(parsed(invite([line])))).toEqual([reason])
  })

  it.each(['', 'Call-ID', 'CSeq', 'From', 'To', 'Via'])(
    'RFC 3261 §8.1.1: %j may be missing, and that is stated',
    (name) => {
      const lines = Buffer.from(invite()).toString().split('\r\n')
      const message = parsed(octets(...lines.filter((line) => name === '' || !line.startsWith(`${name}:`))))
      expect(reasons(message)).toEqual(name === '' ? [] : [`missing-${name.toLowerCase()}`])
    },
  )

  it('RFC 3261 §10.2.2: Contact * of a REGISTER is fine', () => {
    const text = Buffer.from(invite()).toString().replaceAll('INVITE', 'REGISTER').replace('<sip:alice@192.0.2.1>', '*')
    const message = parsed(Buffer.from(text))
    expect(message.anomalies).toEqual([])
    expect(message.contactIsWildcard).toBe(true)
    expect(message.contact).toEqual([])
  })

  it('RFC 3261 §18.3: Content-Length delimits the body, and a difference is stated', () => {
    const body = (length: number) => parsed(invite(['Content-Type: text/plain', `Content-Length: ${length}`], 'hello'))
    expect(Buffer.from(body(5).body).toString()).toBe('hello')
    expect(reasons(body(5))).toEqual([])
    expect(Buffer.from(body(3).body).toString()).toBe('hel')
    expect(reasons(body(3))).toEqual(['octets-after-body'])
    expect(Buffer.from(body(9).body).toString()).toBe('hello')
    expect(reasons(body(9))).toEqual(['content-length-too-large'])
  })

  it.each([
    ['within a line', 7, ['octets-after-body', 'content-length-too-small']],
    ['between two lines', 'v=0\r\n'.length, ['octets-after-body', 'content-length-too-small']],
    ['in front of what is no line', 'v=0\r\ns=-\r\n'.length, ['octets-after-body']],
  ])('RFC 3261 §18.3: a session description that Content-Length cuts %s', (_, length, expected) => {
    const headers = ['Content-Type: application/sdp', `Content-Length: ${length}`]
    expect(reasons(parsed(invite(headers, 'v=0\r\ns=-\r\n\r\n')))).toEqual(expected)
  })

  it('padding behind a last line without an end cuts nothing off', () => {
    const headers = ['Content-Type: application/sdp', 'Content-Length: 8']
    expect(reasons(parsed(invite(headers, 'v=0\r\ns=-\0\0\0')))).toEqual(['octets-after-body'])
  })

  it('RFC 3261 §20.14: Content-Length is mandatory on a stream only', () => {
    expect(reasons(parsed(invite(), { stream: true }))).toEqual(['missing-content-length'])
    expect(reasons(parsed(invite()))).toEqual([])
  })

  it('RFC 3261 §20.15: a body without Content-Type is stated and kept', () => {
    const message = parsed(invite([], 'v=0'))
    expect(reasons(message)).toEqual(['content-type-missing'])
    expect(message.parts).toMatchObject([{ contentType: '' }])
  })

  it('the message keeps no reference to the octets it came from', () => {
    const bytes = Buffer.from(invite(['Content-Type: text/plain'], 'hello'))
    const message = parsed(bytes)
    bytes.fill(0)
    expect(Buffer.from(message.body).toString()).toBe('hello')
    expect(message.header('call-id')).toEqual(['1@192.0.2.1'])
  })

  it('offset and length bound what is read, past the end of the array included', () => {
    const bytes = Buffer.concat([Buffer.from('junk'), invite(), Buffer.from('INVITE')])
    const message = parseSip(bytes, 4, bytes.length - 10)
    expect(message).toMatchObject({ kind: 'request', callId: '1@192.0.2.1', anomalies: [] })
    expect(parseSip(bytes, 4, 1e9).kind).toBe('request')
    expect(parseSip(bytes, 1e9, 5)).toMatchObject({ kind: 'malformed', reason: 'not-sip' })
  })
})

describe('parseSip of what the snap length cut', () => {
  it('at any octet: says so, and never invents a value', () => {
    const whole = invite(['Content-Type: text/plain', 'Content-Length: 5'], 'hello')
    const full = parsed(whole)
    for (let length = 'INVITE sip:'.length; length < whole.length; length++) {
      const message = parsed(whole.subarray(0, length), { truncated: true })
      expect(message.anomalies).toEqual([expect.objectContaining({ reason: 'capture-cut', severity: 'note' })])
      expect([undefined, full.requestUri]).toContain(message.requestUri)
      expect(['', full.callId]).toContain(message.callId)
      expect([undefined, full.from]).toContainEqual(message.from)
      expect([undefined, 1]).toContain(message.cseq?.number)
      expect(full.headers.slice(0, message.headers.length)).toEqual(message.headers)
    }
  })

  it('RFC 3261 §7.2: a status line is read as far as it is sure', () => {
    const cut = (text: string) => parsed(Buffer.from(text), { truncated: true })
    expect(cut('SIP/2.0 200 O')).toMatchObject({ kind: 'response', status: 200 })
    expect(cut('SIP/2.0 200 O').reason).toBeUndefined()
    expect(cut('SIP/2.0 20').status).toBeUndefined()
    expect(reasons(cut('SIP/2.0 20'))).toEqual(['capture-cut'])
  })

  it('a folded header whose next line is cut is left out', () => {
    const bytes = octets('INVITE sip:b@example.com SIP/2.0', 'Call-ID: c', 'Subject: one', ' two')
    expect(parsed(bytes, { truncated: true }).headers).toEqual([['call-id', 'c']])
  })

  it('RFC 3261 §7: the same octets uncut lack their empty line', () => {
    const message = parsed(octets('SIP/2.0 200 OK', 'Call-ID: c'))
    expect(message.callId).toBe('c')
    expect(reasons(message)).toContain('header-section-unterminated')
  })
})
