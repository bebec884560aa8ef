import { readdirSync, readFileSync } from 'node:fs'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { parseSip } from '../../src/sip/parse.ts'
import { octets, parsed } from './sip-text.ts'

const torture = readdirSync(new URL('./rfc4475/', import.meta.url))
  .filter((name) => name.endsWith('.dat'))
  .map((name) => readFileSync(new URL(`./rfc4475/${name}`, import.meta.url)))

/** A message of RFC 4475 with some octets changed, so that the parser's far corners are reached. */
const mutated = fc
  .tuple(
    fc.constantFrom(...torture),
    fc.array(fc.tuple(fc.nat(), fc.oneof(fc.nat(255), fc.constantFrom(...Buffer.from('\r\n \t:;,="<>\\/%@?'))))),
    fc.nat(),
  )
  .map(([message, edits, cut]) => {
    const bytes = new Uint8Array(message)
    for (const [at, octet] of edits) bytes[20 + (at % (bytes.length - 20))] = octet
    return bytes.subarray(0, bytes.length - (cut % 40))
  })

const TOKEN = [..."abcXYZ019-.!%*_+`'~"]
const token = fc.array(fc.constantFrom(...TOKEN), { minLength: 1, maxLength: 12 }).map((c) => c.join(''))
const word = fc.array(fc.constantFrom(...'abcXYZ019-._'), { minLength: 1, maxLength: 12 }).map((c) => c.join(''))
const host = word.map((text) => `h${text.toLowerCase().replaceAll('_', '-')}`)
const quoted = fc.string({ unit: fc.constantFrom(...'aZ 9"\\,;<>@é') })
const escapedQuoted = (text: string) => `"${text.replaceAll(/["\\]/g, '\\$&')}"`

const message = fc.record({
  method: token,
  user: word,
  host,
  display: quoted,
  fromTag: token,
  branch: token,
  port: fc.integer({ min: 0, max: 65535 }),
  cseq: fc.integer({ min: 0, max: 2 ** 31 - 1 }),
  callId: word,
  parameter: quoted,
  body: fc.uint8Array({ maxLength: 200 }),
})

