import { describe, expect, test } from 'vitest'
import { formatEndpoint } from '../../../src/bytes/endpoint.ts'
import type { AnalysedExchange, AnalysedStream, DescribedMedia } from '../../../src/model/analysis.ts'
import { DEFAULT_POLICY } from '../../../src/policy/policy.ts'
import { natPrivateAddress } from '../../../src/rules/media/nat-private-address.ts'
import { causesOf, groupedByCall } from '../../../src/rules/media/one-way-causes.ts'
import { oneWayMedia } from '../../../src/rules/media/one-way-media.ts'
import { cryptoMismatch } from '../../../src/rules/protection/crypto-mismatch.ts'
import { rtpAvpLeak } from '../../../src/rules/protection/rtp-avp-leak.ts'
import { judge, type Rule } from '../../../src/rules/rule.ts'
import { CALLEE, CALLER, callOf, frameAt, hop, mediaAt, streamBack, streamOf, traceOf } from '../media-trace.ts'

/** What each of the rules finds over one trace, one-way-media last. */
const together = (rules: readonly Rule[], facts: Parameters<typeof traceOf>[0]) =>
  judge([...rules, oneWayMedia], traceOf(facts), DEFAULT_POLICY)

const keyedAt = (end: typeof CALLER) => mediaAt(end, { profile: 'RTP/SAVP', carries: ['crypto'] })

const kinds = (streams: readonly AnalysedStream[], call = callOf()) =>
  oneWayMedia.find(traceOf({ calls: [call], streams })).map(({ kind, evidence }) => [kind, evidence.hearsNothing])

