import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { jitterSlot } from '../../src/rtp/clock-rates.ts'
import { payloadTypeUses } from '../../src/rtp/payload-type-use.ts'
import { F, I, JITTER_STRIDE } from '../../src/rtp/stream-record.ts'
import { holesOf, lostPackets } from '../../src/rtp/stream-statistics.ts'
import { flowKey, newTable } from './rtp-packets.ts'

interface Packet {
  readonly sequence: number
  readonly timeUs?: number
  readonly timestamp?: number
  readonly type?: number
  readonly identity?: number
  readonly marker?: boolean
}

/** One stream that has taken these packets, 20 ms apart unless they say otherwise. */
function statisticsOf(packets: readonly Packet[]) {
  const table = newTable(4)
  const bytes = Buffer.alloc(32)
  const id = table.findOrAdd(flowKey(1))
  const rocs = packets.map(({ sequence, timeUs, timestamp, type = 0, identity = 0, marker }, n) => {
    bytes[0] = 0x80
    bytes[1] = type | (marker ? 128 : 0)
    bytes.writeUInt16BE(sequence & 0xffff, 2)
    bytes.writeUInt32BE((timestamp ?? sequence * 160) >>> 0, 4)
    const arrival = { position: n, timeUs: timeUs ?? n * 20_000, capture: 0, frame: n + 1, identity }
    return table.countRtp(id, arrival, bytes)
  })
  const i = table.intsAt(id)
  const count = (field: number) => table.ints[i + field] as number
  const f = table.floatsAt(id)
  const packetAt = (capture: number, frame: number, timeUs: number) => {
    return {
      capture: count(capture),
      frame: table.floats[f + frame] as number,
      timeUs: table.floats[f + timeUs] as number,
    }
  }
  const ends = [
    packetAt(I.FirstCapture, F.FirstFrame, F.FirstTimeUs),
    packetAt(I.LastCapture, F.LastFrame, F.LastTimeUs),
  ] as const
  return {
    rocs,
    packets: count(I.Packets),
    lost: lostPackets(table, id),
    holes: holesOf(table, id),
    uses: payloadTypeUses(table, id, ...ends).map(({ payloadType, first, last }) => [
      payloadType,
      [first.frame, first.timeUs],
      [last.frame, last.timeUs],
    ]),
    duplicates: count(I.Duplicates),
    captureDuplicates: count(I.CaptureDuplicates),
    reordered: count(I.Reordered),
    types: [0, 1, 2, 3].map((word) => count(I.PayloadTypes + word) >>> 0),
    talkUs: table.floats[f + F.TalkUs],
    jitterUs: (clockRate: number) =>
      table.floats[table.floatsAt(id) + F.Jitter + jitterSlot(clockRate) * JITTER_STRIDE] as number,
  }
}

const run = (from: number, count: number): Packet[] => Array.from({ length: count }, (_, n) => ({ sequence: from + n }))

