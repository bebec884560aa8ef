import { describe, expect, test } from 'vitest'
import { frameLines } from '../../../src/cli/screen/frame.ts'
import { terminalPaint, unpainted } from '../../../src/cli/screen/paint.ts'
import { step } from '../../../src/cli/screen/reducer.ts'
import { firstState, type ScreenState, type Size } from '../../../src/cli/screen/state.ts'
import type { Snapshot } from '../../../src/live/snapshot.ts'
import { columnsOf } from '../../../src/report/cells.ts'
import { CALL, FINDING, STREAM } from '../../report/sample-report.ts'
import { EMPTY, replayed, SAMPLES, sampleReport, snapshotOf } from './snapshots.ts'

const SMALL = { columns: 80, rows: 24 }
const LARGE = { columns: 200, rows: 50 }
const SNAPSHOTS = replayed(SAMPLES.map(sampleReport))

function screen(size: Size, snapshots: readonly Snapshot[], ...keys: string[]): ScreenState {
  const heard = snapshots.map((snapshot, n) => ({ type: 'snapshot', snapshot, nowMs: n * 1000 }) as const)
  const typed = keys.map((key) => ({ type: 'key', key }) as const)
  return [...heard, ...typed].reduce((state, action) => step(state, action).state, firstState('eth0', size))
}

const frame = (...args: Parameters<typeof screen>) =>
  frameLines(screen(...args), unpainted).map((line) => line.trimEnd())