describe('one-way-media: one direction of a sendrecv call (RFC 3264 §5.1)', () => {
  test('nothing from the callee: the caller hears nothing, since the answer', () => {
    const [one, ...rest] = oneWayMedia.find(traceOf({ calls: [callOf()], streams: [streamOf()] }))
    expect(rest).toEqual([])
    expect(one).toMatchObject({
      rule: 'one-way-media',
      kind: 'no-packets',
      severity: 'error',
      callId: 'one',
      frames: [3, 10],
      evidence: {
        hearsNothing: CALLER.address,
        silent: CALLEE.address,
        since: '2023-11-14T22:13:20.000000Z',
        packets: 0,
      },
    })
    expect(one.detail).toContain('firewall or NAT')
  })

  test('nothing from the caller: the callee hears nothing', () => {
    expect(kinds([streamBack()])).toEqual([['no-packets', CALLEE.address]])
  })

  test('RTCP of the silent side is named: its packets do arrive', () => {
    const [one] = oneWayMedia.find(
      traceOf({ calls: [callOf()], streams: [streamOf(), streamBack({ report: { kind: 'rtcp' } })] }),
    )
    expect(one.detail).toContain('RTCP of that side arrives')
  })

  test('RTCP of the silent side that goes to a relay does not arrive', () => {
    const destination = { address: '192.0.2.50', port: 20_001 }
    const toRelay = streamBack({ destination, report: { kind: 'rtcp' } })
    const [one] = oneWayMedia.find(traceOf({ calls: [callOf()], streams: [streamOf(), toRelay] }))
    expect(one.detail).not.toContain('RTCP')
  })

  test('every packet of one direction fails verification: unverifiable, with its explanation', () => {
    const explanation = { kind: 'wire-other-key', text: 'it sends with the key of tag 2' }
    const failing = streamBack({ report: { failed: 500, plain: 0, protection: 'srtp', explanation } })
    const [one, ...rest] = oneWayMedia.find(traceOf({ calls: [callOf()], streams: [streamOf(), failing] }))
    expect(rest).toEqual([])
    expect(one).toMatchObject({ kind: 'unverifiable', evidence: { hearsNothing: CALLER.address } })
    expect(one.detail).toContain('it sends with the key of tag 2')
  })

  test('what is said of a few packets in the clear is not why the others fail', () => {
    const explanation = { kind: 'wire-plain-rtp', text: 'it sends RTP in the clear' }
    const saidOf = (failed: number, plain: number) => {
      const failing = streamBack({ report: { failed, plain, explanation } })
      const leak = { ...failing, keying: 'sdes' as const }
      const keyed = hop({ offerMedia: keyedAt(CALLER), answerMedia: keyedAt(CALLEE) })
      const found = together([rtpAvpLeak], { calls: [callOf({ exchanges: [keyed] })], streams: [streamOf(), leak] })
      expect(found[0]).toMatchObject([{ kind: 'on-wire' }])
      return found[1][0]
    }
    expect(saidOf(470, 30).detail).toContain('every tag fails')
    expect(saidOf(470, 30).evidence).not.toHaveProperty('causes')
    expect(saidOf(30, 470).detail).toContain('RTP in the clear')
    expect(saidOf(30, 470).evidence).toMatchObject({ causes: [{ rule: 'rtp-avp-leak' }] })
  })

  test('one packet that verifies is media', () => {
    expect(kinds([streamOf(), streamBack({ report: { failed: 499, verified: 1, plain: 0 } })])).toEqual([])
  })

  test('packets without known keys are media too', () => {
    expect(kinds([streamOf(), streamBack({ report: { unverified: 500, plain: 0 } })])).toEqual([])
  })

  test('one direction ends 3 s before the other: stopped, since its last packet', () => {
    const [one] = oneWayMedia.find(traceOf({ calls: [callOf()], streams: [streamOf({ until: 4 }), streamBack()] }))
    expect(one).toMatchObject({
      kind: 'stopped',
      evidence: { hearsNothing: CALLEE.address, since: '2023-11-14T22:13:24.000000Z' },
    })
    // Its packets arrived before: the address in c= was right, and who or what silenced it the capture does not show.
    expect(one.detail).toContain('none of its packets was captured any more')
    expect(one.remedy).not.toContain('c=')
  })

  test('a new SSRC goes on where the first ended: not stopped', () => {
    expect(kinds([streamOf({ until: 4 }), streamOf({ from: 4 }), streamBack()])).toEqual([])
  })

  test('sent to a private address alone, from public ground: unreachable', () => {
    const lost = streamBack({ destination: { address: '10.0.0.5', port: 30000 } })
    const call = callOf({ exchanges: [hop({ offerMedia: mediaAt({ address: '10.0.0.5', port: 30000 }) })] })
    const [one, ...rest] = oneWayMedia.find(traceOf({ calls: [call], streams: [streamOf(), lost] }))
    expect(rest).toEqual([])
    expect(one).toMatchObject({ kind: 'unreachable', evidence: { hearsNothing: CALLER.address } })
    expect(one.detail).toContain('10.0.0.5')
  })

  test('sent to a private address, seen at both sides of its NAT: what goes out is there twice, what comes in is not', () => {
    const inside = { address: '10.0.0.5', port: 30000 }
    const call = callOf({ exchanges: [hop({ from: inside.address, offerMedia: mediaAt(inside) })] })
    const out = [streamOf({ source: inside }), streamOf()]
    const lost = streamBack({ destination: inside, report: { ssrc: '0x00000002' } })
    const found = (streams: readonly AnalysedStream[]) =>
      oneWayMedia.find(traceOf({ calls: [call], streams })).map(({ kind }) => kind)
    expect(found([...out, lost])).toEqual(['unreachable'])
    // Another hop of the call has it at the public address: the NAT rewrites what it passes on.
    const passed = streamBack({ exchanges: [1], report: { ssrc: '0x00000002' } })
    expect(found([...out, lost, passed])).toEqual([])
  })

  describe('sent to a port of the receiver that nobody described', () => {
    const described = formatEndpoint(CALLER)
    const astray = (port = 30010, from = CALLER) => [
      streamOf({ source: from }),
      { ...streamBack({ destination: { ...CALLER, port } }), agreedDestination: described },
    ]

    test('unreachable where the receiver sends from the port that it described', () => {
      const [one, ...rest] = oneWayMedia.find(traceOf({ calls: [callOf()], streams: astray() }))
      expect(rest).toEqual([])
      expect(one).toMatchObject({ kind: 'unreachable', evidence: { hearsNothing: CALLER.address } })
      expect(one.detail).toContain(`it is sent to ${CALLER.address}:30010, which nobody described`)
      expect(one.detail).toContain(`its receiver described ${described} and sends from there`)
      expect(one.remedy).toMatch(/^Have the sender send to the port of the m= line/)
    })

    test('not where the receiver sends from elsewhere: the peer may have learned that port', () => {
      expect(kinds(astray(30010, { ...CALLER, port: 30010 }))).toEqual([])
      expect(kinds(astray(30010, { ...CALLER, port: 30020 }))).toEqual([])
    })

    test('nor where another exchange of the call describes it, or ICE found it', () => {
      const moved = hop({ offerMedia: mediaAt({ ...CALLER, port: 30010 }), renegotiates: true })
      expect(kinds(astray(), callOf({ exchanges: [hop(), moved] }))).toEqual([])
      const early = hop({ offerMedia: mediaAt({ ...CALLER, port: 30010 }) })
      const provisional = [early.offer, ...hop().answers]
      expect(kinds(astray(), callOf({ exchanges: [{ ...hop(), answers: provisional }] }))).toEqual([])
      const [first] = [hop()]
      const media = first.session.media.map((line) => ({
        ...line,
        ...(line.offer !== undefined && { offer: { ...line.offer, candidates: ['192.0.2.1:1'] } }),
      }))
      expect(kinds(astray(), callOf({ exchanges: [{ ...first, session: { ...first.session, media } }] }))).toEqual([])
    })

    test('nor to another host: a relay may stand there', () => {
      const [forth, back] = astray() as [AnalysedStream, AnalysedStream]
      const elsewhere = streamBack({ destination: { address: '192.0.2.9', port: 30010 } })
      expect(kinds([forth, { ...elsewhere, agreedDestination: back.agreedDestination }])).toEqual([])
    })
  })

  test('a private c= is the likeliest cause of silence', () => {
    const call = callOf({ exchanges: [hop({ offerMedia: mediaAt({ address: '10.0.0.5', port: 30000 }) })] })
    const [leaks, [one]] = together([natPrivateAddress], { calls: [call], streams: [streamOf()] })
    expect(one).toMatchObject({
      kind: 'no-packets',
      remedy: leaks[0].remedy,
      evidence: {
        party: 'caller',
        silent: CALLEE.address,
        causes: [{ rule: 'nat-private-address', kind: 'connection', frame: 1 }],
      },
    })
    expect(one.detail).toContain('the private address 10.0.0.5')
    expect(one.detail).toContain('See nat-private-address connection (frame 1)')
  })

  test('causes are ranked: an address that cannot be reached before tags that fail', () => {
    const explanation = { kind: 'wire-other-key', text: 'it sends with the key of tag 2' }
    const call = callOf({ exchanges: [hop({ offerMedia: mediaAt({ address: '10.0.0.5', port: 30000 }) })] })
    const failing = streamBack({ report: { verified: 0, failed: 500, plain: 0, failedFrames: [12], explanation } })
    const found = together([cryptoMismatch, natPrivateAddress], { calls: [call], streams: [streamOf(), failing] })
    expect(found[2]).toMatchObject([
      { kind: 'unverifiable', evidence: { causes: [{ rule: 'nat-private-address' }, { rule: 'crypto-mismatch' }] } },
    ])
  })

  test('what was agreed for another m= line explains nothing', () => {
    const exchange = hop({ offerMedia: keyedAt(CALLER) })
    const call = callOf({ exchanges: [exchange] })
    const found = rtpAvpLeak.find(traceOf({ calls: [call] }))
    expect(found).toMatchObject([{ kind: 'negotiated', evidence: { mediaIndex: 0 } }])
    const causesFor = (mediaIndex: number) =>
      causesOf(
        {
          call,
          mediaIndex,
          streams: [],
          back: [streamBack()],
          senderAddress: CALLER.address,
          receiverAddress: CALLEE.address,
          offered: exchange.offer.at,
        },
        groupedByCall(found),
      )
    expect(causesFor(0)).toHaveLength(1)
    expect(causesFor(1)).toEqual([])
  })

  test('findings of another call explain nothing', () => {
    const elsewhere = callOf({
      callId: 'two',
      exchanges: [hop({ offerMedia: mediaAt({ address: '10.0.0.5', port: 30000 }) })],
    })
    const [, found] = together([natPrivateAddress], { calls: [callOf(), elsewhere], streams: [streamOf()] })
    expect(found).toMatchObject([{ callId: 'one' }])
    expect(found[0].evidence).not.toHaveProperty('causes')
  })

  test('the party is told by who called, not by who offered', () => {
    const delayed = hop({
      from: CALLEE.address,
      to: CALLER.address,
      offerMedia: mediaAt(CALLEE),
      answerMedia: mediaAt(CALLER),
    })
    const paths = callOf().paths
    const silentCaller = oneWayMedia.find(
      traceOf({
        calls: [callOf({ exchanges: [delayed], paths })],
        streams: [streamBack({ report: { sender: 'offerer' } })],
      }),
    )
    expect(silentCaller).toMatchObject([{ evidence: { party: 'callee', silent: CALLER.address } }])
  })

  test('a media host of which nothing at all was captured: a warning, for the capture may see one side only', () => {
    const relay = { address: '198.51.100.99', port: 40000 }
    const call = callOf({ exchanges: [hop({ answerMedia: mediaAt(relay) })] })
    const found = oneWayMedia.find(traceOf({ calls: [call], streams: [streamOf({ destination: relay })] }))
    expect(found).toMatchObject([{ kind: 'no-packets', severity: 'warning', evidence: { silent: relay.address } }])
  })

  test('a proxied call tells it once: both hops carry the same descriptions', () => {
    const exchanges = [hop({ to: '192.0.2.1' }), hop({ from: '192.0.2.1' })]
    expect(kinds([streamOf({ exchanges: [0, 1] })], callOf({ exchanges }))).toEqual([['no-packets', CALLER.address]])
  })

  test('a hold later on does not hide that nothing came before it (RFC 3264 §8.4)', () => {
    const held = hop({ seconds: 6, renegotiates: true, offerMedia: mediaAt(CALLER, { direction: 'sendonly' }) })
    const call = callOf({ exchanges: [hop(), held] })
    expect(kinds([streamOf({ exchanges: [0, 1] })], call)).toEqual([['no-packets', CALLER.address]])
    expect(kinds([streamOf({ exchanges: [0, 1], from: 7 })], call)).toEqual([])
  })
})

