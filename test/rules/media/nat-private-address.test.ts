import { describe, expect, test } from 'vitest'
import type { AnalysedStream } from '../../../src/model/analysis.ts'
import { natPrivateAddress } from '../../../src/rules/media/nat-private-address.ts'
import { CALLEE, CALLER, callOf, type HopOptions, hop, mediaAt, streamOf, traceOf } from '../media-trace.ts'

const PHONE = { address: '10.0.0.5', port: 30000 }

const found = (hops: readonly HopOptions[], streams: readonly AnalysedStream[] = []) =>
  natPrivateAddress
    .find(traceOf({ calls: [callOf({ exchanges: hops.map(hop) })], streams }))
    .map(({ kind, severity, evidence }) => `${severity} ${kind} ${evidence.address}`)

describe('nat-private-address: what the peer cannot reach (RFC 1918 §3)', () => {
  test.each([
    ['RFC 1918', '172.16.5.9'],
    ['RFC 6598', '100.64.1.1'],
    ['link-local', '169.254.3.4'],
    ['loopback', '127.0.0.1'],
  ])('%s in c= of a packet between public addresses', (_, address) => {
    expect(found([{ from: CALLER.address, offerMedia: mediaAt({ ...PHONE, address }) }])).toEqual([
      `error connection ${address}`,
    ])
  })

  test('a unique-local address (RFC 4193) between public ones', () => {
    const hops = [
      { from: '2001:db8:1::10', to: '2001:db8:2::20', offerMedia: mediaAt({ ...PHONE, address: 'fd00::5' }) },
    ]
    expect(found(hops)).toEqual(['error connection fd00::5'])
  })

  test('names the frame and the packet that carried it', () => {
    const calls = [callOf({ exchanges: [hop({ answerMedia: mediaAt(PHONE) })] })]
    const [one] = natPrivateAddress.find(traceOf({ calls }))
    expect(one).toMatchObject({
      callId: 'one',
      frames: [3],
      evidence: { sentFrom: CALLEE.address, sentTo: CALLER.address },
    })
  })

  test('a=rtcp alone (RFC 3605 §2.1)', () => {
    expect(found([{ offerMedia: mediaAt(CALLER, { rtcpAddress: '10.0.0.5' }) }])).toEqual(['error connection 10.0.0.5'])
  })

  test('o= and Contact are warnings', () => {
    expect(found([{ offer: { originAddress: '10.0.0.5', contactAddress: '10.0.0.5' } }])).toEqual([
      'warning origin 10.0.0.5',
      'warning contact 10.0.0.5',
    ])
  })

  test('loopback in o= gives no address away (RFC 8829 §5.2.1), and in Contact it is one', () => {
    expect(found([{ offer: { originAddress: '127.0.0.1', contactAddress: '127.0.0.1' } }])).toEqual([
      'warning contact 127.0.0.1',
    ])
  })

  test('o= adds nothing to a c= of the same side', () => {
    const offer = { originAddress: '10.0.0.5' }
    expect(found([{ from: CALLER.address, offer, offerMedia: mediaAt(PHONE) }])).toEqual(['error connection 10.0.0.5'])
  })

  test('both sides may have the same private address: each is told', () => {
    const hops = [{ from: CALLER.address, offerMedia: mediaAt(PHONE), answerMedia: mediaAt(PHONE) }]
    expect(found(hops)).toEqual(['error connection 10.0.0.5', 'error connection 10.0.0.5'])
  })

  test('once a call, whatever the re-INVITEs and hops', () => {
    const first = { from: CALLER.address, offerMedia: mediaAt(PHONE) }
    const back = {
      from: CALLEE.address,
      to: CALLER.address,
      offerMedia: mediaAt(CALLEE),
      answerMedia: mediaAt(PHONE),
      seconds: 5,
      renegotiates: true,
    }
    expect(found([first, { ...first, seconds: 2, renegotiates: true }, back])).toEqual(['error connection 10.0.0.5'])
  })

  test('an inner NAT: signalling and media come from another private address than c=', () => {
    const outer = { address: '192.168.1.9', port: 30000 }
    const streams = [streamOf({ source: outer, facts: { agreedSource: '10.0.0.5:30000' } })]
    expect(found([{ from: outer.address, to: '192.168.1.20', offerMedia: mediaAt(PHONE) }], streams)).toEqual([
      'error connection 10.0.0.5',
    ])
  })

  test('an IPv4 c= between two sites that signal over IPv6', () => {
    const hops = [{ from: '2001:db8:1::10', to: '2001:db8:2::20', offerMedia: mediaAt(PHONE) }]
    expect(found(hops)).toEqual(['error connection 10.0.0.5'])
  })

  test('loopback is nobody else, not even in private space', () => {
    const offerMedia = mediaAt({ address: '127.0.0.1', port: 30000 })
    const answerMedia = mediaAt({ address: '10.0.0.6', port: 40000 })
    expect(found([{ from: '10.0.0.5', to: '10.0.0.6', offerMedia, answerMedia }])).toEqual([
      'error connection 127.0.0.1',
    ])
  })

  test('link-local and unique-local IPv6 between public addresses', () => {
    const [from, to] = ['2001:db8:1::10', '2001:db8:2::20']
    const hops = ['fe80::5', 'fc00::5'].map((address) => ({ from, to, offerMedia: mediaAt({ ...PHONE, address }) }))
    expect(found(hops)).toEqual(['error connection fe80::5', 'error connection fc00::5'])
  })

  test('a candidate whose name mDNS hides stands for a private address', () => {
    const offerMedia = mediaAt(PHONE, { candidateAddresses: ['10.0.0.5', '3a1c0d5e.local'] })
    expect(found([{ from: CALLER.address, offerMedia }])).toEqual(['error connection 10.0.0.5'])
  })

  test('only private ICE candidates reach no further than c= (RFC 8445 §5.1.1)', () => {
    const offerMedia = mediaAt(PHONE, { candidateAddresses: ['10.0.0.5'] })
    expect(found([{ from: CALLER.address, offerMedia }])).toEqual(['error connection 10.0.0.5'])
  })
})

