import { describe, expect, test } from 'vitest'
import { formatDescription } from '../judgement/build/description.ts'
import { Dialog, type MessageOptions, type Party } from '../judgement/build/dialog.ts'
import { Trace } from '../judgement/build/trace.ts'
import { reportOn } from '../judgement/judge.ts'
import { line } from './faulty-call.ts'

const CALLER: Party = { user: 'a', sip: { address: '203.0.113.10', port: 5060 } }
const CALLEE: Party = { user: 'b', sip: { address: '198.51.100.20', port: 5060 } }
const KEYED = line(1, 'a key')
/** A KEMAC of MIKEY that is not encrypted, as test/sdp/mikey.test.ts puts one together. */
const READABLE = Buffer.concat([
  Buffer.from([1, 0, 1, 0, 1, 2, 3, 4, 0, 0]),
  Buffer.from([0, 0, 0, 20, 0, 0x20, 0, 16]),
  Buffer.alloc(16, 7),
  Buffer.alloc(21, 1),
])
const ENCRYPTED = Buffer.from(READABLE).fill(1, 11, 12)

/** An m= line in RTP/SAVP, with lines before and behind it. */
function sdp(of: readonly string[] = [], before: readonly string[] = []): string {
  const text = formatDescription({ origin: '203.0.113.10', media: [{ port: 16384 }] })
  return `${text.replace('m=', `${before.map((one) => `${one}\r\n`).join('')}m=`)}${of.map((one) => `${one}\r\n`).join('')}`
}

async function exposed(trace: Trace) {
  const { findings } = await reportOn(trace, {})
  return findings.filter(({ rule }) => rule === 'sdes-key-exposed')
}

/** A call whose offer is this. */
function called(offer: string, transport: 'udp' | 'tcp' = 'udp'): Trace {
  const trace = new Trace()
  const dialog = new Dialog(trace, { callId: 'call', caller: CALLER, callee: CALLEE, transport })
  const invite = dialog.request(0, 'caller', 'INVITE', { body: offer })
  dialog.respond(500, invite, '200 OK', { body: sdp() })
  dialog.acknowledge(520, invite)
  dialog.end(5000)
  return trace
}

describe('RFC 4568 §8.3: a key is exposed wherever it stands in clear SIP', () => {
  test.each([
    ['session-level', [], [KEYED], 1],
    ['capability', [`a=acap:1 ${KEYED.slice(2)}`], [], 1],
    ['k', ['k=clear:a secret of the session'], [], 0],
    ['k', [], [`k=base64:${Buffer.from('a secret of the session').toString('base64')}`], 0],
    ['mikey', [`a=key-mgmt:mikey ${READABLE.toString('base64')}`], [], 0],
    ['mikey', [], [`a=key-mgmt:mikey ${READABLE.toString('base64')}`], 0],
  ])('%s: %j, before m=: %j', async (place, of, before, keys) => {
    const [one, ...others] = await exposed(called(sdp(of, before)))
    expect(others).toEqual([])
    expect(one).toMatchObject({ callId: 'call', severity: 'error', frames: [1] })
    expect(one.evidence).toMatchObject({ places: [place] })
    expect(one.evidence.keyFingerprints).toHaveLength(keys)
  })

  test.each([
    [['k=prompt']],
    [['k=uri:https://keys.example.com/1']],
    [['k=clear:********']],
    [[`a=key-mgmt:mikey ${ENCRYPTED.toString('base64')}`]],
    [['a=acap:1 crypto:1 AES_CM_128_HMAC_SHA1_80 inline:****']],
  ])('not where there is none to be read: %j', async (lines) => {
    expect(await exposed(called(sdp(lines)))).toEqual([])
    expect(await exposed(called(sdp([], lines)))).toEqual([])
  })

  test('what an offer may become by a capability is said once', async () => {
    const lines = ['a=tcap:1 RTP/SAVP', `a=acap:1 ${KEYED.slice(2)}`, 'a=pcfg:1 t=1 a=1']
    const [{ evidence }] = await exposed(called(sdp(lines)))
    expect(evidence).not.toHaveProperty('places')
  })
})

