import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, describe, expect, test } from 'vitest'
import { scanKeys } from '../../src/scan/keys.ts'
import { deriveSessionKeys, type SessionKeys } from '../../src/srtp/session-keys.ts'
import { type CryptoSuite, suiteByName } from '../../src/srtp/suites.ts'
import { callOf, captureOf, keysOf, line, type Media, masterOf, reportOn, STRONG, under } from './faulty-call.ts'

const FOLDER = mkdtempSync(join(tmpdir(), 'masked-'))
afterAll(() => rmSync(FOLDER, { recursive: true }))

const BY_MASK = 'the signalling shows a mask in the place of the key'
const masked = (mask: string) => `a=crypto:1 ${STRONG} inline:${mask}`
/** 0 octets, as a sender without randomness would give them. */
const ZEROS: SessionKeys = deriveSessionKeys({
  suite: suiteByName(STRONG) as CryptoSuite,
  masterKey: new Uint8Array(16),
  masterSalt: new Uint8Array(14),
})

const media = (from: Media['from'], protect: NonNullable<Media['protect']>, at = 0.2): Media => ({
  from,
  at,
  count: 40,
  protect,
})
const both = [media('caller', under(keysOf('caller'))), media('callee', under(keysOf('callee')))]

function entry(name: string) {
  const { masterKey, masterSalt } = masterOf(name)
  return { suite: STRONG, key: Buffer.concat([masterKey, masterSalt]).toString('base64') }
}
const GIVEN = JSON.stringify({ keys: [entry('caller'), entry('callee')] })

const call = (offer: string, answer: string, streams: readonly Media[] = both) =>
  callOf([{ at: 0, offer: [offer], answer: [answer] }], streams)

describe.each(['********', 'X'.repeat(40), 'A'.repeat(40), 'xxxxxxxxxx|2^31|1:4', '<hidden>', '', 'removed'])(
  'keys masked as inline:%s',
  (mask) => {
    const datagrams = call(masked(mask), masked(mask))

    test('are judged by those of a keys file: signalling gave none that the capture shows', async () => {
      const { streams, findings } = await reportOn(datagrams, GIVEN)
      expect(streams.map(({ verified, failed, keySource }) => [verified, failed, keySource])).toEqual([
        [40, 0, 'keys-file'],
        [40, 0, 'keys-file'],
      ])
      expect(findings.map(({ rule }) => rule)).toEqual(['sip-cleartext'])
    })

    test('are not known without one, which is no fault of the call and exposes nothing', async () => {
      const { streams, findings, calls } = await reportOn(datagrams)
      expect(streams.map(({ unverified, unverifiedReason }) => [unverified, unverifiedReason])).toEqual([
        [40, BY_MASK],
        [40, BY_MASK],
      ])
      expect(findings.map(({ rule, kind }) => [rule, kind])).toEqual([
        ['sip-cleartext', undefined],
        ['keying-not-visible', 'masked'],
      ])
      expect(calls[0].sessions[0].media[0].offer?.crypto).toEqual([
        { tag: 1, suite: STRONG, problem: 'key-masked', ...(mask.includes('1:4') && { mki: '00000001' }) },
      ])
    })

    test('are not printed by `keys`, which says so', async () => {
      const path = join(FOLDER, 'masked.pcap')
      writeFileSync(path, captureOf(datagrams))
      const lines: number[] = []
      const text = await scanKeys({ captures: [path], onMasked: (count) => lines.push(count) })
      expect(JSON.parse(text)).toEqual({ keys: [] })
      expect(lines).toEqual([2])
    })
  },
)

test('one key for all calls is said of keys, and a mask is none', async () => {
  const mask = masked('A'.repeat(40))
  const others = callOf([{ at: 0.01, offer: [mask], answer: [mask] }], both, 'other@203.0.113.10', 100)
  const { findings } = await reportOn([...call(mask, mask), ...others])
  expect(findings.filter(({ rule }) => rule === 'srtp-key-reuse')).toEqual([])
})

test('media in the clear is still told where keys are masked', async () => {
  const clear: Media['protect'] = (rtp) => rtp.fill(255, 12)
  const mask = masked('A'.repeat(40))
  const { streams, findings } = await reportOn(call(mask, mask, [media('caller', clear), media('callee', clear)]))
  expect(streams.map(({ plain }) => plain)).toEqual([40, 40])
  expect(findings.map(({ rule, kind }) => `${rule} ${kind}`)).toContain('rtp-avp-leak on-wire')
})

test('the keys of one side alone are masked: the other is judged by its own', async () => {
  const { streams } = await reportOn(call(line(1, 'caller'), masked('****')))
  expect(streams.map(({ verified, unverified, failed }) => [verified, unverified, failed])).toEqual([
    [40, 0, 0],
    [0, 40, 0],
  ])
})