describe('sequence numbers (RFC 3550 A.1, A.3)', () => {
  test('against a plain count over extended numbers: loss, copies, overtaking, wraps', () => {
    const step = fc.constantFrom('send', 'send', 'send', 'send', 'lose', 'copy', 'swap')
    const trace = fc.array(step, { minLength: 5, maxLength: 400, size: 'max' })
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 65_535 }), trace, (start, steps) => {
        let next = start
        const sent: number[] = [next++]
        for (const one of steps) {
          if (one === 'lose') next++
          else if (one === 'copy') sent.push(sent.at(-1) as number)
          else sent.push(next++)
          if (one === 'swap') sent.push(...sent.splice(-2).reverse())
        }
        // The reference: a set of all numbers seen, and the highest so far.
        const seen = new Set<number>()
        let highest = -1
        let reordered = 0
        for (const number of sent) {
          if (!seen.has(number) && number < highest) reordered++
          seen.add(number)
          highest = Math.max(highest, number)
        }
        const lowest = Math.min(...sent)
        const found = statisticsOf(sent.map((sequence) => ({ sequence })))
        expect(found.packets).toBe(sent.length)
        expect(found.lost).toBe(highest - lowest + 1 - seen.size)
        expect(found.duplicates + found.captureDuplicates).toBe(sent.length - seen.size)
        expect(found.reordered).toBe(reordered)
        expect(found.rocs).toEqual(sent.map((number) => (number >> 16) - ((sent[0] as number) >> 16)))
      }),
      { numRuns: 200 },
    )
  })

  test('one packet far off is a stray; two in a row are a sender that began anew', () => {
    expect(statisticsOf([...run(100, 50), { sequence: 30_000 }, ...run(150, 50)])).toMatchObject({
      packets: 101,
      lost: 0,
    })
    expect(statisticsOf([...run(100, 50), ...run(30_000, 50)])).toMatchObject({ packets: 100, lost: 0 })
  })

  describe('a sender that began anew a little lower is one that does so in sequence, two packets', () => {
    const later = (packets: Packet[], timestamp: number) =>
      packets.map((packet, n) => ({ ...packet, timestamp: timestamp + n * 160 }))
    const NOTHING = { lost: 0, duplicates: 0, reordered: 0, holes: { inSilence: 0, inLeaps: 0 } }

    test.each([
      ['with timestamps that go on', later(run(500, 200), 1000 * 160)],
      ['with timestamps set anew', later(run(500, 200), 0xf000_0000)],
      ['within the window', later(run(940, 200), 0x7000_0000)],
      [
        'behind all that came, whatever its timestamps',
        run(9000, 200).map(({ sequence }) => ({ sequence: sequence - 9000 })),
      ],
    ])('%s', (_, again) => {
      const found = statisticsOf([...run(100, 900), ...again])
      expect(found).toMatchObject({ ...NOTHING, packets: 1100 })
      expect(statisticsOf([...run(100, 900), ...again.toSpliced(100, 30)])).toMatchObject({ lost: 30, reordered: 0 })
    })

    test('and seen at two capture points', () => {
      const once = [...run(100, 900), ...later(run(500, 200), 1000 * 160)]
      const twice = once.flatMap((packet, n) =>
        [0, 300].map((late) => ({ ...packet, identity: n, timeUs: n * 20_000 + late })),
      )
      expect(statisticsOf(twice)).toMatchObject({ ...NOTHING, captureDuplicates: 1100 })
    })

    test('none is what comes late in a block, what came before and comes again, or one packet alone', () => {
      const held = [...run(100, 300), ...run(600, 300), ...run(400, 200), ...run(900, 100)]
      expect(statisticsOf(held)).toMatchObject({ lost: 0, reordered: 200 })
      const again = [...run(100, 800), ...run(300, 100), ...run(900, 100)]
      expect(statisticsOf(again)).toMatchObject({ lost: 0, holes: { inSilence: 0, inLeaps: 0 } })
      const older = [...run(5000, 300), ...run(4600, 60), ...run(5300, 100)]
      expect(statisticsOf(older).holes).toEqual({ inSilence: 0, inLeaps: 640 })
      const stray = [...run(100, 800), { sequence: 300, timestamp: 0x7000_0000 }, ...run(900, 100)]
      expect(statisticsOf(stray)).toMatchObject({ lost: 0, holes: { inSilence: 0, inLeaps: 0 } })
    })
  })
})

describe('copies', () => {
  test('with the same identity within 10 ms are the same packet at a second capture point', () => {
    const twice = run(1, 20).flatMap((packet, n) => [
      { ...packet, identity: 7 + n, timeUs: n * 20_000 },
      { ...packet, identity: 7 + n, timeUs: n * 20_000 + 300 },
    ])
    expect(statisticsOf(twice)).toMatchObject({ captureDuplicates: 20, duplicates: 0, lost: 0 })
  })

  test('with another identity, or later, were sent twice', () => {
    const other = [
      { sequence: 1, identity: 1, timeUs: 0 },
      { sequence: 1, identity: 2, timeUs: 300 },
    ]
    expect(statisticsOf(other)).toMatchObject({ captureDuplicates: 0, duplicates: 1 })
    const later = [
      { sequence: 1, identity: 1, timeUs: 0 },
      { sequence: 1, identity: 1, timeUs: 10_300 },
    ]
    expect(statisticsOf(later)).toMatchObject({ captureDuplicates: 0, duplicates: 1 })
  })
})