describe('parseSip', () => {
  it('never throws, whatever the octets', () => {
    const startLine = fc.constantFrom('INVITE sip:a@b SIP/2.0\r\n', 'SIP/2.0 200 OK\r\n', 'X SIP/2.0\r\n', '')
    const anything = fc
      .tuple(startLine, fc.uint8Array({ size: 'max', maxLength: 600 }))
      .map(([line, rest]) => Buffer.concat([Buffer.from(line), rest]))
    fc.assert(
      fc.property(fc.oneof(anything, mutated), fc.boolean(), fc.boolean(), (bytes, truncated, stream) => {
        const result = parseSip(bytes, 0, bytes.length, { truncated, stream })
        if (result.kind === 'malformed') return
        expect(result.lengthBytes).toBeLessThanOrEqual(bytes.length)
        expect(result.body.length).toBeLessThanOrEqual(result.contentLength ?? bytes.length)
        for (const [name] of result.headers) expect(result.header(name).length).toBeGreaterThan(0)
        for (const { reason, text } of result.anomalies) {
          expect(reason).toMatch(/^[a-z0-9-]+$/)
          expect(text).toMatch(/\.$/)
        }
      }),
      { numRuns: 3000 },
    )
  })

  it('RFC 3261 §25.1: what is written is read back', () => {
    fc.assert(
      fc.property(message, fc.boolean(), (m, fold) => {
        const lws = fold ? '\r\n\t ' : ' '
        const text = octets(
          `${m.method} sip:${m.user}@${m.host} SIP/2.0`,
          `VIA:${lws}SIP/2.0/UDP ${m.host}:${m.port}${lws};branch=z9hG4bK${m.branch};x=${escapedQuoted(m.parameter)}`,
          `f:${lws}${escapedQuoted(m.display)}${lws}<sip:${m.user}@${m.host}>;${lws}tag${lws}=${lws}${m.fromTag}`,
          `To: sip:${m.user}@${m.host}`,
          `I: ${m.callId}`,
          `CSeq: ${m.cseq}${lws}${m.method}`,
          `Max-Forwards: 70`,
          `Contact: <sip:1@${m.host}>,${lws}${escapedQuoted(m.display)} <sip:2@${m.host};lr>`,
          `Content-Type: application/octet-stream`,
          `l: ${m.body.length}`,
          '',
          '',
        )
        const read = parsed(Buffer.concat([text, m.body]))
        expect(read.anomalies.filter(({ reason }) => reason !== 'content-type-missing')).toEqual([])
        expect(read).toMatchObject({
          method: m.method,
          requestUri: `sip:${m.user}@${m.host}`,
          callId: m.callId,
          cseq: { number: m.cseq, method: m.method },
          from: { display: m.display, uri: `sip:${m.user}@${m.host}`, tag: m.fromTag },
          via: [{ transport: 'UDP', host: m.host, port: m.port, branch: `z9hG4bK${m.branch}` }],
          contact: [{ uri: `sip:1@${m.host}` }, { display: m.display, uri: `sip:2@${m.host};lr` }],
        })
        expect(read.via[0].params.get('x')).toBe(m.parameter)
        expect([...read.body]).toEqual([...m.body])
      }),
      { numRuns: 500 },
    )
  })

  const HEAD = 'INVITE sip:a@b SIP/2.0\r\n'
  const PATHOLOGICAL: readonly (readonly [string, (n: number) => string])[] = [
    ['one header folded over and over', (n) => `${HEAD}Subject: x${'\r\n y'.repeat(n / 4)}\r\n\r\n`],
    ['commas', (n) => `${HEAD}Via: ${','.repeat(n)}\r\n\r\n`],
    ['semicolons', (n) => `${HEAD}From: <sip:a@b>${';'.repeat(n)}\r\n\r\n`],
    ['unbalanced quotes', (n) => `${HEAD}Contact: ${'",'.repeat(n / 2)}"\r\n\r\n`],
    ['escapes', (n) => `${HEAD}From: "${'\\"'.repeat(n / 2)}" <sip:a@b>\r\n\r\n`],
    ['opening brackets', (n) => `${HEAD}Contact: ${'<'.repeat(n)}\r\n\r\n`],
    ['spaces', (n) => `${HEAD}CSeq: 1${' '.repeat(n)}INVITE x\r\n\r\n`],
    ['spaces in the start line', (n) => `INVITE sip:a@b${' '.repeat(Math.min(n, 8000))}SIP/2.0\r\n\r\n`],
    ['short header lines', (n) => `${HEAD}${'a:\r\n'.repeat(n / 4)}\r\n`],
    ['lines without colon', (n) => `${HEAD}${'a\r\n'.repeat(n / 3)}\r\n`],
    ['repeated singletons', (n) => `${HEAD}${'To: a\r\n'.repeat(n / 7)}\r\n`],
    ['percent signs', (n) => `${HEAD}From: <sip:${'%'.repeat(n)}@b>\r\n\r\n`],
    ['digits', (n) => `${HEAD}Content-Length: ${'9'.repeat(n)}\r\n\r\n`],
    ['delimiters', (n) => `${HEAD}Content-Type: multipart/mixed;boundary=b\r\n\r\n${'--b\r\n'.repeat(n / 5)}`],
    ['half delimiters', (n) => `${HEAD}Content-Type: multipart/mixed;boundary=b\r\n\r\n${'--b'.repeat(n / 3)}`],
    ['slashes', (n) => `${HEAD}Content-Type: ${'/'.repeat(n)}\r\nVia: ${'/'.repeat(n)}\r\n\r\n`],
  ]

  it.each(PATHOLOGICAL)('takes linear time over %s', (_title, build) => {
    // A megabyte: quadratic work would be 10^12 steps, minutes rather than the bound below.
    const bytes = Buffer.from(build(1 << 20), 'latin1')
    const start = performance.now()
    expect(parseSip(bytes, 0, bytes.length).kind).toBe('request')
    expect(performance.now() - start).toBeLessThan(5000)
  })
})
