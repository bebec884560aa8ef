import { describe, expect, it } from 'vitest'
import { invite, octets, parsed, reasons } from './sip-text.ts'

const withBody = (type: string, ...lines: readonly string[]) =>
  parsed(invite([`Content-Type: ${type}`], octets(...lines).toString()))
const texts = (message: ReturnType<typeof parsed>) => message.parts.map((part) => Buffer.from(part.bytes).toString())

describe('bodies', () => {
  it('RFC 5621 §3.1: parts with type, disposition and default type; preamble and epilogue belong to none', () => {
    const message = withBody(
      'multipart/mixed; boundary="a b"',
      'preamble',
      '--a b',
      'Content-Type: Application/SDP',
      'Content-Disposition: session;handling=required',
      '',
      'v=0',
      '--a b  ',
      '',
      'text',
      '--a b--',
      'epilogue',
    )
    expect(message.anomalies).toEqual([])
    expect(message.parts).toMatchObject([
      { contentType: 'application/sdp', disposition: 'session' },
      { contentType: 'text/plain' },
    ])
    expect(texts(message)).toEqual(['v=0', 'text'])
  })

  it('RFC 2046 §5.1.1: a line that holds a delimiter elsewhere than at its start is content', () => {
    expect(texts(withBody('multipart/mixed;boundary=x', '--x', '', 'a --x b', '--x--'))).toEqual(['a --x b'])
  })

  it('RFC 2046 §5.1: nested multiparts give their leaves in order', () => {
    const message = withBody(
      'multipart/mixed;boundary=o',
      '--o',
      'Content-Type: multipart/alternative;boundary=i',
      '',
      '--i',
      '',
      '1',
      '--i',
      '',
      '2',
      '--i--',
      '--o',
      '',
      '3',
      '--o--',
    )
    expect(texts(message)).toEqual(['1', '2', '3'])
    expect(message.anomalies).toEqual([])
  })

  it('RFC 2046 §5.1.1: a missing close delimiter and a missing boundary are stated', () => {
    const open = withBody('multipart/mixed;boundary=x', '--x', '', 'a')
    expect([texts(open), reasons(open)]).toEqual([['a'], ['multipart-unterminated']])
    const none = withBody('multipart/mixed', '--x', '', 'a', '--x--')
    expect(reasons(none)).toEqual(['multipart-boundary-missing'])
    expect(none.parts).toMatchObject([{ contentType: 'multipart/mixed' }])
  })

  it('nesting and the number of parts have ceilings, which are stated', () => {
    const deep = Array.from({ length: 50 }, (_, i) => [
      `--b${i}`,
      `Content-Type: multipart/mixed;boundary=b${i + 1}`,
      '',
    ])
    expect(reasons(withBody('multipart/mixed;boundary=b0', ...deep.flat()))).toContain('body-nesting-over-limit')
    const wide = withBody('multipart/mixed;boundary=b', ...Array.from({ length: 5000 }, () => '--b\r\n\r\nx'), '--b--')
    expect(reasons(wide)).toContain('body-parts-over-limit')
    expect(wide.parts).toHaveLength(64)
  })

  it('RFC 3261 §20.11: a single body is its own part', () => {
    const message = parsed(
      invite(['Content-Type: application/sdp;charset=utf-8', 'Content-Disposition: Render'], 'v=0'),
    )
    expect(message.parts).toMatchObject([{ contentType: 'application/sdp', disposition: 'render' }])
    expect(message.parts[0].contentTypeParams.get('charset')).toBe('utf-8')
  })
})