describe('jitter (RFC 3550 §6.4.1, A.8)', () => {
  test('is the filtered difference of arrival and timestamp, in any usual clock while the type is dynamic', () => {
    const arrivals = [0, 21_000, 38_500, 62_000, 80_000, 97_300]
    let expected = 0
    arrivals.forEach((at, n) => {
      if (n > 0) expected += (Math.abs(at - (arrivals[n - 1] as number) - 20_000) - expected) / 16
    })
    const at = (rate: number, type: number) =>
      statisticsOf(arrivals.map((timeUs, n) => ({ sequence: n, timeUs, timestamp: (n * rate) / 50, type }))).jitterUs(
        rate,
      )
    expect(at(8000, 0)).toBeCloseTo(expected, 6)
    expect(at(48_000, 96)).toBeCloseTo(expected, 6)
    expect(at(90_000, 97)).toBeCloseTo(expected, 6)
  })

  test('is untouched by packets that share a timestamp: a telephone event, a video frame', () => {
    const events = [0, 1, 2, 3].map((n) => ({ sequence: n, timeUs: n * 20_000, timestamp: 800, type: 101 }))
    expect(statisticsOf(events).jitterUs(8000)).toBe(0)
  })

  test('is that of the order of arrival: an overtaken packet counts (§6.4.1)', () => {
    const packets = [0, 1, 3, 2, 4].map((sequence, n) => ({ sequence, timeUs: n * 20_000 }))
    const differences = [0, 20_000, 40_000, 20_000]
    const expected = differences.reduce((jitter, difference) => jitter + (difference - jitter) / 16, 0)
    expect(statisticsOf(packets).jitterUs(8000)).toBeCloseTo(expected, 6)
  })

  test('is untouched by a source that begins its numbers and timestamps anew', () => {
    const again = run(0, 150).map((packet, n) => ({ ...packet, timeUs: (200 + n) * 20_000, identity: 7 }))
    const found = statisticsOf([...run(0, 200).map((packet, n) => ({ ...packet, timeUs: n * 20_000 })), ...again])
    expect(found.jitterUs(8000)).toBe(0)
  })

  test('is untouched by pictures that are not sent in the order of their timestamps (RFC 3550 §5.1)', () => {
    const shown = [0, 3, 1, 2, 6, 4, 5, 9, 7, 8]
    const packets = shown.map((picture, n) => {
      // The second of them is sent when those before it are known.
      return { sequence: n, timeUs: (n === 0 ? 0 : n + 2) * 40_000, timestamp: picture * 3600, type: 97 }
    })
    expect(statisticsOf(packets).jitterUs(90_000)).toBe(0)
  })

  test('is untouched by a clock of the capture that is set back', () => {
    const packets = run(0, 100).map((packet, n) => ({
      ...packet,
      timeUs: 5_000_000 + n * 20_000 - (n < 50 ? 0 : 900_000),
    }))
    expect(statisticsOf(packets).jitterUs(8000)).toBe(0)
  })

  test('begins anew with a source that does', () => {
    const again = run(100, 100).map((packet, n) => ({
      ...packet,
      timestamp: 45_000 + n * 160,
      timeUs: (130 + n) * 20_000,
    }))
    expect(statisticsOf([...run(200, 100), ...again]).jitterUs(8000)).toBe(0)
  })

  test('is untouched by a change of the payload type: the clock may be another', () => {
    const packets = [0, 1, 2].map((sequence) => ({ sequence, timeUs: sequence * 20_000, timestamp: sequence * 160 }))
    const other = [3, 4].map((sequence) => ({
      sequence,
      timeUs: sequence * 20_000,
      timestamp: sequence * 960,
      type: 96,
    }))
    expect(statisticsOf([...packets, ...other]).jitterUs(48_000)).toBe(0)
  })

  test('is untouched by a talk spurt whose timestamps stood still in the silence (RFC 3551 §4.1)', () => {
    const resumed = (marker: boolean) => [
      ...run(0, 5).map((packet, n) => ({ ...packet, timeUs: n * 20_000 })),
      { sequence: 5, timeUs: 800_000, marker },
    ]
    expect(statisticsOf(resumed(true)).jitterUs(8000)).toBe(0)
    expect(statisticsOf(resumed(false)).jitterUs(8000)).toBeGreaterThan(0)
  })
})

test('the time of talk is what passed, though packets are captured out of the order of their times', () => {
  const inOrder = run(0, 300).map((packet, n) => ({ ...packet, timeUs: 1e9 + n * 20_000 }))
  const blocks = Array.from({ length: 30 }, (_, block) => inOrder.slice(block * 10, block * 10 + 10).reverse()).flat()
  expect(statisticsOf(inOrder).talkUs).toBe(299 * 20_000)
  expect(statisticsOf(blocks).talkUs).toBe(281 * 20_000)
})