test('masked at first and readable in a re-INVITE: nothing fails under keys of later', async () => {
  const mask = masked('X'.repeat(40))
  const talks = [
    { at: 0, offer: [mask], answer: [mask] },
    { at: 2, offer: [line(1, 'caller2')], answer: [line(1, 'callee2')] },
  ]
  const streams = [
    ...both,
    media('caller', under(keysOf('caller2')), 2.2),
    media('callee', under(keysOf('callee2')), 2.2),
  ]
  const { streams: judged } = await reportOn(callOf(talks, streams))
  const of = judged.map(({ verified, failed, unverified, unverifiedReason }) => [
    verified,
    failed,
    unverified,
    unverifiedReason,
  ])
  expect(of).toEqual([
    [40, 0, 40, BY_MASK],
    [40, 0, 40, BY_MASK],
  ])
})

test.each([
  ['readable at first and masked in a re-INVITE', [line(1, 'caller'), line(1, 'callee')], ['****', '****']],
  ['masked at first and readable in a re-INVITE', ['****', '****'], [line(1, 'caller'), line(1, 'callee')]],
])('%s, on one stream: what the mask hides is asked for', async (_, first, second) => {
  const sdes = ([offer, answer]: readonly string[], at: number) => ({
    at,
    offer: [offer.startsWith('a=') ? offer : masked(offer)],
    answer: [answer.startsWith('a=') ? answer : masked(answer)],
  })
  const isReadable = (text: string) => text.startsWith('a=')
  const goesOn = (from: Media['from']): Media => {
    const [known, hidden] = [under(keysOf(from)), under(keysOf(`${from} hidden`))]
    const protect: Media['protect'] = (rtp, n) =>
      (n < 240 ? isReadable(first[0]) : isReadable(second[0])) ? known(rtp, n) : hidden(rtp, n)
    return { from, at: 0.2, count: 600, protect }
  }
  const { streams, findings } = await reportOn(
    callOf([sdes(first, 0), sdes(second, 5)], [goesOn('caller'), goesOn('callee')]),
  )
  for (const { verified, unverified, failed, unverifiedReason } of streams) {
    expect([verified > 0, unverified > 0, failed, unverifiedReason]).toEqual([true, true, 0, BY_MASK])
  }
  const [found] = findings.filter(({ rule }) => rule === 'keying-not-visible')
  expect(found.kind).toBe('masked')
  expect(found.detail).toContain('A part of the media')
})

describe('in the clear by agreement until a re-INVITE brings masked keys', () => {
  const mask = masked('****')
  const talks = [
    { at: 0, offer: [], answer: [], profile: 'RTP/AVP' },
    { at: 5, offer: [mask], answer: [mask] },
  ]
  const clearAtFirst = (from: Media['from']): Media => {
    const later = under(keysOf(from))
    const protect: Media['protect'] = (rtp, n) => (n < 240 ? rtp.fill(255, 12) : later(rtp, n))
    return { from, at: 0.2, count: 1200, protect }
  }
  const datagrams = () => callOf(talks, [clearAtFirst('caller'), clearAtFirst('callee')])

  test('the clear part is what was agreed, where the keys are given', async () => {
    const { streams, findings } = await reportOn(datagrams(), GIVEN)
    for (const { verified, plain, explanation } of streams) {
      expect([verified, plain, explanation]).toEqual([960, 240, undefined])
    }
    expect(findings.map(({ rule }) => rule)).toEqual(['sip-cleartext'])
  })

  test('it says nothing of the rest, where they are not', async () => {
    const { streams, findings } = await reportOn(datagrams())
    expect(streams.map(({ unverified, unverifiedReason }) => [unverified, unverifiedReason])).toEqual([
      [1200, BY_MASK],
      [1200, BY_MASK],
    ])
    expect(findings.map(({ rule }) => rule)).toEqual(['sip-cleartext', 'keying-not-visible'])
  })
})

test('a key of one octet over and over that packets verify under is a key, and lies open', async () => {
  const zeros = masked('A'.repeat(40))
  const { streams, findings } = await reportOn(call(zeros, line(1, 'callee'), [media('caller', under(ZEROS)), both[1]]))
  expect(streams.map(({ verified, keySource }) => [verified, keySource])).toEqual([
    [40, 'sdp'],
    [40, 'sdp'],
  ])
  const exposed = findings.find(({ rule }) => rule === 'sdes-key-exposed')
  expect(exposed?.evidence.keyFingerprints).toHaveLength(2)
})

test('a key of the wrong length is none of the masks: its sender sent it', async () => {
  const short = masked('WVNfX19zZW1jdGwgKCkgewky')
  const { findings } = await reportOn(call(short, line(1, 'callee')))
  expect(findings.map(({ rule, kind }) => `${rule} ${kind}`)).toContain('crypto-mismatch key-length')
})