describe('one-way-media and holds (RFC 3264 §8.4)', () => {
  const held = hop({ seconds: 3, renegotiates: true, offerMedia: mediaAt(CALLER, { direction: 'sendonly' }) })
  const resumed = hop({ seconds: 5, renegotiates: true })
  const call = callOf({ exchanges: [hop(), held, resumed] })
  const exchanges = [0, 1, 2]

  test('a side that stays silent after its resumption has stopped then', () => {
    const streams = [streamOf({ exchanges }), streamBack({ exchanges, until: 3 })]
    expect(kinds(streams, call)).toEqual([['stopped', CALLER.address]])
    expect(oneWayMedia.find(traceOf({ calls: [call], streams }))[0].evidence.since).toBe('2023-11-14T22:13:25.000000Z')
  })

  test('a side that comes back has not', () => {
    const back = [streamBack({ exchanges, until: 3 }), streamBack({ exchanges, from: 5.2 })]
    expect(kinds([streamOf({ exchanges }), ...back], call)).toEqual([])
  })

  test('a side that stopped well before the hold has', () => {
    const late = callOf({
      exchanges: [
        hop(),
        hop({ seconds: 8, renegotiates: true, offerMedia: mediaAt(CALLER, { direction: 'inactive' }) }),
      ],
    })
    expect(
      kinds([streamOf({ exchanges: [0, 1], until: 8 }), streamBack({ exchanges: [0, 1], until: 4 })], late),
    ).toEqual([['stopped', CALLER.address]])
  })

  describe('that are not taken off', () => {
    type Options = Parameters<typeof hop>[0]
    const hold = (options: Options = {}, answer: DescribedMedia['direction'] = 'recvonly') =>
      hop({
        seconds: 3,
        renegotiates: true,
        offerMedia: mediaAt(CALLER, { direction: 'sendonly' }),
        answerMedia: mediaAt(CALLEE, { direction: answer }),
        ...options,
      })
    const attempt = (options: Options = {}) =>
      hop({ seconds: 5, renegotiates: true, outcome: 'unanswered', ...options })
    const refused = { ...attempt({ outcome: 'refused' }), refusedStatus: 491, refusedAt: frameAt(52, 5.1) }
    const streams = [streamOf({ exchanges: [0, 1] }), streamBack({ exchanges: [0, 1], until: 3 })]
    const foundIn = (...exchanges: AnalysedExchange[]) =>
      oneWayMedia.find(traceOf({ calls: [callOf({ exchanges: [hop(), ...exchanges] })], streams }))

    test('for their end was not answered, or refused (RFC 3261 §14.1)', () => {
      const [unanswered] = foundIn(hold(), attempt())
      expect(unanswered).toMatchObject({ kind: 'held', severity: 'error', evidence: { hearsNothing: CALLER.address } })
      expect(unanswered.evidence.since).toBe('2023-11-14T22:13:25.000000Z')
      expect(unanswered.detail).toMatch(/a=sendonly in frame 31\), and the offer .* in frame 51, was not answered[.]$/)
      const [one, ...more] = foundIn(hold(), refused)
      expect(more).toEqual([])
      expect(one.detail).toMatch(/in frame 51, was refused with 491 \(frame 52\)[.]$/)
      expect(one.frames).toContain(52)
      expect(one.references).toContain('RFC 3261 §14.1')
    })

    test('by who wants them to go on, or later are', () => {
      expect(foundIn(hold())).toEqual([])
      expect(foundIn(hold(), { ...refused, offer: hold().offer })).toEqual([])
      const late = hop({ seconds: 8, renegotiates: true })
      expect(foundIn(hold(), refused, late)).toEqual([])
    })

    test('by the other side, which holds too', () => {
      const sides = {
        from: CALLEE.address,
        to: CALLER.address,
        answerMedia: mediaAt(CALLER, { direction: 'recvonly' }),
      }
      const ofCallee = hold({ ...sides, offerMedia: mediaAt(CALLEE, { direction: 'sendonly' }) })
      expect(foundIn(ofCallee, attempt())).toEqual([])
      expect(foundIn(hold({}, 'inactive'), attempt())).toEqual([])
    })
  })
})