describe('a list of calls', () => {
  test('of 80 columns', () => {
    expect(frame(SMALL, SNAPSHOTS.slice(0, 6))).toEqual([
      ' srtp-scan live: eth0                                              09:35:05 UTC',
      ' packets 9,140 (5.5k/s)   drops 5   calls 7 running, 6 ended   waiting 2.0MB',
      ' verified 6,203   failed 808   plain 2,028   29 errors   21 warnings   0 info',
      ' Calls 13   Streams without call 0   Other findings 10             newest first',
      'time     from > to         state  via sec.  >ok/bad <ok/bad  dur. worst finding',
      '09:35:05 218>19005550118   488    udp -           -       -       x call-refuse~',
      '09:35:04 217>19005550117   talk   udp sdes    400/0   400/0  0:00 x sdes-key-ex~',
      '09:35:03 214>19005550114   talk   udp sdes    0/404   404/0  0:00 x one-way-med~',
      '09:35:02 213>19005550113   talk   udp sdes    404/0   404/0  0:00 x nat-private~',
      '09:35:01 216>19005550116   talk   udp mixed    404p   404/0  0:01 x rtp-avp-leak',
      '09:35:01 212>19005550112   talk   udp RTP      404p    404p  0:02 x rtp-avp-leak',
      '09:35:00 215>19005550115   talk   udp sdes    404/0   151/0  0:02 x one-way-med~',
      '09:35:00 211>19005550111   talk   tcp sdes    404/0   404/0  0:03 x sdes-key-ex~',
      '09:34:00 205>19005550105   ended  udp sdes    404/0       -  0:08 x one-way-med~',
      '09:33:00 203>19005550103   ended  udp sdes    404/0   404/0  0:08 x nat-private~',
      '09:32:00 204>19005550104   ended  udp sdes    0/404   404/0  0:08 x one-way-med~',
      '09:31:00 202>19005550102   ended  udp RTP      404p    404p  0:08 x rtp-avp-leak',
      '09:30:00 201>19005550101   ended  udp sdes    404/0   404/0  0:08 x sdes-key-ex~',
      ...Array(5).fill(''),
      ' Enter details  / filter  o order  p pause  s save  Tab lists  ? help  q end',
    ])
  })

  test('of 200 columns', () => {
    const lines = frame(LARGE, SNAPSHOTS.slice(0, 6), 'o')
    expect(lines.slice(3, 8)).toEqual([
      ` Calls 13   Streams without call 0   Other findings 10${' '.repeat(134)}worst first`,
      'time         from > to                                    state         transport security                             ' +
        'offerer ok/bad   answerer ok/bad duration worst finding',
      '09:35:03.100 214 > 19005550114                            established   udp       SRTP AES_CM_128_HMAC_SHA1_80 sdes    ' +
        '         0/404             404/0     0:00 x one-way-media +3',
      '09:32:00.000 204 > 19005550104                            completed     udp       SRTP AES_CM_128_HMAC_SHA1_80 sdes    ' +
        '         0/404             404/0     0:08 x one-way-media +3',
      '09:35:02.500 213 > 19005550113                            established   udp       SRTP AES_CM_128_HMAC_SHA1_80 sdes    ' +
        '         404/0             404/0     0:00 x nat-private-address +4',
    ])
    expect(lines).toHaveLength(50)
  })

  test('says what it waits for, and what a filter leaves', () => {
    expect(frame(SMALL, [])[5]).toBe('Nothing has been heard yet.')
    expect(frame(SMALL, [snapshotOf(EMPTY)])[5]).toBe('No call has been seen yet.')
    const filtered = frame(SMALL, SNAPSHOTS, '/', 'z', 'z')
    expect(filtered[3]).toMatch(/^ Calls 0 of 13 .* \/zz$/)
    expect(filtered[5]).toBe('Nothing passes the filter; Esc ends it.')
    expect(filtered.at(-1)).toBe(' filter: zz_   (Enter keeps it, Esc ends it)')
  })

  test('drops are unknown where the source cannot tell', () => {
    expect(frame(SMALL, SNAPSHOTS.slice(0, 1))[1]).toMatch(/ drops unknown /)
    expect(frame(SMALL, SNAPSHOTS.slice(0, 2))[1]).toMatch(/ drops 1 /)
  })

  test('of numbers that have no room the end is seen, of names the beginning', () => {
    const call = { ...CALL, from: 'sip:+49301234567890@192.0.2.1', to: 'sip:robert.paulson@192.0.2.2' }
    expect(frame(SMALL, [snapshotOf({ ...EMPTY, calls: [call] })])[5]).toMatch(/^\S+ ~4567890>robert.~ /)
  })

  test('packets in the clear beside protected ones are seen, by their number where there is room', () => {
    const report = {
      ...EMPTY,
      calls: [CALL],
      streams: [{ ...STREAM, verified: 400, failed: 0, unverified: 0, plain: 2 }],
    }
    expect(frame(LARGE, [snapshotOf(report)])[5]).toContain(' 400/0 +2 plain ')
    expect(frame(SMALL, [snapshotOf(report)])[5]).toContain(' 400/0 ')
  })

  test('a pause is said, and how far behind the picture is', () => {
    const paused = screen(SMALL, SNAPSHOTS.slice(0, 2), 'p')
    const later = step(paused, { type: 'snapshot', snapshot: SNAPSHOTS[2], nowMs: 9000 }).state
    expect(frameLines(paused, unpainted)[0]).toContain('PAUSED   09:31:05 UTC')
    expect(frameLines(later, unpainted)[0]).toContain('PAUSED, 60 s behind   09:31:05 UTC')
  })

  test('the end is said', () => {
    expect(frame(SMALL, SNAPSHOTS, 'q')[0]).toContain('ENDING: the report is being made')
  })
})