describe('nat-private-address is silent', () => {
  test('public addresses, documentation ranges among them', () => expect(found([{}])).toEqual([]))

  test('a reachable ICE candidate', () => {
    const offerMedia = mediaAt(PHONE, { candidateAddresses: ['10.0.0.5', '203.0.113.10'] })
    expect(found([{ from: CALLER.address, offerMedia }])).toEqual([])
  })

  test.each(['0.0.0.0', '::'])('c=%s means hold', (address) => {
    expect(found([{ from: CALLER.address, offerMedia: mediaAt({ ...PHONE, address }) }])).toEqual([])
  })

  test('a refused m= line (RFC 3264 §6)', () => {
    expect(found([{ from: CALLER.address, offerMedia: mediaAt(PHONE, { rejected: true }) }])).toEqual([])
  })

  test("both ends in private space and the address is the sender's own", () => {
    const answerMedia = mediaAt({ address: '10.0.0.6', port: 40000 })
    const own = { originAddress: '10.0.0.5', contactAddress: '10.0.0.5' }
    expect(found([{ from: '10.0.0.5', to: '10.0.0.6', offer: own, offerMedia: mediaAt(PHONE), answerMedia }])).toEqual(
      [],
    )
  })

  test("a sender's own address inside its NAT, on the way to a public one", () => {
    expect(found([{ from: '10.0.0.5', offerMedia: mediaAt(PHONE) }])).toEqual([])
  })

  test('a proxy of one private network passes on what a phone wrote', () => {
    const offer = { contactAddress: '10.0.0.5' }
    const hops = [{ from: '10.0.0.1', to: '10.0.0.6', offer, offerMedia: mediaAt(PHONE) }]
    expect(found(hops, [streamOf({ source: PHONE, facts: { agreedSource: '10.0.0.5:30000' } })])).toEqual([])
  })

  test('SIP over IPv6 of one site says nothing about an IPv4 c=: its hosts may share a private network', () => {
    const hops = [{ from: '2001:db8:1::10', to: '2001:db8:1:5::20', offerMedia: mediaAt(PHONE) }]
    expect(found(hops)).toEqual([])
    const ownNetwork = [{ from: 'fd00::10', to: '2001:db8:1::20', offerMedia: mediaAt(PHONE) }]
    expect(found(ownNetwork)).toEqual([])
  })

  test('media goes both ways between private addresses: the peer reaches it', () => {
    const far = { address: '10.0.7.7', port: 40000 }
    const hops = [{ from: CALLER.address, to: '10.0.7.7', offerMedia: mediaAt(PHONE) }]
    const there = streamOf({ source: PHONE, destination: far })
    expect(found(hops, [there, streamOf({ source: far, destination: PHONE })])).toEqual([])
    expect(found(hops, [there])).toEqual(['error connection 10.0.0.5'])
  })

  test('loopback within one host', () => {
    const media = mediaAt({ address: '127.0.0.1', port: 30000 })
    expect(found([{ from: '127.0.0.2', to: '127.0.0.1', offerMedia: media }])).toEqual([])
  })
})