describe('holes', () => {
  test('are as long as nothing came, where timestamps were set back before, or stand still through an event (RFC 4733 §2.5.1.2)', () => {
    const numbered = Array.from({ length: 300 }, (_, sequence) => ({ sequence, timeUs: sequence * 20_000 }))
    const setBack = numbered.map((packet) => ({
      ...packet,
      timestamp: packet.sequence * 160 + (packet.sequence < 50 ? 80_000 : 0),
    }))
    const event = numbered.map((packet) => ({ ...packet, timestamp: Math.min(packet.sequence, 50) * 160 }))
    for (const packets of [setBack, event]) {
      const { holes } = statisticsOf(packets.filter(({ sequence }) => sequence < 200 || sequence > 203))
      expect(holes).toEqual({
        inSilence: 0,
        inLeaps: 0,
        largest: { packets: 4, durationMs: 100, capture: 0, frame: 201 },
      })
    }
    const long = statisticsOf(setBack.filter(({ sequence }) => sequence < 100 || sequence > 260)).holes
    expect(long).toMatchObject({ inSilence: 161, inLeaps: 0, largest: { packets: 161, durationMs: 3240 } })
  })

  test('the most numbers missing at once, and the packet behind them', () => {
    const packets = [0, 1, 2, 5, 6, 12, 13].map((sequence) => ({ sequence, timeUs: sequence * 20_000 }))
    expect(statisticsOf(packets)).toMatchObject({
      lost: 7,
      holes: { inSilence: 0, inLeaps: 0, largest: { packets: 5, durationMs: 120, capture: 0, frame: 6 } },
    })
    expect(statisticsOf(run(0, 5)).holes).toEqual({ inSilence: 0, inLeaps: 0 })
  })

  test('have no length where times go back', () => {
    const packets = [0, 1, 2, 6, 7].map((sequence, n) => ({ sequence, timeUs: 1e9 + (n === 3 ? -50_000 : n * 20_000) }))
    expect(statisticsOf(packets).holes.largest).toMatchObject({ packets: 3, durationMs: 0 })
  })

  test('what is passed over in a silence, and in a leap', () => {
    const silence = [0, 1, 101, 102].map((sequence) => ({ sequence, timeUs: sequence * 20_000 }))
    expect(statisticsOf(silence).holes).toMatchObject({ inSilence: 99, inLeaps: 0, largest: { packets: 99 } })
    const leap = [0, 1, 2001, 2002].map((sequence, n) => ({ sequence, timeUs: n * 20_000 }))
    expect(statisticsOf(leap).holes).toEqual({ inSilence: 0, inLeaps: 1999 })
  })

  const onward = (from: number, atUs: number, timestamp: number, type = 0) =>
    run(from, 100).map((packet, n) => ({ ...packet, type, timeUs: atUs + n * 20_000, timestamp: timestamp + n * 160 }))

  test('a leap is also what takes too little time, or too much, where timestamps were set anew', () => {
    const before = onward(0, 0, 0)
    for (const atUs of [2_300_000, 4_000_000, 60_000_000]) {
      for (const timestamp of [0x7000_0000, 0x9000_0000]) {
        const { holes } = statisticsOf([...before, ...onward(600, atUs, timestamp)])
        expect(holes, `${atUs} ${timestamp}`).toEqual({ inSilence: 0, inLeaps: 500 })
      }
    }
    // As long as 500 packets take: an outage.
    expect(statisticsOf([...before, ...onward(600, 12_000_000, 0x7000_0000)]).holes.inLeaps).toBe(0)
  })

  test('a leap of audio is also what takes too little time by arrival and timestamp', () => {
    const leapTo = (timestamp: number, type = 0) =>
      statisticsOf([...onward(0, 0, 0, type), ...onward(600, 2_300_000, timestamp, type)]).holes.inLeaps
    expect(leapTo(115 * 160)).toBe(500)
    // Packets that waited in a queue whose rest was dropped: their timestamps tell.
    expect([leapTo(600 * 160), leapTo(600 * 160, 96)]).toEqual([0, 0])
    // It may be video, which sends a picture at once.
    expect(leapTo(115 * 160, 96)).toBe(0)
  })
})

test('payload types are kept each', () => {
  const found = statisticsOf([0, 8, 101, 127].map((type, n) => ({ sequence: n, type })))
  expect(found.types).toEqual([0x101, 0, 0, (2 ** 31 + 2 ** 5) >>> 0])
})

test('where each of the first payload types was used first and last; comfort noise is not of interest', () => {
  const types = [0, 0, 13, 101, 101, 0, 8, 8, 3]
  expect(statisticsOf(types.map((type, sequence) => ({ sequence, type }))).uses).toEqual([
    [0, [1, 0], [6, 100_000]],
    [101, [4, 60_000], [5, 80_000]],
    [8, [7, 120_000], [8, 140_000]],
  ])
  expect(statisticsOf([{ sequence: 7, type: 96 }]).uses).toEqual([[96, [1, 0], [1, 0]]])
})