describe('other lists', () => {
  const { callId: _, ...alone } = STREAM
  const report = { ...EMPTY, streams: [alone], findings: [{ ...FINDING, callId: undefined, streamId: alone.id }] }

  test('streams without a call', () => {
    const lines = frame(SMALL, [snapshotOf(report)], '2')
    expect(lines.slice(3, 6)).toEqual([
      ' Calls 0   Streams without call 1   Other findings 1               newest first',
      'time     kind from > to                        wire   ok/bad  dur. worst',
      expect.stringMatching(/^09:30:0\d rtp {2}192\.0\.2\.10:16\d+>198\.51\.100\.\S+ +SRTP +\S+ +\S+ x rtcp|^\d/),
    ])
  })

  test('findings about no call, with their details', () => {
    const lines = frame(SMALL, [snapshotOf(report)], '3')
    expect(lines[5]).toContain(FINDING.rule)
    const details = frame(SMALL, [snapshotOf(report)], '3', 'enter').join('\n')
    expect(details).toContain(`${FINDING.rule} (${FINDING.kind}): ${FINDING.title}`)
    expect(details).toContain('mend:  ')
  })
})

describe('details of a call', () => {
  const call = {
    ...sampleReport('mismatch').calls[0],
    ladder: [
      {
        time: '2026-01-15T09:30:00.000000Z',
        frame: 1,
        from: '203.0.113.14:5060',
        to: '198.51.100.20:5060',
        label: 'INVITE',
        sdp: true,
      },
      {
        time: '2026-01-15T09:30:00.500000Z',
        frame: 2,
        from: '203.0.113.14:5060',
        to: '198.51.100.20:5060',
        label: 'INVITE',
        repeated: true,
      },
      {
        time: '2026-01-15T09:30:01.000000Z',
        frame: 3,
        from: '198.51.100.20:5060',
        to: '203.0.113.14:5060',
        label: '200 OK (INVITE)',
      },
    ],
  } as const
  const snapshot = snapshotOf({ ...sampleReport('mismatch'), calls: [call] })
  const tall = { columns: 80, rows: 120 }

  test('what is wrong comes first, then streams, offer and answer, messages', () => {
    const lines = frame(tall, [snapshot], 'enter')
    const titles = ['4 findings', '4 streams', 'Offer and answer', '7 SIP messages'].map((title) =>
      lines.indexOf(title),
    )
    expect(titles.every((line, n) => line > (titles[n - 1] ?? 3))).toBe(true)
    expect(lines.slice(4, 8)).toEqual([
      '204 > 19005550104',
      'completed (200), UDP, began 2026-01-15 09:30:00 UTC, answered 09:30:01, ended',
      '09:30:09, talked 0:08, 7 SIP messages',
      'From     sip:204@203.0.113.14',
    ])
  })

  test('it is said which row of the list they are of, and which lines are in sight', () => {
    const line = (...keys: string[]) => frame(SMALL, SNAPSHOTS, ...keys)[3]
    expect(line('enter', 'right')).toMatch(/^ Details, 2 of 13 +lines 1 to 19 of \d+$/)
    expect(line('?')).toMatch(/^ Help +lines 1 to 19 of \d+$/)
  })

  test('messages and streams are arrows between parties', () => {
    const lines = frame(tall, [snapshot], 'enter')
    const section = lines.slice(lines.indexOf('7 SIP messages') + 1)
    expect(section.slice(0, section.indexOf('')).map((line) => line.slice(0, 80).trimEnd())).toEqual([
      '                  203.0.113.14:5060                          198.51.100.20:5060',
      '                       caller                                      callee',
      '* 09:30:00.000 1          |--------------- INVITE SDP --------------->|',
      '  09:30:00.500 2          |------------- INVITE (again) ------------->|',
      '  09:30:01.000 3          |<------------ 200 OK (INVITE) -------------|',
      '  09:30:01.751 5          |<=== + SRTP PCMU, 400 verified, 7.980 s ===|',
      '* 09:30:01.774 8          |==== x SRTP PCMU, 400 failed, 7.979 s ====>|',
      '  * findings point at it',
      '  4 messages more',
    ])
  })

  test('of keys there are fingerprints only', () => {
    const text = frame(tall, [snapshot], 'enter').join('\n')
    expect(text).toMatch(/crypto 1 AES_CM_128_HMAC_SHA1_80, key fingerprint [0-9a-f]{8}/)
    expect(text).not.toMatch(/inline/i)
  })
})

