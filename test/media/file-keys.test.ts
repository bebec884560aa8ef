import { describe, expect, it } from 'vitest'
import { FileKeys } from '../../src/media/file-keys.ts'
import { Keyring } from '../../src/media/keyring.ts'
import type { ObservedStream } from '../../src/media/observed-stream.ts'
import { parseKeys } from '../../src/srtp/keys-file.ts'
import { keyOctets } from './exchanges.ts'

const STREAM: ObservedStream = {
  id: 0,
  kind: 'rtp',
  source: '192.0.2.1:4000',
  destination: '192.0.2.2:5000',
  sourceAddress: '192.0.2.1',
  sourcePort: 4000,
  destinationAddress: '192.0.2.2',
  destinationPort: 5000,
  ssrc: 0xfeedface,
  capture: 0,
  firstPosition: 0,
  lastPosition: 0,
}
const RTCP: ObservedStream = { ...STREAM, kind: 'rtcp', sourcePort: 4001, destinationPort: 5001 }

/** Key n of a file: its octets are all n + 1. */
function entries(selectors: readonly object[]) {
  const suite = 'AES_CM_128_HMAC_SHA1_80'
  const keys = selectors.map((selector, n) => {
    return { suite, key: keyOctets(n + 1).toString('base64'), ...selector }
  })
  return parseKeys(JSON.stringify({ keys }), 'keys.json')
}

/** Which of the keys with these selectors may judge the stream, by their place in the file. */
function candidates(selectors: readonly object[], stream = STREAM, callId?: string): number[] {
  const keyring = new Keyring(100, () => undefined)
  const scheduled = new FileKeys(entries(selectors)).candidatesFor(stream, callId, keyring)
  for (const one of scheduled) expect(one).toMatchObject({ agreement: 0, from: 0, until: Number.POSITIVE_INFINITY })
  return scheduled.map(({ key }) => keyring.get(key).master.masterKey[0] - 1)
}

describe('selectors of a keys file', () => {
  it('are found by SSRC and by Call-ID, in the order of the file', () => {
    const selectors = [
      { ssrc: 1 },
      { callId: 'b' },
      {},
      { ssrc: 0xfeedface },
      { callId: 'a' },
      { ssrc: 0xfeedface, callId: 'b' },
    ]
    expect(candidates(selectors)).toEqual([1, 2, 3, 4, 5])
    expect(candidates(selectors, STREAM, 'a')).toEqual([2, 3, 4])
    expect(candidates(selectors, { ...STREAM, ssrc: 1 }, 'b')).toEqual([0, 1, 2])
  })

  it('a key without selectors is a candidate for every stream', () => {
    expect(candidates([{}, {}])).toEqual([0, 1])
    expect(candidates([{}, {}], RTCP, 'any-call')).toEqual([0, 1])
  })

  it('an SSRC narrows, above 2^31 too', () => {
    expect(candidates([{ ssrc: '0xfeedface' }, { ssrc: 0xfeedface }, { ssrc: 1 }])).toEqual([0, 1])
  })

  it('addresses narrow, with their port where one is given; all selectors must fit', () => {
    const selectors = [
      { src: '192.0.2.1' },
      { src: '192.0.2.1:4000' },
      { src: '192.0.2.1:4002' },
      { src: '192.0.2.2' },
      { dst: '192.0.2.2:5000' },
      { src: '192.0.2.1', dst: '192.0.2.9' },
      { dst: '192.0.2.2', ssrc: 1 },
    ]
    expect(candidates(selectors)).toEqual([0, 1, 4])
  })

  it('a port is that of the RTP: RTCP uses it or the one above (RFC 3550 §11, RFC 5761)', () => {
    const selectors = [{ src: '192.0.2.1:4000' }, { src: '192.0.2.1:4001' }, { src: '192.0.2.1:3999' }]
    expect(candidates(selectors, RTCP)).toEqual([0, 1])
    expect(candidates(selectors, { ...STREAM, sourcePort: 4001 })).toEqual([1])
  })

  it('either reading of an IPv6 address without brackets fits', () => {
    const v6 = { ...STREAM, sourceAddress: '2001:db8::1', destinationAddress: '2001:db8::2' }
    const selectors = [{ src: '[2001:db8::1]:4000' }, { src: '2001:db8::1:4000' }, { src: '2001:db8::1:4001' }]
    expect(candidates(selectors, v6)).toEqual([0, 1])
    expect(candidates(selectors, { ...v6, sourceAddress: '2001:db8::1:4001' })).toEqual([2])
  })

  it('a Call-ID excludes only a stream that belongs to another call', () => {
    expect(candidates([{ callId: 'a' }, { callId: 'b' }, {}], STREAM, 'a')).toEqual([0, 2])
    expect(candidates([{ callId: 'a' }, { callId: 'b' }, {}], STREAM)).toEqual([0, 1, 2])
  })

  it('a rollover counter is where the search begins; one key is one candidate', () => {
    const keyring = new Keyring(100, () => undefined)
    const key = keyOctets(1).toString('base64')
    const both = parseKeys(
      JSON.stringify([
        { suite: 'AES_CM_128_HMAC_SHA1_80', key, roc: 7, label: 'one' },
        { suite: 'AES_CM_128_HMAC_SHA1_80', key, ssrc: '0xfeedface', callId: 'x' },
      ]),
      'keys.json',
    )
    expect(new FileKeys(both).candidatesFor(STREAM, undefined, keyring)).toMatchObject([{ roc: 7 }])
    expect(keyring.get(1).owners).toEqual([
      { source: 'keys-file', label: 'one' },
      { source: 'keys-file', callId: 'x' },
    ])
  })
})
