import { describe, expect, test } from 'vitest'
import { SDP_LIMITS } from '../../src/limits/sdp-limits.ts'
import type { ScanOptions } from '../../src/scan/scan.ts'
import { captureOf, reachedIn, scanned } from './limited-scan.ts'
import { answerFrame, repeated, sip, sipFrame } from './sip-frames.ts'
import { inSegments, Sender } from './tcp-sender.ts'

type Name = keyof typeof SDP_LIMITS

interface Reaching extends Partial<ScanOptions> {
  readonly frames: readonly Uint8Array[]
  readonly dropped: number
}

const AUDIO = 'm=audio 40000 RTP/SAVP 0'

/** An offer with these lines, at session level where `first` is true. */
function description(lines: readonly string[], first = false): string {
  const session = ['v=0', 'o=- 1 1 IN IP4 203.0.113.1', 's=-', 'c=IN IP4 203.0.113.1', 't=0 0']
  return [...session, ...(first ? lines : []), AUDIO, ...(first ? [] : lines), ''].join('\r\n')
}

function offer(lines: readonly string[], first = false): Reaching {
  return { frames: [sipFrame({ start: 'INVITE', body: description(lines, first) })], dropped: 1 }
}

const OTHER = (n: number) => description([`a=label:${n}`])
const KEY = 'inline:d0RmdmcmVCspeEc3QGZiNWpVLFJhQX1cfHAwJSoj'
const INVITES = (times: number, body?: string) =>
  repeated(times, (n) => sipFrame({ start: 'INVITE', cseq: n + 1, branch: `z9hG4bK${n}`, ...(body && { body }) }))

const REACHING: Readonly<Record<Name, () => Reaching>> = {
  sdpOctets: () => {
    const message = sip({ start: 'INVITE', body: description(repeated(700, () => `a=x:${'x'.repeat(100)}`)) })
    return { frames: inSegments(new Sender(), Buffer.from(message)).frames, dropped: 1 }
  },
  sdpLines: () => offer(repeated(4200, () => 'b=x')),
  sdpLine: () => offer([`a=x:${'x'.repeat(5000)}`]),
  sdpMedia: () => offer(repeated(70, () => AUDIO)),
  sdpFormats: () => offer([`m=audio 40002 RTP/AVP ${repeated(300, (n) => n).join(' ')}`]),
  sdpCrypto: () => offer(repeated(70, (n) => `a=crypto:${n + 1} AES_CM_128_HMAC_SHA1_80 ${KEY}`)),
  sdpCapabilities: () =>
    offer([
      'a=pcfg:1 t=1 a=1',
      ...repeated(70, (n) => `a=acap:${n + 1} crypto:${n + 1} AES_CM_128_HMAC_SHA1_80 ${KEY}`),
    ]),
  sdpOtherKeys: () => offer(repeated(70, () => `k=base64:${KEY.slice(7)}`)),
  sdpKeys: () => offer([`a=crypto:1 AES_CM_128_HMAC_SHA1_80 ${repeated(40, (n) => `${KEY}|${n}:1`).join(';')}`]),
  sdpFingerprints: () => offer(repeated(40, (n) => `a=fingerprint:sha-256 ${n}`)),
  sdpCandidates: () => offer(repeated(140, (n) => `a=candidate:${n} 1 udp 1 203.0.113.1 ${n + 1} typ host`)),
  sdpSsrcs: () => offer(repeated(140, (n) => `a=ssrc:${n} cname:x`)),
  sdpGroups: () =>
    offer(
      repeated(40, (n) => `a=group:BUNDLE ${n}`),
      true,
    ),
  exchanges: () => ({
    frames: repeated(8200, (n) => sipFrame({ start: 'INVITE', callId: `${n}`, body: OTHER(1) })),
    dropped: expect.any(Number),
    maxMemoryMb: 64,
  }),
  exchangesOfCall: () => ({ frames: INVITES(1030, OTHER(1)), dropped: 6 }),
  openExchanges: () => ({ frames: INVITES(260, OTHER(1)), dropped: 4 }),
  forksOfOffer: () => ({
    frames: [
      sipFrame({ start: 'INVITE', body: OTHER(1) }),
      ...repeated(70, (n) => answerFrame({ start: 183, toTag: `${n}`, body: OTHER(2) })),
    ],
    dropped: 6,
  }),
  answersOfOffer: () => ({
    frames: [
      sipFrame({ start: 'INVITE', body: OTHER(1) }),
      ...repeated(20, (n) => answerFrame({ start: 183, toTag: 't', body: description([`a=x:${'y'.repeat(n)}`]) })),
    ],
    dropped: 4,
  }),
  keysElsewhere: () => ({
    frames: repeated(10_003, (n) =>
      sipFrame({ start: 'MESSAGE', callId: `${n}`, body: description([`a=crypto:1 AES_CM_128_HMAC_SHA1_80 ${KEY}`]) }),
    ),
    dropped: 3,
  }),
  requestsWithoutOffer: () => ({ frames: INVITES(260), dropped: 4 }),
}

/** An ordinary call behind that. */
const AFTER = [
  sipFrame({ start: 'INVITE', callId: 'after', body: OTHER(1) }),
  answerFrame({ start: 200, callId: 'after', toTag: 't', body: OTHER(2) }),
]

describe('limits of session descriptions, offers and answers', () => {
  test.each(Object.keys(SDP_LIMITS) as Name[])('%s', { timeout: 120_000 }, async (name) => {
    const { frames, dropped, ...options } = REACHING[name]()
    const report = await scanned(captureOf([...frames, ...AFTER]), options)
    expect(reachedIn(report)).toMatchObject({ [name]: dropped })
    const after = report.calls.find(({ callId }) => callId === 'after')
    expect(after?.sessions).toMatchObject([{ media: [{ offer: {}, answer: {} }] }])
  })
})