describe('one-way-media is silent', () => {
  test('both directions there', () => expect(kinds([streamOf(), streamBack()])).toEqual([]))
  test('no media at all: no-media speaks', () => expect(kinds([])).toEqual([]))
  test('both directions end together', () =>
    expect(kinds([streamOf({ until: 4 }), streamBack({ until: 5 })])).toEqual([]))

  test.each(['sendonly', 'recvonly', 'inactive'] as const)('a line described %s', (direction) => {
    const call = callOf({ exchanges: [hop({ offerMedia: mediaAt(CALLER, { direction }) })] })
    expect(kinds([streamOf()], call)).toEqual([])
  })

  test.each(['0.0.0.0', '::'])('hold by c=%s', (address) => {
    const call = callOf({ exchanges: [hop({ answerMedia: mediaAt({ ...CALLEE, address }) })] })
    expect(kinds([streamOf()], call)).toEqual([])
  })

  test.each([
    ['port 0', { rejected: true, port: 0 }],
    ['T.38 in its place', { kind: 'image', profile: 'udptl', payloadTypes: [] }],
  ])('a line that a re-INVITE ends, by %s: one side sends on (RFC 3264 §8.2, RFC 3362)', (_, changes) => {
    const [offerMedia, answerMedia] = [mediaAt(CALLER, changes), mediaAt(CALLEE, changes)]
    const ended = hop({ seconds: 4, renegotiates: true, offerMedia, answerMedia })
    const streams = [streamOf({ exchanges: [0, 1] }), streamBack({ exchanges: [0, 1], until: 4 })]
    expect(kinds(streams, callOf({ exchanges: [hop(), ended] }))).toEqual([])
    const before = [streamOf({ exchanges: [0, 1] }), streamBack({ exchanges: [0, 1], until: 0.5 })]
    expect(kinds(before, callOf({ exchanges: [hop(), ended] }))).toEqual([['stopped', CALLER.address]])
  })

  test('an answer with a line of another kind in its place (RFC 3264 §6)', () => {
    const call = callOf({ exchanges: [hop({ answerMedia: mediaAt(CALLEE, { kind: 'video' }) })] })
    expect(kinds([streamOf()], call)).toEqual([])
  })

  test('hold by re-INVITE: one side goes quiet', () => {
    const held = hop({ seconds: 4, renegotiates: true, offerMedia: mediaAt(CALLER, { direction: 'sendonly' }) })
    const streams = [streamOf({ exchanges: [0, 1] }), streamBack({ exchanges: [0, 1], until: 4 })]
    expect(kinds(streams, callOf({ exchanges: [hop(), held] }))).toEqual([])
  })

  test('a transfer: whoever was referred elsewhere is silent here (RFC 3515)', () => {
    const referred = { ...callOf(), referUs: frameAt(40, 4).timeUs }
    expect(kinds([streamOf(), streamBack({ until: 4 })], referred)).toEqual([])
    expect(kinds([streamOf()], referred)).toEqual([['no-packets', CALLER.address]])
  })

  test('calls under a second', () => {
    expect(kinds([streamOf({ until: 0.9 })], callOf({ seconds: 0.9 }))).toEqual([])
  })

  test('calls that were never answered', () => expect(kinds([streamOf()], callOf({ state: 'failed' }))).toEqual([]))

  test('early media alone: the announcement ended with the answer', () => {
    expect(kinds([streamBack({ from: -3, until: 0.1 })])).toEqual([])
  })

  test('a few stray packets', () => expect(kinds([streamOf({ until: 0.1 })])).toEqual([]))

  test('one side goes on after the BYE', () => {
    expect(kinds([streamOf({ until: 10 }), streamBack({ until: 20 })])).toEqual([])
  })

  test('silence suppression: comfort noise was sent as a dynamic type, or the sender paused as long before', () => {
    const noise = { payloadType: 118, name: 'CN', clockRate: 16_000 }
    const call = callOf({ exchanges: [hop({ answerMedia: mediaAt(CALLEE, { codecs: [noise] }) })] })
    const quiet = streamOf({ until: 4, report: { payloadTypes: [9, 118] } })
    expect(kinds([quiet, streamBack()], call)).toEqual([])
    expect(kinds([quiet, streamBack()])).toHaveLength(1)
    const long = callOf({ seconds: 40 })
    const pausing = (talkSeconds: number, inSilence = 0) =>
      streamOf({ until: 30, report: { talkSeconds }, facts: { holes: { inSilence, inLeaps: 0 } } })
    expect(kinds([pausing(15), streamBack({ until: 40 })], long)).toEqual([])
    // What is passed over in them is lost, and it stops for good: no habit of its sender.
    for (const stopping of [pausing(29), pausing(15, 700)]) {
      expect(kinds([stopping, streamBack({ until: 40 })], long)).toEqual([['stopped', CALLEE.address]])
    }
  })

  test('silence suppression: comfort noise was sent (RFC 3389 §4)', () => {
    const quiet = streamOf({ until: 4, report: { payloadTypes: [0, 13] } })
    expect(kinds([quiet, streamBack()])).toEqual([])
  })

  test('directions of different address families', () => {
    const v6 = { address: '2001:db8:2::20', port: 40000 }
    const call = callOf({ exchanges: [hop({ offerMedia: mediaAt({ address: '2001:db8:1::10', port: 30000 }) })] })
    const back = streamBack({ source: v6, destination: { address: '2001:db8:1::10', port: 30000 } })
    expect(kinds([streamOf(), back], call)).toEqual([])
  })

  test('the missing direction was bound to another call that shares its ports', () => {
    expect(kinds([streamOf(), streamBack({ call: undefined })])).toEqual([])
  })

  test('packets to a private address within its own network', () => {
    const inside = { address: '10.0.0.5', port: 30000 }
    const call = callOf({ exchanges: [hop({ from: '10.0.0.5', offerMedia: mediaAt(inside) })] })
    expect(kinds([streamOf({ source: inside }), streamBack({ destination: inside })], call)).toEqual([])
  })

  test('RTP that follows where packets came from, whatever c= says', () => {
    const call = callOf({ exchanges: [hop({ offerMedia: mediaAt({ address: '10.0.0.5', port: 30000 }) })] })
    expect(kinds([streamOf(), streamBack()], call)).toEqual([])
  })
})