const fragment = (body: string) => ['SIP/2.0 200 OK', 'Content-Type: application/sdp', '', body].join('\r\n')
const parts = (disposition: string) =>
  [
    ...['--x', 'Content-Type: application/sdp', `Content-Disposition: ${disposition}`, '', sdp([KEYED])],
    ...['--x', 'Content-Type: application/sdp', '', sdp(), '--x--', ''],
  ].join('\r\n')

describe('RFC 4568 §8.3: and in whatever message', () => {
  const within: readonly (readonly [string, MessageOptions])[] = [
    ['INFO', { body: sdp([KEYED]) }],
    ['MESSAGE', { body: sdp([KEYED]) }],
    ['NOTIFY', { body: fragment(sdp([KEYED])), contentType: 'message/sipfrag;version=2.0' }],
    ['REFER', { body: sdp([], [KEYED]) }],
  ]

  test.each(within)('%s within a call', async (method, options) => {
    const trace = new Trace()
    const dialog = new Dialog(trace, { callId: 'call', caller: CALLER, callee: CALLEE })
    const invite = dialog.request(0, 'caller', 'INVITE', { body: sdp() })
    dialog.respond(500, invite, '200 OK', { body: sdp() })
    dialog.acknowledge(520, invite)
    dialog.respond(1010, dialog.request(1000, 'callee', method, options), '200 OK')
    dialog.end(5000)
    const [one, ...others] = await exposed(trace)
    expect(others).toEqual([])
    expect(one).toMatchObject({ callId: 'call', frames: [4] })
    expect(one.detail).toContain(`first in frame 4 (${method})`)
  })

  test.each(within)('%s without a call', async (method, options) => {
    const trace = new Trace()
    const dialog = new Dialog(trace, { callId: 'no-call', caller: CALLER, callee: CALLEE })
    dialog.respond(10, dialog.request(0, 'caller', method, options), '200 OK')
    const [one, ...others] = await exposed(trace)
    expect(others).toEqual([])
    expect(one.callId).toBeUndefined()
    expect(one.frames).toEqual([1])
  })

  test('a method that is a key is not repeated', async () => {
    const trace = new Trace()
    const dialog = new Dialog(trace, { callId: 'no-call', caller: CALLER, callee: CALLEE })
    const method = Buffer.alloc(30, 'no slash and no padding in it ').toString('base64')
    dialog.respond(10, dialog.request(0, 'caller', method, { body: sdp([KEYED]) }), '200 OK')
    const [{ detail }] = await exposed(trace)
    expect(detail).toContain('first in frame 1 (an unknown method)')
  })

  test('RFC 3261 §21.4.26: the 488 that says what would be taken', async () => {
    const trace = new Trace()
    const dialog = new Dialog(trace, { callId: 'call', caller: CALLER, callee: CALLEE })
    const invite = dialog.request(0, 'caller', 'INVITE', { body: sdp() })
    dialog.respond(500, invite, '488 Not Acceptable Here', { body: sdp([KEYED]) })
    dialog.acknowledge(520, invite, true)
    const [{ detail }] = await exposed(trace)
    expect(detail).toContain('first in frame 2 (488 to INVITE)')
  })

  test('RFC 3959: a part of the body that is no description of the session', async () => {
    const trace = new Trace()
    const dialog = new Dialog(trace, { callId: 'call', caller: CALLER, callee: CALLEE })
    const invite = dialog.request(0, 'caller', 'INVITE', {
      body: parts('early-session'),
      contentType: 'multipart/mixed;boundary=x',
    })
    dialog.respond(500, invite, '200 OK', { body: sdp() })
    dialog.acknowledge(520, invite)
    expect(await exposed(trace)).toMatchObject([{ callId: 'call', frames: [1] }])
  })

  test('a request that comes again is said once', async () => {
    const trace = new Trace()
    const dialog = new Dialog(trace, { callId: 'no-call', caller: CALLER, callee: CALLEE })
    for (const atMs of [0, 500, 1500])
      dialog.request(atMs, 'caller', 'MESSAGE', { body: sdp([KEYED]), branch: 'z9hG4bK1', number: 1 })
    expect(await exposed(trace)).toMatchObject([{ frames: [1] }])
  })
})
