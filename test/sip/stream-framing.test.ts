import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { FrameRef } from '../../src/bytes/frame-ref.ts'
import type { ForeignProtocol } from '../../src/sip/foreign-protocol.ts'
import { SipStreamReader } from '../../src/sip/stream-framing.ts'

const frame = (position: number): FrameRef => ({ position, capture: 0, frame: position + 1, timeUs: position })

interface Read {
  readonly text: string
  readonly at: number
  readonly truncated: boolean
}

/** A reader whose messages are collected; each push is the next frame. */
class Collected {
  readonly messages: Read[] = []
  readonly foreign: { readonly text: string; readonly protocol: ForeignProtocol }[] = []
  misfits = 0
  readonly reader: SipStreamReader
  #position = 0

  constructor() {
    this.reader = new SipStreamReader({
      onMessage: (bytes, at, truncated) =>
        this.messages.push({ text: Buffer.from(bytes).toString('latin1'), at: at.position, truncated }),
      onMisfit: () => this.misfits++,
      onForeign: (bytes, protocol) => this.foreign.push({ text: Buffer.from(bytes).toString('latin1'), protocol }),
    })
  }

  push(octets: string | Uint8Array): this {
    const bytes = typeof octets === 'string' ? Buffer.from(octets, 'latin1') : octets
    this.reader.push(bytes, frame(this.#position++))
    return this
  }

  gap(): this {
    this.reader.gap(frame(this.#position))
    return this
  }

  flush(): this {
    this.reader.flush(frame(this.#position))
    return this
  }

  get texts(): readonly string[] {
    return this.messages.map(({ text }) => text)
  }
}

const request = (method: string, headers: readonly string[], body = '') =>
  [`${method} sip:b@example.com SIP/2.0`, 'Call-ID: c', ...headers, '', body].join('\r\n')
const withBody = (body: string) =>
  request('INVITE', ['Content-Type: text/plain', `Content-Length: ${body.length}`], body)
const BYE = request('BYE', ['Content-Length: 0'])
const OK = 'SIP/2.0 200 OK\r\nl: 2\r\n\r\nok'

describe('SipStreamReader', () => {
  it('RFC 3261 §18.3: several messages in one segment', () => {
    const { messages } = new Collected().push(withBody('hello') + BYE + OK)
    expect(messages).toEqual([withBody('hello'), BYE, OK].map((text) => ({ text, at: 0, truncated: false })))
  })

  it('RFC 3261 §18.3: one message over many segments is that of the frame with its last octet', () => {
    const collected = new Collected()
    for (const octet of withBody('hello')) collected.push(octet)
    expect(collected.messages).toEqual([
      { text: withBody('hello'), at: withBody('hello').length - 1, truncated: false },
    ])
  })

  it('RFC 3261 §18.3: a large body that begins in the segment of another message ends where it should', () => {
    const large = withBody('x'.repeat(20_000))
    const text = BYE + large + OK
    const collected = new Collected()
    for (let at = 0; at < text.length; at += 1460) collected.push(text.slice(at, at + 1460))
    expect(collected.texts).toEqual([BYE, large, OK])
  })

  it('RFC 5626 §3.5.1: keep-alives around messages are skipped, however many come first', () => {
    const collected = new Collected()
      .push('\r\n'.repeat(20_000))
      .push(`\r\n\r\n${BYE}\r\n\r\n`)
      .push(`\r\n${OK}\r\n`)
      .flush()
    expect(collected.texts).toEqual([BYE, OK])
    expect(collected.foreign).toEqual([])
    expect(collected.reader.skippedOctets).toBe(0)
  })

  it('a stream of keep-alives only is not foreign', () => {
    const collected = new Collected().push('\r\n\r\n').push('\r\n').flush()
    expect([collected.messages, collected.foreign]).toEqual([[], []])
  })

  it.each([
    'Content-Length: 5',
    'content-length:5',
    'l : 5',
    'L: 5',
    'Content-Length:\r\n 5',
    'Content-Length: 5\r\nl: 1',
  ])('RFC 3261 §20.14: %j delimits the body', (header) => {
    const message = request('MESSAGE', ['Content-Type: text/plain', header], 'hello')
    expect(new Collected().push(message + BYE).texts).toEqual([message, BYE])
  })

  it('RFC 3261 §20.14: without Content-Length and Content-Type there is no body', () => {
    const message = request('OPTIONS', [])
    expect(new Collected().push(message).texts).toEqual([message])
  })

  it('RFC 3261 §20.14: without Content-Length a body runs to the next start line', () => {
    const message = request('MESSAGE', ['Content-Type: text/plain'], 'one\r\ntwo\r\n')
    const collected = new Collected().push(message.slice(0, -2)).push('\r\n').push('BYE sip').push(BYE.slice(7))
    expect(collected.messages).toEqual([
      { text: message, at: 1, truncated: false },
      { text: BYE, at: 3, truncated: false },
    ])
    expect(new Collected().push(message).flush().messages).toEqual([{ text: message, at: 0, truncated: false }])
    expect(new Collected().push(message).gap().messages).toEqual([{ text: message, at: 0, truncated: true }])
  })

  it('after a gap the message under way is truncated, and reading goes on at the next start line', () => {
    const collected = new Collected().push(BYE + withBody('hello').slice(0, -3)).gap()
    collected.push(`lost end of a line\r\na=x\r\n${OK}${BYE}`)
    expect(collected.messages).toEqual([
      { text: BYE, at: 0, truncated: false },
      { text: withBody('hello').slice(0, -3), at: 0, truncated: true },
      { text: OK, at: 1, truncated: false },
      { text: BYE, at: 1, truncated: false },
    ])
    expect(collected.reader.skippedOctets).toBe('lost end of a line\r\na=x\r\n'.length)
  })

  it('after a gap a start line may come first', () => {
    expect(new Collected().push(OK.slice(0, 5)).gap().push(BYE).texts).toEqual([BYE])
  })

  it('a stream that begins within a message is read from the first start line on', () => {
    const collected = new Collected().push(`5/90000\r\na=rtpmap:101 telephone-event\r\n${BYE}`).flush()
    expect([collected.texts, collected.foreign]).toEqual([[BYE], []])
  })

  it('the end of the stream cuts the message under way', () => {
    expect(new Collected().push(OK.slice(0, -1)).flush().messages).toEqual([
      { text: OK.slice(0, -1), at: 0, truncated: true },
    ])
    expect(new Collected().push(BYE.slice(0, 60)).flush().messages).toEqual([
      { text: BYE.slice(0, 60), at: 0, truncated: true },
    ])
  })

  it('a header section beyond 64 KiB is cut there, and reading goes on', () => {
    const long = request('INVITE', [`X: ${'x'.repeat(70_000)}`, 'Content-Length: 0'])
    const collected = new Collected().push(BYE + long + OK)
    expect(collected.messages).toEqual([
      { text: BYE, at: 0, truncated: false },
      { text: long.slice(0, 65_536), at: 0, truncated: true },
      { text: OK, at: 0, truncated: false },
    ])
    expect(collected.reader.skippedOctets).toBe(long.length - 65_536 - 2)
  })

  it('a Content-Length beyond 1 MiB gives the header section only, truncated', () => {
    const huge = request('INVITE', ['Content-Type: text/plain', 'Content-Length: 99999999999999999999999'])
    const collected = new Collected().push(`${huge}body\r\n${BYE}`)
    expect(collected.messages).toMatchObject([{ text: huge, truncated: true }, { text: BYE }])
  })

  it('a body without end is cut at 1 MiB', () => {
    const open = request('MESSAGE', ['Content-Type: text/plain'], 'line\r\n'.repeat(200_000))
    const [first, second] = new Collected().push(`${open}${BYE}`).messages
    expect(first).toMatchObject({ text: open.slice(0, 1 << 20), truncated: true })
    expect(second.text).toBe(BYE)
  })
})

describe('streams that are not SIP', () => {
  const HELLO = '\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03'
  const UPGRADE = 'GET /ws HTTP/1.1\r\nUpgrade: websocket\r\n'

  it('RFC 8446 §5.1: a TLS record is told by its first three octets', () => {
    expect(new Collected().push(HELLO.slice(0, 2)).foreign).toEqual([])
    const collected = new Collected().push(HELLO.slice(0, 2)).push(HELLO.slice(2)).push(BYE)
    expect(collected.foreign).toEqual([{ text: HELLO, protocol: 'tls' }])
    expect(collected.messages).toEqual([])
    expect(collected.reader.foreign).toBe(true)
  })

  it.each([UPGRADE, 'HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\n'])('RFC 6455 §4: %j is HTTP', (text) =>
    expect(new Collected().push(text).foreign).toEqual([{ text, protocol: 'http' }]),
  )

  it.each([
    ['octets without lines', '\x01\x02\x03\x04'.repeat(3000)],
    ['lines', 'USER anonymous\r\n'.repeat(1000)],
    ['one long line of text', 'INVITE sip:'.repeat(1000)],
  ])('%s: unknown after 8 KiB', (_title, text) => {
    const collected = new Collected().push(text.slice(0, 100)).push(text.slice(100)).push(BYE)
    expect(collected.foreign).toEqual([{ text, protocol: 'unknown' }])
    expect(collected.messages).toEqual([])
  })

  it('a short stream is unknown at its end', () => {
    const collected = new Collected().push('220 mail ready\r\n')
    expect(collected.foreign).toEqual([])
    expect(collected.flush().foreign).toEqual([{ text: '220 mail ready\r\n', protocol: 'unknown' }])
  })

  it('once SIP was seen, nothing makes the stream foreign', () => {
    const collected = new Collected().push(`${BYE}${HELLO}\r\n${'junk\r\n'.repeat(5000)}${BYE}`)
    expect([collected.texts, collected.foreign]).toEqual([[BYE, BYE], []])
  })
})

describe('segmentation', () => {
  const piece = fc.oneof(
    fc.constantFrom(
      BYE,
      OK,
      withBody('SIP/2.0 200 OK\r\n'),
      withBody('v=0\r\n\r\n'),
      '\r\n',
      '\r\n\r\n',
      'junk\r\n',
      '\0',
    ),
    fc.constantFrom(
      request('MESSAGE', ['Content-Type: text/plain'], 'open\r\n'),
      request('OPTIONS', []),
      BYE.slice(0, 40),
    ),
    fc.constantFrom(
      'INVITE sip:a@b SIP/2.0\n\n',
      '\x16\x03\x01',
      'GET / HTTP/1.1\r\n',
      'x'.repeat(3000),
      'y\r\n'.repeat(3000),
    ),
    fc.string({ unit: fc.constantFrom(...'SIP/2.0 \r\n:aZ'), maxLength: 30 }),
  )
  const stream = fc.array(piece, { maxLength: 12 }).map((pieces) => pieces.join(''))

  it('RFC 3261 §18.3: how the stream was cut into segments makes no difference', () => {
    fc.assert(
      fc.property(stream, fc.array(fc.nat(), { maxLength: 30 }), (text, cuts) => {
        const whole = new Collected().push(text)
        const at = [0, ...cuts.map((cut) => cut % (text.length + 1)), text.length].sort((a, b) => a - b)
        const segmented = new Collected()
        for (let i = 1; i < at.length; i++) segmented.push(text.slice(at[i - 1], at[i]))
        const octetwise = new Collected()
        for (const octet of text) octetwise.push(octet)
        whole.flush()
        for (const other of [segmented.flush(), octetwise.flush()]) {
          expect(other.messages.map(({ text, truncated }) => ({ text, truncated }))).toEqual(
            whole.messages.map(({ text, truncated }) => ({ text, truncated })),
          )
          expect(other.foreign.map(({ protocol }) => protocol)).toEqual(whole.foreign.map(({ protocol }) => protocol))
          if (!whole.reader.foreign) expect(other.reader.skippedOctets).toBe(whole.reader.skippedOctets)
        }
      }),
      { numRuns: 1000 },
    )
  })

  it.each([8192, 8193, 9000, 20_000])(
    'the rest of a line of %i octets that is passed over is no line of its own',
    (length) => {
      const text = `${BYE}${'x'.repeat(length)}INVITE sip:a@b SIP/2.0\r\n${OK}`
      for (const size of [1, 1000, text.length]) {
        const collected = new Collected()
        for (let at = 0; at < text.length; at += size) collected.push(text.slice(at, at + size))
        expect(collected.flush().texts).toEqual([BYE, OK])
      }
    },
  )

  it('never throws, and hands over no octet twice, whatever the octets and gaps', () => {
    const event = fc.oneof(
      { weight: 5, arbitrary: fc.uint8Array({ maxLength: 100 }) },
      fc.constant('gap' as const),
      piece,
    )
    fc.assert(
      fc.property(fc.array(event, { maxLength: 30 }), (events) => {
        const collected = new Collected()
        let octets = 0
        for (const event of events) {
          if (event === 'gap') collected.gap()
          else {
            collected.push(event)
            octets += event.length
          }
        }
        collected.flush()
        const handed = collected.texts.reduce((sum, text) => sum + text.length, 0)
        expect(handed + collected.reader.skippedOctets).toBeLessThanOrEqual(octets)
      }),
      { numRuns: 1000 },
    )
  })

  it.each([
    ['one message', withBody('x'.repeat(1_000_000))],
    ['a header section without end', `${BYE}INVITE sip:b SIP/2.0\r\n${'a: b\r\n'.repeat(150_000)}`],
    ['a body without Content-Length', request('MESSAGE', ['Content-Type: text/plain'], 'x\r\n'.repeat(300_000))],
    ['junk', `${BYE}${'x '.repeat(500_000)}`],
    ['many messages', BYE.repeat(12_000)],
  ])('takes linear time over %s in segments of one octet', (_title, text) => {
    // A megabyte: quadratic work would be 10^12 steps, minutes rather than the bound below.
    const bytes = Buffer.from(text, 'latin1')
    const collected = new Collected()
    const start = performance.now()
    for (let i = 0; i < bytes.length; i++) collected.push(bytes.subarray(i, i + 1))
    collected.flush()
    expect(performance.now() - start).toBeLessThan(10_000)
    expect(collected.messages.length).toBeGreaterThan(0)
  })
})

describe('a Content-Length that is wrong (RFC 3261 §18.3)', () => {
  const SDP = ['v=0', 'o=- 1 1 IN IP4 192.0.2.1', 's=-', 'm=audio 20000 RTP/AVP 0', 'a=sendrecv', ''].join('\r\n')
  const invite = (length: number, body = SDP) =>
    `INVITE sip:b SIP/2.0\r\nContent-Type: application/sdp\r\nContent-Length: ${length}\r\n\r\n${body}`
  const NEXT = 'OPTIONS sip:b SIP/2.0\r\nCall-ID: 1\r\nContent-Length: 0\r\n\r\n'
  const misfits = (text: string): number[] => {
    const octets = [new Collected().push(text), new Collected()] as const
    for (const octet of text) octets[1].push(octet)
    return octets.map(({ misfits }) => misfits)
  }

  it('is noticed however the stream was cut', () => {
    for (const off of [-60, -30, -4, 2, 5, 21, 30, -SDP.length])
      expect(misfits(invite(SDP.length + off) + NEXT + NEXT)).toEqual([1, 1])
  })

  it('and not where all ends as it should', () => {
    const sound = ['', '\r\n\r\n', SDP.slice(0, -2)]
    for (const [n, between] of sound.entries()) {
      const text = n === 2 ? invite(between.length, between) : invite(SDP.length) + between
      expect(misfits(`${text}${NEXT}`)[0]).toBe(0)
    }
  })

  it('nor behind a gap', () => {
    const collected = new Collected().push(invite(SDP.length)).gap().push(`Via: SIP/2.0/TCP a\r\n\r\n${NEXT}`)
    expect(collected.misfits).toBe(0)
  })
})
