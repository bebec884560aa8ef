import { describe, expect, test } from 'vitest'
import { codecPolicy } from '../../../src/rules/media/codec-policy.ts'
import type { Codec } from '../../../src/sdp/description.ts'
import { CALLEE, CALLER, callOf, hop, mediaAt, traceOf } from '../media-trace.ts'

const G711: Codec = { payloadType: 0, name: 'PCMU', clockRate: 8000 }
const G729: Codec = { payloadType: 18, name: 'G729', clockRate: 8000 }
const OPUS: Codec = { payloadType: 96, name: 'opus', clockRate: 48000, channels: 2 }
const EVENTS: Codec = { payloadType: 101, name: 'telephone-event', clockRate: 8000 }
const NOISE: Codec = { payloadType: 13, name: 'CN', clockRate: 8000 }

const agreed = (offer: readonly Codec[], answer: readonly Codec[]) =>
  hop({ offerMedia: mediaAt(CALLER, { codecs: offer }), answerMedia: mediaAt(CALLEE, { codecs: answer }) })

function found(codecs: readonly string[] | undefined, ...exchanges: ReturnType<typeof hop>[]) {
  const policy = { names: ['mine'], ...(codecs !== undefined && { codecs }) }
  return codecPolicy.find(traceOf({ calls: [callOf({ exchanges })] }), policy)
}

describe('codec-policy (RFC 3264 §6.1)', () => {
  test('a codec outside of the list is agreed', () => {
    const [one, ...rest] = found(['opus', 'PCMU'], agreed([G711, G729], [G729]))
    expect(rest).toEqual([])
    expect(one).toMatchObject({
      severity: 'warning',
      callId: 'one',
      frames: [1, 3],
      evidence: { codecs: ['G729/8000'], mediaIndex: 0 },
    })
    expect(one.detail).toContain('G729/8000 is the one to be sent')
  })

  test('one that comes second may be sent too', () => {
    const [one] = found(['PCMU'], agreed([G711, G729], [G711, G729]))
    expect(one.detail).toContain('PCMU comes first')
  })

  test('silent without a list, for what one side only has, and for what comes beside a codec', () => {
    expect(found(undefined, agreed([G729], [G729]))).toEqual([])
    expect(found(['PCMU'], agreed([G711, G729], [G711]))).toEqual([])
    expect(found(['PCMU'], agreed([G711, EVENTS, NOISE], [G711, EVENTS, NOISE]))).toEqual([])
  })

  test('names are those of rtpmap, in any case; G.729 is G729', () => {
    expect(found(['Opus', 'pcmu', 'G.729'], agreed([OPUS, G711, G729], [OPUS, G711, G729]))).toEqual([])
  })

  test('once a call, however often it is agreed anew', () => {
    expect(found(['PCMU'], agreed([G729], [G729]), agreed([G729], [G729]))).toHaveLength(1)
  })
})