describe('every screen', () => {
  const nasty = '\u001b[2J\u202ebob\r\n\u0007山田太郎📞e\u0301\u{1F1E9}\u{1F1EA}'.repeat(3)
  const hostile = snapshotOf({
    ...EMPTY,
    calls: [
      { ...CALL, from: `sip:${nasty}@192.0.2.1`, to: `sip:${nasty}@192.0.2.2`, callId: nasty, legs: [nasty] },
      ...replayed([sampleReport('incident')])[0].report.calls,
    ],
    streams: [STREAM, { ...STREAM, callId: nasty, codec: nasty, id: 's2' }],
    findings: [
      FINDING,
      { ...FINDING, callId: nasty, detail: nasty, title: nasty, remedy: nasty },
      { ...FINDING, callId: 'none' },
    ],
  })

  test.each([...[SMALL, LARGE, { columns: 40, rows: 8 }, { columns: 132, rows: 43 }].map((size) => [size] as const)])(
    'of %j has as many lines, none wider, whatever it shows',
    (size) => {
      const ways = [
        [],
        ['o'],
        ['enter'],
        ['end', 'enter', 'end'],
        ['2'],
        ['2', 'enter'],
        ['3'],
        ['3', 'enter'],
        ['?'],
        ['/', ...nasty],
        ['p'],
      ]
      for (const way of ways) {
        const lines = frameLines(screen(size, [...SNAPSHOTS, hostile], ...way), unpainted)
        expect(lines).toHaveLength(size.rows)
        expect(lines.filter((line) => columnsOf(line) > size.columns)).toEqual([])
        expect(lines.filter((line) => /[\p{Cc}\p{Cf}]/u.test(line))).toEqual([])
      }
    },
  )

  test.each([1, 2, 5])('of %i rows is no more than that', (rows) => {
    expect(frame({ columns: 20, rows }, SNAPSHOTS)).toHaveLength(rows)
  })

  test('columns stand under each other, whatever the names are made of', () => {
    const [title, ...rows] = frameLines(screen(SMALL, [hostile]), unpainted).slice(4, 13)
    const column = columnsOf(title.slice(0, title.indexOf('via')))
    for (const row of rows) {
      const cells = [...row].flatMap((character) => [
        character,
        ...Array(Math.max(0, columnsOf(character) - 1)).fill(''),
      ])
      expect(
        cells
          .filter((cell) => !/\p{Mn}/u.test(cell))
          .slice(column, column + 4)
          .join(''),
      ).toMatch(/^(udp|tcp) $/)
    }
  })

  test('without colours still says what is chosen', () => {
    const lines = frameLines(screen(SMALL, SNAPSHOTS, 'down'), terminalPaint(false))
    const codes = lines.flatMap((line) => line.split('\u001b[').slice(1))
    expect(new Set(codes.map((code) => code.split('m')[0]))).toEqual(new Set(['0', '1', '2', '7']))
    expect(lines.findIndex((line, n) => n > 4 && line.startsWith('\u001b[7m'))).toBe(6)
  })
})

test('a thousand calls are drawn in a small part of a second', () => {
  const calls = Array.from({ length: 1000 }, (_, n) => ({ ...CALL, callId: `call-${n}` }))
  const streams = calls.flatMap(({ callId }, n) =>
    [0, 1, 2, 3].map((m) => ({ ...STREAM, callId, id: `s${4 * n + m}` })),
  )
  const findings = calls.map(({ callId }) => ({ ...FINDING, callId }))
  const snapshot = snapshotOf({ ...EMPTY, calls, streams, findings })
  const times = Array.from({ length: 9 }, () => {
    const begun = performance.now()
    frameLines(screen(LARGE, [snapshot]), terminalPaint(true))
    return performance.now() - begun
  })
  expect(Math.min(...times)).toBeLessThan(100)
})
