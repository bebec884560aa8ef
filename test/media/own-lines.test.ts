import { describe, expect, test } from 'vitest'
import { Binder } from '../../src/media/binder.ts'
import { acceptedLines, OwnLines, ownLines } from '../../src/media/own-lines.ts'
import { crypto, described, exchange } from './exchanges.ts'

const A = '203.0.113.10'
const B = '198.51.100.20'

function description(address: string, ...media: readonly string[][]): string {
  return ['v=0', `o=- 1 1 IN IP4 ${address}`, 's=-', `c=IN IP4 ${address}`, 't=0 0', ...media.flat(), ''].join('\r\n')
}

/** The lines that fit what the offerer, or the answerer, sends between A:4000 and B:6000. */
function linesOf(sender: 'offerer' | 'answerer', offer: string, answer: string) {
  const binder = new Binder()
  binder.add(exchange('call', described(1, offer), [described(2, answer, B, A)]))
  const ends = [`${A}:4000`, `${B}:6000`]
  const [source, destination] = sender === 'offerer' ? ends : ends.reverse()
  const binding = binder.bind({
    kind: 'rtp',
    source,
    destination,
    ssrc: 1,
    capture: 0,
    firstPosition: 10,
    lastPosition: 20,
  })
  return binding?.lines ?? []
}

const indices = (lines: readonly { readonly index: number }[]) => lines.map(({ index }) => index)

describe('m= lines that share one transport (RFC 9143 §9.2)', () => {
  const bundle = (address: string, port: number, audio: string, video: string, ssrc = 0) =>
    description(
      address,
      [
        'a=group:BUNDLE 0 1',
        `m=audio ${port} RTP/SAVPF ${audio}`,
        crypto(1, 1),
        'a=mid:0',
        `a=ssrc:${ssrc + 1} cname:x`,
      ],
      [`m=video ${port} RTP/SAVPF ${video}`, crypto(1, 1), 'a=mid:1', `a=ssrc:${ssrc + 2} cname:x`],
    )
  const offer = bundle(A, 4000, '0 8', '96', 10)
  const answer = bundle(B, 6000, '0', '97', 20)

  test('streams with the same payload types share what was found, but for those whose SSRC is announced', () => {
    const lines = linesOf('offerer', offer, answer)
    const own = new OwnLines()
    const found = own.of(lines, { ssrc: 1, payloadTypes: [0] })
    expect(indices(found)).toEqual([0])
    expect(own.of(lines, { ssrc: 2, payloadTypes: [0] })).toBe(found)
    expect(indices(own.of(lines, { ssrc: 2, payloadTypes: [97] }))).toEqual([1])
    expect(indices(own.of(lines, { ssrc: 12, payloadTypes: [0] }))).toEqual([1])
  })

  test('a stream is of the one whose receiver lists its payload type', () => {
    const lines = linesOf('offerer', offer, answer)
    expect(indices(lines)).toEqual([0, 1])
    expect(indices(ownLines(lines, { ssrc: 1, payloadTypes: [0] }))).toEqual([0])
    expect(indices(ownLines(lines, { ssrc: 1, payloadTypes: [97] }))).toEqual([1])
    expect(indices(ownLines(linesOf('answerer', offer, answer), { ssrc: 1, payloadTypes: [8] }))).toEqual([0])
  })

  test('and of the one that names its SSRC before that', () => {
    const lines = linesOf('offerer', offer, answer)
    expect(indices(ownLines(lines, { ssrc: 12, payloadTypes: [0] }))).toEqual([1])
    // SSRCs of the peer name what the peer sends.
    expect(indices(ownLines(lines, { ssrc: 22, payloadTypes: [0] }))).toEqual([0])
  })

  test('of all where nothing tells', () => {
    expect(indices(ownLines(linesOf('offerer', offer, answer), { ssrc: 1, payloadTypes: [] }))).toEqual([0, 1])
    expect(indices(ownLines(linesOf('offerer', offer, answer), { ssrc: 1, payloadTypes: [33] }))).toEqual([0, 1])
  })
})

describe('a secure and a plain line on one port', () => {
  const offer = description(A, ['m=audio 4000 RTP/SAVP 0', crypto(1, 1)], ['m=audio 4000 RTP/AVP 0'])
  test.each([
    ['the secure one', 0, description(B, ['m=audio 6000 RTP/SAVP 0', crypto(1, 2)], ['m=audio 0 RTP/AVP 0'])],
    ['the plain one', 1, description(B, ['m=audio 0 RTP/SAVP 0'], ['m=audio 6000 RTP/AVP 0'])],
  ])('are the one that is taken: %s (RFC 3264 §6)', (_, index, answer) => {
    for (const sender of ['offerer', 'answerer'] as const) {
      const lines = linesOf(sender, offer, answer)
      expect(indices(acceptedLines(lines))).toEqual([index])
      expect(indices(ownLines(lines, { ssrc: 1, payloadTypes: [0] }))).toEqual([index])
    }
  })

  test('a line that is rejected alone stays', () => {
    const alone = description(A, ['m=audio 4000 RTP/SAVP 0', crypto(1, 1)])
    const lines = linesOf('offerer', alone, description(B, ['m=audio 0 RTP/SAVP 0']))
    expect(indices(acceptedLines(lines))).toEqual([0])
  })
})
