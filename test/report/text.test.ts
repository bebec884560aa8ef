import { describe, expect, test } from 'vitest'
import type { Call, Finding, Stream, Totals } from '../../src/model/report.ts'
import { columnsOf } from '../../src/report/cells.ts'
import { formatText, type TextOptions } from '../../src/report/text.ts'
import { CALL, FINDING, ordinaryReport, STREAM, WHOLE_REPORT } from './sample-report.ts'

const PLAIN: TextOptions = { width: 80, color: false, quiet: false, verbose: false }
const { explanation: _why, unverifiedReason: _reason, turn: TURN, ...FACTS } = STREAM
const SOUND: Stream = {
  ...FACTS,
  packets: 418,
  verified: 418,
  failed: 0,
  unverified: 0,
  plain: 0,
  lost: 0,
  maxJitterMs: 1,
}
const { codec: _codec, ...RTCP_FACTS } = SOUND
const RTCP: Stream = {
  ...RTCP_FACTS,
  kind: 'rtcp',
  packets: 2,
  verified: 2,
  src: '192.0.2.10:16405',
  dst: '198.51.100.20:20005',
}
const ESCAPE = '\u001b'

function calls(n: number): Call[] {
  return Array.from({ length: n }, (_, index) => ({ ...CALL, callId: `call-${index}@192.0.2.10` }))
}

describe('the text report', () => {
  test('begins with a line that sums up', () => {
    expect(formatText(ordinaryReport(), { ...PLAIN, width: 120 }).split('\n')[0]).toBe(
      '1 call, 4 streams: 838 of 840 packets verified, 2 in the clear; 0 errors, 1 warning',
    )
  })

  test('a call whose ends are by two clocks has no length', () => {
    const lengthOf = (endTime: string) =>
      /completed.*/.exec(
        formatText({ ...ordinaryReport(), calls: [{ ...CALL, state: 'completed', endTime }] }, PLAIN),
      )?.[0]
    expect(lengthOf('2026-01-15T09:30:31.500000Z')).toContain('30.0 s')
    expect(lengthOf('2026-01-15T09:29:58.000000Z')).not.toContain(' s,')
  })

  test.each([80, 100, 120])('keeps within %i columns', (width) => {
    for (const report of [WHOLE_REPORT, ordinaryReport(), ordinaryReport({ findings: Array(9).fill(FINDING) })]) {
      for (const verbose of [false, true]) {
        const lines = formatText(report, { ...PLAIN, width, verbose }).split('\n')
        expect(lines.filter((line) => line.length > width)).toEqual([])
        expect(lines.filter((line) => line !== line.trimEnd())).toEqual([])
      }
    }
  })

  test('uses the room of a wider terminal', () => {
    const lines = (width: number) => formatText(WHOLE_REPORT, { ...PLAIN, width }).split('\n').length
    expect(lines(120)).toBeLessThan(lines(80))
  })

  test('has a stream in a line where all of the call fit, in columns, and in two otherwise', () => {
    const streams: Stream[] = [
      { ...SOUND, id: 's1', codecs: undefined },
      { ...RTCP, id: 's2', codecs: undefined, plain: 2, verified: 0 },
    ]
    const streamsOf = (width: number) => {
      const lines = formatText(ordinaryReport({ streams, findings: [] }), { ...PLAIN, width }).split('\n')
      return lines.slice(lines.findIndex((line) => line.startsWith('  Call-ID')) + 1, -1)
    }
    expect(streamsOf(120).slice(0, 2)).toEqual([
      '  + RTP PCMU/8000  192.0.2.10:16404 > 198.51.100.20:20004  AES_CM_128_HMAC_SHA1_80, all 418 verified',
      '  ! RTCP           192.0.2.10:16405 > 198.51.100.20:20005  AES_CM_128_HMAC_SHA1_80, all 2 in the clear',
    ])
    expect(streamsOf(80).slice(0, 4)).toEqual([
      '  + RTP PCMU/8000 192.0.2.10:16404 > 198.51.100.20:20004',
      '      AES_CM_128_HMAC_SHA1_80, all 418 verified',
      '  ! RTCP 192.0.2.10:16405 > 198.51.100.20:20005',
      '      AES_CM_128_HMAC_SHA1_80, all 2 in the clear',
    ])
  })

  test('shows both directions of a leg together, and RTP before RTCP', () => {
    const way = (stream: Stream, src: string, dst: string): Stream => ({ ...stream, src, dst })
    const [a, b, c] = ['192.0.2.10:1', '192.0.2.20:1', '192.0.2.30:1']
    const streams = [
      way(RTCP, a, b),
      way(SOUND, b, c),
      way(SOUND, a, b),
      way(RTCP, c, b),
      way(SOUND, b, a),
      { ...way(SOUND, a, c), mediaIndex: 1 },
      way(SOUND, c, b),
    ]
    const text = formatText(ordinaryReport({ streams, findings: [] }), { ...PLAIN, width: 120 })
    const shown = [...text.matchAll(/^ {2}[+] (RTC?P).*? 192.0.2.(\d)0:1 > 192.0.2.(\d)0:1/gm)]
    expect(shown.map(([, kind, from, to]) => `${kind} ${from}${to}`)).toEqual([
      'RTP 12',
      'RTP 21',
      'RTCP 12',
      'RTP 23',
      'RTP 32',
      'RTCP 32',
      'RTP 13',
    ])
  })

  test.each<[Partial<Stream>, string]>([
    [{ lost: 40, packets: 326, verified: 326 }, 'all 326 verified, 40 lost (11 %)'],
    [{ lost: 1, packets: 999, verified: 999 }, 'all 999 verified, 1 lost (0.1 %)'],
    [{ maxJitterMs: 29.34 }, 'all 418 verified, jitter up to 29.3 ms'],
    [{ maxJitterMs: 4.9 }, 'all 418 verified\n'],
    [{ turn: TURN }, 'by TURN channel 0x4001 of\n      10.20.30.40:50000 at 192.0.2.9:3478\n'],
    [{ turn: { channel: '0x4001' } }, 'by TURN channel 0x4001, whose\n      binding was not captured\n'],
    [{ turn: {} }, 'by TURN indications\n'],
  ])('says how media came where somebody hears it: %o', (change, said) => {
    expect(formatText(ordinaryReport({ streams: [{ ...SOUND, ...change }] }), PLAIN)).toContain(said)
  })

  test.each<[Partial<Totals>, string]>([
    [{ calls: 0, streams: 0, sipMessages: 32 }, '32 SIP messages, no call, no media; 0 errors, 1 warning'],
    [{ calls: 150, streams: 0 }, '150 calls, no media; 0 errors, 1 warning'],
    [
      { calls: 0, streams: 0, sipMessages: 0, frames: 0 },
      '0 calls: no SIP that can be read and no media in 0 frames; 0 errors, 1 warning',
    ],
    [
      { calls: 0, streams: 0, sipMessages: 0, frames: 1 },
      '0 calls: no SIP that can be read and no media in 1 frame; 0 errors, 1 warning',
    ],
  ])('says what a trace without media holds: %o', (change, said) => {
    const { totals } = WHOLE_REPORT
    const text = formatText(ordinaryReport({ totals: { ...totals, ...change } }), { ...PLAIN, width: 120 })
    expect(text.split('\n')[0]).toBe(said)
  })

  test('does not say that there is no media where filters left it out', () => {
    const totals = { ...WHOLE_REPORT.totals, calls: 0, streams: 0, sipMessages: 0 }
    const text = formatText(ordinaryReport({ totals, calls: [], streams: [], keptTo: ['--ip 192.0.2.9'] }), PLAIN)
    expect(text.split('\n')[0]).toBe('0 calls, no media; 0 errors, 1 warning')
  })

  test('breaks no line within a reference', () => {
    const references = Array.from({ length: 20 }, (_, n) => `RFC 3261 §${n}`)
    const text = formatText(ordinaryReport({ findings: [{ ...FINDING, references }] }), PLAIN)
    expect(text.replaceAll(/,\n +/g, ', ')).toContain(references.join(', '))
  })

  test('says what, where, proof and remedy of a finding', () => {
    const text = formatText(ordinaryReport(), PLAIN)
    expect(text.slice(text.indexOf('warning rtcp'))).toBe(
      [
        'warning rtcp-in-clear (beside-srtcp): RTCP in the clear on a secured session',
        '  192.0.2.10:16405 sends 2 RTCP packets in the clear to 198.51.100.20:20005,',
        '  first in frame 120.',
        '  where: call a84b4c76e66710@192.0.2.10 of 09:30:00; frames 120, 431 of',
        '         call.pcap',
        '  mend:  Let the sender protect its RTCP under the crypto line of its own',
        '         description.',
        '  see:   RFC 3711 §3.4',
        '',
      ].join('\n'),
    )
  })

  test('says under a policy what the capture cannot show, a reason once', () => {
    const text = formatText(WHOLE_REPORT, PLAIN)
    expect(text).toContain(
      [
        'Policy zero-trust, mine.json: this capture cannot show whether this is kept:',
        '  - tls.versions, tls.mutual: no TLS handshake was captured',
        '  - networks.media: left to you, and not given: the networks of the media',
      ].join('\n'),
    )
    expect(formatText(ordinaryReport(), PLAIN)).not.toContain('Policy')
    const shown = ordinaryReport({ policies: ['mine.json'], policyNotShown: [] })
    expect(formatText(shown, PLAIN)).toContain('Policy mine.json: this capture lets all that it asks for be judged.\n')
  })

  test('says the remedy of findings that differ in place only once, and every place', () => {
    const findings: Finding[] = [7, 8, 9].map((frame) => ({ ...FINDING, frames: [frame], detail: `Seen at ${frame}.` }))
    const text = formatText(ordinaryReport({ findings }), PLAIN)
    expect(text.match(/mend:/g)).toHaveLength(1)
    expect(text).toContain('warning rtcp-in-clear (beside-srtcp), 3 times: RTCP')
    for (const frame of [7, 8, 9]) expect(text).toContain(`- Seen at ${frame}.`)
  })

  test('sums up places beyond 10 and says how many, unless verbose', () => {
    const findings = Array.from({ length: 25 }, (_, n): Finding => ({ ...FINDING, detail: `Place ${n}.` }))
    const report = ordinaryReport({ findings })
    expect(formatText(report, PLAIN).match(/Place \d+\./g)).toHaveLength(10)
    expect(formatText(report, PLAIN)).toContain('15 more places; --verbose shows all.')
    expect(formatText(report, { ...PLAIN, verbose: true }).match(/Place \d+\./g)).toHaveLength(25)
  })

  test('lists findings in their order, worst first', () => {
    const findings: Finding[] = (['error', 'warning', 'info'] as const).map((severity) => ({ ...FINDING, severity }))
    const text = formatText(ordinaryReport({ findings }), { ...PLAIN, quiet: true })
    expect(text.match(/^(error|warning|info)/gm)).toEqual(['error', 'warning', 'info'])
  })

  test('quiet prints findings only, and nothing where there are none', () => {
    const text = formatText(ordinaryReport(), { ...PLAIN, quiet: true })
    expect(text.startsWith('warning rtcp-in-clear')).toBe(true)
    expect(formatText(ordinaryReport({ findings: [] }), { ...PLAIN, quiet: true })).toBe('')
  })

  test('verbose adds offers with their answers, and anomalies', () => {
    const verbose = formatText(WHOLE_REPORT, { ...PLAIN, verbose: true })
    for (const part of ['offer not captured, answered in frame 5', 'offer:', 'answer:', 'a header without a colon']) {
      expect(verbose).toContain(part)
      expect(formatText(WHOLE_REPORT, PLAIN)).not.toContain(part)
    }
  })

  test('of many calls those are listed that the findings tell of first, whatever came before them', () => {
    const of = (n: number, rest: Partial<Finding>): Finding => ({ ...FINDING, callId: `call-${n}@192.0.2.10`, ...rest })
    const everywhere = calls(200).map((_, n) =>
      of(n, { rule: 'sdes-key-exposed', title: 'A key travelled in clear SIP' }),
    )
    const many = calls(90).map((_, n) => of(n, { rule: 'no-media', title: 'An established call without media' }))
    const last = of(199, { rule: 'one-way-media', title: 'One side hears nothing' })
    const findings = [...everywhere, ...many, last]
    const listed = formatText(ordinaryReport({ calls: calls(200), findings }), PLAIN).match(/Call-ID call-\d+/g) ?? []
    expect(listed).toHaveLength(50)
    expect(listed.at(-1)).toBe('Call-ID call-199')
  })

  test('of what weighs the same, the cause is told before what follows from it', () => {
    const follows: Finding = { ...FINDING, rule: 'one-way-media', title: 'Nothing heard', evidence: { causes: [{}] } }
    const cause: Finding = { ...FINDING, rule: 'crypto-mismatch', title: 'Another key', evidence: {} }
    const text = formatText(ordinaryReport({ findings: [follows, cause] }), PLAIN)
    expect(text.indexOf('Another key')).toBeLessThan(text.indexOf('Nothing heard'))
    expect(text).toContain('Nothing heard')
  })

  test('breaks lines by the columns that characters take, not by their number', () => {
    const call = { ...CALL, from: `sip:${'日本'.repeat(15)}@例え.テスト`, to: 'sip:b@例え.テスト' }
    const lines = formatText(ordinaryReport({ calls: [call] }), PLAIN).split('\n')
    expect(Math.max(...lines.map(columnsOf))).toBeLessThanOrEqual(PLAIN.width)
    expect(lines).toContain('  sip:b@例え.テスト')
  })

  test('lists all of 50 calls; of 51 those with findings, and says how many others there are', () => {
    const titles = (text: string) => text.match(/Call-ID call-\d+/g) ?? []
    const findings: Finding[] = [{ ...FINDING, callId: 'call-30@192.0.2.10' }]
    expect(titles(formatText(ordinaryReport({ calls: calls(50), findings }), PLAIN))).toHaveLength(50)
    const report = ordinaryReport({ calls: calls(51), findings })
    expect(titles(formatText(report, PLAIN))).toEqual(['Call-ID call-30'])
    expect(formatText(report, PLAIN)).toContain('50 more calls; --verbose shows all.')
    const none = formatText({ ...report, findings: [] }, PLAIN)
    expect(none).toContain('51 calls, none with a finding of its own; --verbose shows all.')
    expect(titles(formatText(report, { ...PLAIN, verbose: true }))).toHaveLength(51)
  })

  test('lists all of 50 streams of a call; of more the first 50, and before all others those that did not verify', () => {
    const failing: Stream = { ...SOUND, src: '192.0.2.10:9999', verified: 417, failed: 1 }
    const streams = (n: number): Stream[] => [...Array.from({ length: n - 1 }, () => ({ ...SOUND })), failing]
    const text = (n: number, verbose = false) =>
      formatText(ordinaryReport({ streams: streams(n), findings: [] }), { ...PLAIN, verbose })
    const listed = (shown: string) => shown.split('\n').filter((line) => /^ {2}[+x!?] /.test(line)).length
    expect(listed(text(50))).toBe(50)
    expect(text(50)).not.toContain('more stream')
    expect(listed(text(51))).toBe(50)
    expect(text(51)).toContain('\n  1 more stream; --verbose shows all.\n')
    expect(text(51)).toContain('192.0.2.10:9999')
    expect(listed(text(51, true))).toBe(51)
  })

  test('tells streams between the same two places apart by their SSRCs, and no others', () => {
    const [stream] = WHOLE_REPORT.streams
    const streams = ['0x00000001', '0x00000002'].map((ssrc, n) => ({ ...stream, id: `s${n}`, callId: undefined, ssrc }))
    const text = formatText(ordinaryReport({ streams }), PLAIN)
    expect(text.match(/SSRC 0x0000000[12]/g)).toEqual(['SSRC 0x00000001', 'SSRC 0x00000002'])
    expect(formatText(ordinaryReport({ streams: streams.slice(1) }), PLAIN)).not.toContain('SSRC')
  })

  test('colours only when told, and changes nothing else by it', () => {
    const coloured = formatText(WHOLE_REPORT, { ...PLAIN, color: true, verbose: true })
    const plain = formatText(WHOLE_REPORT, { ...PLAIN, verbose: true })
    expect(plain).not.toContain(ESCAPE)
    expect(coloured).toContain(`${ESCAPE}[33mwarning${ESCAPE}[0m`)
    expect(
      coloured
        .split(ESCAPE)
        .map((part, n) => (n === 0 ? part : part.replace(/^\[\d+m/, '')))
        .join(''),
    ).toBe(plain)
  })

  test('says what of a capture was lost', () => {
    const text = formatText(WHOLE_REPORT, PLAIN).replaceAll(/\s+/g, ' ')
    expect(text).toContain('call.pcap: lost from byte 180,950: the capture ends within a record; 2 of 846 frames cut')
  })

  test('names the capture of a frame where there are several', () => {
    const { capture: _, ...finding } = FINDING
    expect(formatText(ordinaryReport({ findings: [finding] }), PLAIN)).not.toContain('of call.pcap')
    expect(formatText(ordinaryReport({ findings: [{ ...FINDING, frames: [120] }] }), PLAIN)).toContain(
      '120 of call.pcap',
    )
  })

  test.each<[Partial<Stream>, string]>([
    [{ packets: 400, verified: 400, failed: 0, plain: 0, unverified: 0 }, 'all 400 verified'],
    [{ packets: 1, verified: 0, failed: 0, plain: 1, unverified: 0 }, '1 in the clear'],
    [
      { packets: 1418, verified: 1400, failed: 10, plain: 8, unverified: 0 },
      '1,400 verified, 10 failed, 8 in the clear of 1,418',
    ],
    [{ packets: 6, verified: 0, failed: 0, plain: 0, unverified: 6 }, 'all 6 unverified (cut by the snap length)'],
  ])('sums up the packets of a stream: %o', (change, said) => {
    const text = formatText(ordinaryReport({ streams: [{ ...STREAM, ...change }] }), PLAIN)
    expect(text.replaceAll(/\s+/g, ' ')).toContain(said)
  })

  test('shows media that no call claims', () => {
    const { callId: _, ...stream } = STREAM
    const text = formatText(ordinaryReport({ calls: [], streams: [stream], findings: [] }), PLAIN)
    expect(text).toContain('Media without signalling')
    expect(text).toContain('No findings.')
  })
})

test('what one call suffers goes before what is true of the whole network, as on the page', () => {
  const of = (rule: string, severity: Finding['severity'], callId?: string): Finding => ({
    ...FINDING,
    rule,
    severity,
    kind: undefined,
    callId,
    title: rule,
  })
  const findings = [
    of('sdes-key-exposed', 'error', 'a'),
    of('one-way-media', 'error', 'a'),
    of('crypto-mismatch', 'error', 'a'),
    of('crypto-mismatch', 'error', 'b'),
    of('sip-cleartext', 'warning'),
    of('rtcp-in-clear', 'warning', 'a'),
  ]
  const heads = formatText(ordinaryReport({ findings }), PLAIN).matchAll(/^(?:error|warning) ([a-z-]+)/gm)
  expect([...heads].map(([, rule]) => rule)).toEqual([
    'crypto-mismatch',
    'one-way-media',
    'sdes-key-exposed',
    'rtcp-in-clear',
    'sip-cleartext',
  ])
})
